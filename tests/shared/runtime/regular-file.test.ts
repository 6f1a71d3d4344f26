import { execFileSync } from 'node:child_process';
import { closeSync, constants, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import { openRegular, readRegular } from '../../../shared/runtime/regular-file.js';
import { temporaryFolder } from '../../agent/temporary-folder.js';

const codeOf = (act: () => unknown): unknown => {
  try {
    act();
    return 'none';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  }
};

test('a file is read, also through a link', () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'a'), 'content');
  symlinkSync('a', join(folder, 'link'));
  expect(readRegular(join(folder, 'link')).toString()).toBe('content');
});

test('a pipe keeps neither reader nor writer waiting', () => {
  const pipe = join(temporaryFolder(), 'pipe');
  execFileSync('mkfifo', [pipe]);
  expect(codeOf(() => readRegular(pipe))).toBe('not a regular file');
  expect(codeOf(() => openRegular(pipe, { flags: constants.O_WRONLY | constants.O_APPEND }))).toBe(
    'not a regular file',
  );
});

test('a socket and a device are no files, and a folder has its own code', async () => {
  const folder = temporaryFolder();
  const server = createServer();
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(join(folder, 's'), resolve));
  expect(codeOf(() => readRegular(join(folder, 's')))).toBe('not a regular file');
  expect(codeOf(() => readRegular('/dev/zero'))).toBe('not a regular file');
  expect(codeOf(() => readRegular(folder))).toBe('EISDIR');
  expect(codeOf(() => readRegular(join(folder, 'none')))).toBe('ENOENT');
});

test('a file is made with the permissions that were asked for', () => {
  const path = join(temporaryFolder(), 'new');
  const flags = constants.O_WRONLY | constants.O_CREAT;
  closeSync(openRegular(path, { flags, mode: 0o600 }));
  expect(statSync(path).mode & 0o777).toBe(0o600);
});
