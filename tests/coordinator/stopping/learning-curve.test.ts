import { expect, test } from 'vitest';

import { ascending, energyAtEnd, JOULES, seriesOf, stateAt } from '../../../coordinator/stopping/learning-curve.js';

const point = (fraction: number, loss?: number, joules?: number) => ({
  fraction,
  metrics: loss === undefined ? {} : { loss },
  ...(joules !== undefined && { joules }),
});
const curve = (fractions: readonly number[], lossOf: (f: number) => number) =>
  seriesOf(
    fractions.map((f) => point(f, lossOf(f))),
    'loss',
  );

test('fractions go up: what goes back and what is no share of the work is left out', () => {
  const points = [0, 0.1, 0.3, 0.2, 0.2, 0.4, NaN, 1.5].map((fraction) => point(fraction));
  expect(ascending(points).map(({ fraction }) => fraction)).toEqual([0.1, 0.2, 0.4]);
});

test('a line over the logarithm of the fraction is read as it is, however densely it is reported', () => {
  const line = (f: number): number => 2 - 0.5 * Math.log(f);
  for (const reports of [3, 8, 64]) {
    const fractions = Array.from({ length: reports }, (_, i) => (i + 1) / (2 * reports));
    const state = stateAt(curve(fractions, line), 0.5)!;
    expect(state.level).toBeCloseTo(line(0.5), 9);
    expect(state.slope).toBeCloseTo(-0.5, reports === 3 ? 1 : 9);
  }
});

test('nothing is known before the first report, and later reports are not looked at', () => {
  const whole = curve([0.2, 0.4, 0.6, 0.8], (f) => f);
  expect(stateAt(whole, 0.1)).toBeUndefined();
  expect(stateAt([], 0.5)).toBeUndefined();
  expect(stateAt(whole, 0.4)).toEqual(stateAt(whole.slice(0, 2), 0.4));
});

test('a curve that stays where it is has no slope', () => {
  expect(
    stateAt(
      curve([0.1, 0.3, 0.35, 0.4, 0.5], () => 3),
      0.5,
    ),
  ).toEqual({ level: 3, slope: 0 });
  expect(
    stateAt(
      curve([0.5], () => 3),
      0.5,
    ),
  ).toEqual({ level: 3, slope: 0 });
});

test('energy goes on as of late: what came before the work is counted once', () => {
  const points = [0.1, 0.2, 0.3, 0.4].map((f) => point(f, undefined, 100 + 50 * f));
  expect(energyAtEnd(seriesOf(points, JOULES), 0.4)).toBeCloseTo(150, 9);
});

test('energy that is known at one fraction only says nothing of the end', () => {
  expect(energyAtEnd(seriesOf([point(0.4, undefined, 7)], JOULES), 0.4)).toBeUndefined();
  expect(energyAtEnd([], 0.4)).toBeUndefined();
});
