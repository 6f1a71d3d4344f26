import { fateOf } from '../../../coordinator/analysis/search-energy.js';
import { eventText } from '../../../coordinator/cli/event-text.js';
import { describe, expect, test } from 'vitest';

import { CAMPAIGN_DEFAULTS } from '../../../shared/schema/campaign-defaults.js';
import type { Campaign } from '../../../shared/domain/campaign.js';
import type { AttemptEvent } from '../../../shared/domain/event.js';
import { deviceId, slotId } from '../../../shared/domain/identity.js';
import type { Failure } from '../../../shared/domain/trial.js';
import { propose } from '../../../coordinator/proposer/propose.js';
import { requestOf } from '../../../coordinator/campaign/proposer-history.js';
import { ID, openLab, outcomeOf, TERM_SECONDS } from '../../support/lab.js';
import type { Lab, LabAgent } from '../../support/lab.js';

const campaign: Campaign = {
  name: 'test',
  owner: '',
  description: '',
  seed: 1,
  space: {
    parameters: [{ name: 'lr', kind: 'float', low: 1e-4, high: 1e-1, scale: 'log' }],
    constraints: [],
  },
  objectives: [
    { name: 'loss', goal: 'minimize', unit: '', scale: 'linear', from: 'metric', metric: 'loss' },
    { name: 'energy', goal: 'minimize', unit: 'J', scale: 'log', from: 'energy', energy: { window: 'train' } },
  ],
  constraints: [],
  metrics: [{ name: 'test_loss', role: 'test', unit: '' }],
  workload: { kind: 'builtin', trainer: 'language-model', options: {} },
  budget: { trials: 4, counts: 'trials' },
  hardware: { policy: 'pooled', classes: [], backfill: false, replicates: 1 },
  needs: { data: [], devices: 1, labels: {} },
  measurement: { ...CAMPAIGN_DEFAULTS.measurement, idleSeconds: 0, remeasure: 1 },
  proposer: { kind: 'sobol', start: 4, first: [] },
  limits: { attempts: 3 },
  secrets: [],
};

const failed = (failure: Partial<Failure>): { end: { kind: 'failed'; failure: Failure } } => ({
  end: { kind: 'failed', failure: { kind: 'unknown', reason: 'r', message: 'm', signature: 's', ...failure } },
});

/** The outcome without a usable energy. */
function spoil(event: AttemptEvent): AttemptEvent {
  if (event.body.kind !== 'observed') throw new Error('no outcome');
  const { observation } = event.body;
  const unusable = { kind: 'unusable', device: 'cpu', part: 'cpu', source: 'x', reason: 'gap' } as never;
  const windows = [{ ...observation.windows[0]!, devices: [unusable] }];
  return { ...event, body: { kind: 'observed', observation: { ...observation, windows } } };
}

const lastGrant = (agent: LabAgent): ReturnType<LabAgent['grants']>[number] =>
  agent.grants()[agent.grants().length - 1]!;

async function offered(lab: Lab, agent: LabAgent): Promise<ReturnType<LabAgent['grants']>[number]> {
  agent.offer();
  await lab.settle();
  return lastGrant(agent);
}

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

