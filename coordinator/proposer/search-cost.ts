/** The search energy that a trial is expected to take, for campaigns that weigh improvement against it. */

import { predict, predictionSlope } from '../surrogate/gaussian-process.js';
import { addTo } from '../linalg/vector.js';
import type { Acquisition } from './maximise.js';
import type { RequestContext } from './request-context.js';
import { fitValueModel, type ValueModel } from './value-model.js';

/** Known costs below which nothing is weighed: a guess would steer more than it saves. */
const FEWEST_COSTS = 5;
/** Costs that are learnt from, the latest ones. */
const MOST_COSTS = 200;

/** A model over the logarithm of each trial's search energy, classes apart; failed trials took energy too. */
export function fitCostModel({ request, kinds, points, task }: RequestContext): ValueModel | undefined {
  if (!request.settings.perJoule) return undefined;
  const values = points
    .flatMap((point) => {
      const value = Math.log(point.observation.costJoules ?? NaN);
      return Number.isFinite(value) ? [{ point, value, noise: 0 }] : [];
    })
    .slice(-MOST_COSTS);
  return values.length < FEWEST_COSTS ? undefined : fitValueModel(values, { kinds, task, centreTasks: true });
}

/** Log of the expected joules: the mean of a log-normal variable. */
export const logExpectedCost =
  ({ process, shift, scale }: ValueModel): Acquisition =>
  (x, gradient) => {
    const prediction = predict(process, x);
    if (gradient) addTo(gradient, predictionSlope(process, prediction, { mean: scale, variance: (scale * scale) / 2 }));
    return shift + scale * prediction.mean + (scale * scale * prediction.variance) / 2;
  };
