import { expect, test } from 'vitest';

import { seededRandom } from '../../../../shared/runtime/random.js';
import { EventLog } from '../../../../agent/meter/ledger/event-log.js';
import { EXACT, KnotStore, type Timing } from '../../../../agent/meter/ledger/knot-store.js';
import { windowUncertainty } from '../../../../agent/meter/ledger/window-uncertainty.js';
import { COUNTER, MS } from '../sensors.js';

const flat = (watts: number, count: number): number[] => Array.from({ length: count }, () => watts);

/** Knots every 100 ms with the given powers between them. */
function knotsOf(watts: readonly number[], timing: Timing = EXACT): KnotStore {
  const knots = new KnotStore();
  let microjoules = 0n;
  watts.forEach((_, i) => {
    knots.push({ ...timing, atNanoseconds: BigInt(i) * 100n * MS, microjoules });
    microjoules += BigInt(Math.round(watts[i]! * 1e5));
  });
  knots.push({ ...timing, atNanoseconds: BigInt(watts.length) * 100n * MS, microjoules });
  return knots;
}

const uncertaintyOf = (knots: KnotStore, start: bigint, end: bigint) =>
  windowUncertainty(
    { knots, options: { traits: COUNTER }, log: new EventLog(), beats: { within: () => [] }, coverage: { share: 1 } },
    { start, end, microjoules: 1_000_000n },
  );

test('a window from update to update has no edge uncertainty when the updates are known exactly', () => {
  expect(uncertaintyOf(knotsOf([100, 400, 100, 400, 100]), 100n * MS, 300n * MS).edgeJoules).toBeCloseTo(0, 12);
});

test('a step within the interval errs by what the mean powers around it say', () => {
  // Constant at 100 W, then at 400 W, with 250 W between: the step is in the middle, where the line is off most.
  const knots = knotsOf([...flat(100, 20), 250, ...flat(400, 20)]);
  const middle = 2050n * MS;
  expect(uncertaintyOf(knots, middle, 3000n * MS).edgeJoules).toBeCloseTo(150 * 0.05, 9);
  expect(uncertaintyOf(knots, 2010n * MS, 3000n * MS).edgeJoules).toBeCloseTo(150 * 0.01, 9);
  // Beside the step nothing is unknown.
  expect(uncertaintyOf(knots, 1950n * MS, 3050n * MS).edgeJoules).toBeCloseTo(0, 9);
});

test('a peak within the interval errs by up to x (1 - x) d T / sqrt(3)', () => {
  const knots = knotsOf([...flat(100, 20), 400, ...flat(100, 20)]);
  expect(uncertaintyOf(knots, 2050n * MS, 3000n * MS).edgeJoules).toBeCloseTo((300 * 0.1) / 4 / Math.sqrt(3), 9);
});

test('noise makes a bridge between the updates: x (1 - x) s^2 T^2, somewhat more as s is known from few', () => {
  const random = seededRandom('bridge');
  const knots = knotsOf(Array.from({ length: 2000 }, () => 300 + 20 * random.normal()));
  const squares = Array.from({ length: 900 }, (_, i) => {
    const instant = BigInt(5000 + 200 * i + 50) * MS;
    return uncertaintyOf(knots, instant, 199_500n * MS).edgeJoules ** 2;
  });
  const mean = squares.reduce((sum, square) => sum + square, 0) / squares.length;
  const bridge = 0.25 * 20 ** 2 * 0.1 ** 2;
  expect(mean / bridge).toBeGreaterThan(1);
  expect(mean / bridge).toBeLessThan(2.5);
});

test('an error of the phase that is common to both ends moves the window but does not stretch it', () => {
  const timing = { ownNanoseconds: 0, commonNanoseconds: 5e6, drift: 1e-6, rhythm: 1 };
  const steady = knotsOf(flat(200, 60), timing);
  expect(uncertaintyOf(steady, 1000n * MS, 5000n * MS).edgeJoules).toBeCloseTo(200 * 4e-6, 9);
  const rising = knotsOf([...flat(100, 30), ...flat(300, 30)], timing);
  expect(uncertaintyOf(rising, 1000n * MS, 5000n * MS).edgeJoules).toBeCloseTo(200 * 0.005, 3);
  const apart = knotsOf(flat(200, 60), { ...timing, drift: 1 });
  expect(uncertaintyOf(apart, 1000n * MS, 5000n * MS).edgeJoules).toBeCloseTo(Math.SQRT2 * 200 * 0.005, 9);
});

test('steady power has only the uncertainty of when the updates happened', () => {
  const { edgeJoules } = uncertaintyOf(
    knotsOf([100, 100, 100, 100, 100], { ...EXACT, ownNanoseconds: 10e6 }),
    100n * MS,
    300n * MS,
  );
  expect(edgeJoules).toBeCloseTo(Math.SQRT2 * 100 * 0.01, 6);
});
