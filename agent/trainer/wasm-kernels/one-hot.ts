/** OneHot for wasm: the shipped kernel writes integer bits whatever the dtype, so a float one-hot reads as about 0. */

import { type DataType, OneHot, type TensorInfo } from '@tensorflow/tfjs-core';

import { type WasmCall, replaceWasmKernel } from './wasm-kernel.js';

interface Attributes {
  readonly depth: number;
  readonly onValue: number;
  readonly offValue: number;
  readonly dtype: DataType;
}

export function registerOneHot(): void {
  replaceWasmKernel(OneHot, oneHot);
}

function oneHot({ inputs, attrs, backend }: WasmCall<{ readonly indices: TensorInfo }, Attributes>): TensorInfo {
  const { depth, onValue, offValue, dtype } = attrs;
  const out = backend.makeOutput([...inputs.indices.shape, depth], dtype);
  const indices = backend.typedArrayFromHeap(inputs.indices);
  const values = backend.typedArrayFromHeap(out).fill(offValue);
  indices.forEach((index, row) => {
    if (index >= 0 && index < depth) values[row * depth + index] = onValue;
  });
  return out;
}
