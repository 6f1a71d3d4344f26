/** The port between the dispatcher, which knows agents and leases, and the campaigns, which know trials. */

import type { Grant, StopReason } from '../../shared/domain/conversation.js';
import type { RegisteredAgent, Slot } from '../../shared/domain/hardware.js';
import type { AgentId, LeaseId, TrialId } from '../../shared/domain/identity.js';

/** A free slot of a connected agent. */
export interface SlotOffer {
  readonly agent: RegisteredAgent;
  readonly slot: Slot;
}

/** What a grant needs beside the lease itself. */
export type Work = Omit<Grant, 'lease' | 'slot' | 'termSeconds'>;

export interface LeaseEnd {
  readonly trial: TrialId;
  readonly lease: LeaseId;
  readonly reason: 'released' | 'expired' | 'cancelled';
  /** As far as its agent says, nothing of it was run or metered. */
  readonly notBegun?: boolean;
}

export interface NewLease {
  readonly lease: LeaseId;
  readonly agent: AgentId;
  readonly slot: Slot;
  readonly work: Work;
}

export interface WorkSource {
  /** A queued trial for this slot; `undefined`: none now (more may be on its way: the source then calls `match`). */
  take(offer: SlotOffer): Work | undefined;
  /** Makes the lease durable. Must have returned before the grant is sent. */
  grant(lease: NewLease): void;
  /** Returns the trial of a lease without outcome to the queue, or ends it. */
  end(end: LeaseEnd): void;
  /** Why the attempt of a lease shall stop; told to its agent whenever it renews, for as long as it goes on. */
  stopReason(lease: { readonly trial: TrialId; readonly attempt: number }): StopReason | undefined;
  /** Agents or their offers changed: work may have to be planned anew. */
  fleetChanged(): void;
}
