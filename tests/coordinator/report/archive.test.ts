import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { archiveReport } from '../../../coordinator/report/archive.js';
import { buildReport } from '../../../coordinator/report/build-report.js';
import { EnvironmentError } from '../../../shared/domain/errors.js';
import { sampleReportInput } from '../../support/sample-results.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ecopt-report-'));
});
afterAll(() => rm(folder, { recursive: true }));

const data = buildReport(sampleReportInput());

test('writes page, JSON and CSV into a folder that it makes, and nothing else', async () => {
  const target = join(folder, 'new', 'c-3');
  const files = await archiveReport(data, target);
  expect((await readdir(target)).sort()).toEqual(['report.html', 'report.json', 'trials.csv']);
  expect(JSON.parse(await readFile(files.json, 'utf8'))).toEqual(data);
  expect(await readFile(files.html, 'utf8')).toMatch(/^<!doctype html>/);
  expect((await readFile(files.csv, 'utf8')).trimEnd().split('\n')).toHaveLength(19);
});

test('replaces an earlier report', async () => {
  const target = join(folder, 'twice');
  await archiveReport(data, target);
  const { json } = await archiveReport({ ...data, madeUnixMilliseconds: 1 }, target);
  expect(JSON.parse(await readFile(json, 'utf8'))).toMatchObject({ madeUnixMilliseconds: 1 });
});

test('a folder that cannot be is one clear error', async () => {
  await writeFile(join(folder, 'file'), '');
  await expect(archiveReport(data, join(folder, 'file', 'below'))).rejects.toThrow(EnvironmentError);
});
