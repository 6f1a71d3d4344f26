#!/usr/bin/env node
/** Runs the checks of this repository: `check` what needs no server, `all` of it; set up first, so a fresh clone will do. */

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { setUp } from './setup.mjs';
import { asCommand, isMain, ROOT, say, SetupError } from './setup-support.mjs';
import { COUNTS_FILE_VARIABLE } from './test-reporter.mjs';

const script = (packageName, file) => join(ROOT, 'node_modules', packageName, file);
const VITEST = [script('vitest', 'vitest.mjs'), 'run', '--reporter=default', '--reporter=./deploy/test-reporter.mjs'];

/** What can run beside each other, on two cores; the longest first. */
const STATIC = [
  { name: 'lint', command: [script('eslint', 'bin/eslint.js'), '.'] },
  { name: 'types', command: [script('typescript', 'bin/tsc'), '--noEmit', '-p', 'tsconfig.test.json'] },
  { name: 'format', command: [script('prettier', 'bin/prettier.cjs'), '--check', '--log-level=warn', '.'] },
  { name: 'unused', command: [script('knip', 'bin/knip.js')] },
];
const UNIT = { name: 'unit tests', command: [...VITEST, '--project', 'unit'], counted: true };
const SCENARIO = { name: 'scenario tests', command: [...VITEST, '--project', 'scenario'], counted: true };
const AT_ONCE = 2;

if (isMain(import.meta.url)) await asCommand(() => main(process.argv.slice(2)));

async function main([which, ...rest]) {
  if (!['check', 'all', 'scenario'].includes(which) || rest.length > 0) {
    throw new SetupError('usage: node deploy/run-checks.mjs check|scenario|all; for single tests: npx vitest run PATH');
  }
  await setUp();
  const results = [];
  if (which !== 'scenario') results.push(...(await runBeside(STATIC)), await runShown(UNIT));
  if (which !== 'check') results.push(await runShown(SCENARIO));
  conclude(results);
}

/** Sums up; the last line is for machines as well as for people. */
function conclude(results) {
  const counts = results.map((result) => result.counts).filter(Boolean);
  const sum = (pick) => counts.reduce((total, each) => total + pick(each), 0);
  const skipped = counts.flatMap((each) => each.skipped);
  for (const { name, reason } of skipped) say(`SKIP: ${reason}: ${name}`);
  const bad = results.filter(({ status }) => status !== 0).map(({ name }) => name);
  if (bad.length > 0) say(`failed: ${bad.join(', ')}`);
  process.exitCode = bad.length > 0 ? 1 : 0;
  process.stdout.write(`${sum((c) => c.passed)} passed, ${sum((c) => c.failed)} failed, ${skipped.length} skipped\n`);
}

/** Runs several, a few at once; shows the output of those that fail. */
async function runBeside(checks) {
  const waiting = [...checks];
  const results = [];
  const worker = async () => {
    for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
      results.push(await runCheck(check, ['ignore', 'pipe', 'pipe']));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return results;
}

/** Runs one whose output is shown as it comes. */
async function runShown(check) {
  const folder = mkdtempSync(join(tmpdir(), 'ecopt-counts-'));
  const file = join(folder, 'counts.json');
  try {
    const result = await runCheck(check, ['ignore', 'inherit', 'inherit'], { [COUNTS_FILE_VARIABLE]: file });
    // No counts: the runner itself broke down.
    const counts = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { passed: 0, failed: 1, skipped: [] };
    return { ...result, counts, status: counts.failed > 0 ? 1 : result.status };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function runCheck({ name, command }, stdio, env = {}) {
  const started = performance.now();
  return new Promise((resolve) => {
    const child = spawn(process.execPath, command, { cwd: ROOT, env: { ...process.env, ...env }, stdio });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text) => (output += text));
    child.once('close', (status) => {
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      say(`${status === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`);
      if (status !== 0 && output !== '') say(output.trimEnd());
      resolve({ name, status });
    });
  });
}
