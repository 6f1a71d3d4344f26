import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

import { missingEntries } from '../../deploy/complete-lock.mjs';

const text = readFileSync('package-lock.json', 'utf8');
const lock = JSON.parse(text) as { readonly packages: Readonly<Record<string, object>> };

test('the lock file has an entry for every optional package, or a clean clone cannot be installed', () => {
  expect(missingEntries(lock)).toEqual({});
});

test('a missing entry is found and completed with its platform', () => {
  const packages = { 'node_modules/a': { dev: true, optionalDependencies: { 'a-win32-x64-msvc': '1.0.0' } } };
  expect(missingEntries({ packages })).toEqual({
    'node_modules/a-win32-x64-msvc': { version: '1.0.0', cpu: ['x64'], dev: true, optional: true, os: ['win32'] },
  });
});

test('the lock file names no download address', () => {
  expect(text).not.toContain('"resolved"');
});
