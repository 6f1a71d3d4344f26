/** Student's t distribution, for intervals from few figures. */

import { DomainError } from './errors.js';

/** Beyond this many degrees of freedom quantiles change by less than 0.2 %: the distribution for so many stands for all. */
const LARGE = 1000;

/**
 * Distribution function of Student's t for whole degrees of freedom.
 *
 * Source: Abramowitz & Stegun (1964), 26.7.3 (odd) and 26.7.4 (even), finite sums, exact up to rounding.
 * @throws {DomainError} unless `freedom` is a positive integer.
 */
export function studentCdf(t: number, freedom: number): number {
  if (!Number.isInteger(freedom) || freedom < 1)
    throw new DomainError('degrees of freedom must be a positive integer', { freedom });
  if (freedom > LARGE) return studentCdf(t, LARGE);
  const angle = Math.atan(t / Math.sqrt(freedom));
  const cosineSquared = Math.cos(angle) ** 2;
  const odd = freedom % 2 === 1;
  let term = odd ? Math.cos(angle) : 1;
  let sum = freedom === 1 ? 0 : term;
  for (let k = odd ? 2 : 1; k <= freedom - 3; k += 2) {
    term *= (k / (k + 1)) * cosineSquared;
    sum += term;
  }
  const central = odd ? (2 / Math.PI) * (angle + Math.sin(angle) * sum) : Math.sin(angle) * sum;
  return (1 + central) / 2;
}

/** The `t` below which Student's distribution has probability `p`, to 1e-12; by bisection. */
export function studentQuantile(p: number, freedom: number): number {
  if (!(p > 0 && p < 1)) throw new DomainError('a probability must lie within (0, 1)', { p });
  let [low, high] = [-1, 1];
  while (studentCdf(low, freedom) > p) low *= 2;
  while (studentCdf(high, freedom) < p) high *= 2;
  while (high - low > 1e-12 * Math.max(1, Math.abs(low))) {
    const middle = (low + high) / 2;
    if (studentCdf(middle, freedom) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
