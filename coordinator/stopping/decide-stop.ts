/** Whether a running trial shall be stopped, since its final vector is unlikely to improve the front. */

import type { Objective, OutcomeConstraint, StoppingSettings } from '../../shared/domain/campaign.js';
import type { StoppingEstimate } from '../../shared/domain/stopping.js';
import { present } from '../../shared/domain/present.js';
import { entry } from './entry.js';
import { improvementChance } from './improvement-chance.js';
import { ascending, type CurvePoint } from './learning-curve.js';
import {
  ATTEMPT_JOULES,
  LEAST_CURVES,
  predictFinals,
  targetsOf,
  type FinishedCurve,
  type PredictedFinal,
} from './predict-final.js';

/** Everything that a decision depends on, and nothing else. */
export interface StoppingQuestion {
  readonly objectives: readonly Objective[];
  readonly constraints: readonly OutcomeConstraint[];
  readonly settings: StoppingSettings;
  /** Trials of the same campaign and class that ran to their end, in the order in which they did. */
  readonly finished: readonly FinishedCurve[];
  readonly running: readonly CurvePoint[];
  /** The front that is to be improved: one value per objective in user units. */
  readonly front: readonly (readonly number[])[];
  /** In user units; absent while none is known. */
  readonly reference?: readonly number[];
  /** Drawn once for the trial, uniform on [0, 1): decides whether it is spared. */
  readonly lot: number;
}

export type StoppingAnswer =
  | { readonly kind: 'too-early'; readonly reason: string }
  /** `spare`: it would be stopped, but is left to its end, so that predictions go on being checked. */
  | { readonly kind: 'go-on' | 'spare' | 'stop'; readonly estimate: StoppingEstimate };

/**
 * Share of the hopeless trials that are left to their end. Were none, finished curves would be those of good trials
 * alone, and nobody would learn of poor beginnings with a good end any more.
 */
export const SPARED_SHARE = 0.1;

/**
 * Decides on a running trial; a pure function of its question.
 *
 * Nothing is decided before the fraction `settings.grace`, without fractions in the reports, without a reference and a
 * front, and before {@link LEAST_CURVES} trials have finished.
 */
export function decideStop(question: StoppingQuestion): StoppingAnswer {
  const { objectives, constraints, settings, finished, front, reference, lot } = question;
  const running = ascending(question.running);
  const fraction = running.at(-1)?.fraction;
  if (fraction === undefined) return { kind: 'too-early', reason: 'no report with a fraction' };
  if (fraction < settings.grace || fraction >= 1) return { kind: 'too-early', reason: 'outside the grace' };
  if (!reference || front.length === 0) return { kind: 'too-early', reason: 'no front and reference yet' };
  const targets = targetsOf(objectives, constraints);
  const prediction = predictFinals({ targets, finished, running, fraction });
  if (!prediction) return { kind: 'too-early', reason: `fewer than ${LEAST_CURVES} finished curves` };
  const { finals, curves } = prediction;
  if (!finals.every(({ mean, scale }) => Number.isFinite(mean) && Number.isFinite(scale))) {
    return { kind: 'too-early', reason: 'figures beyond all bounds' };
  }
  const chance = improvementChance({ values: finals, improves: improvement(question, { finals, reference }) });
  const joules = attemptJoules(predictFinals({ targets: [ATTEMPT_JOULES], finished, running, fraction })?.finals[0]);
  const estimate: StoppingEstimate = {
    ...{ fraction, chance, curves },
    finals: finals.map(({ target: { name }, value, low, high }) => ({ name, value, low, high })),
    ...(joules && { joules }),
  };
  if (!(chance < settings.chance)) return { kind: 'go-on', estimate };
  return { kind: lot < SPARED_SHARE ? 'spare' : 'stop', estimate };
}

interface Goal {
  readonly finals: readonly PredictedFinal[];
  readonly reference: readonly number[];
}

/** True for vectors within the reference and the constraints that no point of the front is at least as good as. */
function improvement(
  { objectives, constraints, front }: StoppingQuestion,
  { finals, reference }: Goal,
): (final: Float64Array) => boolean {
  const axes = objectives.map(({ goal }, j) => {
    const sign = goal === 'maximize' ? -1 : 1;
    const { isLog } = present(finals[j], 'prediction').target;
    return { sign, onScale: (value: number): number => sign * (isLog ? logarithm(value) : value) };
  });
  const onScale = (values: readonly number[]): readonly number[] =>
    axes.map((axis, j) => axis.onScale(entry(values, j)));
  const points = front.map(onScale);
  const bounds = onScale(reference);
  const limits = constraints.map(({ relation, bound }, k) => ({ relation, bound, at: objectives.length + k }));
  return (final) => {
    const vector = axes.map(({ sign }, j) => sign * entry(final, j));
    if (!vector.every((value, j) => value < entry(bounds, j))) return false;
    const meets = limits.every(({ relation, bound, at }) =>
      relation === '<=' ? entry(final, at) <= bound : entry(final, at) >= bound,
    );
    return meets && !points.some((point) => point.every((value, j) => value <= entry(vector, j)));
  };
}

/** What has no logarithm is better than everything that has one. */
const logarithm = (value: number): number => (value > 0 ? Math.log(value) : -Infinity);

/** Standard deviation of Student's t; on the scale of the logarithm it is relative. */
function attemptJoules(final: PredictedFinal | undefined): StoppingEstimate['joules'] {
  if (!final) return undefined;
  const { value, scale, freedom, target } = final;
  const deviation = scale * Math.sqrt(freedom / (freedom - 2));
  return { value, standard: target.isLog ? value * deviation : deviation };
}
