import { expect, test } from 'vitest';

import { calibrationOf, diagnose, importance } from '../../../coordinator/surrogate/diagnostics.js';
import {
  fitGaussianProcess,
  predict,
  processAt,
  type GaussianProcess,
} from '../../../coordinator/surrogate/gaussian-process.js';
import { leaveOneOut } from '../../../coordinator/surrogate/leave-one-out.js';
import { rowsOf, type TrainingSet } from '../../../coordinator/surrogate/training-set.js';
import { seededRandom } from '../../../shared/runtime/random.js';

const KINDS = ['numeric', 'numeric'] as const;

type Surface = (a: number, b: number) => number;

function sample([n, seed, tasks]: readonly [number, number, number], value: Surface): TrainingSet {
  const random = seededRandom(seed);
  const X = Float64Array.from({ length: 2 * n }, () => random.uniform());
  return {
    kinds: KINDS,
    X,
    y: Float64Array.from({ length: n }, (_, i) => value(X[2 * i]!, X[2 * i + 1]!) + 0.2 * random.normal()),
    noise: Float64Array.from({ length: n }, () => 0.02 * random.uniform()),
    task: Int32Array.from({ length: n }, (_, i) => i % tasks),
  };
}

const row = ({ set }: GaussianProcess, i: number): Float64Array => set.X.subarray(2 * i, 2 * i + 2);

test('leaving one out in closed form is leaving it out', () => {
  const process = fitGaussianProcess(
    sample([14, 3, 2], (a, b) => Math.sin(4 * a) + b),
    0,
  );
  const { means, variances, residuals } = leaveOneOut(process);
  for (let i = 0; i < 14; i++) {
    const rows = Array.from({ length: 14 }, (_, k) => k).filter((k) => k !== i);
    const task = process.set.task[i]!;
    const others = processAt({ set: rowsOf(process.set, rows), task, tasks: 2, theta: process.theta });
    const { mean, variance } = predict(others, row(process, i));
    expect(means[i]).toBeCloseTo(mean, 9);
    // Beside what the prediction doubts there is the noise, and the doubt about the constant mean.
    const noise = process.joint.noises[task]! + process.set.noise[i]!;
    expect(variances[i]! - noise - variance).toBeGreaterThan(-1e-9);
    expect(residuals[i]).toBeCloseTo((process.set.y[i]! - mean) / Math.sqrt(variances[i]!), 9);
  }
});

test('two observations by hand: each is predicted as the other, with twice the doubt in their difference', () => {
  const set: TrainingSet = {
    kinds: ['numeric'],
    X: Float64Array.of(0.2, 0.7),
    y: Float64Array.of(1, 3),
    noise: new Float64Array(2),
    task: new Int32Array(2),
  };
  const process = processAt({ set, task: 0, tasks: 1, theta: Float64Array.of(0, 0, Math.log(0.1)) });
  const r = 0.5 * Math.sqrt(5);
  const k = (1 + r + (r * r) / 3) * Math.exp(-r);
  const { means, variances } = leaveOneOut(process);
  expect([...means].map((mean) => Number(mean.toFixed(9)))).toEqual([3, 1]);
  for (const variance of variances) expect(variance).toBeCloseTo(2 * (1.1 - k), 12);
});

test('a single observation is predicted from nothing, with no end of doubt', () => {
  const one = fitGaussianProcess(
    {
      kinds: ['numeric'],
      X: Float64Array.of(0.5),
      y: Float64Array.of(2),
      noise: new Float64Array(1),
      task: new Int32Array(1),
    },
    0,
  );
  const { variances, residuals } = leaveOneOut(one);
  expect([variances[0], residuals[0]]).toEqual([Infinity, 0]);
});

test('residuals of well-modelled data are about standard normal, and only those of the own task count', () => {
  const process = fitGaussianProcess(
    sample([120, 8, 2], (a, b) => Math.sin(4 * a) + b),
    1,
  );
  const { count, residuals, withinOne, withinTwo, error } = calibrationOf(process);
  expect([count, residuals.length]).toEqual([60, 60]);
  expect(withinOne).toBeGreaterThan(0.52);
  expect(withinOne).toBeLessThan(0.84);
  expect(withinTwo).toBeGreaterThan(0.88);
  expect(error).toBeGreaterThan(0.1);
  expect(error).toBeLessThan(0.4);
});

/** Halton points in bases 2, 3, 5, 7. */
const halton = (N: number, bases: readonly [number, number]): Float64Array =>
  Float64Array.from({ length: 2 * N }, (_, at) => {
    let value = 0;
    const base = bases[at % 2]!;
    for (let i = Math.floor(at / 2) + 1, share = 1 / base; i > 0; i = Math.floor(i / base), share /= base)
      value += share * (i % base);
    return value;
  });
const PAIRS = { A: halton(512, [2, 3]), B: halton(512, [5, 7]) };

test('importance is that of the closed form: of 3a + b, nine tenths is due to a and one tenth to b', () => {
  const process = fitGaussianProcess({ ...sample([40, 5, 1], (a, b) => 3 * a + b), noise: new Float64Array(40) }, 0);
  const { first, total } = importance(process, PAIRS);
  expect(Math.abs(first[0]! - 0.9)).toBeLessThan(0.06);
  expect(Math.abs(total[0]! - 0.9)).toBeLessThan(0.06);
  expect(Math.abs(total[1]! - 0.1)).toBeLessThan(0.06);
});

test('what acts only together shows in the total alone', () => {
  const product = sample([80, 6, 1], (a, b) => 12 * (a - 0.5) * (b - 0.5));
  const { first, total } = importance(fitGaussianProcess(product, 0), PAIRS);
  for (const c of [0, 1]) {
    expect(first[c]!).toBeLessThan(0.12);
    expect(total[c]!).toBeGreaterThan(0.8);
  }
});

test('diagnostics put it together; a constant has no importance', () => {
  const constant = fitGaussianProcess(
    {
      kinds: KINDS,
      X: PAIRS.A.slice(0, 8),
      y: new Float64Array(4),
      noise: new Float64Array(4),
      task: Int32Array.of(0, 1, 0, 1),
    },
    0,
  );
  const { importance: shares, lengthscales, tasks } = diagnose(constant, PAIRS);
  expect([...shares.first, ...shares.total]).toEqual([0, 0, 0, 0]);
  expect(lengthscales).toHaveLength(2);
  expect(tasks.correlations[0]).toBe(1);
  expect(tasks.correlations[1]).toBeGreaterThan(0.5);
  expect(tasks.noises).toHaveLength(2);
});
