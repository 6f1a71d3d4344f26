/** UnsortedSegmentSum for wasm, which ships none: the gradient of `gather`, so of every embedding. */

import { type TensorInfo, UnsortedSegmentSum, util } from '@tensorflow/tfjs-core';

import { type WasmCall, floatsOf, replaceWasmKernel } from './wasm-kernel.js';

interface Inputs {
  readonly x: TensorInfo;
  readonly segmentIds: TensorInfo;
}

export function registerUnsortedSegmentSum(): void {
  replaceWasmKernel(UnsortedSegmentSum, unsortedSegmentSum);
}

/** Adds each row of `x` to the row of the output that its id names; ids out of range are skipped, as on the CPU backend. */
function unsortedSegmentSum({
  inputs,
  attrs,
  backend,
}: WasmCall<Inputs, { readonly numSegments: number }>): TensorInfo {
  const { x, segmentIds } = inputs;
  const rowShape = x.shape.slice(segmentIds.shape.length);
  const out = backend.makeOutput([attrs.numSegments, ...rowShape], x.dtype);
  const width = util.sizeFromShape(rowShape);
  const ids = backend.typedArrayFromHeap(segmentIds);
  const from = floatsOf(x, backend);
  const to = floatsOf(out, backend).fill(0);
  for (let row = 0; row < ids.length; row++) {
    const id = ids[row]!;
    if (id < 0 || id >= attrs.numSegments) continue;
    for (let j = 0, a = row * width, b = id * width; j < width; j++) to[b + j]! += from[a + j]!;
  }
  return out;
}
