/** Leases that are out now, with deadlines on the coordinator's monotonic clock. */

import type { LeasePhase } from '../../shared/domain/conversation.js';
import type { AgentId, LeaseId, SlotId, TrialId } from '../../shared/domain/identity.js';
import type { Clock } from '../../shared/runtime/clock.js';

export interface LeaseState {
  readonly lease: LeaseId;
  readonly trial: TrialId;
  readonly attempt: number;
  readonly agent: AgentId;
  readonly slot: SlotId;
  readonly phase: LeasePhase;
  /** Instant of the grant on the monotonic clock. */
  readonly sinceNanoseconds: bigint;
  readonly deadlineNanoseconds: bigint;
}

export class LeaseTable {
  readonly termSeconds: number;
  private readonly clock: Clock;
  private readonly leases = new Map<LeaseId, LeaseState>();

  constructor(clock: Clock, termSeconds: number) {
    this.clock = clock;
    this.termSeconds = termSeconds;
  }

  /** Adds a lease, or one found in the store after a restart, with one full term. */
  add(lease: Pick<LeaseState, 'lease' | 'trial' | 'attempt' | 'agent' | 'slot' | 'phase'>): void {
    const sinceNanoseconds = this.clock.monotonicNanoseconds();
    this.leases.set(lease.lease, { ...lease, sinceNanoseconds, deadlineNanoseconds: this.deadline() });
  }

  /** @returns false if the lease is not out, or belongs to another agent. */
  renew(lease: LeaseId, agent: AgentId, phase: LeasePhase): boolean {
    const state = this.leases.get(lease);
    if (state?.agent !== agent) return false;
    this.leases.set(lease, { ...state, phase, deadlineNanoseconds: this.deadline() });
    return true;
  }

  /** Forgets a lease. */
  remove(lease: LeaseId): LeaseState | undefined {
    const state = this.leases.get(lease);
    this.leases.delete(lease);
    return state;
  }

  get(lease: LeaseId): LeaseState | undefined {
    return this.leases.get(lease);
  }

  all(): readonly LeaseState[] {
    return [...this.leases.values()];
  }

  of(agent: AgentId): readonly LeaseState[] {
    return this.all().filter((state) => state.agent === agent);
  }

  expired(): readonly LeaseState[] {
    const now = this.clock.monotonicNanoseconds();
    return this.all().filter(({ deadlineNanoseconds }) => deadlineNanoseconds <= now);
  }

  private deadline(): bigint {
    return this.clock.monotonicNanoseconds() + BigInt(Math.round(this.termSeconds * 1e9));
  }
}
