#!/usr/bin/env node
/** Compiles the sources to `dist/` and puts beside them the files that need no compiling. */

import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

import { asCommand, isMain, readText, ROOT, run, say, SetupError, sha256 } from './setup-support.mjs';

const DIST = join(ROOT, 'dist');
const STAMP = join(DIST, '.ecopt-build');
const SOURCES = ['ecopt.ts', 'tsconfig.json', 'shared', 'coordinator', 'agent'];

/** Why the sources must be compiled; `undefined` if they need not. */
export function buildReason() {
  const stamp = readText(STAMP);
  if (stamp === undefined) return 'there is no finished build yet';
  return stamp === fingerprint() ? undefined : 'the sources changed';
}

/** Compiles them, and says in a few words what it did. */
export async function build(reason) {
  say(`building: ${reason}`);
  const before = fingerprint();
  rmSync(STAMP, { force: true });
  const status = await run(process.execPath, [
    join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc'),
    '-p',
    'tsconfig.json',
  ]);
  if (status !== 0) throw new SetupError('the build failed: above are the faults, as the compiler found them');
  copyAssets();
  linkCommand();
  writeFileSync(STAMP, before);
  return 'built';
}

/** Files that run or are served as they are: generated messages, pages, styles. */
function copyAssets() {
  for (const path of sourceFiles().filter((name) => !/(\.ts|tsconfig\.json)$/.test(name))) {
    const target = join(DIST, path);
    mkdirSync(dirname(target), { recursive: true });
    cpSync(join(ROOT, path), target);
  }
}

/** Lets `npx ecopt` in this clone start what was built here. */
function linkCommand() {
  chmodSync(join(DIST, 'ecopt.js'), 0o755);
  const link = join(ROOT, 'node_modules', '.bin', 'ecopt');
  rmSync(link, { force: true });
  symlinkSync(join('..', '..', 'dist', 'ecopt.js'), link);
}

/** Equal exactly when a build would give the same result. */
function fingerprint() {
  const parts = sourceFiles().flatMap((path) => [path, '\0', readFileSync(join(ROOT, path))]);
  return sha256(readFileSync(join(ROOT, 'package-lock.json')), ...parts);
}

function sourceFiles() {
  return SOURCES.filter((path) => existsSync(join(ROOT, path))).flatMap((path) =>
    statSync(join(ROOT, path)).isFile()
      ? [path]
      : readdirSync(join(ROOT, path), { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length + 1))
          .sort(),
  );
}

if (isMain(import.meta.url)) await asCommand(() => build('asked for'));
