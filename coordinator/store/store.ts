/** The port of what the coordinator keeps. Synchronous, one writer; whatever belongs together is one transaction. */

import type { Campaign } from '../../shared/domain/campaign.js';
import type { Configuration } from '../../shared/domain/configuration.js';
import type { AttemptEvent } from '../../shared/domain/event.js';
import type { RegisteredAgent } from '../../shared/domain/hardware.js';
import type {
  AgentId,
  CampaignId,
  DeviceId,
  HardwareClassId,
  LeaseId,
  SlotId,
  TrialId,
} from '../../shared/domain/identity.js';
import type { AttemptEnergy } from '../../shared/domain/measurement.js';
import type { ProposerObservation } from '../../shared/domain/proposal.js';
import type { StopDecision } from '../../shared/domain/stopping.js';
import type { Observation, Trial } from '../../shared/domain/trial.js';

export interface StoredCampaign {
  readonly id: CampaignId;
  readonly campaign: Campaign;
  /** Of the canonical campaign; equal files have equal hashes. */
  readonly hash: string;
  /** The campaign file as submitted. */
  readonly text: string;
  readonly state: 'open' | 'closed';
  readonly closeReason?: string;
  readonly createdMilliseconds: number;
  readonly closedMilliseconds?: number;
  /** Time during which the campaign was served, over all restarts. */
  readonly activeSeconds: number;
  /** Frozen reporting reference, in user units, in the order of the objectives. */
  readonly reference?: readonly number[];
  readonly versions: Readonly<Record<string, string>>;
  /** What it was begun with; absent: nothing. */
  readonly earlier?: EarlierTrials;
}

/** Trials of an earlier campaign in the terms of a new one, which needs the earlier one no more. */
export interface EarlierTrials {
  /** Id of the campaign, or its name where it came as a file. */
  readonly from: string;
  readonly observations: readonly ProposerObservation[];
}

export type CampaignChange = Partial<
  Pick<StoredCampaign, 'state' | 'closeReason' | 'closedMilliseconds' | 'activeSeconds' | 'reference'>
>;

/**
 * A journaled proposal: with the campaign and the history up to `historyVersion` its request gives the same configurations
 * again, of which these are the ones from `skip` on.
 */
export interface ProposalRecord {
  readonly campaign: CampaignId;
  /** Counting from 1. */
  readonly ordinal: number;
  /** Configurations proposed before the request. */
  readonly index: number;
  /** Configurations that the request asked for. */
  readonly count: number;
  /** The first ones of the request, which an earlier record took. */
  readonly skip: number;
  /** Entries of the history that were known. */
  readonly historyVersion: number;
  readonly pending: readonly Configuration[];
  /** Class for which it was asked, in the words of the history; absent: for none. */
  readonly task?: string;
  readonly configurations: readonly Configuration[];
  readonly method: string;
  readonly createdMilliseconds: number;
}

/** What is left of a proposal made ahead: the configurations from `skip` on, which no trial has yet. */
export type PreparedProposal = Omit<ProposalRecord, 'campaign' | 'ordinal' | 'createdMilliseconds'>;

/** A trial with what only the coordinator needs to know. */
export interface StoredTrial {
  readonly trial: Trial;
  readonly accountedAttempt?: number;
  /** Times it was measured again. */
  readonly remeasured: number;
  /** Agents that failed it and should not get it again while others are there. */
  readonly avoid: readonly AgentId[];
}

/** Why an attempt is over. */
export type AttemptEndReason = 'accounted' | 'released' | 'cancelled' | 'expired' | 'requeued';

export interface Attempt {
  readonly trial: TrialId;
  readonly attempt: number;
  readonly lease: LeaseId;
  readonly agent: AgentId;
  readonly slot: SlotId;
  readonly devices: readonly DeviceId[];
  readonly hardwareClass: HardwareClassId;
  readonly grantedMilliseconds: number;
  readonly endedMilliseconds?: number;
  readonly endReason?: AttemptEndReason;
  /** Signature of its failure, for telling equal causes. */
  readonly signature?: string;
  /** False: what it spent after its last reading is not known. */
  readonly outcomeKnown: boolean;
}

export type NewAttempt = Omit<Attempt, 'endedMilliseconds' | 'endReason' | 'signature' | 'outcomeKnown'>;

