/** Conv2DBackpropFilter for wasm, which ships none: im2col and one product. */

import { BatchMatMul, Conv2DBackpropFilter, type TensorInfo, backend_util } from '@tensorflow/tfjs-core';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';

import { ShapeError } from '../../../shared/domain/errors.js';
import { type WasmCall, floatsOf, replaceWasmKernel, runWasmKernel, withShape } from './wasm-kernel.js';

interface Inputs {
  readonly x: TensorInfo;
  readonly dy: TensorInfo;
}

interface Attributes {
  readonly strides: [number, number] | number;
  readonly pad: 'valid' | 'same' | number | backend_util.ExplicitPadding;
  readonly dataFormat: 'NHWC' | 'NCHW';
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
  readonly filterShape: [number, number, number, number];
}

type ConvInfo = backend_util.Conv2DInfo;

export function registerConv2dBackpropFilter(): void {
  replaceWasmKernel(Conv2DBackpropFilter, conv2dBackpropFilter);
}

function conv2dBackpropFilter({ inputs: { x, dy }, attrs, backend }: WasmCall<Inputs, Attributes>): TensorInfo {
  if (attrs.dataFormat !== 'NHWC' || x.dtype !== 'float32') {
    throw new ShapeError('the filter gradient takes float32 images with channels last', { ...attrs, dtype: x.dtype });
  }
  const info = backend_util.computeConv2DInfo(
    x.shape as [number, number, number, number],
    attrs.filterShape,
    attrs.strides,
    1,
    attrs.pad,
    attrs.dimRoundingMode,
  );
  const columns = imageToColumns(x, info, backend);
  const gradient = withShape(dy, [columns.shape[1]!, info.outChannels], backend);
  const attributes = { transposeA: false, transposeB: false };
  const out = runWasmKernel(BatchMatMul, { inputs: { a: columns, b: gradient }, attrs: attributes, backend });
  backend.disposeData(columns.dataId);
  backend.disposeData(gradient.dataId);
  return { ...out, shape: [...attrs.filterShape] };
}

/** The transposed im2col matrix: one row per (filter row, filter column, channel), one column per (image, output position). */
function imageToColumns(x: TensorInfo, info: ConvInfo, backend: BackendWasm): TensorInfo {
  const taps = info.filterHeight * info.filterWidth * info.inChannels;
  const out = backend.makeOutput([taps, info.batchSize * info.outHeight * info.outWidth], 'float32');
  const image = floatsOf(x, backend);
  const matrix = floatsOf(out, backend);
  let next = 0;
  for (let fy = 0; fy < info.filterHeight; fy++) {
    for (let fx = 0; fx < info.filterWidth; fx++) {
      for (let c = 0; c < info.inChannels; c++) next = fillRow(matrix, next, { image, info, fy, fx, c });
    }
  }
  return out;
}

interface Tap {
  readonly image: Float32Array;
  readonly info: ConvInfo;
  readonly fy: number;
  readonly fx: number;
  readonly c: number;
}

/** What one tap of the filter sees at each output position; 0 in the padding. Returns where the next row begins. */
function fillRow(matrix: Float32Array, start: number, { image, info, fy, fx, c }: Tap): number {
  let next = start;
  for (let b = 0; b < info.batchSize; b++) {
    for (let row = 0; row < info.outHeight; row++) {
      const y = row * info.strideHeight - info.padInfo.top + fy;
      for (let column = 0; column < info.outWidth; column++) {
        const z = column * info.strideWidth - info.padInfo.left + fx;
        const inside = y >= 0 && y < info.inHeight && z >= 0 && z < info.inWidth;
        matrix[next++] = inside ? image[((b * info.inHeight + y) * info.inWidth + z) * info.inChannels + c]! : 0;
      }
    }
  }
  return next;
}
