/** Cholesky factors of symmetric positive definite matrices and what is solved with them. Matrices are row-major. */

import { DomainError } from '../../shared/domain/errors.js';
import { dot, dotFour } from './vector.js';

/** In units of the scale; each further try is ten times larger. */
const FIRST_JITTER = 1e-12;
const JITTER_TRIES = 10;

/**
 * Replaces the lower triangle of `A` (n x n) by its Cholesky factor L, A = L Lᵀ; the upper triangle is left as it was.
 *
 * @returns false, with `A` spoilt, when `A` is not positive definite to working precision.
 *
 * Cost: n³/3 operations. Source: Golub & Van Loan (2013), "Matrix Computations", algorithm 4.2.2, by rows.
 */
export function factorise(A: Float64Array, n: number): boolean {
  const four = new Float64Array(4);
  for (let i = 0; i < n; i++) {
    const row = i * n;
    let j = 0;
    for (; j + 3 < i; j += 4) {
      dotFour({ a: A, i: row, b: A, j: j * n, stride: n }, j, four);
      for (let c = 0; c < 4; c++) {
        const at = (j + c) * n;
        let sum = A[row + j + c]! - four[c]!;
        for (let k = j; k < j + c; k++) sum -= A[row + k]! * A[at + k]!;
        A[row + j + c] = sum / A[at + j + c]!;
      }
    }
    for (; j < i; j++) A[row + j] = (A[row + j]! - dot(A, row, A, j * n, j)) / A[j * n + j]!;
    const square = A[row + i]! - dot(A, row, A, row, i);
    if (!(square > 0 && Number.isFinite(square))) return false;
    A[row + i] = Math.sqrt(square);
  }
  return true;
}

/**
 * Cholesky factor of a copy of `A`, with the smallest multiple of the identity added that makes it positive definite.
 *
 * @param scale - size of the numbers whose differences `A` holds: jitter is counted in it.
 * @throws {DomainError} if a jitter of a hundredth of the scale is not enough.
 */
export function choleskyWithJitter(A: Float64Array, n: number, scale: number): Float64Array {
  for (let attempt = 0; attempt <= JITTER_TRIES; attempt++) {
    const L = A.slice();
    const jitter = attempt === 0 ? 0 : scale * FIRST_JITTER * 10 ** attempt;
    for (let i = 0; i < n; i++) L[i * n + i]! += jitter;
    if (factorise(L, n)) return L;
  }
  throw new DomainError('matrix is not positive definite, even with jitter', { n, scale });
}

/**
 * The factor of A with rows appended: the first `n` rows and columns are those of `L`.
 *
 * @param appended - m x (n + m), row-major; only the lower triangle of A counts.
 * @returns `undefined` when the larger matrix is not positive definite to working precision.
 *
 * Cost: m n²/2 multiplications instead of n³/6. Source: Golub & Van Loan (2013), "Matrix Computations", section 6.5.4.
 */
export function extendFactor(
  L: Float64Array,
  { n, m }: { readonly n: number; readonly m: number },
  appended: Float64Array,
): Float64Array | undefined {
  const size = n + m;
  const extended = new Float64Array(size * size);
  for (let i = 0; i < n; i++) extended.set(L.subarray(i * n, i * n + i + 1), i * size);
  for (let i = n; i < size; i++) {
    const row = appended.slice((i - n) * size, (i - n) * size + i + 1);
    for (let j = 0; j < i; j++) row[j] = (row[j]! - dot(extended, j * size, row, 0, j)) / extended[j * size + j]!;
    const square = row[i]! - dot(row, 0, row, 0, i);
    if (!(square > 0 && Number.isFinite(square))) return undefined;
    row[i] = Math.sqrt(square);
    extended.set(row, i * size);
  }
  return extended;
}

/** Solves L x = b in place of `b`. */
export function solveLower(L: Float64Array, n: number, b: Float64Array): void {
  for (let i = 0; i < n; i++) {
    b[i] = (b[i]! - dot(L, i * n, b, 0, i)) / L[i * n + i]!;
  }
}

/** Solves Lᵀ x = b in place of `b`. */
export function solveLowerTransposed(L: Float64Array, n: number, b: Float64Array): void {
  for (let i = n - 1; i >= 0; i--) {
    const row = i * n;
    const x = b[i]! / L[row + i]!;
    b[i] = x;
    for (let k = 0; k < i; k++) b[k]! -= L[row + k]! * x;
  }
}

/** The full symmetric inverse of A = L Lᵀ. Cost: n³/3 multiplications for L^-1 and as many for its square. */
export function inverseFromCholesky(L: Float64Array, n: number): Float64Array {
  const columns = invertedColumns(L, n);
  const inverse = new Float64Array(n * n);
  const four = new Float64Array(4);
  for (let i = 0; i < n; i++) {
    let j = 0;
    for (; j + 3 <= i; j += 4) {
      dotFour({ a: columns, i: i * n + i, b: columns, j: j * n + i, stride: n }, n - i, four);
      inverse.set(four, i * n + j);
    }
    for (; j <= i; j++) inverse[i * n + j] = dot(columns, i * n + i, columns, j * n + i, n - i);
    for (j = 0; j < i; j++) inverse[j * n + i] = inverse[i * n + j]!;
  }
  return inverse;
}

/** L^-1 transposed: row i is column i of L^-1, so that products of columns run along rows. */
function invertedColumns(L: Float64Array, n: number): Float64Array {
  const columns = new Float64Array(n * n);
  const four = new Float64Array(4);
  for (let i = 0; i < n; i++) {
    const row = i * n;
    columns[row + i] = 1 / L[row + i]!;
    let k = i + 1;
    for (; k + 3 < n; k += 4) {
      dotFour({ a: columns, i: row + i, b: L, j: k * n + i, stride: n }, k - i, four);
      for (let c = 0; c < 4; c++) {
        const at = (k + c) * n;
        let sum = -four[c]!;
        for (let e = k; e < k + c; e++) sum -= L[at + e]! * columns[row + e]!;
        columns[row + k + c] = sum / L[at + k + c]!;
      }
    }
    for (; k < n; k++) columns[row + k] = -dot(L, k * n + i, columns, row + i, k - i) / L[k * n + k]!;
  }
  return columns;
}

/** log |A| of A = L Lᵀ. */
export function logDeterminant(L: Float64Array, n: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += Math.log(L[i * n + i]!);
  return 2 * sum;
}
