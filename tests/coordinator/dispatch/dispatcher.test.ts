/** The dispatcher: who may join, what becomes of leases when streams break, and which slot gets which work. */

import { describe, expect, test } from 'vitest';

import { Dispatcher } from '../../../coordinator/dispatch/dispatcher.js';
import type { LeaseEnd, NewLease, SlotOffer, Work, WorkSource } from '../../../coordinator/dispatch/work-source.js';
import { openSqliteStore } from '../../../coordinator/store/sqlite-store.js';
import type { Store } from '../../../coordinator/store/store.js';
import type { CoordinatorMessage, Grant, HeldLease, StopReason } from '../../../shared/domain/conversation.js';
import type { MachineDescription } from '../../../shared/domain/hardware.js';
import { agentId, leaseId, slotId, trialId } from '../../../shared/domain/identity.js';
import type { IncomingAgentMessage } from '../../../shared/wire/coordination-service.js';
import { manualClock } from '../../support/manual-clock.js';
import type { ManualClock } from '../../support/manual-clock.js';
import { helloOf } from '../../support/raw-agent.js';
import { sampleGrant, sampleMachine } from '../../support/sample-domain.js';
import { keptLog } from '../../support/silent-log.js';

const TERM_SECONDS = 30;
const CPU = slotId('cpu');

/** A work source with as many trials as it is given, which keeps what it is told. */
class Bench implements WorkSource {
  readonly queue: Work[] = [];
  readonly granted: NewLease[] = [];
  readonly ended: LeaseEnd[] = [];
  readonly stopping = new Set<string>();
  fleetChanges = 0;

  add(...trials: readonly string[]): void {
    this.queue.push(...trials.map((trial) => ({ ...workOf(sampleGrant), trial: trialId(trial) })));
  }

  take(_: SlotOffer): Work | undefined {
    return this.queue[0];
  }

  grant(lease: NewLease): void {
    this.queue.shift();
    this.granted.push(lease);
  }

  end(end: LeaseEnd): void {
    this.ended.push(end);
  }

  stopReason({ trial }: { readonly trial: string }): StopReason | undefined {
    return this.stopping.has(trial) ? 'stopped-early' : undefined;
  }

  fleetChanged(): void {
    this.fleetChanges += 1;
  }
}

function workOf({ lease: _l, slot: _s, termSeconds: _t, ...work }: Grant): Work {
  return work;
}

interface Line {
  readonly received: CoordinatorMessage[];
  readonly isClosed: () => boolean;
  say(message: IncomingAgentMessage): void;
  /** The stream breaks. */
  drop(): void;
}

interface Hall {
  readonly bench: Bench;
  readonly clock: ManualClock;
  readonly store: Store;
  readonly log: ReturnType<typeof keptLog>;
  readonly dispatcher: Dispatcher;
  open(): Line;
  /** A line that said hello. */
  join(name: string, change?: Parameters<typeof helloOf>[1]): Line;
}

function hall(store = openSqliteStore(':memory:')): Hall {
  const [bench, clock, log] = [new Bench(), manualClock(), keptLog()];
  let ids = 0;
  const dispatcher = new Dispatcher({
    ...{ store, clock, log, termSeconds: TERM_SECONDS, coordinatorVersion: 'test' },
    messages: () => ({ servers: ['nats://127.0.0.1:1'], stream: 's', subjectPrefix: 'e', tls: false }),
    newId: () => String(++ids),
  });
  dispatcher.serve(bench);
  const open = (): Line => {
    const received: CoordinatorMessage[] = [];
    let isClosed = false;
    const send = (message: CoordinatorMessage): void => void (isClosed || received.push(message));
    const { receive, closed } = dispatcher.accept({ send, close: () => (isClosed = true) });
    return { received, isClosed: () => isClosed, say: receive, drop: closed };
  };
  const join = (name: string, change: Parameters<typeof helloOf>[1] = {}): Line => {
    const line = open();
    line.say(helloOf(name, { machine: machine(), ...change }));
    return line;
  };
  return { bench, clock, store, log, dispatcher, open, join };
}

const machine = (change: Partial<MachineDescription> = {}): MachineDescription => ({ ...sampleMachine, ...change });

const kinds = ({ received }: Line): readonly string[] => received.map(({ kind }) => kind);

const grantsTo = ({ received }: Line): readonly Grant[] =>
  received.flatMap((message) => (message.kind === 'grant' ? [message.grant] : []));

/** A line that holds the first trial of the bench. */
function working({ bench, join }: Hall, name = 'a'): { readonly line: Line; readonly held: HeldLease } {
  bench.add('t1');
  const line = join(name);
  line.say({ kind: 'offer', slot: CPU });
  const { lease, trial, attempt, slot } = grantsTo(line).find((grant) => grant.trial === 't1') ?? sampleGrant;
  return { line, held: { lease, trial, attempt, slot, phase: 'running' } };
}

