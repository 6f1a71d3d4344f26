/** What a report is made from; filled from the store by the coordinator. */

import type { Campaign } from '../../shared/domain/campaign.js';
import type { TrialId } from '../../shared/domain/identity.js';
import type { RegisteredAgent } from '../../shared/domain/hardware.js';
import type { TrialResult } from '../../shared/domain/trial.js';
import type { AttemptRecord } from '../analysis/search-energy.js';

export interface ReportInput {
  readonly campaign: Campaign;
  readonly campaignId: string;
  /** The campaign file as submitted. */
  readonly campaignText: string;
  readonly state: 'open' | 'closed';
  readonly createdUnixMilliseconds: number;
  readonly closedUnixMilliseconds?: number;
  /** When this report is made. */
  readonly nowUnixMilliseconds: number;
  /** Every trial, finished or not, in any order. */
  readonly results: readonly TrialResult[];
  /** Every attempt that was granted. */
  readonly attempts: readonly AttemptRecord[];
  /** Every agent that ever registered for this campaign. */
  readonly agents: readonly RegisteredAgent[];
  /** Frozen reference point in user units, in the order of the objectives; absent until it is frozen. */
  readonly reference?: readonly number[];
  /** Test metrics by trial; read only when the campaign is closed, and then only for trials on a front. */
  readonly sealed?: Readonly<Record<TrialId, Readonly<Record<string, number>>>>;
  /** Journaled proposals in order: how many configurations each gave, and by which method. */
  readonly proposals: readonly ProposalNote[];
  /** Absent where no model chose, or too little is known. */
  readonly model?: readonly ModelNote[];
  /** Earlier campaign whose trials it began with, and how many. */
  readonly startedFrom?: { readonly campaign: string; readonly trials: number };
  /** Versions of the coordinator's side: ECOpt, Node, NATS server and the like. */
  readonly versions: Readonly<Record<string, string>>;
}

/** The model of one objective, as the next proposal would have it, where it predicts for one class. */
export interface ModelNote {
  readonly objective: string;
  /** Class with provenance; absent: one model serves all classes. */
  readonly task?: string;
  /** Results that were predicted from all others. */
  readonly results: number;
  /** Share of these within one and within two predicted deviations. */
  readonly withinOne: number;
  readonly withinTwo: number;
  /** Root mean square error of those predictions over the spread of the values. */
  readonly error: number;
  readonly parameters: readonly {
    readonly name: string;
    /** In units of the parameter's range. */
    readonly lengthscale: number;
    /** Share of what the prediction varies by: due to it alone, and with all that act together with it. */
    readonly alone: number;
    readonly together: number;
  }[];
}

export interface ProposalNote {
  readonly index: number;
  readonly count: number;
  readonly method: string;
}
