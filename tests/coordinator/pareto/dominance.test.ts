import fc from 'fast-check';
import { expect, test } from 'vitest';

import { nonDominated } from '../../../coordinator/pareto/dominance.js';
import { ShapeError } from '../../../shared/domain/errors.js';

/** The definition: nothing else is nowhere worse and somewhere better. */
function byDefinition(rows: readonly (readonly number[])[]): number[] {
  const beats = (a: readonly number[], b: readonly number[]): boolean =>
    a.every((value, j) => value <= b[j]!) && a.some((value, j) => value < b[j]!);
  return rows.flatMap((row, i) => (rows.some((other) => beats(other, row)) ? [] : [i]));
}

for (const m of [1, 2, 3, 4]) {
  test(`with ${m} objectives the front is what the definition says, ties and repeats included`, () => {
    const row = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: m, maxLength: m });
    fc.assert(
      fc.property(fc.array(row, { maxLength: 30 }), (rows) => {
        expect(nonDominated(Float64Array.from(rows.flat()), m)).toEqual(byDefinition(rows));
      }),
      { seed: 3, numRuns: 200 },
    );
  });
}

test('a row that is not a number is never on the front and hides nothing', () => {
  expect(nonDominated(Float64Array.of(NaN, 0, 1, 2, 0, NaN, 2, 1), 2)).toEqual([1, 3]);
});

test('infinite outcomes are ordered like any other', () => {
  expect(nonDominated(Float64Array.of(Infinity, Infinity, 1, 2, -Infinity, 5), 2)).toEqual([1, 2]);
  expect(nonDominated(Float64Array.of(Infinity, Infinity), 2)).toEqual([0]);
});

test('an array that is no whole number of rows is refused', () => {
  expect(() => nonDominated(Float64Array.of(1, 2, 3), 2)).toThrow(ShapeError);
});
