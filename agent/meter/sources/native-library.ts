/** Functions of shared libraries; the only file that knows koffi. */

import koffi from 'koffi';

/** A C function whose result is an `int`; `_Out_` parameters take a one-element array. */
export type NativeCall = (...values: unknown[]) => number;

export interface NativeLibrary {
  /** @throws {Error} if the library has no such function. */
  func(signature: string): NativeCall;
}

/** @throws {Error} with the loader's reason. */
export function loadLibrary(path: string): NativeLibrary {
  try {
    return koffi.load(path);
  } catch (error) {
    throw new Error((error as Error).message.replace(/^Failed to load shared library: /, ''), { cause: error });
  }
}

/** The C library's `errno` as the last call on this thread left it. */
export const lastErrno = (): number => koffi.errno();
