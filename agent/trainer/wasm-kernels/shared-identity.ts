/** Identity for wasm: the shipped kernel copies the data, and every tensor that a gradient needs is cloned once. */

import { Identity, type TensorInfo } from '@tensorflow/tfjs-core';

import { type WasmCall, replaceWasmKernel, withShape } from './wasm-kernel.js';

/** The backend counts references to data, so a clone may share it, as on the CPU backend. */
export function registerSharedIdentity(): void {
  replaceWasmKernel(Identity, ({ inputs: { x }, backend }: WasmCall<{ readonly x: TensorInfo }, unknown>) =>
    withShape(x, x.shape, backend),
  );
}
