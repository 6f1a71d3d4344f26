/** Cholesky factors of symmetric positive definite matrices and what is solved with them. Matrices are row-major. */

import { DomainError } from '../../shared/domain/errors.js';

/** Relative to the mean diagonal; each further try is ten times larger. */
const FIRST_JITTER = 1e-10;
const JITTER_TRIES = 8;

/**
 * Replaces the lower triangle of `A` (n x n) by its Cholesky factor L, A = L Lᵀ; the upper triangle is left as it was.
 *
 * @returns false, with `A` spoilt, when `A` is not positive definite to working precision.
 *
 * Cost: n³/3 operations. Source: Golub & Van Loan (2013), "Matrix Computations", algorithm 4.2.2, by rows.
 */
export function factorise(A: Float64Array, n: number): boolean {
  for (let i = 0; i < n; i++) {
    const row = i * n;
    for (let j = 0; j <= i; j++) {
      const sum = A[row + j]! - dot(A, row, j * n, j);
      if (j < i) A[row + j] = sum / A[j * n + j]!;
      else if (sum > 0 && Number.isFinite(sum)) A[row + i] = Math.sqrt(sum);
      else return false;
    }
  }
  return true;
}

/** Dot product of two stretches of one array; four sums at a time, which V8 turns into independent chains. */
function dot(A: Float64Array, a: number, b: number, length: number): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let k = 0;
  for (; k + 3 < length; k += 4) {
    s0 += A[a + k]! * A[b + k]!;
    s1 += A[a + k + 1]! * A[b + k + 1]!;
    s2 += A[a + k + 2]! * A[b + k + 2]!;
    s3 += A[a + k + 3]! * A[b + k + 3]!;
  }
  for (; k < length; k++) s0 += A[a + k]! * A[b + k]!;
  return s0 + s1 + (s2 + s3);
}

/**
 * Cholesky factor of a copy of `A`, with the smallest multiple of the identity added that makes it positive definite.
 *
 * @throws {DomainError} if no jitter up to {@link FIRST_JITTER} x 10^{@link JITTER_TRIES} of the mean diagonal is enough.
 */
export function choleskyWithJitter(A: Float64Array, n: number): Float64Array {
  let trace = 0;
  for (let i = 0; i < n; i++) trace += A[i * n + i]!;
  const unit = n === 0 ? 0 : trace / n;
  for (let attempt = 0; attempt <= JITTER_TRIES; attempt++) {
    const L = A.slice();
    const jitter = attempt === 0 ? 0 : unit * FIRST_JITTER * 10 ** (attempt - 1);
    for (let i = 0; i < n; i++) L[i * n + i]! += jitter;
    if (factorise(L, n)) return L;
  }
  throw new DomainError('matrix is not positive definite, even with jitter', { n, meanDiagonal: unit });
}

/** Solves L x = b in place of `b`. */
export function solveLower(L: Float64Array, n: number, b: Float64Array): void {
  for (let i = 0; i < n; i++) {
    let sum = b[i]!;
    for (let k = 0, row = i * n; k < i; k++) sum -= L[row + k]! * b[k]!;
    b[i] = sum / L[i * n + i]!;
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

/** The full symmetric inverse of A = L Lᵀ. Cost: 2n³/3 operations. */
export function inverseFromCholesky(L: Float64Array, n: number): Float64Array {
  const lower = invertLower(L, n);
  const inverse = new Float64Array(n * n);
  for (let k = 0; k < n; k++) {
    const row = k * n;
    for (let i = 0; i <= k; i++) {
      const factor = lower[row + i]!;
      for (let j = 0, target = i * n; j <= i; j++) inverse[target + j]! += factor * lower[row + j]!;
    }
  }
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) inverse[j * n + i] = inverse[i * n + j]!;
  return inverse;
}

function invertLower(L: Float64Array, n: number): Float64Array {
  const inverse = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    const row = i * n;
    for (let k = 0; k < i; k++) {
      const factor = L[row + k]!;
      for (let j = 0; j <= k; j++) inverse[row + j]! -= factor * inverse[k * n + j]!;
    }
    const diagonal = L[row + i]!;
    for (let j = 0; j < i; j++) inverse[row + j]! /= diagonal;
    inverse[row + i] = 1 / diagonal;
  }
  return inverse;
}

/** log |A| of A = L Lᵀ. */
export function logDeterminant(L: Float64Array, n: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += Math.log(L[i * n + i]!);
  return 2 * sum;
}

/** A b for a full n x n matrix. */
export function multiply(A: Float64Array, n: number, b: Float64Array): Float64Array {
  const product = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let sum = 0;
    for (let k = 0, row = i * n; k < n; k++) sum += A[row + k]! * b[k]!;
    product[i] = sum;
  }
  return product;
}