describe('hello', () => {
  test('is answered with everything that an agent needs, and the agent is kept', () => {
    const { join, store, dispatcher } = hall();
    const { received } = join('a');
    expect(received).toEqual([
      {
        ...{ kind: 'welcome', agent: 'a', coordinatorVersion: 'test', termSeconds: TERM_SECONDS, lost: [] },
        messages: { servers: ['nats://127.0.0.1:1'], stream: 's', subjectPrefix: 'e', tls: false },
      },
    ]);
    expect(store.agents().map(({ id, name }) => [id, name])).toEqual([['a', 'a']]);
    expect(dispatcher.connected().map(({ id }) => id)).toEqual(['a']);
  });

  test('must come first, and once', () => {
    const { open, join } = hall();
    const silent = open();
    silent.say({ kind: 'offer', slot: CPU });
    expect(silent.received).toMatchObject([{ kind: 'refused', code: 'malformed' }]);
    expect(silent.isClosed()).toBe(true);
    const twice = join('a');
    twice.say(helloOf('b'));
    expect(twice.received.at(-1)).toMatchObject({ kind: 'refused', code: 'malformed', message: 'hello came twice' });
  });

  test('of another version, or garbage, is refused, told to the operator, and leaves nobody behind', () => {
    const { open, log, dispatcher } = hall();
    const [foreign, garbled] = [open(), open()];
    foreign.say({ kind: 'foreign', wireVersion: 9 });
    garbled.say({ kind: 'malformed', message: 'not a valid AgentMessage' });
    expect(foreign.received).toMatchObject([{ code: 'wire-version', message: expect.stringContaining('9') as string }]);
    expect(garbled.received).toMatchObject([{ code: 'malformed' }]);
    expect(log.events.map(({ event }) => event)).toEqual(['agent refused', 'agent refused']);
    expect(dispatcher.connected()).toEqual([]);
    foreign.drop();
  });

  test.each([
    ['a.lab', 'a-lab-'],
    ['ä', 'agent-'],
    ['-x', 'x-'],
    ['n'.repeat(128), 'n'.repeat(128)],
    ['.'.repeat(128), 'agent-'],
  ])('of %s gets an id that is safe in subjects, and its own', (name, start) => {
    const { join } = hall();
    const [welcome] = join(name).received;
    const id = welcome?.kind === 'welcome' ? welcome.agent : '';
    expect(id.startsWith(start)).toBe(true);
    expect(id).toMatch(/^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/);
    const [other] = join(`${name.slice(1)}?`).received;
    expect(other).not.toMatchObject({ agent: id });
  });
});

describe('a name that is connected', () => {
  test('is refused to another process of the same machine, and to another machine', () => {
    const { join, dispatcher } = hall();
    const first = join('a', { session: 's1' });
    for (const machineId of [sampleMachine.machineId, 'm2']) {
      const second = join('a', { session: 's2', machine: machine({ machineId }) });
      expect(second.received).toMatchObject([{ kind: 'refused', code: 'name-taken' }]);
      expect(second.isClosed()).toBe(true);
      second.drop();
    }
    expect(first.isClosed()).toBe(false);
    expect(dispatcher.connected()).toHaveLength(1);
  });

  test('is given to the same process on a new stream, and the old stream’s end changes nothing', () => {
    const { join, dispatcher } = hall();
    const [first, second] = [join('a', { session: 's1' }), join('a', { session: 's1' })];
    expect(first.isClosed()).toBe(true);
    expect(kinds(second)).toEqual(['welcome']);
    first.drop();
    expect(dispatcher.connected()).toHaveLength(1);
  });

  test('is given to its machine after a reboot', () => {
    const { join } = hall();
    const first = join('a', { session: 's1' });
    const second = join('a', { session: 's2', machine: machine({ bootId: 'b2' }) });
    expect(kinds(second)).toEqual(['welcome']);
    expect(first.isClosed()).toBe(true);
  });

  test('is free again when its stream has ended', () => {
    const { join } = hall();
    join('a', { session: 's1' }).drop();
    expect(kinds(join('a', { session: 's2' }))).toEqual(['welcome']);
  });
});

