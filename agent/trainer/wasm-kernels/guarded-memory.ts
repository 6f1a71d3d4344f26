/** Makes the wasm backend fail on an allocation that does not fit: shipped, it goes on at address 0 and computes nonsense. */

import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';

import { TunerError } from '../../../shared/domain/errors.js';
import { emscriptenOf } from './wasm-kernel.js';

/** An allocation did not fit. */
export class OutOfMemoryError extends TunerError {
  override readonly code = 'OUT_OF_MEMORY';
}

/** Addresses have 32 bits: a larger number of bytes would silently lose its upper bits. */
const ADDRESS_SPACE = 2 ** 32;

/**
 * Wraps the allocator of an initialised backend.
 *
 * From then on an operation whose output does not fit throws {@link OutOfMemoryError}.
 */
export function guardMemory(backend: BackendWasm): void {
  const wasm = emscriptenOf(backend);
  // The allocator puts itself in place at its first call, and would push the guard aside.
  wasm._free(wasm._malloc(1));
  const allocate = wasm._malloc.bind(wasm);
  wasm._malloc = (bytes: number): number => {
    const offset = bytes < ADDRESS_SPACE ? allocate(bytes) : 0;
    if (offset === 0 && bytes > 0) throw new OutOfMemoryError(`no room for ${bytes} bytes on the wasm heap`, { bytes });
    return offset;
  };
}
