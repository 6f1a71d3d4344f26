/**
 * The posterior against scikit-learn 1.9.1 (numpy for what it lacks: tasks), made once with Python 3.11 by:
 *
 * import numpy as np, sklearn
 * from sklearn.gaussian_process import GaussianProcessRegressor as GPR
 * from sklearn.gaussian_process.kernels import Matern, ConstantKernel
 * X = np.array([[.1,.2],[.4,.9],[.8,.3],[.6,.6],[.25,.75],[.95,.05]]); y = np.array([.3,-.7,1.1,.2,-.4,.9])
 * noise = np.array([0,.02,0,.05,.01,0]) + .03; z = np.array([[.5,.5],[.15,.3]])
 * def gls(K): w = np.linalg.solve(K, np.ones(6)); return w @ y / w.sum()
 * k = ConstantKernel(1.7) * Matern([.4, .9], nu=2.5); m = gls(k(X) + np.diag(noise))
 * g = GPR(k, alpha=noise, optimizer=None).fit(X, y - m); mu, sd = g.predict(z, return_std=True)
 * print(sklearn.__version__, m, mu + m, sd**2, g.log_marginal_likelihood_value_ + 3 * np.log(2 * np.pi))
 * t = np.array([0,0,1,1,2,2]); s2 = np.array([1.7,.8,1.2]); q = np.tanh([1.2,.5,-.4]); n = np.array([.03,.05,.02]); v = .2
 * A = np.array([[1,0,0],[.3,1,0],[-.2,.4,1]]); V = A / np.linalg.norm(A, axis=1)[:, None]
 * C = np.outer(q, q) + np.outer(np.sqrt(1-q**2), np.sqrt(1-q**2)) * (V @ V.T)
 * B = np.sqrt(np.outer(s2, s2)) * C; M = Matern([.4, .9], nu=2.5)
 * K = B[np.ix_(t, t)] * M(X) + v * (t[:,None] == t) + np.diag(noise - .03 + n[t]); m = gls(K)
 * k = B[1, t] * M(z, X) + v * (t == 1); a = np.linalg.solve(K, y - m)
 * print(m, m + k @ a, B[1,1] + v - np.sum(k * np.linalg.solve(K, k.T).T, 1), -.5*(y-m)@a - .5*np.linalg.slogdet(K)[1])
 */

import { expect, test } from 'vitest';

import { predict, processAt } from '../../../coordinator/surrogate/gaussian-process.js';
import { layoutOf, negativeLogPosterior, prepare } from '../../../coordinator/surrogate/marginal-likelihood.js';
import { logPrior } from '../../../coordinator/surrogate/priors.js';
import type { TrainingSet } from '../../../coordinator/surrogate/training-set.js';

const ONE_TASK: TrainingSet = {
  kinds: ['numeric', 'numeric'],
  X: Float64Array.of(0.1, 0.2, 0.4, 0.9, 0.8, 0.3, 0.6, 0.6, 0.25, 0.75, 0.95, 0.05),
  y: Float64Array.of(0.3, -0.7, 1.1, 0.2, -0.4, 0.9),
  noise: Float64Array.of(0, 0.02, 0, 0.05, 0.01, 0),
  task: new Int32Array(6),
};
const THREE_TASKS = { ...ONE_TASK, task: Int32Array.of(0, 0, 1, 1, 2, 2) };
const PLACES = [Float64Array.of(0.5, 0.5), Float64Array.of(0.15, 0.3)];
const log = (...values: readonly number[]): number[] => values.map(Math.log);

function logLikelihood(set: TrainingSet, tasks: number, theta: Float64Array): number {
  const layout = layoutOf(set, tasks);
  const gradient = new Float64Array(theta.length);
  return -negativeLogPosterior(prepare(set, layout), theta, gradient) - logPrior(theta, layout, gradient);
}

test('one task: mean, variance and likelihood are those of scikit-learn', () => {
  const theta = Float64Array.from(log(0.4, 0.9, 1.7, 0.03));
  const process = processAt({ set: ONE_TASK, task: 0, tasks: 1, theta });
  expect(process.mean).toBeCloseTo(0.27557221025704665, 12);
  const predictions = PLACES.map((x) => predict(process, x));
  expect(predictions[0]!.mean).toBeCloseTo(0.03807122, 8);
  expect(predictions[1]!.mean).toBeCloseTo(0.17942004, 8);
  expect(predictions[0]!.variance).toBeCloseTo(0.16454652, 8);
  expect(predictions[1]!.variance).toBeCloseTo(0.05325937, 8);
  expect(logLikelihood(ONE_TASK, 1, theta)).toBeCloseTo(-0.021916899949285806, 12);
});

test('three tasks: mean, variance and likelihood are those of the written-out covariance', () => {
  const shares = [1.2, 0.5, -0.4];
  const noises = log(0.03, 0.05, 0.02);
  const theta = Float64Array.from([
    ...log(0.4, 0.9, 1.7, 0.8, 1.2),
    ...shares,
    ...[0.3, -0.2, 0.4],
    ...noises,
    Math.log(0.2),
  ]);
  const process = processAt({ set: THREE_TASKS, task: 1, tasks: 3, theta });
  expect(process.mean).toBeCloseTo(0.24571776418977195, 12);
  const predictions = PLACES.map((x) => predict(process, x));
  expect(predictions[0]!.mean).toBeCloseTo(0.18528474, 8);
  expect(predictions[1]!.mean).toBeCloseTo(0.2251032, 8);
  expect(predictions[0]!.variance).toBeCloseTo(0.16201798, 8);
  expect(predictions[1]!.variance).toBeCloseTo(0.58158314, 8);
  expect(logLikelihood(THREE_TASKS, 3, theta)).toBeCloseTo(-1.9492096396402174, 12);
});

test('an observation of one device says less about the class where devices differ', () => {
  const set: TrainingSet = {
    kinds: ['numeric'],
    X: Float64Array.of(0.5, 0.5, 0.5),
    y: Float64Array.of(1, 1, 0),
    noise: new Float64Array(3),
    task: new Int32Array(3),
    device: Int32Array.of(0, 0, 1),
  };
  // Two readings of one device and one of the other: with devices that differ much more than runs, each device counts once.
  const theta = Float64Array.from(log(1, 1, 1e-6, 0.5));
  expect(processAt({ set, task: 0, tasks: 1, theta }).mean).toBeCloseTo(0.5, 5);
  const alike = { ...set, device: Int32Array.of(-1, -1, -1) };
  expect(processAt({ set: alike, task: 0, tasks: 1, theta: theta.subarray(0, 3) }).mean).toBeCloseTo(2 / 3, 5);
});
