import fc from 'fast-check';
import { expect, test } from 'vitest';

import { withinReach } from '../../../coordinator/proposer/objective-scale.js';
import { standardiseTasks } from '../../../coordinator/proposer/standardise-tasks.js';

test('each task is brought to mean 0; with many values its own spread counts', () => {
  const values = Float64Array.from({ length: 200 }, (_, i) => (i % 2 ? 1000 + 50 * Math.sin(i) : Math.sin(i)));
  const { y, units } = standardiseTasks(
    values,
    Int32Array.from(values, (_, i) => i % 2),
    2,
  );
  for (const task of [0, 1]) {
    const own = y.filter((_, i) => i % 2 === task);
    expect(own.reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 8);
    expect(Math.abs(own.reduce((sum, value) => sum + value * value, 0) / 100 - 1)).toBeLessThan(0.4);
  }
  expect(units[1]!.shift).toBeCloseTo(1000, 0);
});

test('a task with one value, or none, has the spread of the others and its own centre, or theirs', () => {
  const { y, units } = standardiseTasks(Float64Array.of(1, 3, 5, 40), Int32Array.of(0, 0, 0, 1), 3);
  expect(units.map(({ shift }) => shift)).toEqual([3, 40, 21.5]);
  for (const { scale } of units) expect(scale).toBeCloseTo(2, 12);
  expect(y[3]).toBe(0);
});

test('values of any size become numbers of ordinary size', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 30 }),
      fc.integer({ min: 1, max: 4 }),
      (list, tasks) => {
        const values = Float64Array.from(list, withinReach);
        const { y, units } = standardiseTasks(
          values,
          Int32Array.from(list, (_, i) => i % tasks),
          tasks,
        );
        for (const value of y) expect(Math.abs(value)).toBeLessThan(1e6);
        for (const { shift, scale } of units) {
          expect(Number.isFinite(shift)).toBe(true);
          expect(scale).toBeGreaterThan(0);
        }
      },
    ),
    { seed: 5, numRuns: 300 },
  );
});
