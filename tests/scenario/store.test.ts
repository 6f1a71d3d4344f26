/** `kill -9` of a process that writes to the store: what was committed is there, what was not left no trace. */

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { openSqliteStore } from '../../coordinator/store/sqlite-store.js';
import { campaignId } from '../../shared/domain/identity.js';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'ecopt-store-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the writer until it says `moment`, kills it, and gives the last number that it called done. */
async function killAt(moment: string, file: string, halfOf: string): Promise<number> {
  const child = spawn(process.execPath, ['tests/support/store-writer.mjs', file, halfOf], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let done = 0;
  for await (const line of createInterface(child.stdout)) {
    if (line.startsWith('done ')) done = Number(line.slice(5));
    if (line === moment) child.kill('SIGKILL');
  }
  return done;
}

/** Opens the store as the next coordinator would, and counts. */
function trialsIn(file: string): number {
  const store = openSqliteStore(file);
  try {
    const trials = store.trials(campaignId('c1')).map(({ trial }) => trial.id);
    expect(store.attempts(campaignId('c1')).map(({ trial }) => trial)).toEqual(trials);
    expect(store.openAttempts()).toHaveLength(trials.length);
    expect(store.history(campaignId('c1'))).toEqual(trials);
    return trials.length;
  } finally {
    store.close();
  }
}

test('in the middle of a transaction: nothing of it is there, and everything before it is', async () => {
  const file = join(folder, 'store.sqlite');
  for (const halfOf of [1, 21, 300]) {
    await killAt('half', file, String(halfOf));
    expect(trialsIn(file)).toBe(halfOf - 1);
  }
});

test('at any moment, again and again: each transaction is there as a whole', async () => {
  const file = join(folder, 'store.sqlite');
  let there = 0;
  for (const count of [1, 7, 150]) {
    const done = await killAt(`done ${there + count}`, file, 'never');
    // The signal may come after the next commit.
    there = trialsIn(file);
    expect(there).toBeGreaterThanOrEqual(done);
  }
  expect(there).toBeGreaterThanOrEqual(158);
});
