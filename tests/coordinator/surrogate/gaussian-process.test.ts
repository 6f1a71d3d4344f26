import { expect, test } from 'vitest';

import { squaredDifference, type FeatureKind } from '../../../coordinator/surrogate/features.js';
import { fitGaussianProcess, predict, predictionSlope } from '../../../coordinator/surrogate/gaussian-process.js';
import type { Layout } from '../../../coordinator/surrogate/hyperparameter-layout.js';
import { negativeLogPosterior, prepare } from '../../../coordinator/surrogate/marginal-likelihood.js';
import { hyperparameterBounds } from '../../../coordinator/surrogate/priors.js';
import type { TrainingSet } from '../../../coordinator/surrogate/training-set.js';
import { DomainError, ShapeError } from '../../../shared/domain/errors.js';
import { seededRandom } from '../../../shared/runtime/random.js';

interface Sample {
  readonly kinds: readonly FeatureKind[];
  readonly n: number;
  readonly seed: number;
  readonly tasks?: number;
  readonly value: (x: Float64Array, task: number) => number;
  readonly noise?: number;
}

/** Random points of the cube; a third of conditional coordinates are inactive, categorical ones have three levels. */
function sample({ kinds, n, seed, tasks = 1, value, noise = 0 }: Sample): TrainingSet {
  const random = seededRandom(seed);
  const coordinate = (kind: FeatureKind): number => {
    const u = random.uniform();
    if (kind === 'categorical') return (random.integer(3) + 0.5) / 3;
    return kind === 'conditional' && random.uniform() < 1 / 3 ? NaN : u;
  };
  const rows = Array.from({ length: n }, () => Float64Array.from(kinds, coordinate));
  const task = Int32Array.from({ length: n }, (_, i) => i % tasks);
  return {
    kinds,
    X: Float64Array.from(rows.flatMap((row) => Array.from(row))),
    y: Float64Array.from(rows, (row, i) => value(row, task[i]!) + noise * random.normal()),
    noise: new Float64Array(n),
    task,
  };
}

const wave = (x: Float64Array): number => Math.sin(4 * x[0]!) + Math.cos(3 * x[1]!);
const smooth = sample({ kinds: ['numeric', 'numeric'], n: 25, seed: 1, value: wave });
const mixed: Sample = {
  kinds: ['numeric', 'categorical', 'conditional'],
  n: 20,
  seed: 5,
  tasks: 3,
  noise: 0.1,
  value: (x, task) => Math.sin(3 * x[0]!) + x[1]! + (Number.isNaN(x[2]!) ? 0.3 : x[2]! ** 2) + 0.5 * task,
};

test('the gradient of the posterior density is that of finite differences, tasks, categories and conditions included', () => {
  const set = sample(mixed);
  const device = set.task.map((task, i) => (task === 2 ? -1 : 2 * task + (i % 2)));
  const layout: Layout = { d: 3, tasks: 4, hasDevices: true };
  const prepared = prepare({ ...set, device }, layout);
  const random = seededRandom(9);
  const { lower, upper } = hyperparameterBounds(layout);
  for (let trial = 0; trial < 10; trial++) {
    const theta = lower.map((low, i) => low + (0.3 + 0.4 * random.uniform()) * (upper[i]! - low));
    const gradient = new Float64Array(theta.length);
    negativeLogPosterior(prepared, theta, gradient);
    gradient.forEach((slope, i) => {
      const at = (step: number): number =>
        negativeLogPosterior(prepared, theta.with(i, theta[i]! + step), new Float64Array(theta.length));
      const difference = (at(1e-5) - at(-1e-5)) / 2e-5;
      expect(Math.abs(slope - difference)).toBeLessThan(1e-5 * (1 + Math.abs(difference)));
    });
  }
});

test('the density of one observation is that of a normal variable', () => {
  const one: TrainingSet = {
    kinds: ['numeric'],
    X: Float64Array.of(0.5),
    y: Float64Array.of(3),
    noise: Float64Array.of(0.25),
    task: Int32Array.of(0),
  };
  const at = (logScale: number, noise: number): number =>
    negativeLogPosterior(
      prepare({ ...one, noise: Float64Array.of(noise) }, { d: 1, tasks: 1, hasDevices: false }),
      Float64Array.of(0, logScale, Math.log(0.1)),
      new Float64Array(3),
    );
  // The mean is fitted, so only ½ log(s² + noise + 0.1) changes with the known noise.
  expect(at(0, 0.5) - at(0, 0.25)).toBeCloseTo(0.5 * Math.log(1.6 / 1.35), 12);
});

test('noise-free data are interpolated, and certainty falls away from them', () => {
  const process = fitGaussianProcess(smooth, 0);
  for (let i = 0; i < 25; i++) {
    const { mean, variance } = predict(process, smooth.X.subarray(2 * i, 2 * i + 2));
    expect(mean).toBeCloseTo(smooth.y[i]!, 2);
    expect(variance).toBeLessThan(1e-4);
  }
  expect(predict(process, Float64Array.of(3, 3)).variance).toBeGreaterThan(0.1);
});

test('unseen values of a smooth function are predicted, with honest error bars', () => {
  const process = fitGaussianProcess(smooth, 0);
  const random = seededRandom(77);
  let squares = 0;
  for (let i = 0; i < 200; i++) {
    const x = Float64Array.of(random.uniform(), random.uniform());
    const { mean, variance } = predict(process, x);
    expect(Math.abs(mean - wave(x))).toBeLessThan(0.15);
    squares += (mean - wave(x)) ** 2 / variance;
  }
  expect(squares / 200).toBeLessThan(4);
});

