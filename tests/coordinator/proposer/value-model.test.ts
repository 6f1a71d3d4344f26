import { expect, test } from 'vitest';

import { drawInOutliers, toMinimised, toMinimisedNoise } from '../../../coordinator/proposer/objective-scale.js';
import { chebyshev } from '../../../coordinator/proposer/scalarise.js';
import {
  fitValueModel,
  predictedMean,
  standardise,
  type ModelValue,
} from '../../../coordinator/proposer/value-model.js';

const valueAt = (x: number, task: number, value: number): ModelValue => ({
  point: {
    observation: { configuration: { x }, task: String(task), values: [value], noise: [undefined], feasible: true },
    features: Float64Array.of(x),
    task,
  },
  value,
  noise: 0,
});
/** Eight values of a wave in each of two tasks, the second 50 higher. */
const TWO_TASKS = Array.from({ length: 16 }, (_, i) => valueAt((i >> 1) / 7, i % 2, Math.sin(i >> 1) + 50 * (i % 2)));

test('centred tasks are standardised by what varies within them, and predicted in their own units', () => {
  for (const task of [0, 1]) {
    const model = fitValueModel(TWO_TASKS, { kinds: ['numeric'], task, centreTasks: true });
    expect(model.scale).toBeLessThan(1);
    expect(predictedMean(model, Float64Array.of(3 / 7))).toBeCloseTo(Math.sin(3) + 50 * task, 1);
    expect(standardise(model, model.shift + model.scale)).toBeCloseTo(1, 12);
  }
});

test('one task on one scale keeps its mean and variance', () => {
  const model = fitValueModel(TWO_TASKS, { kinds: ['numeric'], task: 0, centreTasks: false });
  expect(model.scale).toBeGreaterThan(20);
  expect(model.shift).toBeCloseTo(25, 0);
});

test('values are minimised on their scale; those without a place on it are not numbers', () => {
  expect(toMinimised({ goal: 'minimize', scale: 'linear' }, 3)).toBe(3);
  expect(toMinimised({ goal: 'maximize', scale: 'linear' }, 3)).toBe(-3);
  expect(toMinimised({ goal: 'maximize', scale: 'log' }, Math.E)).toBe(-1);
  for (const value of [0, -1, NaN, Infinity]) expect(toMinimised({ goal: 'minimize', scale: 'log' }, value)).toBeNaN();
  expect(toMinimisedNoise({ scale: 'log' }, 50, 5)).toBe(0.1);
  expect(toMinimisedNoise({ scale: 'linear' }, 50, 5)).toBe(5);
});

test('a diverged value is drawn in to ten times the spread below the median, and ordinary ones are left', () => {
  expect([...drawInOutliers(Float64Array.of(1, 2, 3, 4, 1e9))]).toEqual([1, 2, 3, 4, 23]);
  expect([...drawInOutliers(Float64Array.of(5, 5, 5, 1e9))]).toEqual([5, 5, 5, 1e9]);
  expect([...drawInOutliers(Float64Array.of(-1e9, 0, 1))]).toEqual([-1e9, 0, 1]);
});

test('scalarisation reaches the middle of a front that bulges inwards, and each end, with some weights', () => {
  const front = Float64Array.of(0, 1, 1, 0, 0.6, 0.6, 1.2, 1.2);
  const winners = new Set<number>();
  for (let seed = 0; seed < 40; seed++) {
    const values = chebyshev(front, 2, `weights/${seed}`);
    expect(values[3]).toBeGreaterThan(values[2]!);
    winners.add(values.indexOf(Math.min(...values)));
  }
  expect([...winners].sort()).toEqual([0, 1, 2]);
});
