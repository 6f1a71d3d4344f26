/** A file system of its own that can be filled and made read-only: `using disk = openSmallDisk(8)`; for root on Linux. */

import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmdirSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface SmallDisk extends Disposable {
  readonly folder: string;
  /** Leaves not one byte. */
  fill(): void;
  /** Takes back what {@link fill} wrote. */
  drain(): void;
  makeReadOnly(): void;
}

/** Why there are no small disks here; `undefined` if there are. */
export function noSmallDisks(): string | undefined {
  if (process.getuid?.() !== 0) return 'not root, so no disk can be filled';
  try {
    openSmallDisk(1)[Symbol.dispose]();
    return undefined;
  } catch {
    return 'root here may not mount, so no disk can be filled';
  }
}

export function openSmallDisk(mebibytes: number): SmallDisk {
  const folder = mkdtempSync(join(tmpdir(), 'ecopt-disk-'));
  const filling = join(folder, 'filling');
  run('mount', '-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', folder);
  return {
    folder,
    fill: () => fillUp(filling),
    drain: () => rmSync(filling, { force: true }),
    makeReadOnly: () => run('mount', '-o', 'remount,ro', folder),
    [Symbol.dispose]() {
      // Lazily: what a test left running must not keep the mount.
      run('umount', '-l', folder);
      rmdirSync(folder);
    },
  };
}

function fillUp(file: string): void {
  const handle = openSync(file, 'a');
  try {
    for (const bytes of [Buffer.alloc(2 ** 16), Buffer.alloc(1)]) writeAsLongAsItGoes(handle, bytes);
  } finally {
    closeSync(handle);
  }
}

function writeAsLongAsItGoes(handle: number, bytes: Buffer): void {
  try {
    for (;;) writeSync(handle, bytes);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
}

function run(program: string, ...args: readonly string[]): void {
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`);
}
