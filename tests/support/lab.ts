/** A coordinator's core in this process: store in memory, manual clock, agents that are plain objects. */

import type { Campaign } from '../../shared/domain/campaign.js';
import type { CoordinatorMessage, Grant } from '../../shared/domain/conversation.js';
import { WIRE_VERSION } from '../../shared/domain/conversation.js';
import type { AttemptEvent } from '../../shared/domain/event.js';
import type { MachineDescription } from '../../shared/domain/hardware.js';
import { agentId, campaignId, deviceId, hardwareClassId, slotId } from '../../shared/domain/identity.js';
import type { Proposer } from '../../shared/domain/proposal.js';
import type { Observation } from '../../shared/domain/trial.js';
import type { IncomingAgentMessage } from '../../shared/wire/coordination-service.js';
import { CampaignEngine } from '../../coordinator/campaign/campaign-engine.js';
import { Dispatcher } from '../../coordinator/dispatch/dispatcher.js';
import { inlineProposer } from '../../coordinator/proposer/inline-proposer.js';
import { openSqliteStore } from '../../coordinator/store/sqlite-store.js';
import type { Store } from '../../coordinator/store/store.js';
import { manualClock } from './manual-clock.js';
import type { ManualClock } from './manual-clock.js';
import { sampleMachine } from './sample-domain.js';
import { keptLog } from './silent-log.js';

export const ID = campaignId('c1');
export const TERM_SECONDS = 30;

export interface Lab extends Disposable {
  readonly store: Store;
  readonly engine: CampaignEngine;
  readonly dispatcher: Dispatcher;
  readonly clock: ManualClock;
  readonly fatal: unknown[];
  /** Connects an agent with one CPU slot of the given class. */
  connect(name: string, options?: Partial<AgentOptions>): LabAgent;
  /** Lets the promises of the proposer and the engine run. */
  settle(): Promise<void>;
}

interface AgentOptions {
  readonly hardwareClass: string;
  readonly session: string;
  readonly held: Extract<IncomingAgentMessage, { kind: 'hello' }>['held'];
  readonly machine: Partial<MachineDescription>;
}

export interface LabAgent {
  readonly received: CoordinatorMessage[];
  readonly grants: () => readonly Grant[];
  send(message: IncomingAgentMessage): void;
  offer(): void;
  drop(): void;
}

/** Opens a lab on a new store, or on one that an earlier lab left behind; its proposer thinks in this thread by default. */
export function openLab(
  campaign: Campaign,
  store: Store = openSqliteStore(':memory:'),
  proposer: Proposer = inlineProposer(),
): Lab {
  const clock = manualClock();
  const fatal: unknown[] = [];
  let ids = store.campaign(ID) ? 1000 * (1 + store.attempts(ID).length) : 0;
  const dispatcher = new Dispatcher({
    ...{ store, clock, log: keptLog(), termSeconds: TERM_SECONDS, coordinatorVersion: 'test' },
    messages: () => ({ servers: ['nats://127.0.0.1:1'], stream: 's', subjectPrefix: 'e', tls: false }),
    newId: () => String(++ids),
  });
  const engine = new CampaignEngine({
    ...{ store, dispatcher, clock, log: keptLog(), absenceSeconds: 60, proposer },
    onFatal: (error) => fatal.push(error),
  });
  if (!store.campaign(ID)) {
    const text = 'name: test\n';
    const base = { state: 'open', createdMilliseconds: 0, activeSeconds: 0, versions: {} } as const;
    store.insertCampaign({ ...base, id: ID, campaign, hash: 'h', text });
  }
  engine.serve(ID);
  return {
    ...{ store, engine, dispatcher, clock, fatal },
    connect: (name, options) => connect(dispatcher, name, options),
    settle: async () => {
      for (let i = 0; i < 20; i++) await Promise.resolve();
    },
    [Symbol.dispose]: () => engine[Symbol.dispose](),
  };
}

/** A machine with one CPU slot whose energy comes from the CPU model. */
function machineOf(hardwareClass: string): MachineDescription {
  const id = hardwareClassId(hardwareClass);
  const device = deviceId('cpu');
  return {
    ...sampleMachine,
    devices: [{ id: device, kind: 'cpu-host', product: 'EPYC' }],
    sensors: [{ device, part: 'cpu', source: 'cpu-model', available: true, provenance: 'model', detail: 'modelled' }],
    slots: [{ id: slotId('cpu'), devices: [], classes: { builtin: id, command: id } }],
    allowedWorkloads: ['builtin', 'command'],
    labels: {},
  };
}

function connect(dispatcher: Dispatcher, name: string, options: Partial<AgentOptions> = {}): LabAgent {
  const { hardwareClass = 'class A', session = `session of ${name}`, held = [], machine = {} } = options;
  const received: CoordinatorMessage[] = [];
  const handler = dispatcher.accept({ send: (message) => received.push(message), close: () => undefined });
  const description = { ...machineOf(hardwareClass), machineId: `machine of ${name}`, ...machine };
  handler.receive({ kind: 'hello', wireVersion: WIRE_VERSION, session, name, machine: description, held });
  return {
    received,
    grants: () => received.flatMap((message) => (message.kind === 'grant' ? [message.grant] : [])),
    send: (message) => handler.receive(message),
    offer: () => handler.receive({ kind: 'offer', slot: slotId('cpu') }),
    drop: () => handler.closed(),
  };
}

/** The outcome of a grant, complete unless told otherwise. */
export function outcomeOf(grant: Grant, agent: string, change: Partial<Observation> = {}): AttemptEvent {
  const window = { label: '', ordinal: 0, startNanoseconds: 0n, endNanoseconds: 1_000_000_000n };
  const energy = {
    ...({ kind: 'usable', device: deviceId('cpu'), part: 'cpu', source: 'cpu-model', provenance: 'model' } as const),
    ...{ microjoules: 10_000_000n + BigInt(grant.attempt), meanWatts: 10, events: [] },
    uncertainty: { edgeJoules: 0.1, samplingJoules: 0, gapJoules: 0, gainJoules: 3 },
  };
  const observation: Observation = {
    end: { kind: 'completed' },
    metrics: { loss: 1 + (grant.seed % 7) },
    sealed: { test_loss: 1.234567 },
    windows: [{ kind: 'train', ...window, items: 100, unit: 'token', devices: [energy] }],
    energy: [{ device: deviceId('cpu'), part: 'cpu', provenance: 'model', microjoules: 12_000_000n }],
    ...{ agent: agentId(agent), slot: grant.slot, devices: [], hardwareClass: grant.hardwareClass },
    ...{ startedUnixMilliseconds: 0, durationSeconds: 1, outputTail: '', facts: {} },
    ...change,
  };
  const { trial, attempt, lease } = grant;
  const key = { agent: agentId(agent), trial, attempt, lease, sequence: 9, wallMilliseconds: 0 };
  return { ...key, body: { kind: 'observed', observation } };
}
