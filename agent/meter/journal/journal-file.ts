/** One growing file of bounded size: what is appended is on disk at the next flush, or the file says why not. */

import { constants } from 'node:fs';
import { mkdir, open, rename, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';

export interface JournalFileOptions {
  readonly path: string;
  /** Where the older half goes when the file is full. */
  readonly olderPath: string;
  /** First line of each stretch that is written in one go, which says what it is. */
  readonly header: string;
  /** Size at which the file becomes the older half. */
  readonly limitBytes: number;
}

/** What waits for a slow disk; beyond it the newest lines are dropped, in characters. */
const MOST_WAITING = 1 << 20;
/** After a failure this many flushes pass before the disk is tried again. */
const PAUSE_FLUSHES = 20;
/** A pipe in the file's place is a failure: it would keep the writer waiting for a reader. */
const APPEND_AT_ONCE = constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | constants.O_NONBLOCK;

/** Appends without blocking the thread. A failure (a full disk) stops it for a while; nothing throws. */
export class JournalFile {
  readonly #options: JournalFileOptions;
  #waiting = '';
  #flushing: Promise<void> | undefined;
  #open: { readonly file: FileHandle; size: number } | undefined;
  #fault: string | undefined;
  #pause = 0;

  constructor(options: JournalFileOptions) {
    this.#options = options;
  }

  /** Why nothing is being written; `undefined` when all is well. */
  get fault(): string | undefined {
    return this.#fault;
  }

  append(lines: string): void {
    if (this.#fault === undefined && this.#waiting.length + lines.length <= MOST_WAITING) this.#waiting += lines;
  }

  /** Brings to disk what was appended until now, unless the disk still works on the flush before. */
  flush(): Promise<void> {
    if (this.#fault !== undefined && this.#pause-- > 0) return Promise.resolve();
    this.#flushing ??= this.#write().finally(() => (this.#flushing = undefined));
    return this.#flushing;
  }

  async close(): Promise<void> {
    await this.#flushing;
    if (this.#waiting !== '') await this.flush();
    await this.#open?.file.close().catch(() => undefined);
    this.#open = undefined;
  }

  async #write(): Promise<void> {
    const lines = this.#waiting;
    this.#waiting = '';
    if (lines === '' && this.#fault === undefined) return;
    try {
      this.#open ??= await this.#begin();
      const { file } = this.#open;
      await file.appendFile(lines);
      await file.datasync();
      this.#open.size += Buffer.byteLength(lines);
      this.#fault = undefined;
      if (this.#open.size >= this.#options.limitBytes) await this.#turnOver(file);
    } catch (error) {
      await this.#stop((error as Error).message);
    }
  }

  async #begin(): Promise<{ readonly file: FileHandle; size: number }> {
    const { path, header } = this.#options;
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const file = await open(path, APPEND_AT_ONCE, 0o600);
    try {
      const found = await file.stat();
      if (found.isFIFO()) throw new Error(`${path} is a pipe`);
      const { size } = found;
      // A line that was torn when the last writer died must not swallow the first one of this.
      const first = size > 0 ? `\n${header}` : header;
      await file.appendFile(first);
      return { file, size: size + Buffer.byteLength(first) };
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  async #turnOver(file: FileHandle): Promise<void> {
    const { path, olderPath } = this.#options;
    this.#open = undefined;
    await file.close();
    await rename(path, olderPath);
  }

  async #stop(reason: string): Promise<void> {
    this.#fault = reason;
    this.#pause = PAUSE_FLUSHES;
    await this.#open?.file.close().catch(() => undefined);
    this.#open = undefined;
  }
}
