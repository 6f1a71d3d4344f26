/** Where downloaded programs are kept: order, privacy, what was abandoned. */

import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { cacheFolders, makeStagingFolder } from '../../../coordinator/broker/cache-folder.js';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'ecopt-cache-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('the cache is looked for where the desktop rules say, then at home, then in a private temporary folder', () => {
  expect(cacheFolders({ XDG_CACHE_HOME: '/x', HOME: '/h', TMPDIR: '/t' })).toEqual([
    '/x/ecopt',
    '/h/.cache/ecopt',
    `/t/ecopt-${process.getuid?.()}`,
  ]);
});

test('relative and missing variables are passed over', () => {
  expect(cacheFolders({ XDG_CACHE_HOME: 'x' })).toEqual([
    join(homedir(), '.cache', 'ecopt'),
    join(tmpdir(), `ecopt-${process.getuid?.()}`),
  ]);
});

test('the first folder that can be made is taken', async () => {
  writeFileSync(join(folder, 'file'), '');
  const staging = await makeStagingFolder([join(folder, 'file', 'below'), join(folder, 'a', 'b'), join(folder, 'c')]);
  expect(dirname(staging ?? '')).toBe(join(folder, 'a', 'b'));
});

test('a folder that others may write is passed over', async () => {
  const open = join(folder, 'open');
  mkdirSync(open);
  chmodSync(open, 0o777);
  expect(await makeStagingFolder([open])).toBeUndefined();
  expect(readdirSync(open)).toEqual([]);
});

test('what a killed process left behind an hour ago is removed, and nothing younger', async () => {
  const cache = join(folder, 'cache');
  for (const name of ['staging-old', 'staging-young']) mkdirSync(join(cache, name), { recursive: true, mode: 0o700 });
  chmodSync(cache, 0o700);
  utimesSync(join(cache, 'staging-old'), 1, 1);
  await makeStagingFolder([cache]);
  expect(existsSync(join(cache, 'staging-old'))).toBe(false);
  expect(existsSync(join(cache, 'staging-young'))).toBe(true);
});
