/** The agent's life: offers free slots, runs what is granted, hands outcomes over, and leaves in good order. */

import {
  WIRE_VERSION,
  type AgentMessage,
  type CoordinatorMessage,
  type Grant,
  type HeldLease,
  type MessageServerAccess,
  type StopReason,
} from '../../shared/domain/conversation.js';
import type { AttemptEvent } from '../../shared/domain/event.js';
import type { MachineDescription, Slot } from '../../shared/domain/hardware.js';
import type { AgentId, LeaseId, SlotId } from '../../shared/domain/identity.js';
import type { Observation } from '../../shared/domain/trial.js';
import type { Log } from '../../shared/runtime/log.js';
import type { Conversation, ConversationListener } from '../lease/conversation.js';
import { LeaseHolder } from '../lease/lease-holder.js';
import type { AttemptNotes, EventOutbox } from './attempt-journal.js';
import { startAttempt, type AttemptRun } from './attempt-run.js';
import { handBackReason, logEnd } from './hand-back.js';
import type { RecoveredLease } from './recovery.js';
import { SlotOffers } from './slot-offers.js';
import { SlotWatch } from './slot-watch.js';
import type { TrialFolders } from './trial-folders.js';
import type { TrialHost } from './trial-order.js';

export interface AgentLoopOptions {
  readonly name: string;
  /** Unique per process. */
  readonly session: string;
  readonly machine: MachineDescription;
  readonly host: TrialHost;
  readonly folders: TrialFolders;
  readonly outbox: EventOutbox;
  readonly notes: AttemptNotes;
  readonly recovered: readonly RecoveredLease[];
  readonly log: Log;
  /** Events go there from now on. */
  publishTo(access: MessageServerAccess): void;
  /** Why no work can be taken at the moment, such as a full disk; `undefined` if it can. */
  obstacle(): string | undefined;
  /** Makes an outcome fit into a message. */
  fit(observation: Observation): Observation;
  /** The coordinator will have nothing to do with this agent. */
  onRefused(message: string): void;
}

const OBSTACLE_MILLISECONDS = 5000;
/** A name that is taken may be our own, of a process whose death was not noticed yet. */
const NAME_TAKEN_NANOSECONDS = 60n * 10n ** 9n;
/** After the last trial: time for its outcome to be delivered, and then for it to be accounted. */
const DELIVERY_MILLISECONDS = 30_000;
const ACCOUNT_MILLISECONDS = 5000;
const POLL_MILLISECONDS = 50;

type Welcome = Extract<CoordinatorMessage, { kind: 'welcome' }>;
type Refused = Extract<CoordinatorMessage, { kind: 'refused' }>;

export class AgentLoop implements ConversationListener {
  readonly #options: AgentLoopOptions;
  readonly #leases: LeaseHolder;
  readonly #offers: SlotOffers;
  readonly #runs = new Map<LeaseId, AttemptRun>();
  readonly #reconsidering: Disposable;
  readonly #watch: SlotWatch;
  #conversation: Conversation | undefined;
  /** Present while the coordinator has welcomed this connection. */
  #agent: AgentId | undefined;
  #draining = false;
  #obstacle: string | undefined;
  #nameTakenSince: bigint | undefined;
  #termSeconds = 0;

  constructor(options: AgentLoopOptions) {
    this.#options = options;
    const { clock } = options.host;
    const send = (message: AgentMessage): void => this.#conversation?.send(message);
    this.#watch = this.#watchSlots();
    const isUsable = (slot: SlotId): boolean => this.#watch.obstacleTo(slot) === undefined;
    this.#offers = new SlotOffers(options.machine.slots, send, isUsable);
    const onOver = (lease: HeldLease): void => {
      options.notes.remove(lease);
      void options.outbox.settle(lease);
    };
    this.#leases = new LeaseHolder({ clock, send, onOver });
    for (const { held, delivered } of options.recovered) {
      this.#leases.take(held);
      if (delivered) this.#leases.markDelivered(held.lease);
    }
    this.#reconsidering = clock.every(OBSTACLE_MILLISECONDS, () => this.#reconsider());
  }

