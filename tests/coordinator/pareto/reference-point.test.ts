import fc from 'fast-check';
import { expect, test } from 'vitest';

import { nonDominated } from '../../../coordinator/pareto/dominance.js';
import { chooseReference } from '../../../coordinator/pareto/reference-point.js';
import { ShapeError } from '../../../shared/domain/errors.js';

test('thresholds are taken as they are, also without any outcome', () => {
  expect([...chooseReference(Float64Array.of(1, 2, 3, 4), [7, undefined])]).toEqual([7, 4.2]);
  expect([...chooseReference(new Float64Array(), [7, undefined])]).toEqual([7, NaN]);
});

test('every point of the front lies within the reference, whatever the outcomes', () => {
  const row = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 3, maxLength: 3 });
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 20 }), (rows) => {
      const outcomes = Float64Array.from(rows.flat());
      const reference = chooseReference(outcomes, [undefined, undefined, undefined]);
      for (const i of nonDominated(outcomes, 3)) {
        for (let j = 0; j < 3; j++) expect(outcomes[i * 3 + j]).toBeLessThan(reference[j]!);
      }
    }),
    { seed: 4, numRuns: 200 },
  );
});

test('one terrible outcome does not stretch the box', () => {
  const ordinary = [1, 9, 2, 8, 3, 7, 4, 6, 5, 5, 6, 4, 7, 3];
  const [a] = chooseReference(Float64Array.from(ordinary), [undefined, undefined]);
  const [b] = chooseReference(Float64Array.from([...ordinary, 1e9, 1e9]), [undefined, undefined]);
  expect(b).toBeLessThan(2 * a! + 5);
});

test('the bound lies a tenth of the range beyond the worst, and beyond a single outcome by a tenth of its size', () => {
  expect([...chooseReference(Float64Array.of(0, 10, 5, 5, 10, 0), [undefined, undefined])]).toEqual([11, 11]);
  expect([...chooseReference(Float64Array.of(-4, 0), [undefined, undefined])]).toEqual([-3.6, 0.1]);
});

test('outcomes with an unknown objective are left out', () => {
  expect([...chooseReference(Float64Array.of(0, 10, 10, 0, NaN, 99), [undefined, undefined])]).toEqual([11, 11]);
  expect(() => chooseReference(Float64Array.of(1), [undefined, undefined])).toThrow(ShapeError);
});
