/** What every store must do; call it once for each implementation. */

import { describe, expect, test } from 'vitest';

import type { Attempt, NewAttempt, PreparedProposal, Store, StoredCampaign } from '../../../coordinator/store/store.js';
import { DomainError } from '../../../shared/domain/errors.js';
import type { AttemptEvent } from '../../../shared/domain/event.js';
import {
  agentId,
  campaignId,
  deviceId,
  hardwareClassId,
  leaseId,
  slotId,
  trialId,
} from '../../../shared/domain/identity.js';
import type { AttemptEnergy } from '../../../shared/domain/measurement.js';
import type { Trial } from '../../../shared/domain/trial.js';
import { sampleCampaign } from '../../support/sample-campaign.js';
import { sampleEvent, sampleMachine, sampleObservation } from '../../support/sample-domain.js';

const C1 = campaignId('c1');
const T1 = trialId('c1-1');
const T2 = trialId('c1-2');

export const campaignOf = (id: string): StoredCampaign => ({
  ...{ id: campaignId(id), campaign: sampleCampaign, hash: `hash of ${id}`, text: 'name: x\n', state: 'open' },
  ...{ createdMilliseconds: 5, activeSeconds: 0, versions: { ecopt: '0.1.0' } },
});

export const trialOf = (id: string, index: number): Trial => ({
  ...{ id: trialId(id), campaign: C1, index, configuration: { lr: 0.1, activation: 'relu', deep: true } },
  ...{ configurationHash: 'h', replicate: 0, state: 'queued', attempts: 0 },
});

export const attemptOf = (trial: string, attempt: number): NewAttempt => ({
  ...{ trial: trialId(trial), attempt, lease: leaseId(`l-${trial}-${attempt}`), agent: agentId('a1') },
  ...{ slot: slotId('cpu'), devices: [deviceId('cpu')], hardwareClass: hardwareClassId('EPYC / command') },
  grantedMilliseconds: 100 + attempt,
});

const eventOf = (sequence: number, body: AttemptEvent['body'], attempt = 1): AttemptEvent => ({
  ...sampleEvent(body),
  ...{ trial: T1, attempt, sequence },
});

const observed = (sequence: number, attempt = 1): AttemptEvent =>
  eventOf(sequence, { kind: 'observed', observation: sampleObservation }, attempt);

/** A store with a campaign of two trials, the first of which has two attempts. */
function filled(open: () => Store): Store {
  const store = open();
  store.insertCampaign(campaignOf('c1'));
  store.insertTrial(trialOf('c1-2', 2));
  store.insertTrial(trialOf('c1-1', 1));
  store.insertAttempt(attemptOf('c1-1', 1));
  store.insertAttempt(attemptOf('c1-1', 2));
  return store;
}

export function storeContract(name: string, open: () => Store): void {
  describe(name, () => {
    transactions(open);
    campaigns(open);
    trialsAndAttempts(open);
    events(open);
    outcomes(open);
    sealedMetrics(open);
  });
}

function transactions(open: () => Store): void {
  test('a transaction is kept as a whole or not at all, whatever it is made of', () => {
    const store = filled(open);
    expect(() =>
      store.transaction(() => {
        store.insertTrial(trialOf('c1-3', 3));
        store.transaction(() => store.appendHistory(C1, T1));
        throw new Error('no');
      }),
    ).toThrow('no');
    expect(store.trial(trialId('c1-3'))).toBeUndefined();
    expect(store.history(C1)).toEqual([]);
    expect(store.transaction(() => store.transaction(() => 7))).toBe(7);
    store.insertTrial(trialOf('c1-3', 3));
    expect(store.trials(C1)).toHaveLength(3);
  });

  test('a row that breaks a rule undoes its transaction, is no fault of the disk, and stops nothing', () => {
    const store = filled(open);
    const twice = (): void =>
      store.transaction(() => {
        store.appendHistory(C1, T1);
        store.insertAttempt(attemptOf('c1-1', 1));
      });
    expect(twice).toThrow(DomainError);
    expect(store.history(C1)).toEqual([]);
    store.appendHistory(C1, T1);
    expect(store.history(C1)).toEqual([T1]);
  });
}

