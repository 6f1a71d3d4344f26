import { expect, test } from 'vitest';

import { withBelievedPoints } from '../../../coordinator/surrogate/believed-points.js';
import { fitGaussianProcess, predict, processAt } from '../../../coordinator/surrogate/gaussian-process.js';
import { seededRandom } from '../../../shared/runtime/random.js';

const random = seededRandom(31);
const X = Float64Array.from({ length: 30 }, () => random.uniform());
const process = fitGaussianProcess(
  {
    kinds: ['numeric', 'numeric'],
    X,
    y: Float64Array.from({ length: 15 }, (_, i) => Math.sin(5 * X[2 * i]!) + X[2 * i + 1]! + 0.1 * random.normal()),
    noise: new Float64Array(15),
    task: Int32Array.from({ length: 15 }, (_, i) => i % 2),
  },
  1,
);
const POINTS = [Float64Array.of(0.1, 0.9), Float64Array.of(0.15, 0.85), Float64Array.of(0.9, 0.5)];
const PLACES = [...POINTS, Float64Array.of(0.5, 0.5), Float64Array.of(0.2, 0.8)];

test('believed points leave the mean as it is and take away doubt, as a refactorisation with them does', () => {
  const believing = withBelievedPoints(process, POINTS);
  const afresh = processAt({ set: believing.set, task: 1, tasks: 2, theta: process.theta });
  for (const x of PLACES) {
    const [before, after, again] = [predict(process, x), predict(believing, x), predict(afresh, x)];
    expect(after.mean).toBeCloseTo(before.mean, 12);
    expect(again.mean).toBeCloseTo(before.mean, 8);
    expect(after.variance).toBeCloseTo(again.variance, 10);
    expect(after.variance).toBeLessThan(before.variance);
  }
});

test('no points change nothing, and the same point many times is no trouble', () => {
  expect(withBelievedPoints(process, [])).toBe(process);
  const many = withBelievedPoints(process, new Array<Float64Array>(20).fill(POINTS[0]!));
  expect(predict(many, POINTS[0]!).variance).toBeGreaterThan(0);
});
