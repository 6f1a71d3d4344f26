/** Cholesky factors of symmetric positive definite matrices and what is solved with them. Matrices are row-major. */

import { DomainError } from '../../shared/domain/errors.js';
import { dot } from './vector.js';

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
  for (let i = 0; i < n; i++) {
    const row = i * n;
    for (let j = 0; j <= i; j++) {
      const sum = A[row + j]! - dot(A, row, A, j * n, j);
      if (j < i) A[row + j] = sum / A[j * n + j]!;
      else if (sum > 0 && Number.isFinite(sum)) A[row + i] = Math.sqrt(sum);
      else return false;
    }
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