function campaigns(open: () => Store): void {
  test('a campaign comes back as it was submitted, and only what is changed changes', () => {
    const store = open();
    expect(store.campaign(C1)).toBeUndefined();
    store.insertCampaign(campaignOf('c1'));
    store.insertCampaign(campaignOf('c2'));
    expect(store.campaign(C1)).toEqual(campaignOf('c1'));
    store.changeCampaign(C1, { activeSeconds: 12.5 });
    store.changeCampaign(C1, { reference: [1.5, 2e9] });
    store.changeCampaign(C1, { state: 'closed', closeReason: 'budget: 2 trials', closedMilliseconds: 9 });
    const closed = { state: 'closed', closeReason: 'budget: 2 trials', closedMilliseconds: 9 };
    expect(store.campaign(C1)).toEqual({ ...campaignOf('c1'), ...closed, activeSeconds: 12.5, reference: [1.5, 2e9] });
    expect(store.campaigns().map(({ id, state }) => [id, state])).toEqual([
      ['c1', 'closed'],
      ['c2', 'open'],
    ]);
    expect(() => store.insertCampaign(campaignOf('c1'))).toThrow(DomainError);
  });

  test('proposals come back in their order, each once', () => {
    const store = open();
    store.insertCampaign(campaignOf('c1'));
    const record = (ordinal: number): Parameters<Store['insertProposal']>[0] => ({
      ...{ campaign: C1, ordinal, index: ordinal - 1, count: 1, skip: 0, historyVersion: 0, pending: [{ lr: 1e-300 }] },
      ...{ configurations: [{ lr: 0.1 + 0.2, deep: false }], method: 'Sobol', createdMilliseconds: 3 },
    });
    const forClass = { ...record(10), skip: 3, count: 5, task: 'A / counter' };
    [record(2), record(1), forClass].forEach((each) => store.insertProposal(each));
    expect(store.proposals(C1)).toEqual([record(1), record(2), forClass]);
    expect(() => store.insertProposal(record(2))).toThrow(DomainError);
  });

  test('what is prepared is what was saved last, for each campaign', () => {
    const store = open();
    store.insertCampaign(campaignOf('c1'));
    store.insertCampaign(campaignOf('c2'));
    const prepared = (index: number): PreparedProposal => ({
      ...{ index, count: 2, skip: 1, historyVersion: 4, pending: [{ lr: 0.1 }], method: 'Sobol' },
      configurations: [{ lr: 0.1 + 0.2, deep: false }],
    });
    expect(store.prepared(C1)).toEqual([]);
    store.savePrepared(C1, [prepared(1)]);
    store.savePrepared(C1, [prepared(2), { ...prepared(4), task: 'A' }]);
    expect(store.prepared(C1)).toEqual([prepared(2), { ...prepared(4), task: 'A' }]);
    expect(store.prepared(campaignId('c2'))).toEqual([]);
    store.savePrepared(C1, []);
    expect(store.prepared(C1)).toEqual([]);
  });

  test('trials that a campaign begins with are kept with it, and what is unknown of them stays unknown', () => {
    const store = open();
    const known = { configuration: { lr: 0.1 }, task: 'old: A', values: [1e-300, undefined], noise: [undefined, 2] };
    const observations = [
      { ...known, feasible: true, constraintValues: [undefined, 3], costJoules: 7, device: 'GPU-1' },
      { ...known, feasible: false, failure: 'out-of-memory' },
    ];
    store.insertCampaign({ ...campaignOf('c1'), earlier: { from: 'old', observations } });
    expect(store.campaign(C1)?.earlier).toStrictEqual({ from: 'old', observations });
    expect(store.campaigns()[0]?.state).toBe('open');
  });

  test('an agent is replaced by its newer description', () => {
    const store = open();
    const agent = (id: string, failuresInARow: number): Parameters<Store['saveAgent']>[0] => ({
      ...{ id: agentId(id), name: id, machine: sampleMachine, firstSeenMilliseconds: 1, lastSeenMilliseconds: 2 },
      failuresInARow,
    });
    store.saveAgent({ ...agent('a1', 3), quarantine: 'no CUDA' });
    store.saveAgent(agent('a2', 0));
    expect(store.agents()).toEqual([{ ...agent('a1', 3), quarantine: 'no CUDA' }, agent('a2', 0)]);
    store.saveAgent(agent('a1', 0));
    expect(store.agents()).toEqual([agent('a1', 0), agent('a2', 0)]);
  });

  test('what was rejected is counted', () => {
    const store = open();
    const message = { subject: 's', reason: 'r', body: new Uint8Array([0, 255]), receivedMilliseconds: 1 };
    store.insertRejected(message);
    store.insertRejected(message);
    expect(store.rejectedCount()).toBe(2);
  });
}

