/** Small files of the kernel: folders that may be absent, text that may be garbage, and files that stay open for many looks. */

import { closeSync, readFileSync, readSync, readdirSync, readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';

import { openRegular } from '../../../shared/runtime/regular-file.js';

const BY_NUMBER = new Intl.Collator('en', { numeric: true });

/** Names within a folder, `card2` before `card10`; none when it cannot be read. */
export function listFolder(path: string): readonly string[] {
  try {
    return readdirSync(path).sort((a, b) => BY_NUMBER.compare(a, b));
  } catch {
    return [];
  }
}

/** Text of a file without white space around it and closing NULs; `undefined` when it cannot be read. */
export function readText(path: string): string | undefined {
  let descriptor: number | undefined;
  try {
    descriptor = openRegular(path);
    return readFileSync(descriptor, 'latin1').replaceAll('\0', '').trim();
  } catch {
    return undefined;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** A whole number >= 0 as the kernel prints it, of at most 64 bits; anything else is `undefined`. */
export function parseCount(text: string | undefined): bigint | undefined {
  const digits = text?.trim() ?? '';
  if (!/^\d{1,20}$/.test(digits)) return undefined;
  const value = BigInt(digits);
  return value <= MOST_64_BITS ? value : undefined;
}

/** As {@link parseCount}, with a sign: currents are printed so. */
export function parseInteger(text: string): bigint | undefined {
  const trimmed = text.trim();
  if (!trimmed.startsWith('-')) return parseCount(trimmed);
  const value = /^-\d/.test(trimmed) ? parseCount(trimmed.slice(1)) : undefined;
  return value === undefined ? undefined : -value;
}

export const readCount = (path: string): bigint | undefined => parseCount(readText(path));

/** Last component of what a link points to; `undefined` when it is none. */
export function linkTarget(path: string): string | undefined {
  try {
    return basename(readlinkSync(path));
  } catch {
    return undefined;
  }
}

/** The folder `hwmon/hwmon<N>` below a device whose driver has this name. */
export function findHwmon(device: string, name: string): string | undefined {
  const folders = listFolder(join(device, 'hwmon')).map((entry) => join(device, 'hwmon', entry));
  return folders.find((folder) => readText(join(folder, 'name')) === name);
}

const MOST_64_BITS = 2n ** 64n - 1n;
/** No file of numbers is longer. */
const TEXT_BYTES = 64;

/**
 * A file that is read again and again through one descriptor.
 *
 * Each look is one `pread` at 0, by which the kernel makes the value anew. A device that was unplugged and came back has
 * new files under the old names: after a failure that lasts, the file is opened anew at the next look.
 */
export class SysfsFile {
  readonly path: string;
  #descriptor: number | undefined;
  #fault = '';
  #isReopened = false;
  readonly #text = Buffer.alloc(TEXT_BYTES);

  /** @throws an error with a `code` when the file cannot be opened. */
  constructor(path: string) {
    this.path = path;
    this.#descriptor = openRegular(path);
  }

  /** Code of the last failure, such as `EIO`. */
  get fault(): string {
    return this.#fault;
  }

  /** True once after the file had to be opened anew: what a counter shows may not continue what it showed. */
  takeReopened(): boolean {
    const was = this.#isReopened;
    this.#isReopened = false;
    return was;
  }

  /** Number of bytes read, `undefined` when the file cannot be read now. */
  readInto(buffer: Buffer): number | undefined {
    try {
      this.#descriptor ??= this.#reopen();
      return readSync(this.#descriptor, buffer, 0, buffer.length, 0);
    } catch (error) {
      this.#fault = errorCode(error);
      if (!PASSING.includes(this.#fault)) this.close();
      return undefined;
    }
  }

  readCount(): bigint | undefined {
    return this.#parse(parseCount);
  }

  /** As {@link readCount}, with a sign. */
  readInteger(): bigint | undefined {
    return this.#parse(parseInteger);
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  #parse(parse: (text: string) => bigint | undefined): bigint | undefined {
    const length = this.readInto(this.#text);
    if (length === undefined) return undefined;
    const value = parse(this.#text.toString('latin1', 0, length));
    if (value === undefined) this.#fault = 'it holds no number';
    return value;
  }

  #reopen(): number {
    const descriptor = openRegular(this.path);
    this.#isReopened = true;
    return descriptor;
  }
}

/** Failures of one look, after which the same descriptor works on: a register or a firmware that did not answer in time. */
const PASSING: readonly string[] = ['EIO', 'EAGAIN', 'EINTR', 'EBUSY', 'EINVAL', 'ENODATA', 'ETIMEDOUT', 'EOPNOTSUPP'];

/** The file, open, or `undefined` when it cannot be opened. */
export function openIfThere(path: string): SysfsFile | undefined {
  try {
    return new SysfsFile(path);
  } catch {
    return undefined;
  }
}

/** Code of a failed system call, such as `EACCES`. */
export const errorCode = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? 'unknown';