  /** Begins to speak. */
  start(conversation: Conversation): void {
    this.#conversation = conversation;
  }

  onConnected(): void {
    const { name, session, machine } = this.#options;
    const held = this.#leases.held();
    this.#conversation?.send({ kind: 'hello', wireVersion: WIRE_VERSION, session, name, machine, held });
  }

  onDisconnected(): void {
    this.#agent = undefined;
    this.#offers.forget();
  }

  onMessage(message: CoordinatorMessage): void {
    switch (message.kind) {
      case 'welcome':
        return this.#onWelcome(message);
      case 'refused':
        return this.#onRefused(message);
      case 'grant':
        return this.#onGrant(message.grant);
      case 'renewed':
        this.#leases.markLost(message.lost);
        return this.#leases.overdue().forEach((lease) => this.#options.outbox.publishAgain(lease));
      case 'accounted':
        return this.#leases.markAccounted(message.lease);
      case 'stop':
        return this.#onStop(message.lease, message.reason);
      case 'idle':
        return this.#options.log.debug({}, 'no work left');
    }
  }

  /** The outcome of this attempt lies on the message server. */
  onDelivered(event: AttemptEvent): void {
    this.#leases.markDelivered(event.lease);
    if (!this.#leases.has(event.lease)) void this.#options.outbox.settle(event);
  }

  /**
   * Takes no more work; what has begun to train ends, the rest is handed back. Resolves when all is delivered, with the
   * number of outcomes that still wait on disk because nobody took them.
   */
  async drain(): Promise<number> {
    this.#draining = true;
    this.#reconsider();
    for (const run of this.#runs.values()) if (!run.started) run.stop('drained');
    await this.#settled();
    await this.#until(() => this.#waiting() === 0, DELIVERY_MILLISECONDS);
    if (this.#waiting() === 0) await this.#until(() => this.#leases.count === 0, ACCOUNT_MILLISECONDS);
    return this.#waiting();
  }

  /** Ends every trial and hands all back. */
  async abandon(): Promise<void> {
    this.#draining = true;
    this.#reconsider();
    for (const run of this.#runs.values()) run.stop('drained');
    await this.#settled();
  }

  async close(): Promise<void> {
    this.#reconsidering[Symbol.dispose]();
    this.#watch[Symbol.dispose]();
    this.#leases.close();
    await this.#conversation?.close();
  }

  #onWelcome({ agent, termSeconds, messages, lost }: Welcome): void {
    this.#agent = agent;
    this.#nameTakenSince = undefined;
    this.#options.log.info({ agent, termSeconds }, 'agent registered');
    this.#useTerm(termSeconds);
    this.#options.publishTo(messages);
    this.#leases.markLost(lost);
    this.#reconsider();
  }

  #useTerm(seconds: number): void {
    if (this.#termSeconds === seconds) return;
    this.#termSeconds = seconds;
    this.#leases.setTerm(seconds);
  }

  #onRefused({ code, message }: Refused): void {
    const now = this.#options.host.clock.monotonicNanoseconds();
    if (code === 'name-taken' && this.#nameTakenSince === undefined) {
      this.#options.log.warn(
        { why: message, triedForSeconds: Number(NAME_TAKEN_NANOSECONDS / 10n ** 9n) },
        'name taken',
      );
    }
    this.#nameTakenSince ??= now;
    const mayBeOurs = code === 'name-taken' && now - this.#nameTakenSince < NAME_TAKEN_NANOSECONDS;
    if (!mayBeOurs) this.#options.onRefused(message);
  }

  #onGrant(grant: Grant): void {
    const { lease, trial, attempt, slot: id } = grant;
    this.#leases.take({ lease, trial, attempt, slot: id, phase: 'preparing' });
    if (grant.termSeconds < this.#termSeconds) this.#useTerm(grant.termSeconds);
    const obstacle = this.#watch.obstacleTo(id);
    if (obstacle !== undefined) return this.#leases.release(lease, obstacle, false);
    const slot = this.#draining ? undefined : this.#offers.take(id);
    if (!slot || this.#agent === undefined) return this.#leases.release(lease, 'the slot is not free', false);
    try {
      this.#run(grant, slot, this.#agent);
    } catch (error) {
      this.#options.log.error({ error, trial, lease }, 'trial not begun');
      this.#leases.release(lease, error instanceof Error ? error.message : String(error), false);
      this.#offers.free(id);
    }
  }

  #run(grant: Grant, slot: Slot, agent: AgentId): void {
    const { folders, host, outbox, notes, fit } = this.#options;
    const { campaign, trial, attempt, lease } = grant;
    const log = this.#options.log.child({ campaign, trial, attempt, lease });
    log.info({ slot: slot.id, configuration: grant.configuration }, 'trial leased');
    const run = startAttempt({
      grant,
      agent,
      devices: slot.devices,
      folder: folders.pathOf(grant),
      host,
      outbox,
      notes,
      log,
      fit,
      companions: () => [...this.#runs].filter(([other, { started }]) => other !== lease && started).length,
      onStarted: () => this.#leases.setPhase(lease, 'running'),
    });
    this.#runs.set(lease, run);
    void run.finished.then((observation) => this.#onFinished(run, observation, log));
  }

  #onFinished(run: AttemptRun, observation: Observation, log: Log): void {
    const { lease, slot } = run.grant;
    this.#runs.delete(lease);
    const { end, energy } = observation;
    const handBack = handBackReason(run, end);
    logEnd(observation, handBack, log);
    this.#options.folders.retire(run.grant, end.kind !== 'failed');
    if (run.stopping === 'cancelled') this.#leases.confirmStopped(lease);
    else if (handBack !== undefined) this.#leases.release(lease, handBack, run.started || energy.length > 0);
    else this.#leases.setPhase(lease, 'publishing');
    // Others were seen just now: offered at once, the slot would get the same trial again until the next look.
    if (handBack !== undefined && !run.started && run.stopping === undefined) this.#watch.tell(slot, handBack);
    this.#reconsider();
    this.#offers.free(slot);
  }

  /** With `yield`, a trial that others have joined makes room for them. */
  #watchSlots(): SlotWatch {
    const { host, machine, log } = this.#options;
    const { meter, clock, foreignProcesses } = host;
    return new SlotWatch({
      ...{ meter, clock, log, slots: machine.slots },
      watchesStrangers: foreignProcesses === 'wait' || foreignProcesses === 'yield',
      onChange: () => this.#offers.reconsider(),
      onStay: (slot, use) => {
        if (foreignProcesses !== 'yield') return;
        for (const run of this.#runs.values()) if (run.grant.slot === slot) run.yield(use);
      },
    });
  }

  /** A lease without a running trial has nothing left to stop. */
  #onStop(lease: LeaseId, reason: StopReason): void {
    const run = this.#runs.get(lease);
    // Said again and again until the lease is over.
    if (run?.stopping === reason) return;
    this.#options.log.info({ lease, reason }, 'stop requested');
    if (run) run.stop(reason);
    else if (reason === 'cancelled') this.#leases.confirmStopped(lease);
  }

  #reconsider(): void {
    const obstacle = this.#options.obstacle();
    if (obstacle !== undefined && this.#obstacle === undefined) this.#options.log.error({ obstacle }, 'no work taken');
    if (obstacle === undefined && this.#obstacle !== undefined) this.#options.log.info({}, 'work taken again');
    this.#obstacle = obstacle;
    if (this.#agent !== undefined) this.#offers.setOpen(!this.#draining && obstacle === undefined);
  }

  /** Nothing of any trial runs any more. */
  async #settled(): Promise<void> {
    while (this.#runs.size > 0) await Promise.all([...this.#runs.values()].map(({ finished }) => finished));
  }

  /** Outcomes that nobody took yet. */
  #waiting(): number {
    return [...this.#options.outbox.pending()].filter(({ body }) => body.kind === 'observed').length;
  }

  async #until(condition: () => boolean, milliseconds: number): Promise<void> {
    const { clock } = this.#options.host;
    const deadline = clock.monotonicNanoseconds() + BigInt(milliseconds) * 1_000_000n;
    while (!condition() && clock.monotonicNanoseconds() < deadline) await clock.sleep(POLL_MILLISECONDS);
  }
}
