import { eventText } from '../../../coordinator/cli/event-text.js';
import { describe, expect, test } from 'vitest';

import type { Campaign } from '../../../shared/domain/campaign.js';
import { slotId } from '../../../shared/domain/identity.js';
import { differentInReplay } from '../../../coordinator/campaign/replay.js';
import { ID, openLab, outcomeOf, TERM_SECONDS } from '../../support/lab.js';
import type { Lab, LabAgent } from '../../support/lab.js';
import { labCampaign as campaign, lastGrant, offered } from '../../support/lab-campaign.js';

async function runToEnd(lab: Lab, agents: readonly LabAgent[], names: readonly string[]): Promise<void> {
  for (let round = 0; round < 40 && lab.engine.snapshot(ID).state === 'open'; round++) {
    for (const [i, agent] of agents.entries()) {
      const before = agent.grants().length;
      agent.offer();
      await lab.settle();
      if (agent.grants().length > before) lab.engine.ingest([outcomeOf(lastGrant(agent), names[i]!)]);
      await lab.settle();
    }
  }
}

test('a campaign ends when its trials are used up, with every trial accounted once', async () => {
  using lab = openLab(campaign);
  const agent = lab.connect('a');
  await runToEnd(lab, [agent], ['a']);
  const snapshot = await lab.engine.closed(ID);
  expect(snapshot).toMatchObject({ state: 'closed', closeReason: 'budget: 4 trials', finished: 4, queued: 0 });
  expect(snapshot.results.map(({ trial }) => trial.state)).toEqual(Array(4).fill('completed'));
  expect(snapshot.searchEnergy).toEqual({ model: 48 });
  expect(snapshot.searchEnergyIsLowerBound).toBe(false);
  expect(lab.fatal).toEqual([]);
});

test('several outcomes in one batch are all known before the next proposal', async () => {
  using lab = openLab(campaign);
  const agents = [lab.connect('a'), lab.connect('b')];
  const grants = [await offered(lab, agents[0]!), await offered(lab, agents[1]!)];
  agents.forEach((agent) => agent.offer());
  lab.engine.ingest([outcomeOf(grants[0]!, 'a'), outcomeOf(grants[1]!, 'b')]);
  await lab.settle();
  expect(lab.fatal).toEqual([]);
  expect(lab.engine.snapshot(ID).finished).toBe(2);
  expect(agents.map((agent) => agent.grants().length)).toEqual([2, 2]);
});

test('an outcome that comes twice counts once', async () => {
  using lab = openLab(campaign);
  const agent = lab.connect('a');
  const event = outcomeOf(await offered(lab, agent), 'a');
  expect(lab.engine.ingest([event, event]).map(({ kind }) => kind)).toEqual(['ended', 'duplicate']);
  expect(lab.engine.ingest([event])[0]!.kind).toBe('duplicate');
  expect(lab.engine.snapshot(ID).finished).toBe(1);
  expect(lab.engine.snapshot(ID).searchEnergy).toEqual({ model: 12 });
});

test('an expired lease goes to another agent; the late result is an extra that counts nowhere but in the energy', async () => {
  using lab = openLab(campaign);
  const slow = lab.connect('slow');
  const lost = await offered(lab, slow);
  const other = lab.connect('other');
  lab.clock.advance(TERM_SECONDS * 1000 + 1000);
  const again = await offered(lab, other);
  expect(again).toMatchObject({ trial: lost.trial, attempt: 2, configuration: lost.configuration });
  expect(lab.engine.ingest([outcomeOf(lost, 'slow')])[0]).toMatchObject({ kind: 'ended', extra: true });
  expect(lab.engine.snapshot(ID).finished).toBe(0);
  lab.engine.ingest([outcomeOf(again, 'other')]);
  expect(lab.engine.snapshot(ID).finished).toBe(1);
  expect(lab.store.extraObservations(lost.trial)).toHaveLength(1);
  expect(lab.engine.snapshot(ID).searchEnergy).toEqual({ model: 24 });
});

test('renewing keeps a lease for as long as the agent renews', async () => {
  using lab = openLab(campaign);
  const agent = lab.connect('a');
  const grant = await offered(lab, agent);
  for (let i = 0; i < 20; i++) {
    lab.clock.advance((TERM_SECONDS * 1000) / 3);
    agent.send({ kind: 'renew', leases: [{ lease: grant.lease, phase: 'running' }] });
  }
  expect(lab.engine.snapshot(ID).running).toHaveLength(1);
  expect(agent.received.filter(({ kind }) => kind === 'renewed')).toHaveLength(20);
});

