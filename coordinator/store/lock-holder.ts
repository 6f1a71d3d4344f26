/** Which process holds a database file, from `/proc`: locks go by the file's inode. */

import { readdirSync, readFileSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { basename } from 'node:path';

export interface LockHolder {
  readonly pid: number;
  /** Such as `ecopt serve` or `sqlite3`. */
  readonly program: string;
  readonly isOurs: boolean;
}

/** A lock on the database or one of the files that SQLite keeps beside it; `undefined`: nobody, or it cannot be told. */
export function lockHolder(path: string): LockHolder | undefined {
  try {
    const files = ['', '-wal', '-shm'].flatMap((suffix) => fileOf(`${path}${suffix}`));
    const locks = readFileSync('/proc/locks', 'utf8').split('\n').map(readLock);
    const held = locks.find((lock) => lock && files.some((file) => file.inode === lock.inode && hasOpen(lock, file)));
    return held && describe(held.pid);
  } catch {
    return undefined;
  }
}

interface LockedFile {
  readonly path: string;
  readonly inode: string;
}

function fileOf(path: string): LockedFile[] {
  const stat = statSync(path, { throwIfNoEntry: false, bigint: true });
  return stat ? [{ path: realpathSync(path), inode: String(stat.ino) }] : [];
}

interface Lock {
  readonly pid: number;
  readonly inode: string;
}

/** Such as `1: POSIX  ADVISORY  WRITE 878 fe:00:9978023 1073741826 1073742335`; see proc_locks(5). */
function readLock(line: string): Lock | undefined {
  const [, pid, inode] = / (\d+) [0-9a-f]+:[0-9a-f]+:(\d+) /.exec(line) ?? [];
  return pid === undefined || inode === undefined ? undefined : { pid: Number(pid), inode };
}

/** Other file systems have files of the same inode. */
const hasOpen = ({ pid }: Lock, { path }: LockedFile): boolean =>
  readdirSync(`/proc/${pid}/fd`).some((fd) => linkOf(`/proc/${pid}/fd/${fd}`) === path);

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined; // closed meanwhile
  }
}

function describe(pid: number): LockHolder {
  const [program = '', ...given] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  const script = given.findIndex((argument) => /^ecopt(\.[jt]s)?$/.test(basename(argument)));
  const isOurs = script >= 0;
  return { pid, isOurs, program: isOurs ? `ecopt ${given[script + 1] ?? ''}`.trim() : basename(program) };
}
