/** SQLite as the store needs it: prepared statements by their text, and transactions. The only file that knows libsql. */

import Database from 'libsql';

import { DomainError, EnvironmentError } from '../../shared/domain/errors.js';
import { lockHolder } from './lock-holder.js';

/** A text ends at its first NUL. */
export type SqlValue = number | string | Uint8Array | null;
export type SqlRow = Readonly<Record<string, SqlValue>>;

/** One connection, held exclusively by this process. */
export interface Sql {
  run(text: string, ...values: readonly SqlValue[]): void;
  get(text: string, ...values: readonly SqlValue[]): SqlRow | undefined;
  all(text: string, ...values: readonly SqlValue[]): readonly SqlRow[];
  exec(text: string): void;
  /**
   * Commits what `work` did, or nothing of it when it throws. Nested calls join the outer transaction.
   *
   * @throws {DomainError} here and above, if a row breaks a rule of its table.
   * @throws {EnvironmentError} here and above, if the disk refuses.
   */
  transaction<T>(work: () => T): T;
  close(): void;
}

/**
 * Opens a database file for this process alone: the lock goes with the process, also on `kill -9`.
 *
 * @throws {EnvironmentError} if another process holds it, it is damaged, or the disk refuses.
 */
export function openSql(path: string): Sql {
  try {
    const database = new Database(path);
    database.exec('PRAGMA locking_mode = EXCLUSIVE');
    database.exec('PRAGMA journal_mode = WAL');
    database.exec('PRAGMA synchronous = FULL');
    database.exec('PRAGMA foreign_keys = ON');
    database.exec('BEGIN IMMEDIATE; COMMIT');
    return wrap(database, path);
  } catch (cause) {
    throw storeError(path, cause);
  }
}

function wrap(database: Database.Database, path: string): Sql {
  const prepare = preparing(database);
  // A list: a value alone that is null or bytes would be taken for named ones, which ends the whole process.
  const all = (text: string, values: readonly SqlValue[]): SqlRow[] =>
    prepare(text)
      .all([...values])
      .map(rowOf);
  let isOpen = true;
  const guard = <T>(work: () => T): T => {
    if (!isOpen) throw new DomainError('the store is closed', { path });
    try {
      return work();
    } catch (cause) {
      throw isSqlite(cause) ? (isRefusedRow(cause) ? refusedRow(cause) : storeError(path, cause)) : cause;
    }
  };
  let depth = 0;
  return {
    run: (text, ...values) => guard(() => void prepare(text).run([...values])),
    get: (text, ...values) => guard(() => all(text, values)[0]),
    all: (text, ...values) => guard(() => all(text, values)),
    exec: (text) => guard(() => void database.exec(text)),
    transaction(work) {
      if (depth > 0) return work();
      depth++;
      try {
        guard(() => void database.exec('BEGIN IMMEDIATE'));
        return committed(database, work, guard);
      } finally {
        depth--;
      }
    },
    close() {
      if (isOpen) release(database);
      isOpen = false;
    },
  };
}

/** The library's own transactions say that there was nothing to undo, instead of why, where the disk was full. */
function committed<T>(database: Database.Database, work: () => T, guard: (work: () => void) => void): T {
  try {
    const result = work();
    guard(() => void database.exec('COMMIT'));
    return result;
  } catch (error) {
    if (database.inTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

/** Each statement is prepared once. */
function preparing(database: Database.Database): (text: string) => Database.Statement {
  const statements = new Map<string, Database.Statement>();
  return (text) => {
    const known = statements.get(text) ?? database.prepare(text);
    statements.set(text, known);
    return known;
  };
}

/**
 * Closing alone would keep the lock until the statements are collected: give it up by hand, which also folds the
 * write-ahead log into the file.
 */
function release(database: Database.Database): void {
  try {
    database.exec('PRAGMA journal_mode = DELETE');
    database.exec('PRAGMA locking_mode = NORMAL');
    database.exec('SELECT count(*) FROM sqlite_master');
  } catch {
    // A disk that refuses now has refused before, and said so; the log is folded in at the next start.
  }
  database.close();
}

/** The library gives blobs as bare buffers. */
function rowOf(row: unknown): SqlRow {
  return Object.fromEntries(
    Object.entries(row as Record<string, SqlValue | ArrayBuffer>).map(([column, value]) => [
      column,
      value instanceof ArrayBuffer ? new Uint8Array(value) : value,
    ]),
  );
}

interface SqliteError extends Error {
  readonly code?: string;
  readonly rawCode?: number;
}

const isSqlite = (error: unknown): error is SqliteError =>
  error instanceof Error && (error.name === 'SqliteError' || /sqlite/i.test(String((error as SqliteError).code)));

/** `SQLITE_CONSTRAINT`; the higher bits say of which kind. */
const CONSTRAINT = 19;

const isRefusedRow = ({ rawCode = 0 }: SqliteError): boolean => (rawCode & 0xff) === CONSTRAINT;

/** The fault of what was to be written, and no reason to doubt the disk. */
const refusedRow = (cause: SqliteError): DomainError =>
  new DomainError(`the store refuses a row: ${cause.message}`, {}, { cause });

function storeError(path: string, cause: unknown): EnvironmentError {
  const text = cause instanceof Error ? cause.message : String(cause);
  const known = ADVICE.find(({ sign }) => sign.test(text))?.advice(path);
  const advice = known ?? 'Check the disk and the permissions.';
  return new EnvironmentError(`store ${path}: ${text}. ${advice}`, { path }, { cause });
}

const ADVICE: readonly { readonly sign: RegExp; advice(path: string): string }[] = [
  { sign: /locked|busy/i, advice: lockAdvice },
  {
    sign: /full/i,
    advice: () => 'The disk is full: free some space and start again; nothing that was accounted is lost.',
  },
  {
    sign: /malformed|not a database|corrupt/i,
    advice: () => 'The file is damaged: move it away to start anew, or restore a copy of it.',
  },
];

function lockAdvice(path: string): string {
  const holder = lockHolder(path);
  const way = 'wait until it has ended, or choose another folder with --state DIR.';
  if (!holder) return `Another process holds it, such as a coordinator (ecopt run or serve): ${way}`;
  const named = `Process ${holder.pid} (${holder.program})`;
  return holder.isOurs
    ? `${named} is at work in this state folder: look at it there, ${way}`
    : `${named} holds it: ${way}`;
}
