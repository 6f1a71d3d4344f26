import { expect, test } from 'vitest';

import {
  conditionalSlope,
  conditionOnBaseline,
  predictGivenDraws,
} from '../../../coordinator/surrogate/conditioned-process.js';
import { fitGaussianProcess, predict } from '../../../coordinator/surrogate/gaussian-process.js';
import { seededRandom } from '../../../shared/runtime/random.js';

const DRAWS = 400;
const random = seededRandom(12);
const X = Float64Array.from({ length: 24 }, () => random.uniform());
const y = Float64Array.from({ length: 12 }, (_, i) => Math.sin(5 * X[2 * i]!) + X[2 * i + 1]! + 0.3 * random.normal());
const process = fitGaussianProcess(
  { kinds: ['numeric', 'numeric'], X, y, noise: new Float64Array(12), task: new Int32Array(12) },
  0,
);
const baseline = Float64Array.of(0.2, 0.3, 0.25, 0.35, 0.9, 0.1);
const normals = Float64Array.from({ length: DRAWS * 3 }, () => random.normal());
const conditioned = conditionOnBaseline(process, baseline, normals);

test('draws at the baseline have the mean and variance of the posterior', () => {
  for (let j = 0; j < 3; j++) {
    const { mean, variance } = predict(process, baseline.subarray(2 * j, 2 * j + 2));
    const draws = Array.from({ length: DRAWS }, (_, s) => conditioned.draws[3 * s + j]!);
    const average = draws.reduce((sum, value) => sum + value, 0) / DRAWS;
    const spread = draws.reduce((sum, value) => sum + (value - average) ** 2, 0) / DRAWS;
    expect(Math.abs(average - mean)).toBeLessThan(4 * Math.sqrt(variance / DRAWS));
    expect(Math.abs(spread / variance - 1)).toBeLessThan(4 * Math.sqrt(2 / DRAWS));
  }
});

test('at a baseline point each draw predicts its own value, with certainty', () => {
  const { means, conditionalVariance } = predictGivenDraws(conditioned, baseline.subarray(2, 4), 5);
  means.forEach((mean, s) => expect(mean).toBeCloseTo(conditioned.draws[3 * s + 1]!, 5));
  expect(conditionalVariance).toBeLessThan(1e-6);
});

test('the law of total variance holds away from the baseline', () => {
  const x = Float64Array.of(0.4, 0.5);
  const { mean, variance } = predict(process, x);
  const given = predictGivenDraws(conditioned, x, DRAWS);
  const average = given.means.reduce((sum, value) => sum + value, 0) / DRAWS;
  const explained = given.loading.reduce((sum, value) => sum + value * value, 0);
  expect(given.conditionalVariance + explained).toBeCloseTo(variance, 10);
  expect(Math.abs(average - mean)).toBeLessThan(4 * Math.sqrt(explained / DRAWS));
});

test('without a baseline every draw is the posterior itself', () => {
  const free = conditionOnBaseline(process, new Float64Array(), new Float64Array());
  const x = Float64Array.of(0.4, 0.5);
  const given = predictGivenDraws(free, x, 2);
  expect([...given.means]).toEqual([given.mean, given.mean]);
  expect(given.conditionalVariance).toBeCloseTo(predict(process, x).variance, 12);
});

test('the slope is that of finite differences', () => {
  const x = Float64Array.of(0.4, 0.55);
  const weights = Float64Array.from({ length: 6 }, (_, s) => Math.cos(s));
  const f = (point: Float64Array): number => {
    const { means, conditionalVariance } = predictGivenDraws(conditioned, point, 6);
    return means.reduce((sum, mean, s) => sum + weights[s]! * mean, 0) + 3 * conditionalVariance;
  };
  const slope = conditionalSlope(conditioned, predictGivenDraws(conditioned, x, 6), { means: weights, variance: 3 });
  for (const c of [0, 1]) {
    const difference = (f(x.with(c, x[c]! + 1e-6)) - f(x.with(c, x[c]! - 1e-6))) / 2e-6;
    expect(slope[c]).toBeCloseTo(difference, 5);
  }
});
