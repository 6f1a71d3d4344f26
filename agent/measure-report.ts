/** Where the report of `ecopt measure` goes: standard error, or a file that changes only when the report is whole. */

import {
  accessSync,
  closeSync,
  constants,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, resolve } from 'node:path';

import { UsageError } from '../shared/domain/errors.js';

/** A place for one text. */
export interface ReportFile extends Disposable {
  /** @throws the system's own error when the text cannot be kept; what was in the file before is still there. */
  write(text: string): void;
}

/**
 * Makes sure that a file can be written, without touching it.
 *
 * A file is written beside and renamed. What is no file, such as a pipe or a terminal, is written to as it is, and nobody
 * is waited for.
 *
 * @throws {UsageError} if it cannot be written.
 */
export function reportFile(path: string): ReportFile {
  try {
    const there = statSync(path, { throwIfNoEntry: false });
    if (there && !there.isFile()) return openSpecial(path);
    const target = there ? realpathSync(path) : resolve(path);
    if (there) accessSync(target, constants.W_OK);
    accessSync(dirname(target), constants.W_OK);
    return { write: (text) => replaceFile(target, text, there?.mode), [Symbol.dispose]: () => undefined };
  } catch (cause) {
    throw new UsageError(`--output ${path}: cannot be written: ${reasonOf(cause)}`, {}, { cause });
  }
}

/** Held open: a reader takes the first end for the last. */
function openSpecial(path: string): ReportFile {
  const descriptor = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  return { write: (text) => writeFileSync(descriptor, text), [Symbol.dispose]: () => closeSync(descriptor) };
}

function replaceFile(target: string, text: string, mode: number | undefined): void {
  const fresh = `${target}.${process.pid}.new`;
  try {
    writeFileSync(fresh, text, { flag: 'wx', flush: true, ...(mode !== undefined && { mode }) });
    renameSync(fresh, target);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw error;
  }
}

function reasonOf(cause: unknown): string {
  const { code, message } = cause as NodeJS.ErrnoException;
  return code === 'ENXIO' ? 'nobody reads this pipe' : message;
}
