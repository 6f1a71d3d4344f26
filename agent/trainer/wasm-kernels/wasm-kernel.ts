/** How a kernel of the wasm backend is put in the place of the shipped one. */

import {
  type KernelConfig,
  type NamedAttrMap,
  type NamedTensorInfoMap,
  type TensorInfo,
  getKernel,
  registerKernel,
  unregisterKernel,
} from '@tensorflow/tfjs-core';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';

/** One call of a kernel. */
export interface WasmCall<Inputs, Attributes> {
  readonly inputs: Inputs;
  readonly attrs: Attributes;
  readonly backend: BackendWasm;
}

/** A kernel as TensorFlow.js calls it, with its inputs and attributes named by type. */
export type WasmKernel<Inputs, Attributes> = (call: WasmCall<Inputs, Attributes>) => TensorInfo | TensorInfo[];

/** The kernel that the package ships, or `undefined` where it ships none. Ask before registering another. */
export const shippedKernel = (name: string): KernelConfig | undefined => getKernel(name, 'wasm');

/**
 * Registers `kernel` for the backend `wasm`, in place of a shipped one.
 *
 * Call before the backend is initialised: the shipped kernel binds its C function in its own set-up, which is kept, so
 * that the new kernel may still fall back on it.
 */
export function replaceWasmKernel<Inputs, Attributes>(name: string, kernel: WasmKernel<Inputs, Attributes>): void {
  const shipped = shippedKernel(name);
  if (shipped) unregisterKernel(name, 'wasm');
  registerKernel({
    kernelName: name,
    backendName: 'wasm',
    kernelFunc: kernel as unknown as KernelConfig['kernelFunc'],
    ...(shipped?.setupFunc && { setupFunc: shipped.setupFunc }),
  });
}

/** Runs a kernel of the wasm backend as it is registered now. */
export function runWasmKernel(
  name: string,
  call: { readonly inputs: object; readonly attrs: object; readonly backend: BackendWasm },
): TensorInfo {
  return runConfig(getKernel(name, 'wasm'), call);
}

/** Runs one given kernel; used for the shipped one behind its replacement. */
export function runConfig(
  config: KernelConfig,
  { inputs, attrs, backend }: { readonly inputs: object; readonly attrs: object; readonly backend: BackendWasm },
): TensorInfo {
  const result = config.kernelFunc({
    inputs: inputs as NamedTensorInfoMap,
    attrs: attrs as NamedAttrMap,
    backend,
  });
  return result as TensorInfo;
}

/** The same data under another shape; to be disposed of like an output. */
export function withShape(x: TensorInfo, shape: readonly number[], backend: BackendWasm): TensorInfo {
  backend.incRef(x.dataId);
  return { dataId: x.dataId, shape: [...shape], dtype: x.dtype };
}

/** What the backend's module has beside its published type. */
interface EmscriptenModule {
  cwrap(name: string, returns: null, takes: readonly string[]): (...args: readonly never[]) => void;
  _malloc(bytes: number): number;
  _free(offset: number): void;
  readonly HEAPU8: Uint8Array;
}

export const emscriptenOf = (backend: BackendWasm): EmscriptenModule => backend.wasm as unknown as EmscriptenModule;

/** Views of float tensors on the wasm heap. Take them after all outputs are allocated: growth of the heap detaches them. */
export const floatsOf = (x: TensorInfo, backend: BackendWasm): Float32Array =>
  backend.typedArrayFromHeap(x) as Float32Array;
