#!/usr/bin/env node
/** Runs the benches: `node tests/bench/run.mjs [--traces DIR] [FILE ...]`; DIR holds recorded traces of power. */

import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const VITEST = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url));

const { values, positionals } = parseArgs({ options: { traces: { type: 'string' } }, allowPositionals: true });
const env = { ...process.env, ...(values.traces !== undefined && { ECOPT_TRACES: resolve(values.traces) }) };
const child = spawn(process.execPath, [VITEST, 'run', '--project', 'bench', ...positionals], {
  cwd: ROOT,
  env,
  stdio: 'inherit',
});
child.on('exit', (code) => {
  process.exitCode = code ?? 1;
});
