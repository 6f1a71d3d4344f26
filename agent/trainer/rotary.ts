/** Rotary positions: each pair of numbers of a query or key is turned by an angle that grows with its position. */

import * as tf from '@tensorflow/tfjs-core';

/**
 * Cosines and sines of the turns, [positions, headWidth], and the matrix that swaps the numbers of a pair.
 *
 * `x * cosine + (x @ swap) * sine` turns every row of x by its position. Both tables also carry the factor
 * headWidth^(-1/4): turned queries times turned keys are then already divided by the root of the width.
 * Source: Su et al. (2021), RoFormer.
 */
export interface Rotary {
  readonly cosine: tf.Tensor2D;
  readonly sine: tf.Tensor2D;
  readonly swap: tf.Tensor2D;
}

/** Ratio between the slowest and the fastest turn is its inverse; the customary value is for contexts of thousands of words. */
const BASE = 1000;

/** Tables for positions 0 to `positions` - 1; the caller disposes of them. */
export function rotaryTables(headWidth: number, positions: number): Rotary {
  const scale = headWidth ** -0.25;
  const angle = (i: number): number => {
    const pair = Math.floor((i % headWidth) / 2);
    return Math.floor(i / headWidth) / BASE ** ((2 * pair) / headWidth);
  };
  const table = (turn: (angle: number) => number): tf.Tensor2D =>
    tf.tensor2d(
      Float32Array.from({ length: positions * headWidth }, (_, i) => scale * turn(angle(i))),
      [positions, headWidth],
    );
  return { cosine: table(Math.cos), sine: table(Math.sin), swap: swapMatrix(headWidth) };
}

/** The rows of one table from `start` on. */
export const rotaryRows = ({ cosine, sine, swap }: Rotary, start: number, rows: number): Rotary => ({
  cosine: tf.slice2d(cosine, [start, 0], [rows, -1]),
  sine: tf.slice2d(sine, [start, 0], [rows, -1]),
  swap,
});

/** Turns [n, positions, headWidth]. */
export function turn(x: tf.Tensor3D, { cosine, sine, swap }: Rotary): tf.Tensor3D {
  const [, , width] = x.shape;
  const rows: tf.Tensor2D = tf.reshape(x, [-1, width]);
  const swapped: tf.Tensor3D = tf.reshape(tf.matMul(rows, swap), x.shape);
  return tf.add(tf.mul(x, cosine), tf.mul(swapped, sine));
}

/** (a, b) @ swap = (-b, a). */
function swapMatrix(width: number): tf.Tensor2D {
  const values = new Float32Array(width * width);
  for (let i = 0; i < width; i += 2) {
    values[i * width + i + 1] = 1;
    values[(i + 1) * width + i] = -1;
  }
  return tf.tensor2d(values, [width, width]);
}
