/** Ingest: nothing is acknowledged that is not in the store, and no message is lost, comes for ever, or stops the others. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { ingestBatch } from '../../../coordinator/ingest/ingest.js';
import type { Delivery, IngestOptions } from '../../../coordinator/ingest/ingest.js';
import type { RejectedMessage } from '../../../coordinator/store/store.js';
import { EnvironmentError } from '../../../shared/domain/errors.js';
import type { AttemptEvent, AttemptIds } from '../../../shared/domain/event.js';
import { leaseId } from '../../../shared/domain/identity.js';
import { encodeEvent, eventSubject } from '../../../shared/wire/event-codec.js';
import { encodeMessage } from '../../../shared/wire/message.js';
import { ID, openLab, outcomeOf } from '../../support/lab.js';
import type { Lab } from '../../support/lab.js';
import { sampleCampaign } from '../../support/sample-campaign.js';
import { sampleEvent } from '../../support/sample-domain.js';
import { keptLog } from '../../support/silent-log.js';

interface Desk {
  /** What happened, in its order. */
  readonly history: string[];
  readonly rejected: RejectedMessage[];
  readonly options: IngestOptions;
  delivery(event: AttemptEvent, change?: Partial<Delivery>): Delivery;
}

/** A store and an account that only take notes. */
function desk(change: Partial<IngestOptions> = {}): Desk {
  const history: string[] = [];
  const rejected: RejectedMessage[] = [];
  const store = {
    insertRejected: (message: RejectedMessage) => void rejected.push(message),
    transaction<T>(work: () => T): T {
      const result = work();
      history.push('rejected kept');
      return result;
    },
  };
  const account = (events: readonly AttemptEvent[]): { kind: string }[] => {
    history.push(`accounted ${events.map(({ sequence }) => sequence).join(',')}`);
    return events.map(() => ({ kind: 'recorded' }));
  };
  const giveUp = ({ trial, lease }: AttemptIds, reason: string): void =>
    void history.push(`gave up ${trial} ${lease}: ${reason.slice(0, 12)}`);
  return {
    history,
    rejected,
    options: { store, account, giveUp, wallMilliseconds: () => 5, log: keptLog(), ...change },
    delivery: (event, also = {}) => ({
      subject: eventSubject('ecopt.x.event', event),
      body: encodeEvent(event),
      acknowledge: () => void history.push(`acknowledged ${event.sequence}`),
      ...also,
    }),
  };
}

const numbered = (sequence: number): AttemptEvent => ({ ...sampleEvent({ kind: 'started' }), sequence });

test('a batch is accounted as one and acknowledged after that', () => {
  const { options, history, delivery } = desk();
  ingestBatch([delivery(numbered(1)), delivery(numbered(2))], options);
  expect(history).toEqual(['accounted 1,2', 'acknowledged 1', 'acknowledged 2']);
});

test('a store that refuses leaves the whole batch unacknowledged', () => {
  const account = (): never => {
    throw new EnvironmentError('the disk is full');
  };
  const { options, history, delivery } = desk({ account });
  expect(() => ingestBatch([delivery(numbered(1))], options)).toThrow('the disk is full');
  expect(history).toEqual([]);
});

test('a store that cannot keep what is rejected leaves it unacknowledged', () => {
  const store = {
    insertRejected: () => undefined,
    transaction: (): never => {
      throw new EnvironmentError('the disk is full');
    },
  };
  const { options, history, delivery } = desk({ store });
  expect(() => ingestBatch([delivery(numbered(1), { body: new Uint8Array([255]) })], options)).toThrow('full');
  expect(history).toEqual(['accounted ']);
});

const odd = (body: object): Uint8Array => {
  const { body: _, ...envelope } = numbered(1);
  return encodeMessage('AttemptEvent', { wireVersion: 1, ...envelope, ...body });
};
const outcome = (): Uint8Array => odd({ observed: { end: 'vanished' } });
const progress = (): Uint8Array => odd({ metered: { energy: [{ part: 'vanished' }] } });

describe('kept among the rejected ones and acknowledged:', () => {
  test.each([
    ['bytes that are no event', { body: new Uint8Array([1, 2, 3]) }, /not a valid AttemptEvent/],
    ['no bytes at all', { body: new Uint8Array() }, /AttemptEvent/],
    ['a subject of another trial', { subject: 'ecopt.x.event.a1.c1-2.2' }, /subject names another/],
    ['a subject of another attempt', { subject: 'ecopt.x.event.a1.c1-1.3' }, /subject names another/],
    ['a subject of another agent', { subject: 'ecopt.x.event.a2.c1-1.2' }, /subject names another/],
    ['a subject without ids', { subject: 'ecopt' }, /subject names another/],
  ])('%s', (_, change, reason) => {
    const { options, history, rejected, delivery } = desk();
    const bad = delivery(numbered(1), change);
    ingestBatch([bad, delivery(numbered(2))], options);
    expect(history).toEqual(['accounted 2', 'rejected kept', 'acknowledged 1', 'acknowledged 2']);
    expect(rejected).toEqual([{ ...kept(bad), reason: expect.stringMatching(reason) as string }]);
  });

  test('an event of an attempt that was never granted', () => {
    const { options, history, rejected, delivery } = desk({
      account: (events) => events.map(() => ({ kind: 'rejected', reason: 'no such attempt was granted' })),
    });
    const bad = delivery(numbered(1));
    ingestBatch([bad], options);
    expect(history).toEqual(['rejected kept', 'acknowledged 1']);
    expect(rejected).toEqual([{ ...kept(bad), reason: 'no such attempt was granted' }]);
  });

  test.each([
    ['an outcome, which ends its attempt', () => ({ body: outcome() }), ['gave up c1-1 l1: AttemptEvent']],
    ['an outcome at another agent’s subject', () => ({ body: outcome(), subject: 'ecopt.x.event.a2.c1-1.2' }), []],
    ['progress', () => ({ body: progress() }), []],
  ])('senseless content of %s', (_, change, given) => {
    const { options, history, delivery } = desk();
    const bad = delivery(numbered(1), change());
    ingestBatch([bad], options);
    expect(history).toEqual(['accounted ', 'rejected kept', ...given, 'acknowledged 1']);
  });

  test('any bytes at any subject', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.string(), (body, subject) => {
        const { options, history, rejected, delivery } = desk();
        ingestBatch([delivery(numbered(1), { body, subject })], options);
        expect(rejected).toHaveLength(1);
        expect(history.at(-1)).toBe('acknowledged 1');
      }),
      { seed: 4, numRuns: 300 },
    );
  });
});

