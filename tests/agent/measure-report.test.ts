import { execFileSync } from 'node:child_process';
import { lstatSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { reportFile } from '../../agent/measure-report.js';
import { UsageError } from '../../shared/domain/errors.js';
import { temporaryFolder } from './temporary-folder.js';

test('a file is touched only by the whole report, which replaces it in its place and mode', () => {
  const folder = temporaryFolder();
  const [file, link] = [join(folder, 'report'), join(folder, 'link')];
  writeFileSync(file, 'before', { mode: 0o600 });
  symlinkSync(file, link);
  const report = reportFile(link);
  expect(readFileSync(file, 'utf8')).toBe('before');
  report.write('after');
  expect(readFileSync(file, 'utf8')).toBe('after');
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder).sort()).toEqual(['link', 'report']);
});

test('nothing is left of a report that was never written', () => {
  const folder = temporaryFolder();
  reportFile(join(folder, 'report'))[Symbol.dispose]();
  expect(readdirSync(folder)).toEqual([]);
});

test.each(['folder', 'none/report', 'pipe'])('%s cannot be written, and nobody waits for it', (name) => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'folder'));
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  expect(() => reportFile(join(folder, name))).toThrow(UsageError);
});

test('a full device takes no report', () => {
  using report = reportFile('/dev/full');
  expect(() => report.write('report')).toThrow(/ENOSPC/);
});

test('what cannot be replaced stays as it was', () => {
  const folder = temporaryFolder();
  const file = join(folder, 'report');
  const report = reportFile(file);
  mkdirSync(join(file, 'in the way'), { recursive: true });
  expect(() => report.write('report')).toThrow(/EISDIR|ENOTEMPTY|EEXIST/);
  expect(readdirSync(folder)).toEqual(['report']);
});
