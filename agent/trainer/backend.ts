/** Which TensorFlow.js backend trains on this machine: the CUDA one where it works, else mended WASM, else plain JavaScript. */

// Core alone registers no gradients in Node; importing the layers does.
import '@tensorflow/tfjs-layers';
import util from 'node:util';
import * as tf from '@tensorflow/tfjs-core';

import { EnvironmentError, UsageError } from '../../shared/domain/errors.js';
import type { BackendChoice } from '../../shared/domain/hardware.js';

export type BackendName = BackendChoice['name'];

/** In order of preference. */
export const BACKEND_NAMES: readonly BackendName[] = ['tfjs-node-gpu', 'tfjs-wasm', 'tfjs-cpu'];

/** The backend that is now current in this process. */
export interface LoadedBackend extends BackendChoice {
  /** True when operations run on a GPU: `tfjs-node-gpu` also works without one, on the CPU. */
  readonly usesGpu: boolean;
  readonly versions: Readonly<Record<string, string>>;
}

/** A name is not resolved by the compiler: the package is optional and may be absent. */
const CUDA_PACKAGE: string = '@tensorflow/tfjs-node-gpu';

const CUDA_NEEDS = 'it needs an NVIDIA driver > 450, CUDA 11.2 and cuDNN 8.1 libraries on LD_LIBRARY_PATH';

/** One way to compute, tried in turn. */
type Attempt =
  | { readonly works: true; readonly usesGpu: boolean; readonly detail: string; readonly gpuAdvice?: string }
  | { readonly works: false; readonly detail: string; readonly gpuAdvice?: string };

const STARTERS: Readonly<Record<BackendName, () => Promise<Attempt>>> = {
  'tfjs-node-gpu': startCuda,
  'tfjs-wasm': startWasm,
  'tfjs-cpu': startCpu,
};

/**
 * Starts the best backend that works here, or exactly the forced one.
 *
 * @throws {UsageError} if `forced` is no backend.
 * @throws {EnvironmentError} if the forced backend, or every one, does not work here.
 */
export async function chooseBackend(forced?: string): Promise<LoadedBackend> {
  tf.enableProdMode();
  const failures: string[] = [];
  let gpuAdvice: string | undefined;
  for (const name of candidates(forced)) {
    const attempt = await tryBackend(name);
    gpuAdvice ??= attempt.gpuAdvice;
    if (!attempt.works) failures.push(`${name}: ${attempt.detail}`);
    else {
      const why = forced === undefined ? '' : 'asked for; ';
      const reason = [`${why}${attempt.detail}`, ...failures].join('; ');
      return { name, reason, usesGpu: attempt.usesGpu, versions: versions(), ...(gpuAdvice && { gpuAdvice }) };
    }
  }
  const subject =
    forced === undefined ? 'no TensorFlow.js backend works here' : 'the backend asked for does not work here';
  throw new EnvironmentError(`${subject}: ${failures.join('; ')}`);
}

/** Waits until the device has finished everything that was asked of it: reading a fresh result comes after all before it. */
export async function synchronise(): Promise<void> {
  const probe = tf.tidy(() => tf.add(tf.scalar(1), tf.scalar(1)));
  await probe.data();
  probe.dispose();
}

function candidates(forced: string | undefined): readonly BackendName[] {
  if (forced === undefined) return BACKEND_NAMES;
  const known = BACKEND_NAMES.find((name) => name === forced);
  if (!known) throw new UsageError(`ECOPT_BACKEND is "${forced}"; use one of ${BACKEND_NAMES.join(', ')}`);
  return [known];
}

/** Starts one backend and runs a small product on it; whatever goes wrong is the reason to try the next. */
async function tryBackend(name: BackendName): Promise<Attempt> {
  try {
    const attempt = await STARTERS[name]();
    if (attempt.works && !(await computesRight())) return { works: false, detail: 'a test product came out wrong' };
    return attempt;
  } catch (error) {
    return { works: false, detail: firstLine(error) };
  }
}

/** [1 2; 3 4] times itself. */
async function computesRight(): Promise<boolean> {
  const matrix = tf.tensor2d([1, 2, 3, 4], [2, 2]);
  const product = tf.matMul(matrix, matrix);
  const values = await product.data();
  tf.dispose([matrix, product]);
  return [7, 10, 15, 22].every((expected, i) => values[i] === expected);
}

async function startCuda(): Promise<Attempt> {
  // Removed in Node 23, still called by the package (tfjs#8609).
  Object.assign(util, { isNullOrUndefined: (value: unknown): boolean => value === null || value === undefined });
  try {
    await import(CUDA_PACKAGE);
  } catch (error) {
    return { works: false, ...cudaAbsence(error) };
  }
  if (!(await tf.setBackend('tensorflow'))) return { works: false, detail: 'installed, but does not start' };
  const { isUsingGpuDevice: usesGpu } = tf.backend() as tf.KernelBackend & { readonly isUsingGpuDevice?: boolean };
  return usesGpu
    ? { works: true, usesGpu, detail: 'TensorFlow with CUDA sees a GPU' }
    : {
        works: true,
        usesGpu: false,
        detail: 'TensorFlow is installed but sees no GPU, so it computes on the CPU',
        gpuAdvice: `@tensorflow/tfjs-node-gpu is installed but sees no GPU: ${CUDA_NEEDS}`,
      };
}

/** Not installed at all, or installed without its native part: only the first has an error code to go by. */
function cudaAbsence(error: unknown): { readonly detail: string; readonly gpuAdvice: string } {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const missing =
    ['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'].includes(code) && firstLine(error).includes(CUDA_PACKAGE);
  if (missing) {
    const advice = `install the CUDA backend with "npm install ${CUDA_PACKAGE}@${tf.version_core}"; ${CUDA_NEEDS}`;
    return { detail: 'not installed', gpuAdvice: advice };
  }
  const advice = `${CUDA_PACKAGE} is installed without a working native part; run "npm rebuild ${CUDA_PACKAGE}"; ${CUDA_NEEDS}`;
  return { detail: `installed, but does not load (${firstLine(error).trim()})`, gpuAdvice: advice };
}

async function startWasm(): Promise<Attempt> {
  const { startMendedWasm } = await import('./wasm-kernels/mended-wasm.js');
  if (!(await startMendedWasm())) return { works: false, detail: 'WebAssembly does not start' };
  const simd = await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT');
  return { works: true, usesGpu: false, detail: `WebAssembly ${simd ? 'with' : 'without'} SIMD, kernels mended` };
}

async function startCpu(): Promise<Attempt> {
  await import('@tensorflow/tfjs-backend-cpu');
  if (!(await tf.setBackend('cpu'))) return { works: false, detail: 'plain JavaScript does not start' };
  return { works: true, usesGpu: false, detail: 'plain JavaScript, some 20 times slower than WebAssembly' };
}

const versions = (): Readonly<Record<string, string>> => ({ tfjs: tf.version_core, node: process.versions.node });

const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n', 1)[0]!;
