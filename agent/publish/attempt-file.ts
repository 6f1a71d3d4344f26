/** One attempt's events on disk: appended, made durable, read back after any kind of death. */

import {
  closeSync,
  constants,
  fdatasync,
  fsyncSync,
  ftruncateSync,
  openSync,
  renameSync,
  rmSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';

import type { AttemptEvent } from '../../shared/domain/event.js';
import { NOT_REGULAR, openRegular, readRegular } from '../../shared/runtime/regular-file.js';
import { decodeEvent, encodeEvent } from '../../shared/wire/event-codec.js';
import { decodeFrames, encodeFrame } from './frame.js';

/** Appends to one file; a write that the disk refuses leaves what is there as it was. */
export class AttemptFile {
  readonly #path: string;
  #file: number | undefined;
  #length: number;
  #work: Promise<unknown> = Promise.resolve();

  constructor(path: string, length: number) {
    this.#path = path;
    this.#length = length;
  }

  /**
   * Resolves when the event is on disk.
   *
   * @throws what the file system says, such as `ENOSPC`; the event is then not in the file.
   */
  append(event: AttemptEvent): Promise<void> {
    const appended = this.#work.then(() => this.#write(encodeFrame(encodeEvent(event))));
    this.#work = appended.catch(() => undefined);
    return appended;
  }

  async #write(frame: Buffer): Promise<void> {
    this.#file ??= this.#open();
    try {
      writeAll(this.#file, frame, this.#length);
      await synchronise(this.#file);
    } catch (error) {
      cutOff(this.#file, this.#length);
      throw error;
    }
    this.#length += frame.length;
  }

  #open(): number {
    const isNew = this.#length === 0;
    const file = openRegular(this.#path, { flags: isNew ? FRESH : constants.O_RDWR, mode: 0o600 });
    if (isNew) synchroniseFolder(dirname(this.#path));
    return file;
  }

  async close(): Promise<void> {
    await this.#work;
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  /** For an attempt that is over and delivered. */
  async remove(): Promise<void> {
    await this.close();
    rmSync(this.#path, { force: true });
  }
}

const FRESH = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC;

const synchronise = promisify(fdatasync);

/** What is left of a record that was not written whole would be found and cut at the next start, too. */
function cutOff(file: number, length: number): void {
  try {
    ftruncateSync(file, length);
  } catch {
    // The next record is written over it.
  }
}

function writeAll(file: number, bytes: Buffer, position: number): void {
  for (let done = 0; done < bytes.length;) {
    done += writeSync(file, bytes, done, bytes.length - done, position + done);
  }
}

/** Without this a new file's name may be lost with the power. */
function synchroniseFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

export interface RecoveredFile {
  readonly events: readonly AttemptEvent[];
  /** Bytes that are good; the rest was cut off. */
  readonly length: number;
  readonly cutBytes: number;
}

/**
 * Reads a file back. What is no file, and events of another wire version, are set aside under another name: nothing is
 * thrown away.
 */
export function recoverFile(path: string): RecoveredFile | undefined {
  const bytes = contentOf(path);
  const found = bytes && eventsOf(bytes);
  if (found) truncateSync(path, found.length);
  else renameSync(path, `${path}.unreadable`);
  return found;
}

function eventsOf(bytes: Buffer): RecoveredFile | undefined {
  const { payloads, validBytes } = decodeFrames(bytes);
  try {
    return { events: payloads.map(decodeEvent), length: validBytes, cutBytes: bytes.length - validBytes };
  } catch {
    return undefined;
  }
}

/** `undefined` for what is no file, such as a pipe. */
function contentOf(path: string): Buffer | undefined {
  try {
    return readRegular(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === NOT_REGULAR) return undefined;
    throw error;
  }
}
