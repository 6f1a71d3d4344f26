/** What agents say on NATS. Each event is keyed by (trial, attempt, sequence), so that ingest is idempotent. */

import type { AgentId, LeaseId, TrialId } from './identity.js';
import type { AttemptEnergy } from './measurement.js';
import type { Observation } from './trial.js';

/** What names an attempt on the wire. */
export interface AttemptIds {
  readonly agent: AgentId;
  readonly trial: TrialId;
  readonly attempt: number;
  readonly lease: LeaseId;
}

export interface AttemptEvent extends AttemptIds {
  /** Counting from 1 over the whole attempt, without holes. */
  readonly sequence: number;
  readonly wallMilliseconds: number;
  readonly body: AttemptEventBody;
}

export type AttemptEventBody =
  /** The trainer process was started. */
  | { readonly kind: 'started' }
  /** Progress; sealed metrics are never in here. */
  | {
      readonly kind: 'reported';
      readonly step: number;
      readonly fraction?: number;
      readonly metrics: Readonly<Record<string, number>>;
    }
  /** Cumulative energy of the attempt so far; ingested apart from outcomes, so lost attempts still count. */
  | { readonly kind: 'metered'; readonly energy: readonly AttemptEnergy[]; readonly elapsedSeconds: number }
  /** The attempt is over; always its last event. */
  | { readonly kind: 'observed'; readonly observation: Observation };
