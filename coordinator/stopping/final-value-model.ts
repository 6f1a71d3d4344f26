/**
 * Final values from the state of curves: a Bayesian linear model whose intervals are checked by leaving out one at a time.
 *
 * n finished curves, p columns (the intercept and the features that vary). `X` n x p, row-major, features standardised;
 * `L` the Cholesky factor of XᵀX + ridge; `h` the diagonal of X (XᵀX + ridge)⁻¹ Xᵀ.
 */

import { factorise, solveLower, solveLowerTransposed } from '../linalg/cholesky.js';
import { DomainError } from '../../shared/domain/errors.js';
import { present } from '../../shared/domain/present.js';
import { studentQuantile } from '../../shared/domain/student-t.js';
import { entry } from './entry.js';

/** A prediction on the scale of the model: Student's t, located and scaled. */
export interface FinalValue {
  readonly mean: number;
  readonly scale: number;
}

export interface FinalValueModel {
  /** Degrees of freedom of the predictions. */
  readonly freedom: number;
  /** Of each curve, predicted from all others: what it was off by, in units of its predicted scale. */
  readonly residuals: Float64Array;
  /** What scales are multiplied with so that 95 % intervals hold what they should of the curves left out. */
  readonly inflation: number;
  predict(features: readonly number[]): FinalValue;
}

/** Precision of the prior of a coefficient, in standardised features and units of the residual variance: weak. */
const RIDGE = 0.1;
/** Smallest residual, as part of the spread of the values and of the largest: figures have no more digits. */
const LEAST_SPREAD = 1e-6;
const LEAST_SIZE = 1e-12;
const COVERAGE = 0.95;

/**
 * Fits final values to features.
 *
 * @param rows - one per finished curve, all of one length.
 * @param values - one per row.
 * @throws {DomainError} when there are not at least three rows more than features.
 *
 * Source: conjugate linear regression with a weak normal prior and its closed leave-one-out residuals, e.g. Rasmussen &
 * Williams (2006), sections 2.1 and 5.4.2; the widening is the order statistic of split conformal prediction.
 */
export function fitFinalValues(rows: readonly (readonly number[])[], values: readonly number[]): FinalValueModel {
  const { p, columnsOf } = standardised(rows);
  const n = values.length;
  if (n < p + 2) throw new DomainError('too few finished curves for a prediction', { n, p });
  const unit = Math.max(...values.map(Math.abs)) || 1;
  const X = rows.map(columnsOf);
  const y = values.map((value) => value / unit);
  const L = precisionFactor(X, p);
  const beta = coefficients(X, y, L);
  const errors = y.map((value, i) => value - inner(present(X[i], 'row'), beta));
  const floor = leastVariance(y);
  const freedom = n - p;
  const variance = Math.max(floor, sumOfSquares(errors) / freedom);
  const leverages = X.map((row) => leverage(L, row));
  const residuals = leaveOneOut(errors, leverages, { freedom, floor });
  const inflation = inflationOf(residuals, freedom - 1);
  return {
    ...{ freedom, residuals, inflation },
    predict(features) {
      const row = columnsOf(features);
      const scale = inflation * Math.sqrt(variance * (1 + leverage(L, row)));
      return { mean: unit * inner(row, beta), scale: unit * scale };
    },
  };
}

interface Design {
  readonly p: number;
  readonly columnsOf: (features: readonly number[]) => Float64Array;
}

/** Centres and scales each feature; one that does not vary tells nothing and is left out. */
function standardised(rows: readonly (readonly number[])[]): Design {
  const kept = (rows[0] ?? []).flatMap((_, j) => {
    const column = rows.map((row) => entry(row, j));
    const { centre, spread } = spreadOf(column);
    return spread > LEAST_SIZE * Math.abs(centre) ? [{ j, centre, spread }] : [];
  });
  return {
    p: 1 + kept.length,
    columnsOf: (features) =>
      Float64Array.of(1, ...kept.map(({ j, centre, spread }) => (entry(features, j) - centre) / spread)),
  };
}

/** Counted in the largest distance, so that squares of tiny and huge figures stay figures. */
function spreadOf(values: readonly number[]): { readonly centre: number; readonly spread: number } {
  const centre = values.reduce((sum, value) => sum + value / values.length, 0);
  const unit = Math.max(...values.map((value) => Math.abs(value - centre)));
  if (!(unit > 0)) return { centre, spread: 0 };
  const squares = values.reduce((sum, value) => sum + ((value - centre) / unit) ** 2, 0);
  return { centre, spread: unit * Math.sqrt(squares / values.length) };
}

function precisionFactor(X: readonly Float64Array[], p: number): Float64Array {
  const A = Float64Array.from({ length: p * p }, (_, index) => {
    const [j, k] = [Math.floor(index / p), index % p];
    const ridge = j === k && j > 0 ? RIDGE : 0;
    return X.reduce((sum, row) => sum + entry(row, j) * entry(row, k), ridge);
  });
  if (!factorise(A, p)) throw new DomainError('curves cannot be told apart', { p });
  return A;
}

function coefficients(X: readonly Float64Array[], values: readonly number[], L: Float64Array): Float64Array {
  const p = Math.sqrt(L.length);
  const b = Float64Array.from({ length: p }, (_, j) =>
    X.reduce((sum, row, i) => sum + entry(row, j) * entry(values, i), 0),
  );
  solveLower(L, p, b);
  solveLowerTransposed(L, p, b);
  return b;
}

/** rowᵀ (L Lᵀ)⁻¹ row. */
function leverage(L: Float64Array, row: Float64Array): number {
  const half = row.slice();
  solveLower(L, row.length, half);
  return sumOfSquares(half);
}

interface Leftover {
  readonly freedom: number;
  readonly floor: number;
}

/** Externally studentised residuals: the model of all but one, on that one. */
function leaveOneOut(
  errors: readonly number[],
  leverages: readonly number[],
  { freedom, floor }: Leftover,
): Float64Array {
  const all = sumOfSquares(errors);
  return Float64Array.from(errors, (error, i) => {
    const left = Math.max(1e-9, 1 - entry(leverages, i));
    const variance = Math.max(floor, (all - error ** 2 / left) / (freedom - 1));
    return error / Math.sqrt(left * variance);
  });
}

/** Never below 1: intervals are widened where they held too little, and not made narrower. */
function inflationOf(residuals: Float64Array, freedom: number): number {
  const sizes = residuals.map(Math.abs).sort();
  const rank = Math.min(sizes.length, Math.ceil(COVERAGE * (sizes.length + 1)));
  return Math.max(1, entry(sizes, rank - 1) / studentQuantile((1 + COVERAGE) / 2, freedom));
}

const leastVariance = (values: readonly number[]): number =>
  Math.max(LEAST_SPREAD * spreadOf(values).spread, LEAST_SIZE) ** 2;

const inner = (a: Float64Array, b: Float64Array): number => a.reduce((sum, value, j) => sum + value * entry(b, j), 0);

const sumOfSquares = (values: Iterable<number>): number => {
  let sum = 0;
  for (const value of values) sum += value * value;
  return sum;
};