test('inferred noise is about the noise that was added', () => {
  const noisy = sample({ kinds: ['numeric', 'numeric'], n: 80, seed: 3, value: wave, noise: 0.3 });
  const { noise } = fitGaussianProcess(noisy, 0).hyperparameters;
  expect(noise).toBeGreaterThan(0.04);
  expect(noise).toBeLessThan(0.18);
});

test('known noise loosens the fit at that observation only', () => {
  const doubted = { ...smooth, y: smooth.y.with(7, smooth.y[7]! + 2), noise: smooth.noise.with(7, 4) };
  const process = fitGaussianProcess(doubted, 0);
  const at = (i: number): number => predict(process, smooth.X.subarray(2 * i, 2 * i + 2)).mean;
  expect(Math.abs(at(7) - smooth.y[7]!)).toBeLessThan(0.3);
  expect(at(8)).toBeCloseTo(smooth.y[8]!, 1);
});

test('a coordinate that does not matter gets a longer lengthscale than one that does', () => {
  const set = sample({ kinds: ['numeric', 'numeric', 'numeric'], n: 40, seed: 4, value: (x) => Math.sin(6 * x[1]!) });
  const { lengthscales } = fitGaussianProcess(set, 0).hyperparameters;
  expect(lengthscales[1]!).toBeLessThan(0.3 * Math.min(lengthscales[0]!, lengthscales[2]!));
});

test('offsets between tasks are learnt: one task is predicted from the points of the others', () => {
  const set = sample({
    kinds: ['numeric', 'numeric'],
    n: 45,
    seed: 6,
    tasks: 3,
    value: (x, task) => wave(x) + [0, 0.8, -0.6][task]!,
  });
  for (const [task, offset] of [0, 0.8, -0.6].entries()) {
    const process = fitGaussianProcess(set, task);
    for (const x of [Float64Array.of(0.3, 0.3), Float64Array.of(0.7, 0.6)]) {
      expect(Math.abs(predict(process, x).mean - wave(x) - offset)).toBeLessThan(0.2);
    }
  }
});

test('the slope of a prediction is that of finite differences', () => {
  const process = fitGaussianProcess(sample(mixed), 1);
  const x = Float64Array.of(0.31, 0.5, 0.72);
  const f = (point: Float64Array): number => {
    const { mean, variance } = predict(process, point);
    return 2 * mean - 0.7 * variance;
  };
  const slope = predictionSlope(process, predict(process, x), { mean: 2, variance: -0.7 });
  for (const c of [0, 2]) {
    const difference = (f(x.with(c, x[c]! + 1e-6)) - f(x.with(c, x[c]! - 1e-6))) / 2e-6;
    expect(slope[c]).toBeCloseTo(difference, 5);
  }
  expect(slope[1]).toBe(0);
});

test('distances: inactive values coincide, and are as far from every active value as the ends of its range', () => {
  expect(squaredDifference('conditional', NaN, NaN)).toBe(0);
  expect(squaredDifference('categorical', NaN, NaN)).toBe(0);
  for (const u of [0, 0.4, 1]) expect(squaredDifference('conditional', u, NaN)).toBe(1);
  expect(squaredDifference('conditional', 0, 1)).toBeCloseTo(1, 12);
  expect(squaredDifference('categorical', 0.1, 0.9)).toBe(1);
  expect(squaredDifference('numeric', 0.2, 0.5)).toBeCloseTo(0.09, 12);
});

test('repeated points, one point and a constant function are no trouble', () => {
  const repeated: TrainingSet = {
    kinds: ['numeric'],
    X: Float64Array.of(0.5, 0.5, 0.5),
    y: Float64Array.of(1, 2, 3),
    noise: new Float64Array(3),
    task: new Int32Array(3),
  };
  const process = fitGaussianProcess(repeated, 0);
  expect(predict(process, Float64Array.of(0.5)).mean).toBeCloseTo(2, 6);
  const constant = fitGaussianProcess({ ...repeated, X: Float64Array.of(0, 0.5, 1), y: new Float64Array(3) }, 0);
  expect(predict(constant, Float64Array.of(0.2)).mean).toBeCloseTo(0, 12);
  const one = fitGaussianProcess(
    {
      kinds: ['numeric'],
      X: Float64Array.of(0.5),
      y: Float64Array.of(1),
      noise: Float64Array.of(0),
      task: Int32Array.of(0),
    },
    0,
  );
  expect(predict(one, Float64Array.of(0.9)).mean).toBeCloseTo(1, 12);
});

test('malformed training sets are refused', () => {
  expect(() => fitGaussianProcess({ ...smooth, y: new Float64Array(3) }, 0)).toThrow(ShapeError);
  expect(() => fitGaussianProcess({ ...smooth, y: smooth.y.with(0, NaN) }, 0)).toThrow(DomainError);
  expect(() => fitGaussianProcess({ ...smooth, noise: smooth.noise.with(0, -1) }, 0)).toThrow(DomainError);
  expect(() =>
    fitGaussianProcess(
      {
        kinds: ['numeric'],
        X: new Float64Array(),
        y: new Float64Array(),
        noise: new Float64Array(),
        task: new Int32Array(),
      },
      0,
    ),
  ).toThrow(DomainError);
});
