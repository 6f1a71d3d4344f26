/** What becomes of trials whose attempts fail, are lost, are handed back or gave no energy. */

import { describe, expect, test } from 'vitest';

import { fateOf, searchEnergy } from '../../../coordinator/analysis/search-energy.js';
import { deviceId } from '../../../shared/domain/identity.js';
import { ID, openLab, outcomeOf, TERM_SECONDS } from '../../support/lab.js';
import type { Lab } from '../../support/lab.js';
import { failed, labCampaign as campaign, lastGrant, offered, spoil } from '../../support/lab-campaign.js';

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

describe('a trial that goes back before anything of it was run', () => {
  const spent = (lab: Lab) => {
    const { searchEnergyIsLowerBound } = lab.engine.snapshot(ID);
    const { withoutReading, totals } = searchEnergy(lab.engine.book(ID).attempts().slice(0, -1));
    return { withoutReading, bounds: totals.map(({ lowerBound }) => lowerBound), searchEnergyIsLowerBound };
  };
  const EXACT = { withoutReading: 0, searchEnergyIsLowerBound: false };
  const foreign = failed({ kind: 'infrastructure', reason: 'foreign-processes', message: 'm', signature: 'f' });

  test.each(['by a release', 'by its outcome', 'by both', 'by a connection that lost the grant'])(
    'took no energy, as told %s',
    async (how) => {
      using lab = openLab(campaign);
      const agent = lab.connect('a');
      const grant = await offered(lab, agent);
      const release = { kind: 'release', lease: grant.lease, reason: 'm' } as const;
      if (how === 'by a release' || how === 'by both') agent.send({ ...release, notBegun: true });
      if (how === 'by its outcome' || how === 'by both') {
        lab.engine.ingest([outcomeOf(grant, 'a', { ...foreign, energy: [], windows: [] })]);
      }
      if (how === 'by a connection that lost the grant') agent.drop();
      await offered(lab, lab.connect('a'));
      expect(lab.engine.book(ID).attempts().map(fateOf)).toEqual(['handed-back', 'running']);
      expect(spent(lab)).toEqual({ ...EXACT, bounds: [] });
      expect(lab.store.attemptsOf(grant.trial)[0]).toMatchObject({ endReason: 'released', outcomeKnown: true });
    },
  );

  test('is unknown where its agent does not say so, where it had started, or where its lease ran out', async () => {
    for (const how of ['unsaid', 'started', 'expired']) {
      using lab = openLab(campaign);
      const agent = lab.connect('a');
      const grant = await offered(lab, agent);
      const { body: _, ...ids } = outcomeOf(grant, 'a');
      if (how === 'started') lab.engine.ingest([{ ...ids, sequence: 1, body: { kind: 'started' } }]);
      if (how === 'expired') lab.clock.advance(TERM_SECONDS * 1000 + 1000);
      else {
        const notBegun = how === 'started' ? { notBegun: true } : {};
        agent.send({ kind: 'release', lease: grant.lease, reason: 'm', ...notBegun });
      }
      await offered(lab, agent);
      expect(spent(lab), how).toMatchObject({ withoutReading: 1, searchEnergyIsLowerBound: true });
    }
  });
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
