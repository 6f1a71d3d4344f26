/** Counters of the kernel's performance events: the only file that knows the system call and its struct. */

import { closeSync, readSync } from 'node:fs';

import { lastErrno, loadLibrary, type NativeCall } from './native-library.js';

/** One event of a PMU on one CPU, over all processes. */
export interface PerfEvent {
  /** Number of the PMU. */
  readonly type: number;
  readonly config: bigint;
  readonly cpu: number;
}

export interface PerfCounter {
  /** Since it was opened; `undefined` when it cannot be read now. */
  read(): bigint | undefined;
  close(): void;
}

export interface PerfEvents {
  /** The open counter, or the number of the system's error. */
  open(event: PerfEvent): PerfCounter | { readonly errno: number };
}

/** Operation not permitted, and permission denied. */
export const REFUSED_ERRNOS: readonly number[] = [1, 13];

/** Number of `perf_event_open` by architecture, from the kernel's system call tables. */
const CALL_NUMBERS: Readonly<Record<string, number>> = { x64: 298, arm64: 241 };

/** `struct perf_event_attr`, first version: 64 bytes, with u32 type, u32 size, u64 config in front and flags left at 0. */
const ATTRIBUTES = { bytes: 64, type: 0, size: 4, config: 8 };
const EVERY_PROCESS = -1;
const NO_GROUP = -1;
/** `PERF_FLAG_FD_CLOEXEC`: trials do not inherit the counter. */
const CLOSE_ON_EXEC = 8;
const VALUE_BYTES = 8;

/** @throws {Error} where the architecture or the C library is not known. */
export function systemPerfEvents(architecture: string = process.arch): PerfEvents {
  const number = CALL_NUMBERS[architecture];
  if (number === undefined) throw new Error(`perf_event_open is not known on ${architecture}`);
  const call = loadLibrary('libc.so.6').func(
    'long syscall(long number, void *attributes, long pid, long cpu, long group, unsigned long flags)',
  );
  return { open: (event) => openCounter(call, number, event) };
}

function openCounter(call: NativeCall, number: number, event: PerfEvent): ReturnType<PerfEvents['open']> {
  const attributes = Buffer.alloc(ATTRIBUTES.bytes);
  attributes.writeUInt32LE(event.type, ATTRIBUTES.type);
  attributes.writeUInt32LE(ATTRIBUTES.bytes, ATTRIBUTES.size);
  attributes.writeBigUInt64LE(event.config, ATTRIBUTES.config);
  const descriptor = call(number, attributes, EVERY_PROCESS, event.cpu, NO_GROUP, CLOSE_ON_EXEC);
  if (descriptor < 0) return { errno: lastErrno() };
  const value = Buffer.alloc(VALUE_BYTES);
  return { read: () => readValue(descriptor, value), close: () => closeSync(descriptor) };
}

/** A counter that has come to its end, as when its CPU was taken away, gives no bytes. */
function readValue(descriptor: number, value: Buffer): bigint | undefined {
  try {
    return readSync(descriptor, value, 0, VALUE_BYTES, null) === VALUE_BYTES ? value.readBigUInt64LE() : undefined;
  } catch {
    return undefined;
  }
}
