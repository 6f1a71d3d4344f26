/** Chance that a configuration works and keeps the outcome constraints, from a process over each. */

import { hazard, logCumulative } from '../linalg/normal-distribution.js';
import { addTo } from '../linalg/vector.js';
import { predict, predictionSlope } from '../surrogate/gaussian-process.js';
import type { ValueModel } from './value-model.js';

/** A modelled value that must not exceed a bound, both minimised. */
export interface Requirement {
  readonly model: ValueModel;
  /** In standardised units. */
  readonly bound: number;
}

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
