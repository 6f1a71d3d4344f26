/** What a person may see of a campaign at one moment: everything that terminal, page and `--json` show. No sealed metric. */

import type { Campaign } from '../../shared/domain/campaign.js';
import type { LeasePhase } from '../../shared/domain/conversation.js';
import type { MachineDescription } from '../../shared/domain/hardware.js';
import type { AgentId, CampaignId, HardwareClassId, TrialId } from '../../shared/domain/identity.js';
import type { Provenance } from '../../shared/domain/measurement.js';
import type { Failure, Trial, TrialResult } from '../../shared/domain/trial.js';

/** Joules by provenance; different provenance is never added up. A part that is unknown is absent. */
export type JoulesByProvenance = Readonly<Partial<Record<Provenance, number>>>;

export interface AgentView {
  readonly id: AgentId;
  readonly name: string;
  readonly connected: boolean;
  readonly quarantined?: string;
  /** Why none of its slots can take this campaign's trials, and what would help. */
  readonly unfit?: string;
  readonly machine: MachineDescription;
  /** Slots that run a trial now, of all slots that fit this campaign. */
  readonly busySlots: number;
  readonly slots: number;
}

export interface RunningTrialView {
  readonly trial: Trial;
  readonly agentName: string;
  readonly hardwareClass: HardwareClassId;
  readonly phase: LeasePhase;
  readonly elapsedSeconds: number;
  readonly step?: number;
  /** Of the whole trial, in [0, 1]. */
  readonly fraction?: number;
  /** Last reported values. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly joules: JoulesByProvenance;
}

/** An attempt that ran to its end, but whose energy could not be used: its trial was run once more. */
export interface MeasuredAgainView {
  readonly trial: TrialId;
  readonly index: number;
  readonly attempt: number;
  /** Which objective, and why. */
  readonly reason: string;
}

/** An attempt that ended without giving the result of its trial: failed, lost, handed back or to be measured again. */
export interface EndedAttemptView {
  readonly trial: TrialId;
  readonly attempt: number;
  /** Of the whole attempt, as last read; empty: no reading ever arrived. */
  readonly joules: JoulesByProvenance;
  /** True when it may have gone on after its last reading. */
  readonly isLowerBound: boolean;
  /** Absent where it did not fail, or nobody could say why. */
  readonly failure?: Failure;
}

/** The non-dominated results of one hardware class; classes and provenances are never mixed. */
export interface FrontView {
  readonly hardwareClass: HardwareClassId;
  /** By the first objective, best first. */
  readonly results: readonly TrialResult[];
  /** In the product of the objectives' units; absent while there is no reference or no result. */
  readonly hypervolume?: number;
}

export interface CampaignSnapshot {
  readonly id: CampaignId;
  readonly campaign: Campaign;
  readonly state: 'open' | 'closed';
  /** Why it was closed, such as `budget: 18 trials`. */
  readonly closeReason?: string;
  /** Seconds during which the campaign was served, over all restarts. */
  readonly activeSeconds: number;
  /** Trials that reached a final state and how many the budget allows; absent where that is not known or not limited. */
  readonly finished: number;
  readonly planned?: number;
  readonly queued: number;
  readonly agents: readonly AgentView[];
  readonly running: readonly RunningTrialView[];
  /** Finished trials in the order in which they were accounted. */
  readonly results: readonly TrialResult[];
  /** By trial and attempt. */
  readonly measuredAgain: readonly MeasuredAgainView[];
  readonly endedAttempts: readonly EndedAttemptView[];
  readonly fronts: readonly FrontView[];
  /** Frozen reporting reference, one value per objective in user units. */
  readonly reference?: readonly number[];
  /** Energy of all attempts, also lost, failed and late ones. */
  readonly searchEnergy: JoulesByProvenance;
  /** True when an attempt died without its last reading: the search energy is a lower bound. */
  readonly searchEnergyIsLowerBound: boolean;
  /** Which method made the last proposal and why. */
  readonly proposerMethod?: string;
}
