/** A matrix transpose that is kind to the cache: the shipped one jumps a whole row for every number that it writes. */

import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';

import { floatsOf } from './wasm-kernel.js';

/** Side of the square that is transposed at a time; two of them fit the first-level cache of any processor. */
const TILE = 32;

/** Swaps the last two axes of a float tensor of rank 2 or more. */
export function swapLastAxes(x: TensorInfo, backend: BackendWasm): TensorInfo {
  const [rows, columns] = x.shape.slice(-2) as [number, number];
  const batch = x.shape.slice(0, -2);
  const out = backend.makeOutput([...batch, columns, rows], 'float32');
  const from = floatsOf(x, backend);
  const to = floatsOf(out, backend);
  const size = rows * columns;
  for (let i = 0; i < util.sizeFromShape(batch); i++) {
    transpose(from.subarray(i * size, (i + 1) * size), to.subarray(i * size, (i + 1) * size), columns);
  }
  return out;
}

/** `from` is rows x columns, `to` becomes columns x rows. */
function transpose(from: Float32Array, to: Float32Array, columns: number): void {
  const rows = from.length / columns;
  for (let top = 0; top < rows; top += TILE) {
    const bottom = Math.min(top + TILE, rows);
    for (let left = 0; left < columns; left += TILE) {
      const right = Math.min(left + TILE, columns);
      for (let column = left; column < right; column++) {
        for (let row = top; row < bottom; row++) to[column * rows + row] = from[row * columns + column]!;
      }
    }
  }
}
