/** Vectors as stretches of flat arrays. */

/** Dot product of `length` numbers of `a` from `i` and of `b` from `j`; four sums, which do not wait for each other. */
export function dot(a: Float64Array, i: number, b: Float64Array, j: number, length: number): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let k = 0;
  for (; k + 3 < length; k += 4) {
    s0 += a[i + k]! * b[j + k]!;
    s1 += a[i + k + 1]! * b[j + k + 1]!;
    s2 += a[i + k + 2]! * b[j + k + 2]!;
    s3 += a[i + k + 3]! * b[j + k + 3]!;
  }
  for (; k < length; k++) s0 += a[i + k]! * b[j + k]!;
  return s0 + s1 + (s2 + s3);
}

/**
 * Dot products of `length` numbers of `a` from `i` with as many of four successive rows of `b`, into `out`.
 *
 * The rows begin at `j`, `j + stride`, ...: numbers of `a` are read once for four products.
 */
export function dotFour({ a, i, b, j, stride }: FourRows, length: number, out: Float64Array): void {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  const j1 = j + stride;
  const j2 = j1 + stride;
  const j3 = j2 + stride;
  for (let k = 0; k < length; k++) {
    const value = a[i + k]!;
    s0 += value * b[j + k]!;
    s1 += value * b[j1 + k]!;
    s2 += value * b[j2 + k]!;
    s3 += value * b[j3 + k]!;
  }
  out[0] = s0;
  out[1] = s1;
  out[2] = s2;
  out[3] = s3;
}

export interface FourRows {
  readonly a: Float64Array;
  readonly i: number;
  readonly b: Float64Array;
  readonly j: number;
  readonly stride: number;
}

/** Adds `terms` to `target` in place. */
export function addTo(target: Float64Array, terms: Float64Array): void {
  for (let i = 0; i < target.length; i++) target[i]! += terms[i]!;
}
