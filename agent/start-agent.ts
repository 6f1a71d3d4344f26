/** Puts a running agent together: recovery, outbox, publisher, lease stream and loop. */

import type { MessageServerAccess } from '../shared/domain/conversation.js';
import type { Observation } from '../shared/domain/trial.js';
import type { Clock } from '../shared/runtime/clock.js';
import type { Log } from '../shared/runtime/log.js';
import type { Random } from '../shared/runtime/random.js';
import { encodeEvent } from '../shared/wire/event-codec.js';
import type { AgentState } from './agent-state.js';
import type { CoordinatorAddress } from './coordinator-address.js';
import type { ConversationListener } from './lease/conversation.js';
import { openConversation } from './lease/lease-client.js';
import type { OpenedMachine } from './open-machine.js';
import { openAttemptNotes } from './publish/attempt-notes.js';
import { fitObservation } from './publish/fit-observation.js';
import { natsEventStream } from './publish/nats-event-stream.js';
import { Outbox } from './publish/outbox.js';
import { Publisher } from './publish/publisher.js';
import { AgentLoop } from './runner/agent-loop.js';
import { blameFullDisk } from './runner/full-disk.js';
import { recoverAttempts, type RecoveryOptions } from './runner/recovery.js';
import type { ForeignProcesses } from './runner/strangers.js';
import { openTrialFolders } from './runner/trial-folders.js';

export interface StartAgentOptions {
  readonly name: string;
  readonly session: string;
  readonly coordinator: CoordinatorAddress;
  readonly opened: OpenedMachine;
  /** What happens when others use a trial's device. */
  readonly foreignProcesses: ForeignProcesses;
  readonly state: AgentState;
  /** See {@link RecoveryOptions}. */
  readonly lostEnergy: RecoveryOptions['lostEnergy'];
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export interface StartedAgent {
  /** Resolves with the coordinator's reason when it will have nothing to do with this agent. */
  readonly refused: Promise<string>;
  /** See {@link AgentLoop.drain}. */
  drain(): Promise<number>;
  abandon(): Promise<void>;
  close(): Promise<void>;
}

export async function startAgent(options: StartAgentOptions): Promise<StartedAgent> {
  const { name, session, coordinator, opened, foreignProcesses, state, clock, random, log } = options;
  const outbox = new Outbox({ folder: state.outboxFolder, clock, log });
  const notes = openAttemptNotes(state.notesFolder, log);
  const recovered = await recoverAttempts({ notes, outbox, lostEnergy: options.lostEnergy, clock, log });
  const folders = openTrialFolders(state.trialsFolder, []);
  let refuse: (message: string) => void = () => undefined;
  const refused = new Promise<string>((resolve) => (refuse = resolve));
  const publisher = new Publisher({ outbox, clock, random, log, onDelivered: (event) => loop.onDelivered(event) });
  const loop = new AgentLoop({
    name,
    session,
    machine: opened.machine,
    host: { ...opened.host, foreignProcesses },
    folders,
    outbox,
    notes,
    recovered,
    log,
    publishTo: publishingTo(publisher, coordinator),
    obstacle: () => state.lackOfSpace(),
    fit: (observation) => fitObservation(blameFullDisk(observation, state.lackOfSpace()), sizeOnWire),
    onRefused: refuse,
  });
  const { address, tls } = coordinator;
  const listener = announcing(loop, { address, log, refuse });
  loop.start(openConversation({ address, ...(tls && { tls }), clock, random, listener }));
  return {
    refused,
    drain: () => loop.drain(),
    abandon: () => loop.abandon(),
    async close() {
      await loop.close();
      await publisher.close();
      await outbox.close();
    },
  };
}

/** The message server as the latest welcome names it; a stream that is in use already stays as it is. */
function publishingTo(publisher: Publisher, { tls }: CoordinatorAddress): (access: MessageServerAccess) => void {
  let current = '';
  return (access) => {
    const wanted = JSON.stringify(access);
    if (wanted === current) return;
    current = wanted;
    publisher.use(natsEventStream(access, tls));
  };
}

interface Announcement {
  readonly address: string;
  readonly log: Log;
  refuse(message: string): void;
}

/**
 * Says once that the coordinator cannot be reached, and once that it can again. An agent whose files or flags do not fit
 * the coordinator's ends, but not one that was welcome before: it holds trials, and the fault is not on its side.
 */
function announcing(loop: AgentLoop, { address, log, refuse }: Announcement): ConversationListener {
  let said = '';
  let wasWelcome = false;
  return {
    onConnected: () => loop.onConnected(),
    onMessage(message) {
      if (message.kind === 'welcome') {
        said = '';
        wasWelcome = true;
      }
      loop.onMessage(message);
    },
    onDisconnected({ reason, isMismatch }) {
      loop.onDisconnected();
      if (isMismatch && !wasWelcome) return refuse(`coordinator ${address}: ${reason}`);
      if (said !== reason) log.warn({ coordinator: address, reason }, 'coordinator not reached; trying again');
      said = reason;
    },
  };
}

const SIZED = { agent: 'a', trial: 't', attempt: 1, lease: 'l', sequence: 1, wallMilliseconds: 0 };

const sizeOnWire = (observation: Observation): number =>
  encodeEvent({ ...SIZED, body: { kind: 'observed', observation } } as Parameters<typeof encodeEvent>[0]).length;
