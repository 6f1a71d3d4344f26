/** Knows the connected agents, their free slots and their leases; matches slots with work. */

import type {
  AgentMessage,
  CoordinatorMessage,
  MessageServerAccess,
  RefusalCode,
  StopReason,
} from '../../shared/domain/conversation.js';
import type { Slot } from '../../shared/domain/hardware.js';
import { leaseId } from '../../shared/domain/identity.js';
import type { AgentId, LeaseId, SlotId } from '../../shared/domain/identity.js';
import type { Clock } from '../../shared/runtime/clock.js';
import type { Log } from '../../shared/runtime/log.js';
import type { IncomingAgentMessage } from '../../shared/wire/coordination-service.js';
import type { Store, StoredAgent } from '../store/store.js';
import { agentIdOf, foreignVersion, mayReplace, nameTaken } from './admission.js';
import type { Hello } from './admission.js';
import { FailureStreaks } from './failure-streaks.js';
import type { OutcomeNote } from './failure-streaks.js';
import { LeaseTable } from './lease-table.js';
import type { LeaseState } from './lease-table.js';
import { remindOfStops } from './remind-of-stops.js';
import type { LeaseEnd, SlotOffer, WorkSource } from './work-source.js';

export interface DispatcherOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly termSeconds: number;
  readonly coordinatorVersion: string;
  /** What an agent is told about the message server when it joins. */
  readonly messages: () => MessageServerAccess;
  /** A text that was never used before. */
  readonly newId: () => string;
}

/** One agent's stream, as the dispatcher sees it. */
export interface Connection {
  send(message: CoordinatorMessage): void;
  /** Ends the stream after what was sent. */
  close(): void;
}

interface Session {
  /** Replaced when its record changes. */
  agent: StoredAgent;
  readonly session: string;
  readonly connection: Connection;
  readonly offers: Set<SlotId>;
}

export class Dispatcher {
  readonly leases: LeaseTable;
  private readonly options: DispatcherOptions;
  private readonly sessions = new Map<AgentId, Session>();
  private source: WorkSource | undefined;
  private matching = false;
  /** The latest process of each agent that has joined since the start. */
  private readonly processes = new Map<AgentId, string>();
  private readonly streaks = new FailureStreaks();

  constructor(options: DispatcherOptions) {
    this.options = options;
    this.leases = new LeaseTable(options.clock, options.termSeconds);
    for (const attempt of options.store.openAttempts()) this.leases.add({ ...attempt, phase: 'running' });
  }

  /** Gives the dispatcher its work; must come before the first connection. */
  serve(source: WorkSource): void {
    this.source = source;
  }

  /** @returns What to do with the stream's messages and with its end. */
  accept(connection: Connection): { receive(message: IncomingAgentMessage): void; closed(): void } {
    let session: Session | undefined;
    return {
      receive: (message) => {
        if (message.kind === 'hello' && session) this.refuse(connection, 'malformed', 'hello came twice');
        else if (message.kind === 'hello') session = this.join(message, connection);
        else if (message.kind === 'foreign')
          this.refuse(connection, 'wire-version', foreignVersion(message.wireVersion));
        else if (message.kind === 'malformed') this.refuse(connection, 'malformed', message.message);
        else if (session) this.handle(session, message);
        else this.refuse(connection, 'malformed', 'the first message must be hello');
      },
      closed: () => {
        if (session && this.sessions.get(session.agent.id) === session) this.leave(session);
      },
    };
  }

  /** Offers every free slot to the work source; call when work may have become available. */
  match(): void {
    if (this.matching || !this.source) return;
    this.matching = true;
    try {
      for (const session of this.sessions.values()) this.matchSession(session, this.source);
    } finally {
      this.matching = false;
    }
  }

  /** The outcome of a lease is in the store. */
  accounted(lease: LeaseId, agent: AgentId): void {
    this.leases.remove(lease);
    this.sessions.get(agent)?.connection.send({ kind: 'accounted', lease });
  }

