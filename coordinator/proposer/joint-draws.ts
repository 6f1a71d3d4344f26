/** Joint posterior draws of several processes at the same points. */

import { quantile } from '../linalg/normal-distribution.js';
import { conditionOnBaseline, type ConditionedProcess } from '../surrogate/conditioned-process.js';
import { scrambledSobol } from './sobol.js';
import type { ValueModel } from './value-model.js';

export interface DrawOptions {
  readonly count: number;
  readonly seed: string;
}

/** Draws each model at the features of the points; the models are independent. Quasi-random, the same for one seed. */
export function drawJointly(
  models: readonly ValueModel[],
  points: readonly Float64Array[],
  { count, seed }: DrawOptions,
): ConditionedProcess[] {
  const b = points.length;
  const baseline = Float64Array.from(points.flatMap((point) => Array.from(point)));
  const sequence = scrambledSobol(b * models.length, seed);
  const uniform = Array.from({ length: count }, (_, s) => sequence.point(s));
  return models.map(({ process }, j) => {
    const own = uniform.flatMap((point) => Array.from(point.subarray(j * b, j * b + b), quantile));
    return conditionOnBaseline(process, baseline, Float64Array.from(own));
  });
}
