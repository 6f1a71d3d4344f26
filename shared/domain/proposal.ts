/** The port of everything that chooses the next configurations. */

import type { Configuration } from './configuration.js';
import type { Objective, OutcomeConstraint, ProposerSettings } from './campaign.js';
import type { SearchSpace } from './search-space.js';

/** What the proposer may know of a finished configuration. One per (configuration, class). */
export interface ProposerObservation {
  readonly configuration: Configuration;
  /** Hardware class it ran on. */
  readonly task: string;
  /**
   * One value per objective in user units; `undefined` where it is unknown. Same order as `objectives`.
   * `noise`: known standard uncertainty without gain, in user units; `undefined` where unknown.
   */
  readonly values: readonly (number | undefined)[];
  readonly noise: readonly (number | undefined)[];
  /** Value of the metric of each outcome constraint, in the order of `constraints`, where known. */
  readonly constraintValues?: readonly (number | undefined)[];
  /** False: the configuration failed (out of memory, diverged, over time, invalid). */
  readonly feasible: boolean;
  /** Why it failed, in the stable words of `Failure.reason`: running out of memory belongs to the class, not to all. */
  readonly failure?: string;
  /** The machine or device within the class, where results of several are told apart by an offset. */
  readonly device?: string;
  /** Search energy of the attempt that it is known by, in joules, where metered. */
  readonly costJoules?: number;
}

/**
 * Everything a proposal depends on, and nothing else: a pure function of this record gives the configurations.
 * It is journaled before the grant, so a replay gives the same proposals.
 */
export interface ProposalRequest {
  readonly space: SearchSpace;
  readonly objectives: readonly Objective[];
  readonly constraints: readonly OutcomeConstraint[];
  readonly settings: ProposerSettings;
  readonly seed: number;
  /** Configurations proposed so far: the index of the first one asked for. */
  readonly index: number;
  readonly count: number;
  /** In the order in which they were accounted. */
  readonly history: readonly ProposerObservation[];
  /** Proposed but not finished. */
  readonly pending: readonly Configuration[];
  /** Class for which it is asked, as in `ProposerObservation.task`; absent: the one with the most observations. */
  readonly task?: string;
  /** Trials of earlier campaigns: further tasks that the models learn from; never part of the front. */
  readonly earlier?: readonly ProposerObservation[];
}

export interface Proposal {
  readonly configurations: readonly Configuration[];
  /** Which method made them and why, for people. */
  readonly method: string;
}

/** Chooses configurations; never proposes one that breaks the space or repeats a known one while others are left. */
export interface Proposer {
  /**
   * @param signal - ends the computation; what is not answered by then is rejected.
   */
  propose(request: ProposalRequest, signal?: AbortSignal): Promise<Proposal>;
  close(): Promise<void>;
}
