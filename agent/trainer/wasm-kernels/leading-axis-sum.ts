/** Sum for wasm over the first axes (the gradient of every bias): a product with a row of ones instead of a transpose and a scalar loop. */

import { BatchMatMul, Sum, type TensorInfo, util } from '@tensorflow/tfjs-core';

import {
  type WasmCall,
  floatsOf,
  replaceWasmKernel,
  runConfig,
  runWasmKernel,
  shippedKernel,
  withShape,
} from './wasm-kernel.js';

interface Inputs {
  readonly x: TensorInfo;
}

interface Attributes {
  readonly axis: number | readonly number[];
  readonly keepDims: boolean;
}

export function registerLeadingAxisSum(): void {
  const shipped = shippedKernel(Sum);
  if (!shipped) throw new Error('the wasm backend ships no Sum');
  replaceWasmKernel<Inputs, Attributes>(Sum, (call) => {
    const leading = leadingAxes(call);
    return leading === 0 ? runConfig(shipped, call) : sumLeading(call, leading);
  });
}

/** How many first axes are summed, or 0 when it is not exactly the first ones of a float tensor with others left. */
function leadingAxes({ inputs: { x }, attrs }: WasmCall<Inputs, Attributes>): number {
  const axes = util.parseAxisParam(attrs.axis as number | number[], x.shape).sort((a, b) => a - b);
  const areFirst = axes.every((axis, i) => axis === i);
  const isWorthIt = x.dtype === 'float32' && axes.length < x.shape.length && util.sizeFromShape(x.shape) > 0;
  return areFirst && isWorthIt ? axes.length : 0;
}

function sumLeading({ inputs: { x }, attrs, backend }: WasmCall<Inputs, Attributes>, leading: number): TensorInfo {
  const rows = util.sizeFromShape(x.shape.slice(0, leading));
  const rest = x.shape.slice(leading);
  const ones = backend.makeOutput([1, rows], 'float32');
  floatsOf(ones, backend).fill(1);
  const matrix = withShape(x, [rows, util.sizeFromShape(rest)], backend);
  const attributes = { transposeA: false, transposeB: false };
  const out = runWasmKernel(BatchMatMul, { inputs: { a: ones, b: matrix }, attrs: attributes, backend });
  backend.disposeData(ones.dataId);
  backend.disposeData(matrix.dataId);
  return { ...out, shape: attrs.keepDims ? [...Array<number>(leading).fill(1), ...rest] : rest };
}
