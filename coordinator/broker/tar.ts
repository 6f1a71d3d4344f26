/** Reads one file out of a tar archive in memory. */

import { EnvironmentError } from '../../shared/domain/errors.js';

const BLOCK = 512;

/**
 * The contents of `entry`, a path of at most 100 characters, in a ustar archive.
 *
 * @throws {EnvironmentError} if the archive does not hold it whole.
 * Source: POSIX.1-2001 pax, "ustar interchange format".
 */
export function fileFromTar(archive: Uint8Array, entry: string): Uint8Array {
  for (let at = 0; at + BLOCK <= archive.length;) {
    const name = textField(archive, at, 100);
    const size = Number.parseInt(textField(archive, at + 124, 12) || '0', 8);
    if (!Number.isFinite(size)) break;
    const from = at + BLOCK;
    if (name === entry && from + size <= archive.length) return archive.subarray(from, from + size);
    at = from + Math.ceil(size / BLOCK) * BLOCK;
  }
  throw new EnvironmentError(`the archive does not hold ${entry}`);
}

function textField(archive: Uint8Array, at: number, length: number): string {
  const text = new TextDecoder().decode(archive.subarray(at, at + length));
  const end = text.indexOf('\0');
  return (end === -1 ? text : text.slice(0, end)).trim();
}