const kept = ({ subject, body }: Delivery): Omit<RejectedMessage, 'reason'> => ({
  ...{ subject, body, receivedMilliseconds: 5 },
});

describe('with the real store', () => {
  const pooled = {
    ...sampleCampaign,
    space: { parameters: [{ kind: 'float', name: 'x', low: 0, high: 1, scale: 'linear' } as const], constraints: [] },
    hardware: { ...sampleCampaign.hardware, policy: 'pooled' as const },
  };

  const deskOf = (lab: Lab): Desk =>
    desk({
      store: lab.store,
      account: (events) => lab.engine.ingest(events),
      giveUp: (outcome, reason) => lab.engine.giveUp(outcome, reason),
    });

  test('one event that cannot be accounted for is set aside, and the others of its batch count', async () => {
    using lab = openLab(pooled);
    const [a, b] = ['a', 'b'].map((name) => lab.connect(name));
    a?.offer();
    b?.offer();
    await lab.settle();
    const outcomes = [a, b].flatMap((agent, i) =>
      (agent?.grants() ?? []).map((grant) => outcomeOf(grant, 'ab'[i] ?? '')),
    );
    expect(outcomes).toHaveLength(2);
    const { options, history, delivery } = deskOf(lab);
    const [first, second] = outcomes.map((event, i) =>
      delivery(i === 0 ? { ...event, wallMilliseconds: Number.NaN } : { ...event, sequence: 10 }),
    );
    ingestBatch(
      [first, second].flatMap((one) => one ?? []),
      options,
    );
    expect(history).toEqual(['acknowledged 9', 'acknowledged 10']);
    expect(lab.store.rejectedCount()).toBe(1);
    const { results } = lab.engine.snapshot(ID);
    expect(results.map(({ trial }) => [trial.state, trial.failure?.reason]).sort()).toEqual([
      ['completed', undefined],
      ['failed', 'unaccountable'],
    ]);
    expect(lab.fatal).toEqual([]);
  });

  test('an outcome that cannot be accounted for fails its trial with the reason, and ends its lease', async () => {
    using lab = openLab(pooled);
    const agent = lab.connect('a');
    agent.offer();
    await lab.settle();
    const [grant] = agent.grants();
    const { options, delivery } = deskOf(lab);
    const outcome = outcomeOf(grant as NonNullable<typeof grant>, 'a');
    ingestBatch([delivery({ ...outcome, lease: leaseId('another') })], options);
    expect(lab.engine.snapshot(ID).finished).toBe(0);
    for (let i = 0; i < 2; i++) ingestBatch([delivery({ ...outcome, wallMilliseconds: Number.NaN })], options);
    const [result] = lab.engine.snapshot(ID).results;
    expect(result!.trial).toMatchObject({ state: 'failed', failure: { kind: 'infrastructure' } });
    expect(result!.trial.failure?.message).toMatch(/^its outcome could not be taken in: .*store refuses a row/);
    expect(lab.dispatcher.leases.all()).toEqual([]);
    expect(agent.received.filter(({ kind }) => kind === 'accounted')).toEqual([
      { kind: 'accounted', lease: outcome.lease },
    ]);
    const [record] = lab.engine.book(ID).attempts();
    expect(record).toMatchObject({ end: { kind: 'failed', failure: { reason: 'unaccountable' } }, lowerBound: true });
    expect(lab.store.history(ID)).toEqual([]);
    expect(lab.fatal).toEqual([]);
  });

  test('the same event any number of times, in any batches, counts once', async () => {
    using lab = openLab(pooled);
    const agent = lab.connect('a');
    agent.offer();
    await lab.settle();
    const [grant] = agent.grants();
    const { options, history, delivery } = deskOf(lab);
    const outcome = outcomeOf(grant as NonNullable<typeof grant>, 'a');
    ingestBatch([delivery(outcome), delivery(outcome)], options);
    ingestBatch([delivery(outcome)], options);
    expect(history).toEqual(['acknowledged 9', 'acknowledged 9', 'acknowledged 9']);
    expect(lab.engine.snapshot(ID).finished).toBe(1);
    expect(lab.store.rejectedCount()).toBe(0);
    expect(agent.received.filter(({ kind }) => kind === 'accounted')).toHaveLength(1);
  });
});