  /** Asks an agent to stop a trial. */
  stop(lease: LeaseState, reason: StopReason): void {
    this.sessions.get(lease.agent)?.connection.send({ kind: 'stop', lease: lease.lease, reason });
  }

  /** Ends leases whose term is over; call about once a second. */
  expire(): void {
    const expired = this.leases.expired();
    for (const state of expired) this.end(state, 'expired');
    if (expired.length > 0) this.match();
  }

  /** Counts towards quarantine: a machine on which several trials fail in a row is taken out and says so. */
  noteOutcome(note: OutcomeNote): void {
    for (const id of this.streaks.note(note)) this.saveStreak(id);
  }

  /** Agents that have joined since the start, also those that left again. */
  everConnected(): number {
    return this.processes.size;
  }

  /** Agents that are connected now. */
  connected(): readonly StoredAgent[] {
    return [...this.sessions.values()].map(({ agent }) => agent);
  }

  /** Free slots of connected agents that get work. */
  offers(): readonly SlotOffer[] {
    return [...this.sessions.values()]
      .filter(({ agent }) => agent.quarantine === undefined)
      .flatMap((session) => [...session.offers].map((id) => offerOf(session, id)));
  }

  /** Tells every agent that no campaign is left. */
  announceIdle(): void {
    for (const { connection } of this.sessions.values()) connection.send({ kind: 'idle' });
  }

  close(): void {
    for (const { connection } of this.sessions.values()) connection.close();
    this.sessions.clear();
  }

  private join(hello: Hello, connection: Connection): Session | undefined {
    const id = agentIdOf(hello.name);
    const present = this.sessions.get(id);
    const there = present && { session: present.session, machine: present.agent.machine };
    if (there && !mayReplace(there, hello)) {
      this.refuse(connection, 'name-taken', nameTaken(hello.name, there));
      return undefined;
    }
    present?.connection.close();
    const isSameProcess = this.processes.get(id) === hello.session;
    // A new process has a clean record: its operator has had a look at it.
    if (!isSameProcess) this.streaks.forget(id);
    this.processes.set(id, hello.session);
    const session: Session = { agent: this.register(id, hello), session: hello.session, connection, offers: new Set() };
    this.sessions.set(id, session);
    const lost = this.reattach(session, hello, isSameProcess);
    const { termSeconds, coordinatorVersion, messages, log } = this.options;
    connection.send({ kind: 'welcome', agent: id, coordinatorVersion, termSeconds, messages: messages(), lost });
    remindOfStops(this.leases.of(id), this.source, (lease, reason) => this.stop(lease, reason));
    log.info({ agent: id, host: hello.machine.hostName, slots: hello.machine.slots.length }, 'agent joined');
    this.source?.fleetChanged();
    return session;
  }

  private register(id: AgentId, hello: Hello): StoredAgent {
    const now = this.options.clock.wallMilliseconds();
    const known = this.options.store.agents().find((agent) => agent.id === id);
    const agent: StoredAgent = {
      id,
      name: hello.name,
      machine: hello.machine,
      firstSeenMilliseconds: known?.firstSeenMilliseconds ?? now,
      lastSeenMilliseconds: now,
      ...this.recordOf(id),
    };
    this.options.store.saveAgent(agent);
    return agent;
  }

  private recordOf(id: AgentId): Pick<StoredAgent, 'failuresInARow' | 'quarantine'> {
    const quarantine = this.streaks.verdict(id);
    return { failuresInARow: this.streaks.lengthOf(id), ...(quarantine === undefined ? {} : { quarantine }) };
  }

  private saveStreak(id: AgentId): void {
    const session = this.sessions.get(id);
    const known = session?.agent ?? this.options.store.agents().find((agent) => agent.id === id);
    if (!known) return;
    const { quarantine: before, failuresInARow: _, ...rest } = known;
    const agent: StoredAgent = { ...rest, ...this.recordOf(id) };
    this.options.store.saveAgent(agent);
    if (session) session.agent = agent;
    if (agent.quarantine !== undefined && before === undefined) {
      this.options.log.warn({ agent: id, reason: agent.quarantine }, 'agent quarantined');
    }
  }

