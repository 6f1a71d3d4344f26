/** MaxPoolGrad for wasm: the shipped kernel drops the gradient of windows whose values are all negative. */

import { MaxPoolGrad, type TensorInfo, backend_util } from '@tensorflow/tfjs-core';

import { type WasmCall, floatsOf, replaceWasmKernel } from './wasm-kernel.js';

interface Inputs {
  readonly dy: TensorInfo;
  readonly input: TensorInfo;
}

interface Attributes {
  readonly filterSize: [number, number] | number;
  readonly strides: [number, number] | number;
  readonly pad: 'valid' | 'same' | number;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

type PoolInfo = backend_util.Conv2DInfo;

export function registerMaxPoolGrad(): void {
  replaceWasmKernel(MaxPoolGrad, maxPoolGrad);
}

/** Adds each incoming gradient at the first maximum of its window; overlapping windows accumulate. */
function maxPoolGrad({ inputs, attrs, backend }: WasmCall<Inputs, Attributes>): TensorInfo {
  const { dy, input } = inputs;
  const shape = input.shape as [number, number, number, number];
  const info = backend_util.computePool2DInfo(
    shape,
    attrs.filterSize,
    attrs.strides,
    1,
    attrs.pad,
    attrs.dimRoundingMode,
  );
  const out = backend.makeOutput(shape, 'float32');
  const x = floatsOf(input, backend);
  const gradient = floatsOf(dy, backend);
  const dx = floatsOf(out, backend).fill(0);
  let next = 0;
  for (let b = 0; b < info.batchSize; b++) {
    for (let row = 0; row < info.outHeight; row++) {
      for (let column = 0; column < info.outWidth; column++) {
        for (let c = 0; c < info.inChannels; c++) dx[argMax(x, info, { b, row, column, c })]! += gradient[next++]!;
      }
    }
  }
  return out;
}

/** Index into the image of the largest value of one window and channel, clipped to the image. */
function argMax(
  x: Float32Array,
  info: PoolInfo,
  { b, row, column, c }: { readonly b: number; readonly row: number; readonly column: number; readonly c: number },
): number {
  const top = row * info.strideHeight - info.padInfo.top;
  const left = column * info.strideWidth - info.padInfo.left;
  let best = -1;
  let largest = -Infinity;
  for (let y = Math.max(0, top); y < Math.min(info.inHeight, top + info.filterHeight); y++) {
    for (let z = Math.max(0, left); z < Math.min(info.inWidth, left + info.filterWidth); z++) {
      const at = ((b * info.inHeight + y) * info.inWidth + z) * info.inChannels + c;
      if (best >= 0 && x[at]! <= largest) continue;
      best = at;
      largest = x[at]!;
    }
  }
  return best;
}
