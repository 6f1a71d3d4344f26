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

/** Adds `terms` to `target` in place. */
export function addTo(target: Float64Array, terms: Float64Array): void {
  for (let i = 0; i < target.length; i++) target[i]! += terms[i]!;
}