function trialsAndAttempts(open: () => Store): void {
  test('trials come back in the order of proposal, with every change of their state', () => {
    const store = filled(open);
    expect(store.trials(C1).map(({ trial }) => trial)).toEqual([trialOf('c1-1', 1), trialOf('c1-2', 2)]);
    const leased: Trial = { ...trialOf('c1-1', 1), state: 'leased', attempts: 1, lease: leaseId('l-c1-1-1') };
    store.saveTrial({ trial: leased, remeasured: 0, avoid: [] });
    expect(store.trial(T1)?.trial).toEqual(leased);
    const failure = { kind: 'configuration', reason: 'diverged', message: 'm', signature: 's' } as const;
    const failed: Trial = { ...trialOf('c1-1', 1), state: 'failed', attempts: 1, failure };
    const saved = { trial: failed, remeasured: 2, avoid: [agentId('a1')], accountedAttempt: 1 };
    store.saveTrial(saved);
    expect(store.trial(T1)).toEqual(saved);
    expect(store.trial(trialId('none'))).toBeUndefined();
  });

  test('attempts are open until they end, and are told apart by trial and campaign', () => {
    const store = filled(open);
    store.insertAttempt(attemptOf('c1-2', 1));
    const end = { trial: T1, attempt: 1, endReason: 'requeued', endedMilliseconds: 900, signature: 'exit-1' } as const;
    store.endAttempt(end);
    store.markOutcomeKnown(T1, 1);
    const ended: Attempt = { ...attemptOf('c1-1', 1), ...end, outcomeKnown: true };
    expect(store.attemptsOf(T1)).toEqual([ended, { ...attemptOf('c1-1', 2), outcomeKnown: false }]);
    expect(store.attempts(C1)).toHaveLength(3);
    expect(store.openAttempts().map(({ lease }) => lease)).toEqual(['l-c1-1-2', 'l-c1-2-1']);
    const sameLease = { ...attemptOf('c1-2', 2), lease: leaseId('l-c1-1-1') };
    expect(() => store.insertAttempt(sameLease)).toThrow(DomainError);
  });

  test('the history has each trial once, in the order of accounting', () => {
    const store = filled(open);
    [T2, T1, T2].forEach((trial) => store.appendHistory(C1, trial));
    expect(store.history(C1)).toEqual([T2, T1]);
  });
}

