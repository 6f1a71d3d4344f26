/** The per-user cache: where downloaded programs stay between runs. */

import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';

import { runTool, succeeded, type Environment } from './child-process.js';

/** Folders that may hold the cache, best first. The last one is private to the user although it lies in a shared place. */
export function cacheFolders({ XDG_CACHE_HOME, HOME, TMPDIR }: Environment): string[] {
  const xdg = XDG_CACHE_HOME !== undefined && isAbsolute(XDG_CACHE_HOME) ? [join(XDG_CACHE_HOME, 'ecopt')] : [];
  const home = HOME !== undefined && isAbsolute(HOME) ? HOME : homeOfAccount();
  const user = process.getuid?.() ?? 0;
  return [
    ...xdg,
    ...(home === undefined ? [] : [join(home, '.cache', 'ecopt')]),
    join(TMPDIR !== undefined && isAbsolute(TMPDIR) ? TMPDIR : tmpdir(), `ecopt-${user}`),
  ];
}

/** Whether a file is ours alone to change: anything else found in a cache must not be run. */
export function isPrivate(path: string): boolean {
  const { uid, mode } = statSync(path);
  return uid === process.getuid?.() && (mode & 0o022) === 0;
}

const STAGING = 'staging-';
/** Longer than any way of getting a server takes. */
const ABANDONED_MILLISECONDS = 3_600_000;

/** A fresh folder within the first cache folder in which programs can be written and started; `undefined` if there is none. */
export async function makeStagingFolder(folders: readonly string[]): Promise<string | undefined> {
  for (const folder of folders) {
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      if (!isPrivate(folder)) continue;
      const staging = mkdtempSync(join(folder, STAGING));
      removeAbandoned(folder, staging);
      if (await canStartPrograms(staging)) return staging;
      rmSync(staging, { recursive: true });
    } catch {
      continue; // unwritable: the next one
    }
  }
  return undefined;
}

/** Removes what a killed process left behind; the age is told by the file system's own clock. */
function removeAbandoned(folder: string, staging: string): void {
  const now = statSync(staging).mtimeMs;
  for (const name of readdirSync(folder).filter((entry) => entry.startsWith(STAGING))) {
    const path = join(folder, name);
    if (now - statSync(path).mtimeMs > ABANDONED_MILLISECONDS) rmSync(path, { recursive: true, force: true });
  }
}

/** False on file systems mounted `noexec`. */
async function canStartPrograms(folder: string): Promise<boolean> {
  const probe = join(folder, 'probe');
  writeFileSync(probe, '#!/bin/sh\nexit 0\n');
  chmodSync(probe, 0o700);
  return succeeded(await runTool(probe, [], { environment: {}, timeoutMilliseconds: 5000 }));
}

function homeOfAccount(): string | undefined {
  try {
    return homedir();
  } catch {
    return undefined; // an account that is in no list, as in some containers
  }
}
