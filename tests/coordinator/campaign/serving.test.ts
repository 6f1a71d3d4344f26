/** Proposals from an agent's side: at hand when it asks, and the same whether or not the coordinator was killed. */

import { expect, test } from 'vitest';

import { differentInReplay } from '../../../coordinator/campaign/replay.js';
import type { Store } from '../../../coordinator/store/store.js';
import type { Campaign } from '../../../shared/domain/campaign.js';
import { labCampaign, lastGrant } from '../../support/lab-campaign.js';
import { ID, openLab, outcomeOf } from '../../support/lab.js';
import type { Lab, LabAgent } from '../../support/lab.js';

const TRIALS = 8;
const campaign: Campaign = {
  ...labCampaign,
  budget: { trials: TRIALS, counts: 'trials' },
  proposer: { kind: 'tpe', start: 4, first: [] },
};

test('an offer is granted in the same turn when something is prepared', async () => {
  using lab = openLab(campaign);
  const agent = lab.connect('a');
  await lab.settle();
  agent.offer();
  expect(agent.grants()).toHaveLength(1);
  expect(lab.store.proposals(ID)).toHaveLength(1);
  lab.engine.ingest([outcomeOf(lastGrant(agent), 'a')]);
  agent.offer();
  expect(agent.grants()).toHaveLength(2);
});

test('at least two configurations are prepared, and as many as there are slots', async () => {
  using lab = openLab(campaign);
  await lab.settle();
  const ready = (): number =>
    lab.store.prepared(ID).reduce((sum, { configurations }) => sum + configurations.length, 0);
  expect(ready()).toBe(2);
  ['a', 'b', 'c', 'd'].forEach((name) => lab.connect(name));
  await lab.settle();
  expect(ready()).toBe(4);
  expect(lab.engine.snapshot(ID).queued).toBe(0);
});

test('the class is asked for by which slots are free, and by which is behind in a comparison', async () => {
  const lastTask = (lab: Lab): string | undefined => lab.store.prepared(ID).at(-1)?.task;
  using pooled = openLab(campaign);
  const agents = [pooled.connect('a', { hardwareClass: 'A' }), pooled.connect('b', { hardwareClass: 'B' })];
  await finish(pooled, agents[0]!, 'a');
  await finish(pooled, agents[1]!, 'b');
  expect(lastTask(pooled)).toBe('A / model');
  pooled.connect('b2', { hardwareClass: 'B' });
  await finish(pooled, agents[0]!, 'a');
  expect(lastTask(pooled)).toBe('B / model');

  const compare = { ...campaign.hardware, policy: 'compare' } as const;
  using lab = openLab({ ...campaign, budget: { trials: 20, counts: 'trials' }, hardware: compare });
  const pair = [lab.connect('a', { hardwareClass: 'A' }), lab.connect('b', { hardwareClass: 'B' })];
  await finish(lab, pair[1]!, 'b');
  expect(lastTask(lab)).toBeUndefined();
  await finish(lab, pair[0]!, 'a');
  await finish(lab, pair[0]!, 'a');
  expect(lastTask(lab)).toBe('B / model');
});

test('a coordinator that is killed at any point goes on with the proposals that it would have made', async () => {
  const calm = await searchedWith([]);
  expect(calm.configurations).toHaveLength(TRIALS);
  for (let point = 0; point < 2 * TRIALS; point += 5) {
    expect((await searchedWith([point, point + 1])).configurations).toEqual(calm.configurations);
  }
  const everywhere = await searchedWith(Array.from({ length: 2 * TRIALS }, (_, i) => i));
  expect(everywhere.configurations).toEqual(calm.configurations);
  for (const { store } of [calm, everywhere]) {
    using lab = openLab(campaign, store);
    expect(differentInReplay(store.campaign(ID)!, store.proposals(ID), lab.engine.book(ID).history())).toEqual([]);
  }
});

async function finish(lab: Lab, agent: LabAgent, name: string): Promise<void> {
  agent.offer();
  await lab.settle();
  lab.engine.ingest([outcomeOf(lastGrant(agent), name)]);
  await lab.settle();
}

/** A whole search with one agent; the coordinator dies at these points, counted twice a trial: leased, and finished. */
async function searchedWith(deaths: readonly number[]): Promise<{ store: Store; configurations: readonly unknown[] }> {
  let lab = openLab(campaign);
  const { store } = lab;
  let agent = lab.connect('a');
  await lab.settle();
  for (let trial = 0; trial < TRIALS; trial++) {
    agent.offer();
    await lab.settle();
    const grant = lastGrant(agent);
    if (deaths.includes(2 * trial)) {
      lab = openLab(campaign, store);
      const { lease, attempt, slot } = grant;
      agent = lab.connect('a', { held: [{ lease, trial: grant.trial, attempt, slot, phase: 'running' }] });
      await lab.settle();
    }
    lab.engine.ingest([outcomeOf(grant, 'a', { metrics: { loss: Number(grant.configuration['lr']) ** 2 } })]);
    // Dead before anything could be made of the result.
    if (deaths.includes(2 * trial + 1)) {
      lab = openLab(campaign, store);
      agent = lab.connect('a');
    }
    await lab.settle();
  }
  lab[Symbol.dispose]();
  return { store, configurations: store.trials(ID).map((stored) => stored.trial.configuration) };
}