function events(open: () => Store): void {
  test('an event is kept once, whatever it says the second time', () => {
    const store = filled(open);
    expect(store.insertEvent(eventOf(1, { kind: 'started' }), 7)).toBe(true);
    expect(store.insertEvent(eventOf(1, { kind: 'reported', step: 1, metrics: {} }), 8)).toBe(false);
    expect(store.insertEvent(eventOf(1, { kind: 'started' }, 2), 8)).toBe(true);
    expect(store.events(T1, []).map(({ attempt, body }) => [attempt, body.kind])).toEqual([
      [1, 'started'],
      [2, 'started'],
    ]);
  });

  test('events come back in the order of their numbers, by kind if asked for', () => {
    const store = filled(open);
    const reported = eventOf(2, { kind: 'reported', step: 4, fraction: 0.5, metrics: { loss: 0.1 + 0.2 } });
    store.insertEvent(observed(10), 7);
    store.insertEvent(reported, 7);
    expect(store.events(T1, []).map(({ sequence }) => sequence)).toEqual([2, 10]);
    expect(store.events(T1, ['reported'])).toEqual([reported]);
    expect(store.events(T2, [])).toEqual([]);
  });

  test('of two energies of one device the later one stands, in whatever order they come', () => {
    const store = filled(open);
    const energy = (microjoules: bigint, device = 'gpu'): AttemptEnergy => ({
      ...{ device: deviceId(device), part: 'accelerator', provenance: 'counter', microjoules },
    });
    const at = (sequence: number): AttemptEvent => eventOf(sequence, { kind: 'started' });
    store.saveAttemptEnergy(at(5), [energy(2n ** 62n), energy(3n, 'gpu-2')]);
    store.saveAttemptEnergy(at(4), [energy(1n)]);
    expect(store.attemptEnergy(T1, 1)).toEqual([energy(2n ** 62n), energy(3n, 'gpu-2')]);
    store.saveAttemptEnergy(at(6), [energy(2n ** 62n + 1n)]);
    expect(store.attemptEnergy(T1, 1)).toEqual([energy(2n ** 62n + 1n), energy(3n, 'gpu-2')]);
    expect(store.attemptEnergy(T1, 2)).toEqual([]);
  });

  test('the energy of a device that comes to be known in another way is not added to itself', () => {
    const store = filled(open);
    const energy: AttemptEnergy = {
      ...{ device: deviceId('package-0'), part: 'cpu', provenance: 'counter', microjoules: 1n },
    };
    const shared: AttemptEnergy = {
      ...{ ...energy, provenance: 'shared-estimate', microjoules: 2n, unattributedMicrojoules: 2n ** 61n + 1n },
    };
    const at = (sequence: number): AttemptEvent => eventOf(sequence, { kind: 'started' });
    store.saveAttemptEnergy(at(1), [energy]);
    store.saveAttemptEnergy(at(2), [shared]);
    expect(store.attemptEnergy(T1, 1)).toEqual([shared]);
    store.saveAttemptEnergy(at(3), [{ ...energy, isLowerBound: true }]);
    expect(store.attemptEnergy(T1, 1)).toEqual([{ ...energy, isLowerBound: true }]);
    store.saveAttemptEnergy(at(4), [energy]);
    expect(store.attemptEnergy(T1, 1)).toEqual([energy]);
  });
}

function outcomes(open: () => Store): void {
  test('a trial has one accounted observation and any number of extra ones', () => {
    const store = filled(open);
    store.insertAttempt(attemptOf('c1-1', 3));
    for (const attempt of [1, 2, 3]) store.insertEvent(observed(9, attempt), 7);
    store.insertObservation(observed(9, 2), true);
    store.insertObservation(observed(9, 1), false);
    store.insertObservation(observed(9, 3), false);
    const { sealed: _, ...visible } = sampleObservation;
    expect(store.observation(T1)).toEqual({ ...visible, sealed: {} });
    expect(store.extraObservations(T1).map(({ attempt }) => attempt)).toEqual([1, 3]);
    expect(store.observation(T2)).toBeUndefined();
    expect(() => store.insertObservation(observed(9, 3), true)).toThrow(DomainError);
  });
}

function sealedMetrics(open: () => Store): void {
  test('sealed metrics are in no event and no observation, and open only with the campaign’s end', () => {
    const store = filled(open);
    store.insertEvent(observed(9, 1), 7);
    store.insertObservation(observed(9, 1), true);
    store.sealMetrics(C1, { trial: T1, attempt: 1 }, { test_loss: 1.625, odd: Number.NaN });
    store.sealMetrics(C1, { trial: T1, attempt: 2 }, { test_loss: 99 });
    store.saveTrial({ trial: trialOf('c1-1', 1), remeasured: 0, avoid: [], accountedAttempt: 1 });
    const [event] = store.events(T1, ['observed']);
    expect(event?.body).toMatchObject({ observation: { sealed: {} } });
    expect(store.observation(T1)?.sealed).toEqual({});
    expect(() => store.unseal(C1, [T1])).toThrow('stay sealed');
    store.changeCampaign(C1, { state: 'closed' });
    expect(store.unseal(C1, [T1, T2])).toEqual({ [T1]: { test_loss: 1.625 }, [T2]: {} });
    expect(store.unseal(C1, [])).toEqual({});
  });
}
