/** Straight lines through points of unequal uncertainty in both directions. */

import { DomainError } from '../../../shared/domain/errors.js';
import { present } from '../../../shared/domain/present.js';

/** y = `intercept` + `slope` x. */
export interface Line {
  readonly slope: number;
  readonly intercept: number;
}

/** One measured pair with its standard uncertainties. */
export interface LinePoint {
  readonly x: number;
  readonly y: number;
  readonly xNoise: number;
  readonly yNoise: number;
}

export interface LineFit extends Line {
  /** Of slope and intercept, from what is random: never less than what the points scatter. */
  readonly variance: { readonly slope: number; readonly intercept: number; readonly covariance: number };
  /** Of each point, y less the line. */
  readonly residuals: readonly number[];
  /** Share of the weighted variance of y that the line explains. */
  readonly rSquared: number;
  readonly weights: readonly number[];
}

/** A sensor or a meter that seems to have no noise still has its last digit; relative to the largest y. */
const LEAST_NOISE = 1e-4;
const ROUNDS = 20;

/**
 * Weighted least squares with the x noise carried over by the slope ("effective variance"), and the uncertainty raised
 * to what the residuals show.
 *
 * Sources: Orear (1982), Am. J. Phys. 50, 912, for the weights; Birge (1932), Phys. Rev. 40, 207, for the ratio that
 * raises too small uncertainties; JCGM 101:2008, 6.4.9.4, for its degrees of freedom less 2.
 *
 * @throws {DomainError} for fewer than five points, or when all x are equal.
 */
export function fitLine(points: readonly LinePoint[]): LineFit {
  if (points.length < 5) throw new DomainError('a line with its uncertainty needs five points', { n: points.length });
  const xs = points.map(({ x }) => x);
  const ys = points.map(({ y }) => y);
  const least = LEAST_NOISE * Math.max(...ys.map(Math.abs), Number.MIN_VALUE);
  let weights: readonly number[] = points.map(() => 1);
  let line = weightedLine(xs, ys, weights);
  for (let round = 0; round < ROUNDS; round++) {
    const { slope } = line;
    weights = points.map(({ xNoise, yNoise }) => 1 / Math.hypot(yNoise, slope * xNoise, least) ** 2);
    line = weightedLine(xs, ys, weights);
  }
  const residuals = ys.map((y, i) => y - line.intercept - line.slope * present(xs[i], 'x'));
  const freedom = points.length - 2;
  const chiSquared = dot(
    weights,
    residuals.map((r) => r * r),
  );
  const scale = Math.max(1, chiSquared / (freedom - 2));
  const { mean, spread, total } = moments(xs, weights);
  return {
    ...line,
    variance: {
      slope: scale / spread,
      intercept: scale * (1 / total + mean ** 2 / spread),
      covariance: (-scale * mean) / spread,
    },
    residuals,
    rSquared: 1 - chiSquared / moments(ys, weights).spread,
    weights,
  };
}

/** The line of least weighted squares; linear in the ys, so that parts of y can be fitted one by one. */
export function weightedLine(xs: readonly number[], ys: readonly number[], weights: readonly number[]): Line {
  const { mean, spread } = moments(xs, weights);
  if (!(spread > 0)) throw new DomainError('all x are equal', {});
  const level = moments(ys, weights).mean;
  const together = xs.reduce((sum, x, i) => sum + (weights[i] ?? 0) * (x - mean) * ((ys[i] ?? level) - level), 0);
  const slope = together / spread;
  return { slope, intercept: level - slope * mean };
}

interface Moments {
  readonly mean: number;
  /** Weighted sum of squares around the mean. */
  readonly spread: number;
  /** Sum of the weights. */
  readonly total: number;
}

function moments(values: readonly number[], weights: readonly number[]): Moments {
  const total = weights.reduce((sum, w) => sum + w, 0);
  const mean = dot(weights, values) / total;
  return {
    mean,
    total,
    spread: dot(
      weights,
      values.map((value) => (value - mean) ** 2),
    ),
  };
}

const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, x, i) => sum + x * (b[i] ?? 0), 0);
