import fc from 'fast-check';
import { expect, test } from 'vitest';

import { runStatistics as statisticsOf } from '../../agent/measure-statistics.js';
import { seededRandom } from '../../shared/runtime/random.js';

/** Of figures that are exact in themselves. */
const runStatistics = (values: readonly number[]) => statisticsOf(values.map((value) => ({ value, standard: 0 })));

test('runs that look alike are no better known than each allows', () => {
  const alike = Array.from({ length: 4 }, () => ({ value: 0, standard: 2 }));
  // 1.96 times 2 / sqrt(4).
  expect(statisticsOf(alike)?.halfWidth).toBeCloseTo(1.96, 9);
  const apart = [8, 10, 12].map((value) => ({ value, standard: 0.1 }));
  expect(statisticsOf(apart)?.halfWidth).toBeCloseTo(4.9687, 3);
});

test('mean, spread and interval of a case done by hand', () => {
  // Deviations -2, 0, 2: variance 4, standard error 2 / sqrt(3), times t(2) = 4.303.
  expect(runStatistics([8, 10, 12])).toMatchObject({ count: 3, mean: 10, least: 8, most: 12, standardDeviation: 2 });
  expect(runStatistics([8, 10, 12])?.halfWidth).toBeCloseTo(4.9687, 3);
});

test('one figure has no spread, none has no mean', () => {
  expect(runStatistics([7])).toEqual({ count: 1, mean: 7, least: 7, most: 7 });
  expect(runStatistics([])).toBeUndefined();
});

test('the interval moves with a shift and grows with the scale', () => {
  const values = fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { minLength: 2, maxLength: 20 });
  fc.assert(
    fc.property(values, fc.double({ min: -100, max: 100, noNaN: true }), (all, shift) => {
      const [before, after] = [runStatistics(all)!, runStatistics(all.map((value) => 3 * value + shift))!];
      expect(after.mean).toBeCloseTo(3 * before.mean + shift, 6);
      expect(after.halfWidth).toBeCloseTo(3 * before.halfWidth!, 6);
    }),
  );
});

test('95 % of intervals hold the true mean', () => {
  const random = seededRandom('runs');
  const times = 4000;
  let held = 0;
  for (let i = 0; i < times; i++) {
    const { mean, halfWidth } = runStatistics(Array.from({ length: 5 }, () => 100 + 3 * random.normal()))!;
    held += Math.abs(mean - 100) <= halfWidth! ? 1 : 0;
  }
  expect(held / times).toBeGreaterThan(0.94);
  expect(held / times).toBeLessThan(0.96);
});
