/** The file that keeps a session, so that a later one goes on where it was. */

import { closeSync, constants, fdatasyncSync, fstatSync, ftruncateSync, readFileSync, writeSync } from 'node:fs';

import { EnvironmentError, TunerError, UsageError } from '../../shared/domain/errors.js';
import { NOT_REGULAR, openRegular } from '../../shared/runtime/regular-file.js';
import { contentHash } from '../../shared/schema/campaign-hash.js';
import { applyRecord, type SessionRecord } from './session.js';
import type { Study } from './study.js';

export interface Journal extends Disposable {
  /** Changes of earlier sessions. */
  readonly restored: number;
  /** Durable when it returns. @throws {EnvironmentError} if the file cannot be written, or another session writes it. */
  append(record: SessionRecord): void;
}

/**
 * Opens a journal, or begins one, and makes its changes again.
 *
 * A last line that was cut off, as a crash leaves it, is dropped: it was never answered.
 *
 * @throws {UsageError} for a file that is no journal, or that of another study.
 */
export function openJournal(path: string, study: Study): Journal {
  const file = openFile(path);
  try {
    const header = headerOf(study);
    const text = readFileSync(file, 'utf8');
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    const [first, ...records] = whole.split('\n').slice(0, -1);
    if (first === undefined ? !header.startsWith(text) : first !== header) throw new UsageError(foreign(path, first));
    records.forEach((record, i) => restore(study, record, `${path}:${i + 2}`));
    ftruncateSync(file, Buffer.byteLength(whole));
    const append = appender(path, file);
    if (first === undefined) append(header);
    return {
      restored: records.length,
      append: (record) => append(JSON.stringify(record)),
      [Symbol.dispose]: () => closeSync(file),
    };
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

function openFile(path: string): number {
  try {
    return openRegular(path, { flags: constants.O_RDWR | constants.O_CREAT | constants.O_APPEND, mode: 0o644 });
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    const reason = code === NOT_REGULAR || code === 'EISDIR' ? 'is no regular file' : `cannot be opened: ${message}`;
    throw new UsageError(`--journal ${path}: ${reason}; name a file that may be written`, { path }, { cause: error });
  }
}

const FORMAT = 'ecopt ask-tell 1';

const headerOf = ({ definition }: Study): string => JSON.stringify({ journal: FORMAT, study: contentHash(definition) });

const foreign = (path: string, header = ''): string =>
  header.includes(FORMAT)
    ? `--journal ${path}: belongs to a study with another space, objectives, proposer or seed; name another file`
    : `--journal ${path}: is no journal of ask-tell; name a new file`;

function restore(study: Study, line: string, place: string): void {
  try {
    applyRecord(study, JSON.parse(line) as SessionRecord);
  } catch (error) {
    if (!(error instanceof TunerError || error instanceof SyntaxError || error instanceof TypeError)) throw error;
    throw new UsageError(
      `${place}: is damaged: ${error.message}; restore the journal, or name a new file`,
      {},
      { cause: error },
    );
  }
}

/** Appends lines; whatever else changes the file's size is seen before the next one. */
function appender(path: string, file: number): (line: string) => void {
  let { size } = fstatSync(file);
  return (line) => {
    if (fstatSync(file).size !== size) {
      throw new EnvironmentError(`${path}: another session writes this journal; end one of the two`, { path });
    }
    try {
      writeWhole(file, Buffer.from(`${line}\n`));
      fdatasyncSync(file);
      ({ size } = fstatSync(file));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new EnvironmentError(`${path}: cannot be written: ${reason}`, { path }, { cause: error });
    }
  };
}

function writeWhole(file: number, bytes: Buffer): void {
  for (let written = 0; written < bytes.length;) written += writeSync(file, bytes, written);
}
