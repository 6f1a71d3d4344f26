import { expect, test } from 'vitest';

import { mixtureOf } from '../../../coordinator/proposer/tpe-mixture.js';
import { axisOf, type Axis } from '../../../coordinator/space/axis.js';
import { seededRandom } from '../../../shared/runtime/random.js';

const LINE = axisOf({ kind: 'float', name: 'x', low: 0, high: 1, scale: 'linear' });
const LOG = axisOf({ kind: 'integer', name: 'n', low: 1, high: 40, scale: 'log' });
const THOUSAND = axisOf({ kind: 'integer', name: 'n', low: 1, high: 1000, scale: 'linear' });
const CHOICE = axisOf({ kind: 'categorical', name: 'c', values: ['a', 'b', 'c'] });
const ones = (n: number): Float64Array => new Float64Array(n).fill(1);
const at = (axis: Axis, level: number): Float64Array => Float64Array.of(axis.encode(axis.level(level)));

test('a continuous density integrates to 1 and is finite everywhere', () => {
  const { logDensity } = mixtureOf([LINE], Float64Array.of(0, 0.31, 0.33, 0.9), Float64Array.of(1, 0.5, 1, 2));
  const n = 20_000;
  let sum = 0;
  for (let i = 0; i < n; i++) sum += Math.exp(logDensity(Float64Array.of((i + 0.5) / n))) / n;
  expect(sum).toBeCloseTo(1, 5);
  expect(Number.isFinite(logDensity(Float64Array.of(1)))).toBe(true);
});

for (const [name, axis] of [
  ['a logarithmic integer', LOG],
  ['an integer with narrow levels', THOUSAND],
  ['a categorical', CHOICE],
] as const) {
  test(`masses of the levels of ${name} sum to 1, and draws follow them`, () => {
    const observed = Float64Array.from([0.1, 0.7, 0.72], (u) => axis.encode(axis.decode(u)));
    const mixture = mixtureOf([axis], observed, ones(3));
    const masses = Array.from({ length: axis.levels }, (_, level) => Math.exp(mixture.logDensity(at(axis, level))));
    expect(masses.reduce((sum, mass) => sum + mass, 0)).toBeCloseTo(1, 4);
    const random = seededRandom(name);
    const half = axis.levels >> 1;
    const draws = 4000;
    let below = 0;
    for (let i = 0; i < draws; i++) if (axis.levelOf(axis.decode(mixture.sample(random)[0]!)) < half) below++;
    const expected = masses.slice(0, half).reduce((sum, mass) => sum + mass, 0);
    expect(Math.abs(below / draws - expected)).toBeLessThan(0.03);
  });
}

test('without points the density is that of the broad kernel', () => {
  const empty = mixtureOf([LINE], new Float64Array(), new Float64Array());
  // Standard normal around the middle, cut off at half a standard deviation on both sides, which hold 0.3829249225.
  const expected = (u: number): number => Math.exp(-((u - 0.5) ** 2) / 2) / Math.sqrt(2 * Math.PI) / 0.3829249225480262;
  for (const u of [0, 0.2, 0.5, 1]) expect(Math.exp(empty.logDensity(Float64Array.of(u)))).toBeCloseTo(expected(u), 9);
  const choice = mixtureOf([CHOICE], new Float64Array(), new Float64Array());
  expect(Math.exp(choice.logDensity(at(CHOICE, 2)))).toBeCloseTo(1 / 3, 12);
});

test('a categorical observed twice at one level and once at another has these masses', () => {
  const points = Float64Array.from([0, 0, 1], (level) => at(CHOICE, level)[0]!);
  const { logDensity } = mixtureOf([CHOICE], points, ones(3));
  // Each observed level has (1 + 1/4) / (1 + 3/4), the others (1/4) / (1 + 3/4); the broad kernel 1/3 each.
  const [own, other] = [5 / 7, 1 / 7];
  const masses = [0, 1, 2].map((level) => Math.exp(logDensity(at(CHOICE, level))));
  expect(masses[0]).toBeCloseTo((2 * own + other + 1 / 3) / 4, 12);
  expect(masses[1]).toBeCloseTo((own + 2 * other + 1 / 3) / 4, 12);
  expect(masses[2]).toBeCloseTo((3 * other + 1 / 3) / 4, 12);
});

test('coordinates drawn together keep their relation', () => {
  const X = Float64Array.of(0.1, 0.1, 0.12, 0.12, 0.9, 0.9, 0.88, 0.88);
  const joint = mixtureOf([LINE, LINE], X, Float64Array.of(9, 9, 9, 9));
  const random = seededRandom(3);
  const far = Array.from({ length: 500 }, () => joint.sample(random)).filter((u) => Math.abs(u[0]! - u[1]!) > 0.6);
  expect(far.length / 500).toBeLessThan(0.1);
  expect(joint.logDensity(Float64Array.of(0.1, 0.1))).toBeGreaterThan(joint.logDensity(Float64Array.of(0.1, 0.9)) + 1);
});
