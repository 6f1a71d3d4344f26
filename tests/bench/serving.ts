/**
 * How long an agent waits for its grant; printed as a table.
 *
 * Protocol: a coordinator's core with its store in a file and the proposer in its built thread; one agent, whose results
 * come at once, asks for 60 trials of a model-based campaign with two objectives. `prepared`: it asks once something is
 * prepared. `hurried`: it asks in the same turn as its result lands, without a pause between trials.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

import { test } from 'vitest';

import { workerProposer } from '../../coordinator/proposer/worker-proposer.js';
import { openSqliteStore } from '../../coordinator/store/sqlite-store.js';
import type { Campaign } from '../../shared/domain/campaign.js';
import { labCampaign, lastGrant } from '../support/lab-campaign.js';
import { ID, openLab, outcomeOf } from '../support/lab.js';
import type { Lab, LabAgent } from '../support/lab.js';

const TRIALS = 60;
const ENTRY = pathToFileURL(join(process.cwd(), 'dist/coordinator/proposer/proposer-worker.js'));
const campaign: Campaign = {
  ...labCampaign,
  space: {
    parameters: ['lr', 'width', 'depth'].map((name) => ({ name, kind: 'float', low: 0, high: 1, scale: 'linear' })),
    constraints: [],
  },
  budget: { trials: TRIALS, counts: 'trials' },
  proposer: { kind: 'model', start: 8, first: [] },
};

test('time from the request of a lease to its grant', { timeout: 600_000 }, async () => {
  const rows = { prepared: await waits(true), hurried: await waits(false) };
  console.table(
    Object.fromEntries(
      Object.entries(rows).map(([name, all]) => [
        name,
        { trials: all.length, 'median ms': at(all, 0.5), 'p95 ms': at(all, 0.95), 'worst ms': at(all, 1) },
      ]),
    ),
  );
});

const at = (all: readonly number[], share: number): number =>
  Number([...all].sort((a, b) => a - b)[Math.ceil(share * all.length) - 1]!.toFixed(2));

/** Milliseconds of each request. */
async function waits(isPrepared: boolean): Promise<readonly number[]> {
  const folder = mkdtempSync(join(tmpdir(), 'ecopt-bench-'));
  const proposer = workerProposer(ENTRY);
  const lab = openLab(campaign, openSqliteStore(join(folder, 'store.sqlite')), proposer);
  const agent = lab.connect('a');
  const all: number[] = [];
  try {
    for (let trial = 0; trial < TRIALS; trial++) {
      while (isPrepared && lab.store.prepared(ID).length === 0) await pause(1);
      all.push(await grantTime(agent, trial + 1));
      finish(lab, agent);
    }
    return all;
  } finally {
    lab[Symbol.dispose]();
    await proposer.close();
    lab.store.close();
    rmSync(folder, { recursive: true });
  }
}

async function grantTime(agent: LabAgent, grants: number): Promise<number> {
  const asked = performance.now();
  agent.offer();
  while (agent.grants().length < grants) await pause(0);
  return performance.now() - asked;
}

function finish(lab: Lab, agent: LabAgent): void {
  const grant = lastGrant(agent);
  const [x = 0, y = 0, z = 0] = Object.values(grant.configuration).map(Number);
  lab.engine.ingest([outcomeOf(grant, 'a', { metrics: { loss: (x - 0.3) ** 2 + (y - 0.6) ** 2 + 0.1 * z } })]);
}
