/** NVML's C calls as results: a value, or its return code. */

import type { NativeCall, NativeLibrary } from './native-library.js';
import { NVML_FUNCTION_NOT_FOUND, NVML_SUCCESS } from './nvml-status.js';

declare const handle: unique symbol;
/** An opaque `nvmlDevice_t`, of a GPU or of a MIG instance. */
export interface NvmlHandle {
  readonly [handle]: true;
}

/** A value, or NVML's return code. */
export type NvmlResult<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly status: number };

/** Old drivers lack some functions: such a one answers FUNCTION_NOT_FOUND, so that the others still work. */
export function optionalCall(library: NativeLibrary, signature: string): NativeCall {
  try {
    return library.func(signature);
  } catch {
    return () => NVML_FUNCTION_NOT_FOUND;
  }
}

export const nvmlResult = <T>(status: number, value: T): NvmlResult<T> =>
  status === NVML_SUCCESS ? { ok: true, value } : { ok: false, status };

/** What the call writes behind its one `_Out_` parameter. */
export function outValue<T>(call: (box: [T | null]) => number): NvmlResult<T> {
  const box: [T | null] = [null];
  const status = call(box);
  return nvmlResult(status, box[0] as T);
}

const TEXT_BYTES = 96;

/** What the call writes into a buffer for text. */
export function outText(call: (buffer: Buffer) => number): NvmlResult<string> {
  const buffer = Buffer.alloc(TEXT_BYTES);
  const status = call(buffer);
  return nvmlResult(status, terminated(buffer));
}

/** Text up to its NUL. */
export const terminated = (buffer: Buffer): string => buffer.toString('latin1').split('\0', 1)[0] ?? '';

/** The first of two ways that works; its second failure counts, for the first is often a missing function. */
export function firstOf<T>(newer: () => NvmlResult<T>, older: () => NvmlResult<T>): NvmlResult<T> {
  const found = newer();
  return found.ok ? found : older();
}