test('after a restart every stored lease gets a fresh term and its agent may come back with it', async () => {
  using lab = openLab(campaign);
  const grant = await offered(lab, lab.connect('a'));
  lab[Symbol.dispose]();
  using second = openLab(campaign, lab.store);
  expect(second.engine.snapshot(ID).running).toHaveLength(1);
  const { lease, trial, attempt, slot } = grant;
  const back = second.connect('a', { held: [{ lease, trial, attempt, slot, phase: 'running' }] });
  expect(back.received[0]).toMatchObject({ kind: 'welcome', lost: [] });
  second.engine.ingest([outcomeOf(grant, 'a')]);
  expect(second.engine.snapshot(ID).finished).toBe(1);
});

test('a restarted agent that does not hold its lease any more gives the trial back at once', async () => {
  using lab = openLab(campaign);
  const first = lab.connect('a');
  const grant = await offered(lab, first);
  first.drop();
  const second = lab.connect('a', { session: 'another process', machine: { bootId: 'same' } });
  expect(await offered(lab, second)).toMatchObject({ trial: grant.trial, attempt: 2 });
  expect(lab.engine.snapshot(ID).searchEnergyIsLowerBound).toBe(true);
});

test('a second agent of the same name is refused while the first one lives', () => {
  using lab = openLab(campaign);
  lab.connect('a');
  const second = lab.connect('a', { session: 'another process' });
  expect(second.received).toEqual([expect.objectContaining({ kind: 'refused', code: 'name-taken' })]);
});

describe('compare', () => {
  const compare: Campaign = {
    ...campaign,
    hardware: { policy: 'compare', classes: [], backfill: false, replicates: 1 },
    budget: { trials: 6, counts: 'trials' },
  };

  test('how many trials configurations are is told when the classes are known, and not guessed before', async () => {
    using lab = openLab({ ...compare, budget: { trials: 1, counts: 'configurations' } });
    const before = lab.engine.snapshot(ID);
    expect(before.planned).toBeUndefined();
    expect(eventText({ kind: 'campaign-opened' }, before)).toContain(
      ' opened, 1 configuration planned on each hardware class: ',
    );
    const agents = [lab.connect('a', { hardwareClass: 'A' }), lab.connect('b', { hardwareClass: 'B' })];
    await runToEnd(lab, agents, ['a', 'b']);
    const after = lab.engine.snapshot(ID);
    expect(after).toMatchObject({ state: 'closed', planned: 2, finished: 2, closeReason: 'budget: 1 configuration' });
  });

  test('each configuration runs once per class', async () => {
    using lab = openLab(compare);
    const agents = [lab.connect('a', { hardwareClass: 'A' }), lab.connect('b', { hardwareClass: 'B' })];
    await runToEnd(lab, agents, ['a', 'b']);
    const { results, state } = lab.engine.snapshot(ID);
    expect(state).toBe('closed');
    const hashes = [...new Set(results.map(({ trial }) => trial.configurationHash))];
    const pairs = hashes.map((hash) => results.filter(({ trial }) => trial.configurationHash === hash));
    expect(pairs).toHaveLength(3);
    for (const pair of pairs) {
      expect(pair.map(({ trial }) => trial.hardwareClass).sort()).toEqual(['A', 'B']);
    }
  });

  test('a class that joins late is owed the earlier configurations with backfill', async () => {
    using lab = openLab({ ...compare, hardware: { ...compare.hardware, backfill: true } });
    const a = lab.connect('a', { hardwareClass: 'A' });
    lab.engine.ingest([outcomeOf(await offered(lab, a), 'a')]);
    const b = lab.connect('b', { hardwareClass: 'B' });
    const owed = await offered(lab, b);
    expect(owed.configuration).toEqual(a.grants()[0]!.configuration);
    expect(lab.engine.book(ID).trial(owed.trial)!.trial.hardwareClass).toBe('B');
  });

  test('a class that disappears leaves its trials unpaired and the campaign ends', async () => {
    using lab = openLab(compare);
    const a = lab.connect('a', { hardwareClass: 'A' });
    const b = lab.connect('b', { hardwareClass: 'B' });
    const first = await offered(lab, a);
    b.drop();
    lab.engine.ingest([outcomeOf(first, 'a')]);
    await runToEnd(lab, [a], ['a']);
    expect(lab.engine.snapshot(ID).state).toBe('open');
    lab.clock.advance(62_000);
    await lab.settle();
    const { results, state } = lab.engine.snapshot(ID);
    expect(state).toBe('closed');
    expect(results.filter(({ trial }) => trial.state === 'unpaired').map(({ trial }) => trial.hardwareClass)).toContain(
      'B',
    );
  });
});

test('a budget in energy ends the campaign after the running trials', async () => {
  using lab = openLab({ ...campaign, budget: { energyJoules: 20, counts: 'trials' } });
  const agent = lab.connect('a');
  await runToEnd(lab, [agent], ['a']);
  expect(lab.engine.snapshot(ID)).toMatchObject({
    state: 'closed',
    finished: 2,
    closeReason: 'budget: 20 J of search energy',
  });
});

