/** GatherV2 for wasm where whole rows are gathered, as by an embedding: the shipped kernel copies number by number. */

import { GatherV2, type TensorInfo, util } from '@tensorflow/tfjs-core';

import { type WasmCall, floatsOf, replaceWasmKernel, runConfig, shippedKernel } from './wasm-kernel.js';

interface Inputs {
  readonly x: TensorInfo;
  readonly indices: TensorInfo;
}

interface Attributes {
  readonly axis: number;
  readonly batchDims: number;
}

export function registerGatherRows(): void {
  const shipped = shippedKernel(GatherV2);
  if (!shipped) throw new Error('the wasm backend ships no GatherV2');
  replaceWasmKernel<Inputs, Attributes>(GatherV2, (call) => {
    const { inputs, attrs, backend } = call;
    const indices = inputs.indices.dtype === 'int32' ? backend.typedArrayFromHeap(inputs.indices) : undefined;
    const fits = attrs.axis === 0 && attrs.batchDims === 0 && inputs.x.dtype === 'float32';
    const inRange = indices?.every((index) => index >= 0 && index < inputs.x.shape[0]!);
    return fits && inRange ? gatherRows(call) : runConfig(shipped, call);
  });
}

function gatherRows({ inputs: { x, indices }, backend }: WasmCall<Inputs, Attributes>): TensorInfo {
  const rowShape = x.shape.slice(1);
  const width = util.sizeFromShape(rowShape);
  const out = backend.makeOutput([...indices.shape, ...rowShape], 'float32');
  const rows = backend.typedArrayFromHeap(indices);
  const from = floatsOf(x, backend);
  const to = floatsOf(out, backend);
  rows.forEach((row, i) => to.set(from.subarray(row * width, (row + 1) * width), i * width));
  return out;
}
