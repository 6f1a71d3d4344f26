/** Kernels that wasm lacks and that no hot path needs, computed by the CPU backend: depthwise gradients and einsum. */

import '@tensorflow/tfjs-backend-cpu';
import {
  DepthwiseConv2dNativeBackpropFilter,
  DepthwiseConv2dNativeBackpropInput,
  Einsum,
  type KernelBackend,
  type NamedAttrMap,
  type NamedTensorInfoMap,
  type TensorInfo,
  findBackend,
  getKernel,
} from '@tensorflow/tfjs-core';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';

import { type WasmCall, replaceWasmKernel } from './wasm-kernel.js';

const FALLBACK_KERNELS = [DepthwiseConv2dNativeBackpropFilter, DepthwiseConv2dNativeBackpropInput, Einsum];

export function registerCpuFallbacks(): void {
  for (const name of FALLBACK_KERNELS) {
    replaceWasmKernel<NamedTensorInfoMap, NamedAttrMap>(name, (call) => onCpu(name, call));
  }
}

function onCpu(name: string, { inputs, attrs, backend }: WasmCall<NamedTensorInfoMap, NamedAttrMap>): TensorInfo {
  const cpu = findBackend('cpu');
  const copies = copyToCpu(inputs, backend, cpu);
  const result = getKernel(name, 'cpu').kernelFunc({ inputs: copies, attrs, backend: cpu }) as TensorInfo;
  const values = cpu.readSync(result.dataId) as Float32Array;
  const out = backend.makeOutput(result.shape, result.dtype, undefined, values);
  // The result may share its data with an input: each is dropped once.
  const used = new Set([...Object.values(copies), result].map((info) => (info as TensorInfo).dataId));
  for (const dataId of used) cpu.disposeData(dataId, true);
  return out;
}

/** Einsum hands over its inputs as an array, others as a record: the container is kept. */
function copyToCpu(inputs: NamedTensorInfoMap, from: BackendWasm, cpu: KernelBackend): NamedTensorInfoMap {
  const copies = Object.entries(inputs).map(([key, info]) => {
    const { shape, dtype, dataId } = info as TensorInfo;
    return [key, { shape, dtype, dataId: cpu.write(from.readSync(dataId), shape, dtype) }] as const;
  });
  const isList = Array.isArray(inputs);
  return (isList ? copies.map(([, copy]) => copy) : Object.fromEntries(copies)) as NamedTensorInfoMap;
}
