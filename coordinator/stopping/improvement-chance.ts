/** How likely an uncertain final vector is to improve a front. */

import { choleskyWithJitter } from '../linalg/cholesky.js';
import { quantile } from '../linalg/normal-distribution.js';
import { entry } from './entry.js';
import type { FinalValue } from './final-value-model.js';

/** A predicted quantity, Student's t on the scale of its model. */
export interface UncertainValue extends FinalValue {
  readonly freedom: number;
  /** Leave-one-out residuals of its model, one per curve: what they share with those of others tells what goes together. */
  readonly residuals: Float64Array;
}

export interface ImprovementQuestion {
  readonly values: readonly UncertainValue[];
  /**
   * True when a final vector, one figure per value and on their scales, improves the front; must not keep the array,
   * which is used again.
   */
  readonly improves: (final: Float64Array) => boolean;
}

/** Final vectors looked at: a chance of 1 % is then known to about 0.1 %. */
const DRAWS = 4096;

/** Correlations are drawn towards 0 as if so many more curves had shown none. */
const SHRINKAGE = 4;

/**
 * Share of final vectors that improve the front.
 *
 * The vectors are a fixed low-discrepancy set, so that equal questions have equal answers.
 *
 * Source: additive recurrence on powers of the generalised golden ratio, Roberts (2018), "The unreasonable effectiveness
 * of quasirandom sequences".
 */
export function improvementChance({ values, improves }: ImprovementQuestion): number {
  const m = values.length;
  const L = choleskyWithJitter(correlations(values), m, 1);
  const z = normalDraws(m);
  const final = new Float64Array(m);
  let hits = 0;
  for (let draw = 0; draw < DRAWS; draw++) {
    values.forEach(({ mean, scale, freedom }, j) => {
      let mixed = 0;
      for (let k = 0; k <= j; k++) mixed += entry(L, j * m + k) * entry(z, draw * m + k);
      final[j] = mean + scale * studentOf(mixed, freedom);
    });
    if (improves(final)) hits += 1;
  }
  return hits / DRAWS;
}

const TINY = 1e-9;

/** Standard normal points, {@link DRAWS} x m; always the same, so made once for each m. */
function normalDraws(m: number): Float64Array {
  const known = NORMAL_DRAWS.get(m);
  if (known) return known;
  const steps = recurrence(m);
  const draws = Float64Array.from({ length: DRAWS * m }, (_, index) => {
    const u = (0.5 + (Math.floor(index / m) + 1) * entry(steps, index % m)) % 1;
    return quantile(Math.min(1 - TINY, Math.max(TINY, u)));
  });
  NORMAL_DRAWS.set(m, draws);
  return draws;
}

const NORMAL_DRAWS = new Map<number, Float64Array>();

/** 1/φ, 1/φ², … with φ^(m+1) = φ + 1. */
function recurrence(m: number): readonly number[] {
  let phi = 1.5;
  for (let i = 0; i < 64; i++) phi = (1 + phi) ** (1 / (m + 1));
  return Array.from({ length: m }, (_, j) => phi ** -(j + 1));
}

/** Of the residuals of models that were fitted to the same curves; 0 between others. */
function correlations(values: readonly UncertainValue[]): Float64Array {
  const rows = values.flatMap((a, j) => values.map((b, k) => (j === k ? 1 : correlation(a.residuals, b.residuals))));
  return Float64Array.from(rows);
}

function correlation(a: Float64Array, b: Float64Array): number {
  if (a.length !== b.length) return 0;
  const sumOf = (x: Float64Array, y: Float64Array): number => x.reduce((sum, each, i) => sum + each * entry(y, i), 0);
  const spread = Math.sqrt(sumOf(a, a) * sumOf(b, b));
  return spread > 0 ? ((a.length / (a.length + SHRINKAGE)) * sumOf(a, b)) / spread : 0;
}

/** The quantile of Student's t where the normal one is `z`. Source: Abramowitz & Stegun (1964), 26.7.5. */
function studentOf(z: number, freedom: number): number {
  const s = z * z;
  const first = (z * (s + 1)) / 4;
  const second = (z * (s * (5 * s + 16) + 3)) / 96;
  const third = (z * (s * (s * (3 * s + 19) + 17) - 15)) / 384;
  const fourth = (z * (s * (s * (s * (79 * s + 776) + 1482) - 1920) - 945)) / 92160;
  return z + (first + (second + (third + fourth / freedom) / freedom) / freedom) / freedom;
}
