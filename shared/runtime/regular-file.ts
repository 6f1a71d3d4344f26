/** Opens files that have a content: a pipe in their place would keep whoever opens it waiting for good. */

import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';

/** Code of the error on what is there and has no content of its own, such as a pipe, a socket or a terminal. */
export const NOT_REGULAR = 'not a regular file';

export interface OpenRegularOptions {
  /** Of `fs.constants`; absent: for reading. */
  readonly flags?: number;
  /** Permissions of a file that is made. */
  readonly mode?: number;
}

/**
 * Never waits for somebody at the other end.
 *
 * @returns The descriptor.
 * @throws the system's own error, or one with the code {@link NOT_REGULAR}; `EISDIR` for a folder.
 */
export function openRegular(path: string, { flags = constants.O_RDONLY, mode }: OpenRegularOptions = {}): number {
  const descriptor = open(path, flags, mode);
  const found = fstatSync(descriptor);
  if (found.isFile()) return descriptor;
  closeSync(descriptor);
  throw found.isDirectory() ? coded(path, 'is a folder', 'EISDIR') : notRegular(path);
}

function open(path: string, flags: number, mode: number | undefined): number {
  try {
    return openSync(path, flags | constants.O_NONBLOCK, mode);
  } catch (error) {
    // A socket, or a pipe that nobody reads.
    throw (error as NodeJS.ErrnoException).code === 'ENXIO' ? notRegular(path) : error;
  }
}

/** @throws as {@link openRegular}. */
export function readRegular(path: string): Buffer {
  const descriptor = openRegular(path);
  try {
    return readFileSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

const notRegular = (path: string): Error =>
  coded(path, 'is not a regular file, but a pipe, socket or device', NOT_REGULAR);

const coded = (path: string, fault: string, code: string): Error =>
  Object.assign(new Error(`${path} ${fault}`), { code });
