/** A process that takes what it predicts at some points for observed: pending work, without a refit. */

import { extendFactor } from '../linalg/cholesky.js';
import { covariancesWith, priorVariance } from './covariances.js';
import { predict, type GaussianProcess } from './gaussian-process.js';

/**
 * The process as if each of `points` had been observed with the value that it predicts there.
 *
 * Its mean stays as it is everywhere; its variance falls as it would with an observation of inferred noise. The new
 * observations have alpha 0, so that only the factor grows, row by row. Where rounding
 * makes that fail, the process is returned as it was.
 *
 * Source: the "kriging believer" of Ginsbourger, Le Riche & Carraro (2010), "Kriging is well-suited to parallelize
 * optimization".
 */
export function withBelievedPoints(process: GaussianProcess, points: readonly Float64Array[]): GaussianProcess {
  const n = process.alpha.length;
  const m = points.length;
  if (m === 0) return process;
  const X = joined(process.set.X, Float64Array.from(points.flatMap((point) => Array.from(point))));
  const L = extendFactor(process.L, { n, m }, covariancesOf(process, points));
  if (!L) return process;
  const { set, rows, alpha, hyperparameters, task } = process;
  return {
    ...process,
    L,
    alpha: joined(alpha, new Float64Array(m)),
    set: {
      kinds: set.kinds,
      X,
      y: joined(
        set.y,
        Float64Array.from(points, (point) => predict(process, point).mean),
      ),
      noise: joined(set.noise, new Float64Array(m)),
      task: Int32Array.from([...set.task, ...new Array<number>(m).fill(task)]),
      ...(set.device && { device: Int32Array.from([...set.device, ...new Array<number>(m).fill(-1)]) }),
    },
    rows: {
      scales: joined(rows.scales, new Float64Array(m).fill(hyperparameters.scale)),
      offsets: joined(rows.offsets, new Float64Array(m).fill(hyperparameters.offset)),
    },
  };
}

/** Covariances of the points with the observations and with each other, noise on the diagonal: m x (n + m). */
function covariancesOf(process: GaussianProcess, points: readonly Float64Array[]): Float64Array {
  const n = process.alpha.length;
  const size = n + points.length;
  const among = Float64Array.from(points.flatMap((point) => Array.from(point)));
  const all = new Float64Array(points.length * size);
  points.forEach((point, i) => {
    all.set(covariancesWith(process, point, process.set.X, process.rows).values, i * size);
    all.set(covariancesWith(process, point, among).values, i * size + n);
    all[i * size + n + i] = priorVariance(process) + process.hyperparameters.noise;
  });
  return all;
}

function joined(first: Float64Array, second: Float64Array): Float64Array {
  const both = new Float64Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
