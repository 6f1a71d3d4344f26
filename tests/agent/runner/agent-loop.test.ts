import { readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';

import { openAttemptNotes } from '../../../agent/publish/attempt-notes.js';
import { Outbox } from '../../../agent/publish/outbox.js';
import type { Strangers } from '../../../agent/meter/meter.js';
import type { ForeignProcesses } from '../../../agent/runner/strangers.js';
import type { TrialHost } from '../../../agent/runner/trial-order.js';
import { AgentLoop, type AgentLoopOptions } from '../../../agent/runner/agent-loop.js';
import { openTrialFolders } from '../../../agent/runner/trial-folders.js';
import type { CommandWorkload } from '../../../shared/domain/campaign.js';
import type { AgentMessage, CoordinatorMessage, Grant } from '../../../shared/domain/conversation.js';
import { agentId, deviceId, hardwareClassId, leaseId, slotId, trialId } from '../../../shared/domain/identity.js';
import { systemClock, type Clock } from '../../../shared/runtime/clock.js';
import type { Log } from '../../../shared/runtime/log.js';
import { sampleMachine } from '../../support/sample-domain.js';
import { keptLog } from '../../support/silent-log.js';
import { sampleGrant, steadyMeter, type SteadySetting } from './trial-fixture.js';
import { temporaryFolder } from '../temporary-folder.js';

const SLOTS = ['cpu-0', 'cpu-1'].map((id) => ({
  id: slotId(id),
  devices: [],
  classes: { command: hardwareClassId('C / command') },
}));

/** A coordinator that keeps what it is told. */
class Coordinator {
  readonly told: AgentMessage[] = [];
  #waiting: { readonly kind: string; resolve(message: AgentMessage): void }[] = [];

  send(message: AgentMessage): void {
    this.told.push(message);
    const heard = this.#waiting.filter(({ kind }) => kind === message.kind);
    this.#waiting = this.#waiting.filter(({ kind }) => kind !== message.kind);
    for (const { resolve } of heard) resolve(message);
  }
  close(): Promise<void> {
    return Promise.resolve();
  }
  hears(kind: AgentMessage['kind']): Promise<AgentMessage> {
    const told = this.told.find((message) => message.kind === kind);
    return told ? Promise.resolve(told) : new Promise((resolve) => this.#waiting.push({ kind, resolve }));
  }
  kinds(): string[] {
    return this.told.map(({ kind }) => kind);
  }
}

interface Setting {
  readonly loop: AgentLoop;
  readonly coordinator: Coordinator;
  readonly outbox: Outbox;
  readonly home: string;
  readonly refused: string[];
  say(message: CoordinatorMessage): void;
  /** Resolves with the number of outcomes in the outbox once there are so many. */
  outcomes(count: number): Promise<string[]>;
}

const loops: AgentLoop[] = [];
afterEach(async () => {
  for (const loop of loops.splice(0)) {
    await loop.abandon();
    await loop.close();
  }
});

interface SettingOptions extends Partial<Omit<AgentLoopOptions, 'host'>> {
  readonly host?: Partial<TrialHost>;
}

function setting({ host, ...options }: SettingOptions = {}): Setting {
  const home = temporaryFolder();
  const log = keptLog();
  const outbox = new Outbox({ folder: join(home, 'outbox'), clock: systemClock, log });
  const coordinator = new Coordinator();
  const refused: string[] = [];
  const loop = new AgentLoop({
    name: 'test',
    session: 's-1',
    machine: { ...sampleMachine, slots: SLOTS },
    host: {
      meter: steadyMeter(systemClock),
      clock: systemClock,
      provision: {
        environment: {},
        trainer: [],
        startFolder: home,
        dataSets: {},
        commands: { kind: 'any' },
      },
      temporaryFolder: tmpdir(),
      facts: {},
      ...host,
    },
    folders: openTrialFolders(join(home, 'trials'), []),
    outbox,
    notes: openAttemptNotes(join(home, 'notes'), log),
    recovered: [],
    log,
    publishTo: () => undefined,
    obstacle: () => undefined,
    fit: (observation) => observation,
    onRefused: (message) => refused.push(message),
    ...options,
  });
  loops.push(loop);
  loop.start(coordinator);
  const ends = (): string[] =>
    [...outbox.pending()].flatMap(({ body }) => {
      if (body.kind !== 'observed') return [];
      const { end } = body.observation;
      return [end.kind === 'failed' ? end.failure.reason : end.kind];
    });
  return {
    ...{ loop, coordinator, outbox, home, refused },
    say: (message) => loop.onMessage(message),
    outcomes: (count) =>
      new Promise((resolve) => {
        const check = (): void => void (ends().length >= count && resolve(ends()));
        outbox.onAppended(check);
        check();
      }),
  };
}

const WELCOME: CoordinatorMessage = {
  kind: 'welcome',
  agent: agentId('a-1'),
  coordinatorVersion: '0',
  termSeconds: 30,
  messages: { servers: [], stream: 's', subjectPrefix: 'p', tls: false },
  lost: [],
};

/** Where a program's file lies, and the slot it is granted. */
interface GrantPlace {
  readonly home: string;
  readonly slot?: string;
}

function grant(n: number, program: string, { home, slot = 'cpu-0' }: GrantPlace): CoordinatorMessage {
  const script = join(home, `program-${n}.cjs`);
  writeFileSync(script, program);
  const workload: CommandWorkload = { kind: 'command', argv: [process.execPath, script], environment: {}, metrics: {} };
  const granted: Grant = {
    ...sampleGrant(workload),
    lease: leaseId(`l-${n}`),
    trial: trialId(`c-${n}`),
    slot: slotId(slot),
  };
  return { kind: 'grant', grant: granted };
}

const ENDLESS = `setInterval(() => {}, 1000)`;

test('an agent says hello, offers every free slot, and offers a slot again when its trial is over', async () => {
  const all = setting();
  all.loop.onConnected();
  expect(all.coordinator.kinds()).toEqual(['hello']);
  all.say(WELCOME);
  expect(all.coordinator.told.slice(1)).toEqual(SLOTS.map(({ id }) => ({ kind: 'offer', slot: id })));
  all.say(grant(1, '', all));
  expect(await all.outcomes(1)).toEqual(['completed']);
  await expect.poll(() => all.coordinator.told.slice(3)).toEqual([{ kind: 'offer', slot: 'cpu-0' }]);
});

test('a trial whose outcome is not accounted is named in the next hello, in its phase', async () => {
  const all = setting();
  all.say(WELCOME);
  all.say(grant(1, '', all));
  all.say(grant(2, ENDLESS, { ...all, slot: 'cpu-1' }));
  await all.outcomes(1);
  await expect.poll(() => all.coordinator.kinds().filter((kind) => kind === 'offer').length).toBe(3);
  all.loop.onDisconnected();
  all.loop.onConnected();
  expect(all.coordinator.told.at(-1)).toMatchObject({
    kind: 'hello',
    held: [
      { lease: 'l-1', phase: 'publishing', slot: 'cpu-0' },
      { lease: 'l-2', phase: 'running', slot: 'cpu-1' },
    ],
  });
  all.say({ kind: 'accounted', lease: leaseId('l-1') });
  all.loop.onConnected();
  expect(all.coordinator.told.at(-1)).toMatchObject({ held: [{ lease: 'l-2' }] });
});

test('an outcome is kept until it is accounted, and published again while the coordinator does not know it', async () => {
  const time = { passed: 0n };
  const clock: Clock = { ...systemClock, monotonicNanoseconds: () => systemClock.monotonicNanoseconds() + time.passed };
  const all = setting({ host: { clock } });
  const deliver = (): void => {
    for (const event of [...all.outbox.pending()]) {
      all.outbox.acknowledge(event);
      if (event.body.kind === 'observed') all.loop.onDelivered(event);
    }
  };
  const waiting = (): number => [...all.outbox.pending()].length;
  const files = (): string[] => readdirSync(join(all.home, 'outbox'));
  all.say(WELCOME);
  all.say(grant(1, '', all));
  all.say(grant(2, '', { ...all, slot: 'cpu-1' }));
  await all.outcomes(2);
  await expect.poll(() => all.coordinator.kinds().filter((kind) => kind === 'offer').length).toBe(4);
  deliver();
  const renewed = { kind: 'renewed', leases: [leaseId('l-1'), leaseId('l-2')], lost: [] } as const;
  all.say(renewed);
  expect([waiting(), files().length]).toEqual([0, 2]);
  time.passed = 31n * 10n ** 9n;
  all.say({ ...renewed, leases: [leaseId('l-1')], lost: [leaseId('l-2')] });
  expect([...all.outbox.pending()].map(({ lease, body }) => [lease, body.kind])).toEqual([['l-1', 'observed']]);
  await expect.poll(files).toEqual(['c-1.1.events']);
  all.say({ kind: 'accounted', lease: leaseId('l-1') });
  expect(files()).toHaveLength(1);
  deliver();
  await expect.poll(files).toEqual([]);
});

test('a cancelled trial is confirmed as stopped once nothing of it runs', async () => {
  const all = setting();
  all.say(WELCOME);
  all.say(grant(1, ENDLESS, all));
  all.say({ kind: 'stop', lease: leaseId('l-1'), reason: 'cancelled' });
  expect(await all.coordinator.hears('stopped')).toEqual({ kind: 'stopped', lease: 'l-1' });
  expect(await all.outcomes(1)).toEqual(['cancelled']);
});

test('a slot that is busy, unknown or not offered is not run: its grant goes back', () => {
  const all = setting();
  all.say(WELCOME);
  all.say(grant(1, ENDLESS, all));
  all.say(grant(2, '', all));
  all.say(grant(3, '', { ...all, slot: 'gpu-9' }));
  const released = all.coordinator.told.filter(({ kind }) => kind === 'release');
  expect(released.map((message) => 'lease' in message && message.lease)).toEqual(['l-2', 'l-3']);
});

test('draining withdraws the offers, lets what trains end, and takes nothing more', async () => {
  const all = setting();
  all.say(WELCOME);
  all.say(grant(1, `console.log('up'); setTimeout(() => {}, 300);`, all));
  await expect.poll(() => [...all.outbox.pending()].length).toBe(1);
  const drained = all.loop.drain();
  expect(all.coordinator.told.at(-1)).toEqual({ kind: 'withdraw', slot: 'cpu-1' });
  all.say(grant(2, '', { ...all, slot: 'cpu-1' }));
  expect(all.coordinator.told.at(-1)).toMatchObject({ kind: 'release', lease: 'l-2' });
  expect(await all.outcomes(1)).toEqual(['completed']);
  for (const event of [...all.outbox.pending()]) all.outbox.acknowledge(event);
  all.say({ kind: 'accounted', lease: leaseId('l-1') });
  expect(await drained).toBe(0);
});

test('leaving at once ends every trial and hands it back', async () => {
  const all = setting();
  all.say(WELCOME);
  all.say(grant(1, ENDLESS, all));
  await expect.poll(() => [...all.outbox.pending()].length).toBe(1);
  await all.loop.abandon();
  expect(all.coordinator.told.at(-1)).toEqual({ kind: 'release', lease: 'l-1', reason: 'drained' });
  expect(await all.outcomes(1)).toEqual(['drained']);
});

test('while there is an obstacle nothing is offered', () => {
  const all = setting({ obstacle: () => 'the disk is full' });
  all.say(WELCOME);
  expect(all.coordinator.kinds()).not.toContain('offer');
});

test('what is left of a trial that went well is removed, of one that did not it is kept', async () => {
  const all = setting();
  all.say(WELCOME);
  all.say(grant(1, '', all));
  all.say(grant(2, 'process.exit(3)', { ...all, slot: 'cpu-1' }));
  await all.outcomes(2);
  await expect.poll(() => readdirSync(join(all.home, 'trials'))).toEqual(['c-2.1']);
  await expect.poll(() => readdirSync(join(all.home, 'notes'))).toEqual(['c-1.1.json', 'c-2.1.json']);
  for (const n of [1, 2]) all.say({ kind: 'accounted', lease: leaseId(`l-${n}`) });
  expect(readdirSync(join(all.home, 'notes'))).toEqual([]);
});

test('a foreign wire version is final; a name that is taken is tried again for a while', () => {
  const all = setting();
  all.say({ kind: 'refused', code: 'name-taken', message: 'taken' });
  expect(all.refused).toEqual([]);
  all.say({ kind: 'refused', code: 'wire-version', message: 'speaks 2' });
  expect(all.refused).toEqual(['speaks 2']);
});

const GPU = deviceId('GPU-1');
const GPU_SLOT = { id: slotId('GPU-1'), devices: [GPU], classes: { command: hardwareClassId('G / command') } };
const USE = 'process 4711 (python) uses GPU-1';

/** A machine with one GPU, where others come and go as told. */
function sharedMachine(
  foreignProcesses: ForeignProcesses,
  steady: Partial<SteadySetting> = {},
  told: { readonly clock?: Clock; readonly log?: Log } = {},
) {
  const shared = { strangers: { kind: 'none' } as Strangers, looks: 0 };
  const strangers = (): Strangers => {
    shared.looks += 1;
    return shared.strangers;
  };
  const meter = steadyMeter(systemClock, { part: 'accelerator', device: GPU, strangers, ...steady });
  /** Looks are seconds apart in truth. */
  const clock: Clock = { ...systemClock, every: (time, action) => systemClock.every(Math.min(time, 20), action) };
  const all = setting({
    machine: { ...sampleMachine, slots: [GPU_SLOT] },
    host: { meter, clock, foreignProcesses, ...(told.clock && { clock: told.clock }) },
    ...(told.log && { log: told.log }),
  });
  const join = (): void => {
    shared.strangers = { kind: 'present', processes: [{ device: GPU, pid: 4711, name: 'python' }] };
  };
  const leave = (): void => void (shared.strangers = { kind: 'none' });
  return {
    ...all,
    join,
    leave,
    shared,
    grant: (n: number, program: string) => grant(n, program, { ...all, slot: GPU }),
  };
}

test('a slot whose device others use is withdrawn, its grants go back, and it is offered when they have left', async () => {
  const all = sharedMachine('wait');
  all.say(WELCOME);
  expect(await all.coordinator.hears('offer')).toEqual({ kind: 'offer', slot: GPU });
  all.join();
  expect(await all.coordinator.hears('withdraw')).toEqual({ kind: 'withdraw', slot: GPU });
  all.say(all.grant(1, ''));
  expect(all.coordinator.told.at(-1)).toEqual({ kind: 'release', lease: 'l-1', reason: USE, notBegun: true });
  all.leave();
  await expect.poll(() => all.coordinator.told.at(-1)).toEqual({ kind: 'offer', slot: GPU });
});

test('others who come just before the program starts have it handed back, with its energy told', async () => {
  const all = sharedMachine('wait', { conditions: () => (all.join(), []) });
  all.say(WELCOME);
  const { grant: granted } = all.grant(1, '') as { grant: Grant };
  // The cool-down looks at the device, and that is when they come.
  all.say({ kind: 'grant', grant: { ...granted, measurement: { ...granted.measurement, coolDownCelsius: 40 } } });
  expect(await all.coordinator.hears('release')).toEqual({ kind: 'release', lease: 'l-1', reason: USE });
  expect(await all.outcomes(1)).toEqual(['foreign-processes']);
});

test.each(['wait', 'yield'] as const)(
  'with %s, who comes between two looks has one trial handed back',
  async (rule) => {
    const log = keptLog();
    // The watch looks once, before they come, and not again in this test.
    const clock: Clock = { ...systemClock, every: (_, action) => systemClock.every(3_600_000, action) };
    const all = sharedMachine(rule, {}, { clock, log });
    all.say(WELCOME);
    await all.coordinator.hears('offer');
    await expect.poll(() => all.shared.looks).toBe(1);
    all.join();
    all.say(all.grant(1, ''));
    const release = { kind: 'release', lease: 'l-1', reason: USE, notBegun: true };
    expect(await all.coordinator.hears('release')).toEqual(release);
    expect(await all.outcomes(1)).toEqual(['foreign-processes']);
    expect(all.coordinator.told.at(-1)).toEqual(release);
    const said = log.events.map(({ event }) => event);
    expect(
      said.filter((event) => event === 'trial handed back' || event === 'slot not offered: others use it'),
    ).toEqual(['trial handed back', 'slot not offered: others use it']);
    expect(said).not.toContain('trial failed');
  },
);

test('with wait a trial that others join goes on', async () => {
  const all = sharedMachine('wait');
  all.say(WELCOME);
  all.say(all.grant(1, `setTimeout(() => {}, 600)`));
  await expect.poll(() => [...all.outbox.pending()].length).toBeGreaterThan(0);
  all.join();
  expect(await all.outcomes(1)).toEqual(['completed']);
  expect(all.coordinator.kinds()).not.toContain('release');
});

test('with yield a trial that others join is stopped and handed back, and counts as no failure of its own', async () => {
  const all = sharedMachine('yield');
  all.say(WELCOME);
  all.say(all.grant(1, ENDLESS));
  await expect.poll(() => [...all.outbox.pending()].length).toBeGreaterThan(0);
  all.join();
  expect(await all.coordinator.hears('release')).toEqual({ kind: 'release', lease: 'l-1', reason: USE });
  const [observed] = [...all.outbox.pending()].flatMap(({ body }) => (body.kind === 'observed' ? [body] : []));
  expect(observed!.observation.end).toMatchObject({
    kind: 'failed',
    failure: { kind: 'infrastructure', reason: 'foreign-processes', message: USE },
  });
  expect(observed!.observation.energy[0]!.microjoules).toBeGreaterThan(0n);
  expect(all.coordinator.kinds().filter((kind) => kind === 'offer')).toHaveLength(1);
});

test('with ignore nobody is looked for, and the meter is told to tolerate them', async () => {
  const tolerated: unknown[] = [];
  const all = sharedMachine('ignore', { onAttach: ({ toleratesStrangers }) => tolerated.push(toleratesStrangers) });
  all.join();
  all.say(WELCOME);
  all.say(all.grant(1, ''));
  expect(await all.outcomes(1)).toEqual(['completed']);
  expect(all.shared.looks).toBe(0);
  expect(tolerated).toEqual([true]);
});