describe('leases', () => {
  test('are durable before the grant is sent, and withdrawn or unknown slots get nothing', () => {
    const { bench, join } = hall();
    const line = join('a');
    line.say({ kind: 'offer', slot: slotId('no-such-slot') });
    line.say({ kind: 'offer', slot: CPU });
    line.say({ kind: 'withdraw', slot: CPU });
    bench.add('t1', 't2');
    const other = join('b');
    let sentBefore = -1;
    bench.grant = (lease) => {
      sentBefore = grantsTo(other).length;
      bench.queue.shift();
      bench.granted.push(lease);
    };
    other.say({ kind: 'offer', slot: CPU });
    expect(sentBefore).toBe(0);
    expect(grantsTo(other)).toHaveLength(1);
    expect(grantsTo(line)).toEqual([]);
  });

  test('that cannot be made durable are not granted, and the slot stays free', () => {
    const { bench, join, dispatcher } = hall();
    bench.add('t1');
    const { grant } = bench;
    bench.grant = () => {
      throw new Error('the disk is full');
    };
    const line = join('a');
    expect(() => line.say({ kind: 'offer', slot: CPU })).toThrow('the disk is full');
    expect(dispatcher.leases.all()).toEqual([]);
    bench.grant = grant;
    dispatcher.match();
    expect(grantsTo(line)).toHaveLength(1);
  });

  test('outlive their stream for the rest of their term', () => {
    const all = hall();
    const { line, held } = working(all);
    line.drop();
    all.clock.advance(29_999);
    all.dispatcher.expire();
    expect(all.bench.ended).toEqual([]);
    all.clock.advance(1);
    all.dispatcher.expire();
    expect(all.bench.ended).toEqual([{ trial: held.trial, lease: held.lease, reason: 'expired' }]);
  });

  test('that an agent still holds after a reconnect are its own again, with one full term', () => {
    const all = hall();
    const { line, held } = working(all);
    line.drop();
    all.clock.advance(20_000);
    const back = all.join('a', { held: [{ ...held, phase: 'publishing' }] });
    expect(back.received).toMatchObject([{ kind: 'welcome', lost: [] }]);
    all.clock.advance(20_000);
    all.dispatcher.expire();
    expect(all.bench.ended).toEqual([]);
    expect(all.dispatcher.leases.get(held.lease)?.phase).toBe('publishing');
  });

  test.each([true, false])('that never reached the same process are handed back without blame', (isOldStreamGone) => {
    const all = hall();
    const { line, held } = working(all);
    if (isOldStreamGone) line.drop();
    all.join('a', { held: [] });
    const ended = { trial: held.trial, lease: held.lease, reason: 'released', notBegun: true };
    expect(all.bench.ended).toEqual([ended]);
  });

  test('that a new process of the agent does not know are lost', () => {
    const all = hall();
    const { line, held } = working(all);
    line.drop();
    all.join('a', { session: 'another process', held: [] });
    expect(all.bench.ended).toEqual([{ trial: held.trial, lease: held.lease, reason: 'expired' }]);
  });

  test('that ran out meanwhile, or are another’s, are named as lost', () => {
    const all = hall();
    const { line, held } = working(all);
    line.drop();
    all.clock.advance(30_000);
    all.dispatcher.expire();
    const unknown: HeldLease = { ...held, lease: leaseId('l-of-nobody') };
    expect(all.join('a', { held: [held, unknown] }).received).toMatchObject([{ lost: [held.lease, unknown.lease] }]);
    const thief = all.join('b');
    thief.say({ kind: 'renew', leases: [{ lease: held.lease, phase: 'running' }] });
    expect(thief.received.at(-1)).toEqual({ kind: 'renewed', leases: [], lost: [held.lease] });
  });

  test('of a coordinator that was started again get one fresh term', () => {
    const store = openSqliteStore(':memory:');
    const open = { trial: trialId('t1'), attempt: 2, lease: leaseId('l1'), agent: agentId('a'), slot: CPU };
    const { dispatcher, clock, bench } = hall({ ...store, openAttempts: () => [{ ...stored, ...open }] });
    clock.advance(29_999);
    dispatcher.expire();
    expect(bench.ended).toEqual([]);
    clock.advance(1);
    dispatcher.expire();
    expect(bench.ended).toEqual([{ trial: 't1', lease: 'l1', reason: 'expired' }]);
  });

  test('that shall stop are told so at every renewal and by every new process, until the outcome is on its way', () => {
    const all = hall();
    const { line, held } = working(all);
    all.bench.stopping.add(held.trial);
    const stop = { kind: 'stop', lease: held.lease, reason: 'stopped-early' };
    const renew = (phase: HeldLease['phase']): CoordinatorMessage[] => {
      const before = line.received.length;
      line.say({ kind: 'renew', leases: [{ lease: held.lease, phase }] });
      return line.received.slice(before);
    };
    expect(renew('running')).toContainEqual(stop);
    expect(renew('running')).toContainEqual(stop);
    expect(renew('publishing')).not.toContainEqual(stop);
    line.drop();
    const again = all.join('a', { session: 'one', held: [held] });
    expect(again.received.filter(({ kind }) => kind === 'stop')).toEqual([stop]);
    expect(all.join('b').received.filter(({ kind }) => kind === 'stop')).toEqual([]);
  });

  test('are handed back or confirmed as stopped by their own agent only', () => {
    const all = hall();
    const { line, held } = working(all);
    const stranger = all.join('b');
    stranger.say({ kind: 'release', lease: held.lease, reason: 'mine' });
    stranger.say({ kind: 'stopped', lease: held.lease });
    expect(all.bench.ended).toEqual([]);
    line.say({ kind: 'stopped', lease: held.lease });
    line.say({ kind: 'release', lease: held.lease, reason: 'again' });
    expect(all.bench.ended).toEqual([{ trial: held.trial, lease: held.lease, reason: 'cancelled' }]);
  });

  test('of an outcome in the store are over, whether its agent is here or not', () => {
    const all = hall();
    const { line, held } = working(all);
    all.dispatcher.accounted(held.lease, agentId('a'));
    all.dispatcher.accounted(leaseId('l-old'), agentId('gone'));
    expect(line.received.at(-1)).toEqual({ kind: 'accounted', lease: held.lease });
    all.clock.advance(60_000);
    all.dispatcher.expire();
    expect(all.bench.ended).toEqual([]);
  });

  test('that expire free their trial for a slot that waits', () => {
    const all = hall();
    const { line } = working(all);
    line.drop();
    const waiting = all.join('b');
    waiting.say({ kind: 'offer', slot: CPU });
    all.bench.end = () => all.bench.add('t1');
    all.clock.advance(30_000);
    all.dispatcher.expire();
    expect(grantsTo(waiting)).toHaveLength(1);
  });
});

