/** The life of one trial: queued -> leased -> completed | stopped-early | failed | unpaired | cancelled; a lost lease returns it to queued. */

import type { Configuration } from './configuration.js';
import type { AgentId, CampaignId, DeviceId, HardwareClassId, LeaseId, SlotId, TrialId } from './identity.js';
import type { AttemptEnergy, SummedEnergy, WindowReading } from './measurement.js';
import type { StoppedEarly } from './stopping.js';

export const TRIAL_STATES = [
  'queued',
  'leased',
  'completed',
  'stopped-early',
  'failed',
  'unpaired',
  'cancelled',
] as const;
export type TrialState = (typeof TRIAL_STATES)[number];

/** States that a trial never leaves. */
export const isFinal = (state: TrialState): boolean => state !== 'queued' && state !== 'leased';

/**
 * Why an attempt gave no (full) result. `infrastructure`: elsewhere again, the model learns nothing; `configuration`:
 * the model learns it; `measurement`: trained well, energy unusable: measured again; `unknown`: once more elsewhere, the
 * same signature twice is a configuration failure.
 */
export interface Failure {
  readonly kind: 'infrastructure' | 'configuration' | 'measurement' | 'unknown';
  /** Stable word: `out-of-memory`, `over-time`, `diverged`, `invalid`, `exit-code`, `signal`, `metric-missing`, `refused`, `lost`, … */
  readonly reason: string;
  /** One sentence for people. */
  readonly message: string;
  /** Equal for equal causes; compared between attempts. */
  readonly signature: string;
}

/** How an attempt ended, in the words of the agent. */
export type AttemptEnd =
  | { readonly kind: 'completed' }
  | { readonly kind: 'stopped-early' }
  | { readonly kind: 'failed'; readonly failure: Failure };

/** Reasons of attempts that an agent broke off, or did not begin, without anything having gone wrong. */
const HAND_BACK_REASONS = ['drained', 'foreign-processes'];

/** True when the trial goes back as if the attempt had not been begun: its agent is leaving, or others use its devices. */
export const isHandedBack = (end: AttemptEnd): boolean =>
  end.kind === 'failed' && end.failure.kind === 'infrastructure' && HAND_BACK_REASONS.includes(end.failure.reason);

/** Everything that an attempt yielded. */
export interface Observation {
  readonly end: AttemptEnd;
  /** Last reported value of each metric, sealed ones excluded. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Metrics with `role: test`; the coordinator stores them apart and shows them to nobody before the campaign closes. */
  readonly sealed: Readonly<Record<string, number>>;
  readonly windows: readonly WindowReading[];
  /** Closed windows that are not among `windows` because there were too many for a message; absent for none. */
  readonly windowsLeftOut?: number;
  /** Energy of the whole attempt, per device. */
  readonly energy: readonly AttemptEnergy[];
  readonly agent: AgentId;
  readonly slot: SlotId;
  readonly devices: readonly DeviceId[];
  readonly hardwareClass: HardwareClassId;
  readonly startedUnixMilliseconds: number;
  readonly durationSeconds: number;
  readonly exitCode?: number;
  /** Last lines of the program's output. */
  readonly outputTail: string;
  /** Versions and settings: backend, Node, driver, code hash. */
  readonly facts: Readonly<Record<string, string>>;
}

/** One trial as it is kept: (configuration, class constraint, replicate). */
export interface Trial {
  readonly id: TrialId;
  readonly campaign: CampaignId;
  /** Counting from 1 in the order of proposal. */
  readonly index: number;
  readonly configuration: Configuration;
  /** Hash of the canonical configuration. */
  readonly configurationHash: string;
  /** Only this class may run it; absent: any (`pooled`). */
  readonly hardwareClass?: HardwareClassId;
  readonly replicate: number;
  readonly state: TrialState;
  /** Leases granted so far. */
  readonly attempts: number;
  /** Present while leased. */
  readonly lease?: LeaseId;
  readonly failure?: Failure;
}

/** A finished trial with the values that proposer, views and reports may see: no sealed metric. */
export interface TrialResult {
  readonly trial: Trial;
  /** The accounted attempt; absent when none was. */
  readonly attempt?: number;
  /** One entry per objective that is known, in user units; a missing energy value has its reason in `missing`. */
  readonly objectives: Readonly<Record<string, number>>;
  readonly missing: Readonly<Record<string, string>>;
  /** The reading behind each energy objective (before division by items). */
  readonly energies: Readonly<Record<string, SummedEnergy & { readonly items?: number }>>;
  readonly observation?: Observation;
  /** Of a trial that was stopped early: why, and what that saved. */
  readonly stopped?: StoppedEarly;
}