test('a budget in hours counts the time served', async () => {
  using lab = openLab({ ...campaign, budget: { hours: 0.5, counts: 'trials' } });
  const agent = lab.connect('a');
  lab.engine.ingest([outcomeOf(await offered(lab, agent), 'a')]);
  lab.clock.advance(1799_000);
  expect(lab.engine.snapshot(ID).state).toBe('open');
  lab.clock.advance(1000);
  expect(lab.engine.snapshot(ID)).toMatchObject({ state: 'closed', closeReason: 'budget: 30 min 0 s' });
});

test('a replay of the journal gives the same proposals', async () => {
  using lab = openLab({
    ...campaign,
    budget: { trials: 9, counts: 'trials' },
    proposer: { ...campaign.proposer, kind: 'auto' },
  });
  await runToEnd(lab, [lab.connect('a'), lab.connect('b')], ['a', 'b']);
  const records = lab.store.proposals(ID);
  expect(records.length).toBeGreaterThan(3);
  const history = lab.engine.book(ID).history();
  expect(differentInReplay(lab.store.campaign(ID)!, records, history)).toEqual([]);
  const spoilt = records.map((record, i) => (i === 2 ? { ...record, configurations: [{ lr: 0.5 }] } : record));
  expect(differentInReplay(lab.store.campaign(ID)!, spoilt, history)).toEqual([spoilt[2]]);
});

describe('sealed metrics', () => {
  test('are in no snapshot, history or observation, and stay shut while the campaign is open', async () => {
    using lab = openLab(campaign);
    const grant = await offered(lab, lab.connect('a'));
    lab.engine.ingest([outcomeOf(grant, 'a')]);
    const seen = JSON.stringify(
      [
        lab.engine.snapshot(ID),
        lab.engine.book(ID).history(),
        lab.store.observation(grant.trial),
        lab.store.events(grant.trial, []),
      ],
      (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value),
    );
    expect(seen).toContain('"loss"');
    expect(seen).not.toContain('1.234567');
    expect(() => lab.store.unseal(ID, [grant.trial])).toThrow(/sealed/);
  });

  test('open with the closed campaign', async () => {
    using lab = openLab(campaign);
    await runToEnd(lab, [lab.connect('a')], ['a']);
    const [result] = lab.engine.snapshot(ID).results;
    expect(lab.store.unseal(ID, [result!.trial.id])).toEqual({ [result!.trial.id]: { test_loss: 1.234567 } });
  });
});

test('a machine that cannot supply the boundary gets no work, and the reason says what would help', async () => {
  using lab = openLab({ ...campaign, measurement: { ...campaign.measurement, require: 'measured' } });
  const agent = lab.connect('a');
  agent.offer();
  await lab.settle();
  expect(agent.grants()).toEqual([]);
  expect(lab.engine.snapshot(ID).agents[0]!.unfit).toMatch(
    /only as model, and the campaign requires measured energy: modelled/,
  );
});

test('an event of a foreign lease is rejected', async () => {
  using lab = openLab(campaign);
  const grant = await offered(lab, lab.connect('a'));
  expect(lab.engine.ingest([outcomeOf(grant, 'b')])[0]!.kind).toBe('rejected');
  expect(lab.engine.ingest([outcomeOf({ ...grant, attempt: 7 }, 'a')])[0]!.kind).toBe('rejected');
});

test('an offer of a slot that the machine does not have is ignored', async () => {
  using lab = openLab(campaign);
  const agent = lab.connect('a');
  agent.send({ kind: 'offer', slot: slotId('nowhere') });
  await lab.settle();
  expect(agent.grants()).toEqual([]);
});

test('an outcome that breaks a bound is told to the proposer and stands on no front; a bound on energy asks for no metric', async () => {
  const bounds: Campaign['constraints'] = [
    { metric: 'latency', relation: '<=', bound: 20 },
    { metric: 'energy', relation: '<=', bound: 100 },
  ];
  using lab = openLab({ ...campaign, constraints: bounds });
  const agent = lab.connect('a');
  for (const latency of [30, 10]) {
    const grant = await offered(lab, agent);
    expect(grant.requiredMetrics).toEqual(['loss', 'latency']);
    lab.engine.ingest([outcomeOf(grant, 'a', { metrics: { loss: 1, latency } })]);
  }
  expect(
    lab.engine
      .book(ID)
      .history()
      .map(({ constraintValues }) => constraintValues?.[0]),
  ).toEqual([30, 10]);
  const [front] = lab.engine.snapshot(ID).fronts;
  expect(front!.results.map(({ trial }) => trial.index)).toEqual([2]);
});