  /** @returns Held leases that are not this agent's any more. Leases it should hold but does not are ended. */
  private reattach(session: Session, hello: Hello, sameProcess: boolean): readonly LeaseId[] {
    const held = new Set(hello.held.map(({ lease }) => lease));
    for (const state of this.leases.of(session.agent.id)) {
      if (held.has(state.lease)) continue;
      // The grant was lost with the connection, or the outcome is on its way.
      if (sameProcess) this.end(state, 'released', state.phase === 'preparing');
      else this.end(state, 'expired');
    }
    return hello.held
      .filter(({ lease, phase }) => !this.leases.renew(lease, session.agent.id, phase))
      .map(({ lease }) => lease);
  }

  private leave(session: Session): void {
    this.sessions.delete(session.agent.id);
    this.options.store.saveAgent({ ...session.agent, lastSeenMilliseconds: this.options.clock.wallMilliseconds() });
    this.options.log.info({ agent: session.agent.id }, 'agent left');
    this.source?.fleetChanged();
  }

  private handle(session: Session, message: Exclude<AgentMessage, Hello>): void {
    switch (message.kind) {
      case 'offer':
        if (!session.agent.machine.slots.some(({ id }) => id === message.slot)) return;
        session.offers.add(message.slot);
        this.source?.fleetChanged();
        return this.match();
      case 'withdraw':
        session.offers.delete(message.slot);
        return;
      case 'renew':
        return this.renew(session, message.leases);
      case 'release':
      case 'stopped': {
        const state = this.leases.get(message.lease);
        if (state?.agent !== session.agent.id) return;
        const notBegun = message.kind === 'release' && message.notBegun === true;
        this.end(state, message.kind === 'stopped' ? 'cancelled' : 'released', notBegun);
        return this.match();
      }
    }
  }

  private renew(session: Session, asked: Extract<AgentMessage, { kind: 'renew' }>['leases']): void {
    const lost = asked.filter(({ lease, phase }) => !this.leases.renew(lease, session.agent.id, phase));
    const lostIds = lost.map(({ lease }) => lease);
    const leases = asked.map(({ lease }) => lease).filter((lease) => !lostIds.includes(lease));
    session.connection.send({ kind: 'renewed', leases, lost: lostIds });
    remindOfStops(this.leases.of(session.agent.id), this.source, (lease, reason) => this.stop(lease, reason));
    this.options.log.debug({ agent: session.agent.id, asked, lost: lostIds }, 'leases renewed');
  }

  private matchSession(session: Session, source: WorkSource): void {
    if (session.agent.quarantine !== undefined) return;
    for (const id of session.offers) {
      const offer = offerOf(session, id);
      const work = source.take(offer);
      if (!work) continue;
      const lease = leaseId(`l-${this.options.newId()}`);
      source.grant({ lease, agent: session.agent.id, slot: offer.slot, work });
      session.offers.delete(id);
      const { trial, attempt } = work;
      this.leases.add({ lease, trial, attempt, agent: session.agent.id, slot: id, phase: 'preparing' });
      session.connection.send({
        kind: 'grant',
        grant: { ...work, lease, slot: id, termSeconds: this.leases.termSeconds },
      });
      this.options.log.info({ agent: session.agent.id, trial, attempt, lease }, 'trial leased');
    }
  }

  private end(state: LeaseState, reason: LeaseEnd['reason'], notBegun = false): void {
    this.leases.remove(state.lease);
    this.options.log.info({ agent: state.agent, trial: state.trial, lease: state.lease, reason }, 'lease ended');
    this.source?.end({ trial: state.trial, lease: state.lease, reason, ...(notBegun && { notBegun }) });
  }

  private refuse(connection: Connection, code: RefusalCode, message: string): void {
    this.options.log.warn({ code, why: message }, 'agent refused');
    connection.send({ kind: 'refused', code, message });
    connection.close();
  }
}

const offerOf = ({ agent }: Session, id: SlotId): SlotOffer => ({
  agent,
  slot: agent.machine.slots.find((slot) => slot.id === id) as Slot,
});
