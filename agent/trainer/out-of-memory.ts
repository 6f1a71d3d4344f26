/** How running out of memory is told from other failures, whichever backend ran out. */

import { OutOfMemoryError } from './wasm-kernels/guarded-memory.js';

/** Words of the backends: JavaScript's own buffers, emscripten's abort, TensorFlow's status. */
const OUT_OF_MEMORY =
  /allocation failed|out of memory|\bOOM\b|RESOURCE_EXHAUSTED|failed to allocate|cannot enlarge memory/i;

/** True for an error that a smaller model or batch would not have met. */
export function isOutOfMemory(error: unknown): boolean {
  return error instanceof OutOfMemoryError || (error instanceof Error && OUT_OF_MEMORY.test(error.message));
}