export interface StoredAgent extends RegisteredAgent {
  readonly firstSeenMilliseconds: number;
  readonly lastSeenMilliseconds: number;
  readonly failuresInARow: number;
  /** Why it gets no work. */
  readonly quarantine?: string;
}

export interface Store {
  /** Runs `work` as one transaction; nested calls join it. */
  transaction<T>(work: () => T): T;

  insertCampaign(campaign: StoredCampaign): void;
  changeCampaign(id: CampaignId, change: CampaignChange): void;
  campaign(id: CampaignId): StoredCampaign | undefined;
  campaigns(): readonly StoredCampaign[];

  insertProposal(record: ProposalRecord): void;
  proposals(campaign: CampaignId): readonly ProposalRecord[];
  /** Replaces what is prepared. Outlives a crash, so that the next proposal is the same with and without one. */
  savePrepared(campaign: CampaignId, prepared: readonly PreparedProposal[]): void;
  /** In the order in which they are to be taken. */
  prepared(campaign: CampaignId): readonly PreparedProposal[];

  insertTrial(trial: Trial): void;
  saveTrial(trial: StoredTrial): void;
  trial(id: TrialId): StoredTrial | undefined;
  /** In the order of proposal. */
  trials(campaign: CampaignId): readonly StoredTrial[];

  insertAttempt(attempt: NewAttempt): void;
  endAttempt(end: Pick<Attempt, 'trial' | 'attempt' | 'endReason' | 'endedMilliseconds' | 'signature'>): void;
  markOutcomeKnown(trial: TrialId, attempt: number): void;
  attempts(campaign: CampaignId): readonly Attempt[];
  attemptsOf(trial: TrialId): readonly Attempt[];
  /** Attempts that have not ended, of all campaigns. */
  openAttempts(): readonly Attempt[];

  /** Keeps an event without its sealed metrics. @returns false if (trial, attempt, sequence) is known already. */
  insertEvent(event: AttemptEvent, ingestedMilliseconds: number): boolean;
  /** In the order of their sequence; `kinds` empty: all. */
  events(trial: TrialId, kinds: readonly AttemptEvent['body']['kind'][]): readonly AttemptEvent[];
  saveAttemptEnergy(
    event: Pick<AttemptEvent, 'trial' | 'attempt' | 'sequence'>,
    energy: readonly AttemptEnergy[],
  ): void;
  attemptEnergy(trial: TrialId, attempt: number): readonly AttemptEnergy[];

  /** Of an attempt that has one already: changes whether it counts. */
  insertObservation(event: AttemptEvent, accounted: boolean): void;
  /** The accounted observation, without sealed metrics. */
  observation(trial: TrialId): Observation | undefined;
  /** Complete results of attempts that had lost their lease. */
  extraObservations(trial: TrialId): readonly { readonly attempt: number; readonly observation: Observation }[];

  /** Keeps a decision on an attempt, unless there is one. */
  insertStopDecision(decision: StopDecision): void;
  /** In the order of attempts. */
  stopDecisions(trial: TrialId): readonly StopDecision[];

  sealMetrics(
    campaign: CampaignId,
    event: Pick<AttemptEvent, 'trial' | 'attempt'>,
    metrics: Observation['sealed'],
  ): void;
  /**
   * Sealed metrics of some trials' accounted attempts.
   *
   * @throws {DomainError} while the campaign is open.
   */
  unseal(campaign: CampaignId, trials: readonly TrialId[]): Readonly<Record<TrialId, Readonly<Record<string, number>>>>;

  /** Makes a finished trial known to the proposer, once. */
  appendHistory(campaign: CampaignId, trial: TrialId): void;
  /** In the order of accounting. */
  history(campaign: CampaignId): readonly TrialId[];

  saveAgent(agent: StoredAgent): void;
  agents(): readonly StoredAgent[];

  /** Keeps a message that could not be ingested, so that nothing is lost silently. */
  insertRejected(message: RejectedMessage): void;
  rejectedCount(): number;

  close(): void;
}

/** A message from the stream that could not be ingested. */
export interface RejectedMessage {
  readonly subject: string;
  readonly reason: string;
  readonly body: Uint8Array;
  readonly receivedMilliseconds: number;
}
