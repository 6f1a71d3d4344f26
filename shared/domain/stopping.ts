/** Trials that are stopped early: what was expected of them, what was decided, and what it saved. */

import type { TrialId } from './identity.js';
import type { Provenance } from './measurement.js';

/** What a running trial was expected to come to. */
export interface StoppingEstimate {
  /** Of the work, at which it was made. */
  readonly fraction: number;
  /** That the final vector improves the front. */
  readonly chance: number;
  /** Finished curves that it rests on. */
  readonly curves: number;
  /** Final values in user units, each with its 95 % interval; objectives first, then metrics of constraints. */
  readonly finals: readonly PredictedValue[];
  /** Energy of the whole attempt, if it went on; absent where it is not known. */
  readonly joules?: UncertainJoules;
}

export interface PredictedValue {
  readonly name: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** With its standard uncertainty. */
export interface UncertainJoules {
  readonly value: number;
  readonly standard: number;
}

/** Taken once for an attempt, and kept. `spare`: it would be stopped, but is left to its end. */
export interface StopDecision {
  readonly trial: TrialId;
  readonly attempt: number;
  readonly verdict: 'stop' | 'spare';
  readonly estimate: StoppingEstimate;
  readonly decidedMilliseconds: number;
}

/** Such as `at 41 % of its work: chance 1.2 % to improve the front, by the curves of 14 finished trials`. */
export function stoppedText({ estimate: { fraction, chance, curves } }: StoppedEarly): string {
  const percent = (share: number): string => `${Number((100 * share).toPrecision(2))} %`;
  const odds = chance === 0 ? 'no chance' : `chance ${percent(chance)}`;
  return `at ${percent(fraction)} of its work: ${odds} to improve the front, by the curves of ${curves} finished trials`;
}

/** A trial that was stopped early, in figures. */
export interface StoppedEarly {
  readonly estimate: StoppingEstimate;
  /** Within the campaign's boundary: estimated energy to the end less what was spent; absent where one is not known. */
  readonly saved?: UncertainJoules & { readonly provenance: Provenance };
}
