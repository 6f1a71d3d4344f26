/** What the checks count: passed, failed, skipped with its reason; a file that cannot be loaded is a failure. */

import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ecopt-reporter-'));
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'vitest.config.mjs'), 'export default {};');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Counts of a run over one file of this text. */
async function countsOf(tests: string): Promise<unknown> {
  writeFileSync(join(folder, 'a.test.mjs'), `import { expect, test } from 'vitest';\n${tests}`);
  const file = join(folder, 'counts.json');
  const reporter = resolve('deploy/test-reporter.mjs');
  const args = [resolve('node_modules/vitest/vitest.mjs'), 'run', '--root', folder, `--reporter=${reporter}`];
  const { PATH, HOME } = process.env;
  await new Promise((done) => execFile(process.execPath, args, { env: { PATH, HOME, ECOPT_TEST_COUNTS: file } }, done));
  return JSON.parse(readFileSync(file, 'utf8'));
}

test('each state is counted, and a skip tells its reason', async () => {
  const counts = await countsOf(`
    test('good', () => undefined);
    test('bad', () => expect(1).toBe(2));
    test('no tool', ({ skip }) => skip('no C compiler'));
    test.skip('silent', () => undefined);
  `);
  expect(counts).toEqual({
    passed: 1,
    failed: 1,
    skipped: [
      { name: 'a.test.mjs > no tool', reason: 'no C compiler' },
      { name: 'a.test.mjs > silent', reason: 'no reason given' },
    ],
  });
});

test('a file that cannot be loaded is one failure', async () => {
  expect(await countsOf(`import './nowhere.js';`)).toMatchObject({ passed: 0, failed: 1 });
});

test('an error that no test caught is one failure', async () => {
  expect(await countsOf(`test('late', () => void Promise.reject(new Error('lost')));`)).toMatchObject({
    passed: 1,
    failed: 1,
  });
});
