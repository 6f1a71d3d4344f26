import { expect, test } from 'vitest';

import {
  choleskyWithJitter,
  extendFactor,
  factorise,
  inverseFromCholesky,
  logDeterminant,
  solveLower,
  solveLowerTransposed,
} from '../../../coordinator/linalg/cholesky.js';
import { addTo, dot, dotFour } from '../../../coordinator/linalg/vector.js';
import { DomainError } from '../../../shared/domain/errors.js';
import { seededRandom } from '../../../shared/runtime/random.js';

/** B Bᵀ + I with random B. */
function randomMatrix(n: number, seed: number): Float64Array {
  const random = seededRandom(seed);
  const B = Float64Array.from({ length: n * n }, () => random.normal());
  return Float64Array.from({ length: n * n }, (_, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    return dot(B, i * n, B, j * n, n) + (i === j ? 1 : 0);
  });
}

const times = (A: Float64Array, n: number, x: Float64Array): Float64Array => x.map((_, i) => dot(A, i * n, x, 0, n));

for (const n of [1, 2, 3, 5, 8, 33]) {
  const A = randomMatrix(n, n);
  const L = choleskyWithJitter(A, n, 1);

  test(`n = ${n}: both triangular solves together solve A x = b`, () => {
    const b = Float64Array.from({ length: n }, (_, i) => Math.sin(i + 1));
    const x = b.slice();
    solveLower(L, n, x);
    solveLowerTransposed(L, n, x);
    times(A, n, x).forEach((value, i) => expect(value).toBeCloseTo(b[i]!, 10));
  });

  test(`n = ${n}: the inverse times A is the identity`, () => {
    const inverse = inverseFromCholesky(L, n);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) expect(dot(inverse, i * n, A, j * n, n)).toBeCloseTo(i === j ? 1 : 0, 9);
    }
  });
}

test('the determinant of a 2 x 2 matrix is what it is by hand', () => {
  const L = Float64Array.of(4, 2, 2, 3);
  expect(factorise(L, 2)).toBe(true);
  expect(logDeterminant(L, 2)).toBeCloseTo(Math.log(8), 12);
});

test('the determinant of a diagonal matrix is the product', () => {
  const L = Float64Array.of(2, 0, 0, 0, 3, 0, 0, 0, 5);
  expect(factorise(L, 3)).toBe(true);
  expect([...L]).toEqual([Math.SQRT2, 0, 0, 0, Math.sqrt(3), 0, 0, 0, Math.sqrt(5)]);
  expect(logDeterminant(L, 3)).toBeCloseTo(Math.log(30), 12);
});

test('an indefinite or undefined matrix has no factor', () => {
  expect(factorise(Float64Array.of(1, 2, 2, 1), 2)).toBe(false);
  expect(factorise(Float64Array.of(NaN), 1)).toBe(false);
  expect(() => choleskyWithJitter(Float64Array.of(1, 2, 2, 1), 2, 1)).toThrow(DomainError);
});

test('a singular matrix gets a jitter too small to matter', () => {
  const L = choleskyWithJitter(Float64Array.of(1, 1, 1, 1), 2, 1);
  expect(L[0]! ** 2).toBeCloseTo(1, 8);
  expect(L[2]! * L[0]!).toBeCloseTo(1, 8);
});

test('a factor grown by rows is the factor of the larger matrix', () => {
  const [n, m] = [7, 4];
  const size = n + m;
  const A = randomMatrix(size, 5);
  const corner = Float64Array.from({ length: n * n }, (_, at) => A[Math.floor(at / n) * size + (at % n)]!);
  const grown = extendFactor(choleskyWithJitter(corner, n, 1), { n, m }, A.subarray(n * size))!;
  const whole = choleskyWithJitter(A, size, 1);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) expect(grown[i * size + j]).toBeCloseTo(whole[i * size + j]!, 10);
  }
});

test('a factor does not grow by a row that another repeats', () => {
  expect(extendFactor(Float64Array.of(1), { n: 1, m: 1 }, Float64Array.of(1, 1))).toBeUndefined();
});

test('four products at once are those one by one, of any length', () => {
  const A = randomMatrix(9, 2);
  for (const length of [0, 1, 4, 7]) {
    const out = new Float64Array(4);
    dotFour({ a: A, i: 3, b: A, j: 10, stride: 9 }, length, out);
    out.forEach((value, r) => expect(value).toBeCloseTo(dot(A, 3, A, 10 + 9 * r, length), 12));
  }
});

test('addTo adds in place', () => {
  const target = Float64Array.of(1, 2);
  addTo(target, Float64Array.of(10, 20));
  expect([...target]).toEqual([11, 22]);
});
