/** BatchMatMul for wasm: leads every product to the fast library, which the shipped kernel uses only for batch 1 without transposes. */

import { BatchMatMul, type TensorInfo, util } from '@tensorflow/tfjs-core';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';

import { swapLastAxes } from './swap-last-axes.js';
import { type WasmCall, emscriptenOf, replaceWasmKernel, runConfig, shippedKernel, withShape } from './wasm-kernel.js';

interface Inputs {
  readonly a: TensorInfo;
  readonly b: TensorInfo;
}

interface Attributes {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/** The C function: id, shape as bytes of int32 and rank of a, then of b, two transpose flags, id of the output. */
type RawProduct = (...values: readonly (number | Uint8Array)[]) => void;

/** Multiply-adds per product below which one call per batch element costs more than the slow loop. */
const MIN_PRODUCT_SIZE = 4096;

/** First of three ids on the wasm side for parts of tensors; far above those that the backend hands out one by one. */
const PART_IDS = 0x7000_0000;

const FLOAT_BYTES = 4;

export function registerBatchMatMul(): void {
  const shipped = shippedKernel(BatchMatMul);
  if (!shipped) throw new Error('the wasm backend ships no BatchMatMul');
  const products = new WeakMap<BackendWasm, RawProduct>();
  const rawOf = (backend: BackendWasm): RawProduct => {
    const known = products.get(backend) ?? bindProduct(backend);
    products.set(backend, known);
    return known;
  };
  replaceWasmKernel<Inputs, Attributes>(BatchMatMul, ({ inputs, attrs, backend }) => {
    const a = attrs.transposeA ? swapLastAxes(inputs.a, backend) : withShape(inputs.a, inputs.a.shape, backend);
    const b = attrs.transposeB ? swapLastAxes(inputs.b, backend) : withShape(inputs.b, inputs.b.shape, backend);
    const plain = (left: TensorInfo, right: TensorInfo): TensorInfo =>
      runConfig(shipped, { inputs: { a: left, b: right }, attrs: { transposeA: false, transposeB: false }, backend });
    const out = multiply({ inputs: { a, b }, attrs: { plain, raw: rawOf(backend) }, backend });
    backend.disposeData(a.dataId);
    backend.disposeData(b.dataId);
    return out;
  });
}

interface Ways {
  readonly plain: (a: TensorInfo, b: TensorInfo) => TensorInfo;
  readonly raw: RawProduct;
}

/** Chooses the way by the batch counts of both sides. */
function multiply({ inputs: { a, b }, attrs: { plain, raw }, backend }: WasmCall<Inputs, Ways>): TensorInfo {
  const batchA = util.sizeFromShape(a.shape.slice(0, -2));
  const batchB = util.sizeFromShape(b.shape.slice(0, -2));
  const [rows, inner] = a.shape.slice(-2) as [number, number];
  const columns = b.shape.at(-1)!;
  const sizesFit = b.shape.at(-2) === inner && a.dtype === 'float32' && b.dtype === 'float32';
  if (!sizesFit) return plain(a, b);
  if (batchA > 1 && batchB === 1 && b.shape.length <= a.shape.length) {
    const folded = withShape(a, [batchA * rows, inner], backend);
    const matrix = withShape(b, [inner, columns], backend);
    const out = plain(folded, matrix);
    backend.disposeData(folded.dataId);
    backend.disposeData(matrix.dataId);
    return { ...out, shape: [...a.shape.slice(0, -1), columns] };
  }
  const sameBatch = util.arraysEqual(a.shape.slice(0, -2), b.shape.slice(0, -2));
  if (sameBatch && batchA > 1 && rows * inner * columns >= MIN_PRODUCT_SIZE) return oneByOne(a, b, { raw, backend });
  return plain(a, b);
}

/** One call per batch element, on parts of the tensors that are known to the wasm side for the length of the call. */
function oneByOne(
  a: TensorInfo,
  b: TensorInfo,
  { raw, backend }: { readonly raw: RawProduct; readonly backend: BackendWasm },
): TensorInfo {
  const [rows, inner] = a.shape.slice(-2) as [number, number];
  const columns = b.shape.at(-1)!;
  const out = backend.makeOutput([...a.shape.slice(0, -1), columns], 'float32');
  const parts = [
    { offset: backend.getMemoryOffset(a.dataId), size: rows * inner },
    { offset: backend.getMemoryOffset(b.dataId), size: inner * columns },
    { offset: backend.getMemoryOffset(out.dataId), size: rows * columns },
  ];
  const aShape = shapeBytes([1, rows, inner]);
  const bShape = shapeBytes([1, inner, columns]);
  const { tfjs } = backend.wasm;
  const count = util.sizeFromShape(a.shape.slice(0, -2));
  for (let i = 0; i < count; i++) {
    parts.forEach(({ offset, size }, k) => tfjs.registerTensor(PART_IDS + k, size, offset + i * size * FLOAT_BYTES));
    raw(PART_IDS, aShape, 3, PART_IDS + 1, bShape, 3, 0, 0, PART_IDS + 2);
    parts.forEach((_, k) => tfjs.disposeData(PART_IDS + k));
  }
  return out;
}

function bindProduct(backend: BackendWasm): RawProduct {
  const types = ['number', 'array', 'number', 'number', 'array', 'number', 'number', 'number', 'number'];
  return emscriptenOf(backend).cwrap(BatchMatMul, null, types) as unknown as RawProduct;
}

const shapeBytes = (shape: readonly number[]): Uint8Array => new Uint8Array(Int32Array.from(shape).buffer);
