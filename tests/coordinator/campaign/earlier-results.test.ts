/** A result that a trial has from an earlier attempt survives whatever ends the trial. */

import { describe, expect, test } from 'vitest';

import { fateOf } from '../../../coordinator/analysis/search-energy.js';
import type { TrialId } from '../../../shared/domain/identity.js';
import { ID, openLab, outcomeOf, TERM_SECONDS } from '../../support/lab.js';
import type { Lab } from '../../support/lab.js';
import { failed, labCampaign as campaign, offered, spoil } from '../../support/lab-campaign.js';

const fates = (lab: Lab): string[] => lab.engine.book(ID).attempts().map(fateOf);
const loseLease = async (lab: Lab): Promise<void> => {
  lab.clock.advance(TERM_SECONDS * 1000 + 1000);
  await lab.settle();
};

describe('a trial that waits to be measured again', () => {
  const expectMeasured = (lab: Lab, trial: TrialId): void => {
    const { results, measuredAgain } = lab.engine.snapshot(ID);
    const result = results.find((one) => one.trial.id === trial);
    expect(result).toMatchObject({ attempt: 1, missing: { energy: 'cpu: gap' }, trial: { state: 'completed' } });
    expect(Object.keys(result!.objectives)).toEqual(['loss']);
    expect(measuredAgain).toEqual([]);
    expect(fates(lab)).toContain('accounted');
    expect(fates(lab)).not.toContain('measured-again');
    expect(lab.store.history(ID)).toContain(trial);
    expect(lab.fatal).toEqual([]);
  };

  test.each(['energy', 'hours'])('keeps what it has when the budget in %s is used up', async (budget) => {
    const limit = budget === 'energy' ? { energyJoules: 11 } : { hours: 1 / 3600 };
    using lab = openLab({ ...campaign, budget: { ...campaign.budget, ...limit } });
    const agent = lab.connect('a');
    const grant = await offered(lab, agent);
    lab.engine.ingest([spoil(outcomeOf(grant, 'a'))]);
    if (budget === 'hours') lab.clock.advance(1000);
    await lab.settle();
    expect(lab.engine.snapshot(ID)).toMatchObject({ state: 'closed', finished: 1 });
    expectMeasured(lab, grant.trial);
  });

  test('keeps it when no machine of its class is left', async () => {
    using lab = openLab({ ...campaign, hardware: { ...campaign.hardware, policy: 'compare' } });
    const stays = lab.connect('a', { hardwareClass: 'class A' });
    const leaves = lab.connect('b', { hardwareClass: 'class B' });
    const other = await offered(lab, stays);
    const grant = await offered(lab, leaves);
    lab.engine.ingest([spoil(outcomeOf(grant, 'b')), outcomeOf(other, 'a')]);
    leaves.drop();
    for (let i = 0; i < 62; i++) lab.clock.advance(1000);
    await lab.settle();
    expectMeasured(lab, grant.trial);
  });

  test('keeps it when it is stopped while it is measured again', async () => {
    using lab = openLab(campaign);
    const agent = lab.connect('a');
    const first = await offered(lab, agent);
    lab.engine.ingest([spoil(outcomeOf(first, 'a'))]);
    const second = await offered(lab, agent);
    agent.send({ kind: 'stopped', lease: second.lease });
    await lab.settle();
    expectMeasured(lab, first.trial);
    expect(fates(lab)).toEqual(['accounted', 'cancelled']);
  });
});

describe('a whole result that came late', () => {
  const twice = { ...campaign, limits: { attempts: 2 } };

  async function lateResult(lab: Lab, isTaken: boolean) {
    const slow = lab.connect('slow');
    const first = await offered(lab, slow);
    slow.drop();
    await loseLease(lab);
    const other = lab.connect('other');
    const second = isTaken ? await offered(lab, other) : undefined;
    lab.engine.ingest([outcomeOf(first, 'slow')]);
    return { first, second, other };
  }
  const expectFirst = (lab: Lab, trial: TrialId): void => {
    const [result] = lab.engine.snapshot(ID).results;
    expect(result).toMatchObject({ attempt: 1, missing: {}, trial: { id: trial, state: 'completed' } });
    expect(lab.store.history(ID)).toEqual([trial]);
    expect(lab.store.extraObservations(result!.trial.id)).toEqual([]);
    expect(fates(lab)[0]).toBe('accounted');
    expect(lab.fatal).toEqual([]);
  };

  test.each([
    ['is lost for good', 2],
    ['is lost', 3],
    ['fails', 3],
    ['gives no energy', 3],
    ['is handed back', 3],
  ])('counts when the attempt that took its place %s', async (what, attempts) => {
    using lab = openLab({ ...twice, limits: { attempts } });
    const { first, second, other } = await lateResult(lab, true);
    expect(second).toMatchObject({ trial: first.trial, attempt: 2 });
    expect(lab.engine.snapshot(ID).results).toEqual([]);
    if (what === 'fails')
      lab.engine.ingest([outcomeOf(second!, 'other', failed({ kind: 'infrastructure', signature: 'disk' }))]);
    else if (what === 'gives no energy') lab.engine.ingest([spoil(outcomeOf(second!, 'other'))]);
    else if (what === 'is handed back') other.send({ kind: 'release', lease: second!.lease, reason: 'drained' });
    else await loseLease(lab);
    await lab.settle();
    if (what === 'gives no energy') {
      expect(lab.store.extraObservations(first.trial).map(({ attempt }) => attempt)).toEqual([2]);
      expect(fates(lab)).toEqual(['accounted', 'late']);
      expect(lab.engine.snapshot(ID).results).toMatchObject([{ attempt: 1, missing: {} }]);
    } else expectFirst(lab, first.trial);
  });

  test('counts at once while nobody else has the trial', async () => {
    using lab = openLab(twice);
    const { first, other } = await lateResult(lab, false);
    expectFirst(lab, first.trial);
    expect((await offered(lab, other)).trial).not.toBe(first.trial);
  });

  test('is an extra one when the attempt that took its place gives a whole one too', async () => {
    using lab = openLab(twice);
    const { first, second } = await lateResult(lab, true);
    lab.engine.ingest([outcomeOf(second!, 'other')]);
    expect(lab.engine.snapshot(ID).results).toMatchObject([{ attempt: 2, missing: {} }]);
    expect(lab.store.extraObservations(first.trial).map(({ attempt }) => attempt)).toEqual([1]);
    expect(fates(lab)).toEqual(['late', 'accounted']);
  });
});
