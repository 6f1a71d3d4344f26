/** Slice and SplitV for wasm: the shipped ones copy the whole input out of the heap for every piece. */

import { Slice, SplitV, type TensorInfo, backend_util, slice_util, util } from '@tensorflow/tfjs-core';

import {
  type WasmCall,
  emscriptenOf,
  replaceWasmKernel,
  runConfig,
  runWasmKernel,
  shippedKernel,
} from './wasm-kernel.js';

interface Inputs {
  readonly x: TensorInfo;
}

interface SliceAttributes {
  readonly begin: number | number[];
  readonly size: number | number[];
}

interface SplitAttributes {
  readonly numOrSizeSplits: number | number[];
  readonly axis: number;
}

export function registerContiguousSlice(): void {
  const shipped = shippedKernel(Slice);
  if (!shipped) throw new Error('the wasm backend ships no Slice');
  replaceWasmKernel<Inputs, SliceAttributes>(Slice, (call) => {
    const { inputs, attrs } = call;
    const [begin, size] = slice_util.parseSliceParams(inputs.x, attrs.begin, attrs.size) as [number[], number[]];
    const isContiguous = slice_util.isSliceContinous(inputs.x.shape, begin, size);
    if (!isContiguous || inputs.x.dtype === 'string') return runConfig(shipped, call);
    return copyPiece({ ...call, attrs: { begin, size } });
  });
  replaceWasmKernel<Inputs, SplitAttributes>(SplitV, split);
}

/** One copy within the heap. */
function copyPiece({
  inputs: { x },
  attrs: { begin, size },
  backend,
}: WasmCall<Inputs, { readonly begin: number[]; readonly size: number[] }>): TensorInfo {
  const out = backend.makeOutput(size, x.dtype);
  const bytes = util.bytesPerElement(x.dtype);
  const first = slice_util.computeFlatOffset(begin, util.computeStrides(x.shape)) * bytes;
  const from = backend.getMemoryOffset(x.dataId) + first;
  const to = backend.getMemoryOffset(out.dataId);
  emscriptenOf(backend).HEAPU8.copyWithin(to, from, from + util.sizeFromShape(size) * bytes);
  return out;
}

function split({ inputs: { x }, attrs, backend }: WasmCall<Inputs, SplitAttributes>): TensorInfo[] {
  const [axis] = util.parseAxisParam(attrs.axis, x.shape) as [number];
  const begin = x.shape.map(() => 0);
  return backend_util.prepareSplitSize(x as never, attrs.numOrSizeSplits, axis).map((length) => {
    const size = x.shape.with(axis, length);
    const piece = runWasmKernel(Slice, { inputs: { x }, attrs: { begin: [...begin], size }, backend });
    begin[axis]! += length;
    return piece;
  });
}