test('a device that was not read throughout makes the energy of its attempt and of the search lower bounds', async () => {
  using lab = openLab(campaign);
  const agent = lab.connect('a');
  const energy = [
    {
      device: deviceId('gpu'),
      part: 'accelerator',
      provenance: 'counter',
      microjoules: 0n,
      isLowerBound: true,
    } as const,
  ];
  const failure = failed({ kind: 'infrastructure' });
  lab.engine.ingest([outcomeOf(await offered(lab, agent), 'a', { ...failure, energy })]);
  const { searchEnergyIsLowerBound, endedAttempts } = lab.engine.snapshot(ID);
  expect(searchEnergyIsLowerBound).toBe(true);
  expect(endedAttempts).toMatchObject([{ joules: { counter: 0 }, isLowerBound: true }]);
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

describe('failures', () => {
  test('infrastructure: elsewhere again, and the proposer learns nothing', async () => {
    using lab = openLab(campaign);
    const bad = lab.connect('bad');
    const good = lab.connect('good');
    const grant = await offered(lab, bad);
    lab.engine.ingest([outcomeOf(grant, 'bad', failed({ kind: 'infrastructure', signature: 'no-disk' }))]);
    bad.offer();
    await lab.settle();
    expect(lastGrant(bad).trial).not.toBe(grant.trial);
    expect((await offered(lab, good)).trial).toBe(grant.trial);
    expect(lab.store.history(ID)).toEqual([]);
  });

  test('unknown: the same signature twice is a configuration failure', async () => {
    using lab = openLab(campaign);
    const agent = lab.connect('a');
    const first = await offered(lab, agent);
    lab.engine.ingest([outcomeOf(first, 'a', failed({ signature: 'exit-1' }))]);
    const second = await offered(lab, agent);
    expect(second).toMatchObject({ trial: first.trial, attempt: 2 });
    expect(lab.engine.snapshot(ID).endedAttempts).toEqual([
      {
        ...{ trial: first.trial, attempt: 1, joules: { model: 12 }, isLowerBound: false },
        failure: { kind: 'unknown', reason: 'r', message: 'm', signature: 'exit-1' },
      },
    ]);
    lab.engine.ingest([outcomeOf(second, 'a', failed({ signature: 'exit-1' }))]);
    const [result] = lab.engine.snapshot(ID).results;
    expect(result!.trial).toMatchObject({ state: 'failed', failure: { kind: 'configuration' } });
    expect(lab.store.history(ID)).toEqual([first.trial]);
  });

  test('configuration: failed for good at once, and the proposer learns it', async () => {
    using lab = openLab(campaign);
    const agent = lab.connect('a');
    const grant = await offered(lab, agent);
    lab.engine.ingest([outcomeOf(grant, 'a', failed({ kind: 'configuration', reason: 'out-of-memory' }))]);
    expect(lab.engine.snapshot(ID).results[0]!.trial.state).toBe('failed');
    expect(lab.engine.book(ID).history()).toMatchObject([{ feasible: false }]);
  });

  test('measurement: measured again, then completed with that objective missing', async () => {
    using lab = openLab(campaign);
    const agent = lab.connect('a');
    const first = await offered(lab, agent);
    lab.engine.ingest([spoil(outcomeOf(first, 'a'))]);
    const again = [{ trial: first.trial, index: 1, attempt: 1, reason: 'energy: cpu: gap' }];
    expect(lab.engine.snapshot(ID).measuredAgain).toEqual(again);
    const second = await offered(lab, agent);
    expect(second).toMatchObject({ trial: first.trial, attempt: 2 });
    lab.engine.ingest([spoil(outcomeOf(second, 'a'))]);
    const [result] = lab.engine.snapshot(ID).results;
    expect(result!.trial.state).toBe('completed');
    expect(result!.objectives).toEqual({ loss: expect.any(Number) as number });
    expect(result!.missing).toEqual({ energy: 'cpu: gap' });
    expect(lab.engine.snapshot(ID).measuredAgain).toEqual(again);
    expect(lab.engine.book(ID).attempts().map(fateOf)).toEqual(['measured-again', 'accounted']);
  });

  describe('between two measurements', () => {
    const measured = { ...campaign, measurement: { ...campaign.measurement, remeasure: 2 }, limits: { attempts: 2 } };
    const machineFailure = failed({ kind: 'infrastructure', signature: 'no-disk' });

    test('measuring again uses up no attempt', async () => {
      using lab = openLab(measured);
      const agent = lab.connect('a');
      const first = await offered(lab, agent);
      lab.engine.ingest([spoil(outcomeOf(first, 'a'))]);
      lab.engine.ingest([spoil(outcomeOf(await offered(lab, agent), 'a'))]);
      lab.engine.ingest([outcomeOf(await offered(lab, agent), 'a', machineFailure)]);
      const fourth = await offered(lab, agent);
      expect(fourth).toMatchObject({ trial: first.trial, attempt: 4 });
      lab.engine.ingest([outcomeOf(fourth, 'a')]);
      const [result] = lab.engine.snapshot(ID).results;
      expect(result).toMatchObject({ attempt: 4, missing: {}, trial: { state: 'completed' } });
    });

    test.each(['a failure', 'a loss', 'a bad configuration'])('%s too many leaves what was measured', async (what) => {
      using lab = openLab({ ...measured, limits: { attempts: 1 } });
      const agent = lab.connect('a');
      const first = await offered(lab, agent);
      lab.engine.ingest([spoil(outcomeOf(first, 'a'))]);
      const second = await offered(lab, agent);
      if (what === 'a loss') lab.clock.advance(TERM_SECONDS * 1000 + 1000);
      else {
        const kind = what === 'a failure' ? 'infrastructure' : 'configuration';
        lab.engine.ingest([outcomeOf(second, 'a', failed({ kind, signature: 'exit-1' }))]);
      }
      await lab.settle();
      const { results, measuredAgain, searchEnergyIsLowerBound } = lab.engine.snapshot(ID);
      expect(results).toMatchObject([{ attempt: 1, missing: { energy: 'cpu: gap' }, trial: { state: 'completed' } }]);
      expect(results[0]!.objectives).toEqual({ loss: expect.any(Number) as number });
      expect(results[0]!.trial).not.toHaveProperty('failure');
      expect(measuredAgain).toEqual([]);
      expect(searchEnergyIsLowerBound).toBe(what === 'a loss');
      const fates = lab.engine.book(ID).attempts().map(fateOf);
      expect(fates).toEqual(['accounted', what === 'a loss' ? 'lost' : 'failed']);
      expect(lab.store.history(ID)).toEqual([first.trial]);
      expect(lab.store.attemptsOf(first.trial).filter(({ endReason }) => endReason === 'accounted')).toHaveLength(1);
      expect(lab.fatal).toEqual([]);
    });
  });

  test('a machine that fails three trials in a row gets no more work until it is restarted', async () => {
    using lab = openLab(campaign);
    const bad = lab.connect('bad');
    const other = lab.connect('other');
    for (let i = 0; i < 3; i++) {
      const grant = await offered(lab, bad);
      lab.engine.ingest([outcomeOf(grant, 'bad', failed({ kind: 'infrastructure', signature: `s${i}` }))]);
    }
    const before = bad.grants().length;
    bad.offer();
    await lab.settle();
    expect(bad.grants()).toHaveLength(before);
    expect(lab.engine.snapshot(ID).agents.find(({ name }) => name === 'bad')!.quarantined).toMatch(/failed 3 trials/);
    expect(await offered(lab, other)).toBeDefined();
    bad.drop();
    const restarted = lab.connect('bad', { session: 'new process' });
    expect(await offered(lab, restarted)).toBeDefined();
  });
});

test('bad configurations in a row are not held against the only machine', async () => {
  using lab = openLab(campaign);
  const agent = lab.connect('a');
  for (let i = 0; i < 6; i++) {
    lab.engine.ingest([outcomeOf(await offered(lab, agent), 'a', failed({ signature: 'exit-1' }))]);
  }
  const { agents, results } = lab.engine.snapshot(ID);
  expect(results.map(({ trial }) => trial.failure?.kind)).toEqual(Array(3).fill('configuration'));
  expect(agents[0]).not.toHaveProperty('quarantined');
});

test('a released lease returns its trial to the queue without counting as a loss', async () => {
  using lab = openLab({ ...campaign, limits: { attempts: 1 } });
  const agent = lab.connect('a');
  const grant = await offered(lab, agent);
  agent.send({ kind: 'release', lease: grant.lease, reason: 'drained' });
  expect(await offered(lab, agent)).toMatchObject({ trial: grant.trial, attempt: 2 });
});

describe('a trial that its agent breaks off', () => {
  const drained = failed({ kind: 'infrastructure', reason: 'drained', message: 'drained', signature: 'drained' });

  test.each(['the outcome first', 'the release first'])('goes back as if it had not begun: %s', async (order) => {
    using lab = openLab({ ...campaign, limits: { attempts: 1 } });
    const agent = lab.connect('a');
    lab.connect('other');
    const first = await offered(lab, agent);
    let grant = first;
    for (let i = 0; i < 4; i++) {
      const release = (): void => agent.send({ kind: 'release', lease: grant.lease, reason: 'drained' });
      if (order === 'the release first') release();
      lab.engine.ingest([outcomeOf(grant, 'a', drained)]);
      if (order === 'the outcome first') release();
      grant = await offered(lab, agent);
      expect(grant).toMatchObject({ trial: first.trial, attempt: i + 2 });
    }
    const records = lab.engine.book(ID).attempts();
    expect(records.map(fateOf)).toEqual([...Array<string>(4).fill('handed-back'), 'running']);
    expect(lab.store.agents().map(({ failuresInARow }) => failuresInARow)).toEqual([0, 0]);
    const { endedAttempts } = lab.engine.snapshot(ID);
    expect(endedAttempts).toMatchObject(Array(4).fill({ joules: { model: 12 }, failure: { reason: 'drained' } }));
  });

  test('for others on its devices, neither; but a program of its own that says so is believed', async () => {
    using lab = openLab({ ...campaign, limits: { attempts: 1 } });
    const agent = lab.connect('a');
    const grant = await offered(lab, agent);
    const foreign = { reason: 'foreign-processes', message: 'process 7 (python) uses GPU-1', signature: 'f' };
    lab.engine.ingest([outcomeOf(grant, 'a', failed({ kind: 'infrastructure', ...foreign }))]);
    const again = await offered(lab, agent);
    expect(again).toMatchObject({ trial: grant.trial, attempt: 2 });
    lab.engine.ingest([outcomeOf(again, 'a', failed({ kind: 'configuration', ...foreign }))]);
    expect(lab.engine.snapshot(ID).results[0]!.trial).toMatchObject({ state: 'failed' });
  });
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
  const { campaign: stored } = lab.store.campaign(ID)!;
  for (const record of records) {
    expect(propose(requestOf(stored, record, history)).configurations).toEqual(record.configurations);
  }
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
