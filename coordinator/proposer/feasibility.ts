/** Chance that a configuration works and keeps the outcome constraints, from a process over each. */

import { hazard, logCumulative } from '../linalg/normal-distribution.js';
import { addTo } from '../linalg/vector.js';
import { conditionalSlope, predictGivenDraws } from '../surrogate/conditioned-process.js';
import { predict, predictionSlope } from '../surrogate/gaussian-process.js';
import { drawJointly } from './joint-draws.js';
import type { Acquisition } from './maximise.js';
import type { ValueModel } from './value-model.js';

/** A modelled value that must not exceed a bound, both minimised. */
export interface Requirement {
  readonly model: ValueModel;
  /** In standardised units. */
  readonly bound: number;
}

/** Draws of what is pending behind the chance to be the first. */
const DRAWS = 32;

/**
 * Log probability that all requirements hold at a point, as if they were independent.
 *
 * @param gradient - where given, the slope in the features is added to it.
 */
export function logFeasibility(requirements: readonly Requirement[], x: Float64Array, gradient?: Float64Array): number {
  let sum = 0;
  for (const { model, bound } of requirements) {
    const prediction = predict(model.process, x);
    const deviation = Math.sqrt(prediction.variance + model.process.hyperparameters.noise);
    const z = (bound - prediction.mean) / deviation;
    sum += logCumulative(z);
    if (!gradient) continue;
    const slope = hazard(z);
    const variance = (-slope * z) / (2 * deviation * deviation);
    addTo(gradient, predictionSlope(model.process, prediction, { mean: -slope / deviation, variance }));
  }
  return sum;
}

export interface PendingDraws {
  /** Features of points whose outcome is still to come. */
  readonly pending: readonly Float64Array[];
  readonly seed: string;
}

/**
 * Log probability that a point keeps all requirements while nothing pending does: what to look for as long as nothing
 * feasible is known. Without anything pending it is {@link logFeasibility}, so it is where all draws are feasible.
 */
export function logFirstFeasible(requirements: readonly Requirement[], { pending, seed }: PendingDraws): Acquisition {
  const models = requirements.map(({ model }) => model);
  const drawn = drawJointly(models, pending, { count: DRAWS, seed });
  const isKept = (s: number, i: number): boolean =>
    requirements.every(({ bound }, k) => drawn[k]!.draws[s * pending.length + i]! <= bound);
  const open = Array.from({ length: DRAWS }, (_, s) => s).filter((s) => !pending.some((_, i) => isKept(s, i)));
  if (pending.length === 0 || open.length === 0) return (x, gradient) => logFeasibility(requirements, x, gradient);
  return (x, gradient) => {
    const chances = requirements.map(({ bound }, k) => {
      const prediction = predictGivenDraws(drawn[k]!, x, DRAWS);
      const deviation = Math.sqrt(prediction.conditionalVariance + models[k]!.process.hyperparameters.noise);
      return { prediction, deviation, z: prediction.means.map((mean) => (bound - mean) / deviation) };
    });
    const logs = open.map((s) => chances.reduce((sum, { z }) => sum + logCumulative(z[s]!), 0));
    const most = Math.max(...logs);
    const total = logs.reduce((sum, log) => sum + Math.exp(log - most), 0);
    if (gradient) {
      chances.forEach(({ prediction, deviation, z }, k) => {
        const slope = { means: new Float64Array(DRAWS), variance: 0 };
        open.forEach((s, i) => {
          const pull = (Math.exp(logs[i]! - most) / total) * hazard(z[s]!);
          slope.means[s] = -pull / deviation;
          slope.variance -= (pull * z[s]!) / (2 * deviation * deviation);
        });
        addTo(gradient, conditionalSlope(drawn[k]!, prediction, slope));
      });
    }
    return most + Math.log(total / DRAWS);
  };
}
