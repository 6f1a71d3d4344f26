/** The wasm backend with its missing and wrong kernels mended, ready to train. */

import '@tensorflow/tfjs-backend-wasm';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { backend, setBackend } from '@tensorflow/tfjs-core';

import { registerBatchMatMul } from './batch-mat-mul.js';
import { registerContiguousSlice } from './contiguous-slice.js';
import { registerConv2dBackpropFilter } from './conv2d-backprop-filter.js';
import { registerCpuFallbacks } from './cpu-fallback.js';
import { registerGatherRows } from './gather-rows.js';
import { guardMemory } from './guarded-memory.js';
import { registerLeadingAxisSum } from './leading-axis-sum.js';
import { registerMaxPoolGrad } from './max-pool-grad.js';
import { registerOneHot } from './one-hot.js';
import { registerSharedIdentity } from './shared-identity.js';
import { registerUnsortedSegmentSum } from './unsorted-segment-sum.js';

let started: Promise<boolean> | undefined;

/** Mends the kernels and the allocator at the first call, and makes the backend the current one. False: wasm cannot start. */
export async function startMendedWasm(): Promise<boolean> {
  started ??= mendAndStart();
  return (await started) && setBackend('wasm');
}

async function mendAndStart(): Promise<boolean> {
  registerUnsortedSegmentSum();
  registerOneHot();
  registerMaxPoolGrad();
  registerBatchMatMul();
  registerConv2dBackpropFilter();
  registerLeadingAxisSum();
  registerContiguousSlice();
  registerGatherRows();
  registerSharedIdentity();
  registerCpuFallbacks();
  if (!(await setBackend('wasm'))) return false;
  guardMemory(backend() as BackendWasm);
  return true;
}
