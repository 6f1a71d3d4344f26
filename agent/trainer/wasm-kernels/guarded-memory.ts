/** Makes the wasm backend fail on an allocation that does not fit: shipped, it goes on at address 0 and computes nonsense. */

import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';

import { OutOfMemoryError } from '../out-of-memory.js';
import { emscriptenOf } from './wasm-kernel.js';

/** Wraps the allocator of an initialised backend. @throws {OutOfMemoryError} later, from any operation whose output does not fit. */
export function guardMemory(backend: BackendWasm): void {
  const wasm = emscriptenOf(backend);
  const allocate = wasm._malloc.bind(wasm);
  wasm._malloc = (bytes: number): number => {
    const offset = allocate(bytes);
    if (offset === 0 && bytes > 0) throw new OutOfMemoryError(`no room for ${bytes} bytes on the wasm heap`, { bytes });
    return offset;
  };
}