const stored = {
  ...{ devices: [], hardwareClass: sampleGrant.hardwareClass, grantedMilliseconds: 0, outcomeKnown: false },
} as const;

describe('a machine that fails trial after trial', () => {
  const note = ({ dispatcher }: Hall, trial: string, failure: string | undefined): void =>
    dispatcher.noteOutcome({ agent: agentId('a'), trial: trialId(trial), failure, configurationIsToBlame: false });
  const fail = (all: Hall, ...trials: readonly string[]): void =>
    trials.forEach((trial) => note(all, trial, `no CUDA for ${trial}`));
  const quarantine = ({ store }: Hall): string | undefined => store.agents()[0]?.quarantine;

  test('gets no more work after three, and says why', () => {
    const all = hall();
    const line = all.join('a');
    fail(all, 't1', 't2');
    note(all, 't3', undefined);
    fail(all, 't4', 't5', 't5', 't4');
    expect(quarantine(all)).toBeUndefined();
    fail(all, 't6');
    all.bench.add('t7');
    line.say({ kind: 'offer', slot: CPU });
    expect(grantsTo(line)).toEqual([]);
    expect(all.dispatcher.offers()).toEqual([]);
    expect(quarantine(all)).toBe('failed 3 trials in a row, last: no CUDA for t6');
    fail(all, 't8');
    expect(all.log.events.filter(({ event }) => event === 'agent quarantined')).toHaveLength(1);
  });

  test('is not to blame for trials whose configuration was, wherever that came out', () => {
    const all = hall();
    all.join('a');
    all.join('b');
    fail(all, 't1', 't2', 't3');
    expect(quarantine(all)).toBeDefined();
    const failure = 'no CUDA for t2';
    all.dispatcher.noteOutcome({ agent: agentId('b'), trial: trialId('t2'), failure, configurationIsToBlame: true });
    expect(quarantine(all)).toBeUndefined();
    expect(all.store.agents().map(({ failuresInARow }) => failuresInARow)).toEqual([2, 0]);
  });

  test('has a clean record as a new process', () => {
    const all = hall();
    const line = all.join('a', { session: 's1' });
    fail(all, 't1', 't2', 't3');
    line.drop();
    all.bench.add('t4');
    const fresh = all.join('a', { session: 's2' });
    fresh.say({ kind: 'offer', slot: CPU });
    expect(grantsTo(fresh)).toHaveLength(1);
    fail(all, 't5', 't6');
    expect(quarantine(all)).toBeUndefined();
  });

  test('keeps its record over a broken stream', () => {
    const all = hall();
    const line = all.join('a', { session: 's1' });
    fail(all, 't1', 't2', 't3');
    line.drop();
    all.bench.add('t4');
    const back = all.join('a', { session: 's1' });
    back.say({ kind: 'offer', slot: CPU });
    expect(grantsTo(back)).toEqual([]);
  });

  test('is remembered when it is away', () => {
    const all = hall();
    all.join('a').drop();
    fail(all, 't1', 't2', 't3');
    expect(quarantine(all)).toContain('no CUDA');
  });
});

test('closing ends every stream', () => {
  const { join, dispatcher, bench } = hall();
  const lines = [join('a'), join('b')];
  const changes = bench.fleetChanges;
  dispatcher.close();
  lines.forEach((line) => line.drop());
  expect(lines.map((line) => line.isClosed())).toEqual([true, true]);
  expect(bench.fleetChanges).toBe(changes);
});
