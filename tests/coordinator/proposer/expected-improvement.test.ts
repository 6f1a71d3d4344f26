import { expect, test } from 'vitest';

import { improvementModel } from '../../../coordinator/proposer/baseline.js';
import { logExpectedImprovement } from '../../../coordinator/proposer/expected-improvement.js';
import { logFeasibility, logFirstFeasible } from '../../../coordinator/proposer/feasibility.js';
import { frontCells } from '../../../coordinator/proposer/front-cells.js';
import { cumulative, density } from '../../../coordinator/linalg/normal-distribution.js';
import { hypervolume } from '../../../coordinator/pareto/hypervolume.js';
import { conditionOnBaseline, predictGivenDraws } from '../../../coordinator/surrogate/conditioned-process.js';
import { fitGaussianProcess, predict, type GaussianProcess } from '../../../coordinator/surrogate/gaussian-process.js';
import { seededRandom } from '../../../shared/runtime/random.js';

const ROWS = 12;
const random = seededRandom(21);
const X = Float64Array.from({ length: 2 * ROWS }, () => random.uniform());
const row = (i: number): Float64Array => X.subarray(2 * i, 2 * i + 2);
const process = (f: (a: number, b: number) => number, noise = 0): GaussianProcess =>
  fitGaussianProcess(
    {
      kinds: ['numeric', 'numeric'],
      X,
      y: Float64Array.from({ length: ROWS }, (_, i) => f(row(i)[0]!, row(i)[1]!) + noise * random.normal()),
      noise: new Float64Array(ROWS),
      task: new Int32Array(ROWS),
    },
    0,
  );
const PROCESSES = [
  process((a, b) => Math.sin(4 * a) + b, 0.2),
  process((a, b) => Math.cos(3 * b) - a, 0.2),
  process((a, b) => (a - 0.5) ** 2 + b * a),
  process((a, b) => Math.sin(3 * b - 2 * a), 0.1),
];
const asModel = (each: GaussianProcess): { process: GaussianProcess; shift: number; scale: number } => ({
  process: each,
  shift: 0,
  scale: 1,
});
const modelOf = (m: number): ReturnType<typeof improvementModel> =>
  improvementModel({
    models: PROCESSES.slice(0, m).map(asModel),
    finished: Array.from({ length: ROWS }, (_, i) => row(i)),
    requirements: [],
    pending: [Float64Array.of(0.11, 0.93)],
    reference: new Float64Array(m).fill(1.5),
    seed: 'test',
  });

test('with one objective and no doubt about the best, it is the closed form of expected improvement', () => {
  const [only] = PROCESSES;
  const best = -0.4;
  const model = {
    objectives: [conditionOnBaseline(only!, new Float64Array(), new Float64Array())],
    cells: frontCells([Float64Array.of(best)], Float64Array.of(9)),
  };
  for (const x of [Float64Array.of(0.2, 0.3), Float64Array.of(0.9, 0.8), Float64Array.of(0.5, 0.05)]) {
    const { mean, variance } = predict(only!, x);
    const z = (best - mean) / Math.sqrt(variance);
    const expected = Math.sqrt(variance) * (density(z) + z * cumulative(z));
    expect(logExpectedImprovement(model)(x)).toBeCloseTo(Math.log(expected), 8);
  }
});

for (const m of [2, 3, 4]) {
  test(`with ${m} objectives it agrees with Monte Carlo over the new point`, () => {
    const model = modelOf(m);
    const draws = seededRandom('monte-carlo');
    const x = Float64Array.of(0.95, 0.2);
    const reference = new Float64Array(m).fill(1.5);
    // The same draws of the front, and independent draws of the new point given each.
    const front = (s: number): number[] => {
      const b = model.objectives[0]!.baseline.length / 2;
      return Array.from({ length: b }, (_, i) => model.objectives.map(({ draws: all }) => all[s * b + i]!)).flat();
    };
    let [sum, squares] = [0, 0];
    const total = 8000;
    for (let k = 0; k < total; k++) {
      const s = k % model.cells.draws;
      const point = model.objectives.map((objective) => {
        const { means, conditionalVariance } = predictGivenDraws(objective, x, s + 1);
        return means[s]! + Math.sqrt(conditionalVariance) * draws.normal();
      });
      const before = hypervolume(Float64Array.from(front(s)), m, reference);
      const gain = hypervolume(Float64Array.from([...front(s), ...point]), m, reference) - before;
      sum += gain;
      squares += gain * gain;
    }
    const mean = sum / total;
    const error = Math.sqrt((squares / total - mean * mean) / total);
    expect(mean).toBeGreaterThan(10 * error);
    expect(Math.abs(Math.exp(logExpectedImprovement(model)(x)) - mean)).toBeLessThan(4 * error);
  });
}

for (const m of [1, 2, 3, 4]) {
  test(`with ${m} objectives the slope is that of finite differences, near the front and far from it`, () => {
    const model = modelOf(m);
    for (const x of [Float64Array.of(0.4, 0.3), Float64Array.of(0.9, 0.9), Float64Array.of(0.02, 0.5)]) {
      const gradient = new Float64Array(2);
      const value = logExpectedImprovement(model)(x, gradient);
      expect(value).toBe(logExpectedImprovement(model)(x));
      for (const c of [0, 1]) {
        const at = (step: number): number => logExpectedImprovement(model)(x.with(c, x[c]! + step));
        const difference = (at(1e-6) - at(-1e-6)) / 2e-6;
        expect(Math.abs(gradient[c]! - difference)).toBeLessThan(1e-4 * (1 + Math.abs(difference)));
      }
    }
  });
}

test('so far from the front that every box underflows, value and slope are still those of finite differences', () => {
  const objectives = PROCESSES.slice(0, 2).map((each) =>
    conditionOnBaseline(each, new Float64Array(), new Float64Array()),
  );
  const improvement = logExpectedImprovement({
    objectives,
    cells: frontCells([Float64Array.of(-90, -70)], Float64Array.of(1.5, 1.5)),
  });
  const x = Float64Array.of(0.4, 0.3);
  const gradient = new Float64Array(2);
  expect(improvement(x, gradient)).toBeLessThan(-1000);
  for (const c of [0, 1]) {
    const at = (step: number): number => improvement(x.with(c, x[c]! + step));
    expect(gradient[c]! / ((at(1e-6) - at(-1e-6)) / 2e-6)).toBeCloseTo(1, 4);
  }
});

test('a finished point that breaks a requirement holds no place in the front', () => {
  const [only] = PROCESSES;
  const finished = Array.from({ length: ROWS }, (_, i) => row(i));
  const input = { models: [asModel(only!)], finished, pending: [], reference: Float64Array.of(9), seed: 'kept' };
  const shut = { model: asModel(PROCESSES[2]!), bound: -50 };
  expect(improvementModel({ ...input, requirements: [] }).objectives[0]!.baseline.length).toBeGreaterThan(0);
  expect(improvementModel({ ...input, requirements: [shut] }).objectives[0]!.baseline).toHaveLength(0);
  const open = { ...shut, bound: 50 };
  expect([...improvementModel({ ...input, requirements: [open] }).objectives[0]!.baseline]).toEqual([
    ...improvementModel({ ...input, requirements: [] }).objectives[0]!.baseline,
  ]);
});

test('a point that is evaluated already promises far less than one beside the front', () => {
  const known = conditionOnBaseline(PROCESSES[2]!, row(0).slice(), Float64Array.of(0.3));
  const model = { objectives: [known], cells: frontCells([known.draws], Float64Array.of(9)) };
  expect(logExpectedImprovement(model)(row(0))).toBeLessThan(
    logExpectedImprovement(model)(Float64Array.of(0.5, 0)) - 3,
  );
});

test('finished points that may belong to the front are drawn with it, hopeless ones are not', () => {
  const finished = Array.from({ length: ROWS }, (_, i) => row(i));
  const kept = (each: GaussianProcess): number => {
    const input = {
      models: [asModel(each)],
      requirements: [],
      finished,
      pending: [],
      reference: Float64Array.of(9),
      seed: 'kept',
    };
    return improvementModel(input).objectives[0]!.baseline.length / 2;
  };
  expect(kept(PROCESSES[2]!)).toBe(1);
  const doubtful = { ...PROCESSES[2]!.set, noise: new Float64Array(ROWS).fill(0.05) };
  expect(kept(fitGaussianProcess(doubtful, 0))).toBeGreaterThan(3);
});

test('the chance to hold a bound is the normal probability, and its slope that of finite differences', () => {
  const requirement = { model: asModel(PROCESSES[0]!), bound: 0.4 };
  const x = Float64Array.of(0.45, 0.62);
  const { mean, variance } = predict(PROCESSES[0]!, x);
  const deviation = Math.sqrt(variance + PROCESSES[0]!.hyperparameters.noise);
  expect(Math.exp(logFeasibility([requirement], x))).toBeCloseTo(cumulative((0.4 - mean) / deviation), 10);
  const gradient = new Float64Array(2);
  logFeasibility([requirement, requirement], x, gradient);
  for (const c of [0, 1]) {
    const at = (step: number): number => 2 * logFeasibility([requirement], x.with(c, x[c]! + step));
    expect(gradient[c]).toBeCloseTo((at(1e-6) - at(-1e-6)) / 2e-6, 4);
  }
  expect(logFeasibility([], x)).toBe(0);
});

test('the chance to be the first feasible one is low beside what is pending, and its slope that of finite differences', () => {
  const requirements = [
    { model: asModel(PROCESSES[0]!), bound: 0.4 },
    { model: asModel(PROCESSES[1]!), bound: -0.2 },
  ];
  const x = Float64Array.of(0.45, 0.62);
  const alone = logFirstFeasible(requirements, { pending: [], seed: 'first' });
  expect(alone(x)).toBe(logFeasibility(requirements, x));
  const beside = logFirstFeasible(requirements, { pending: [Float64Array.of(0.7, 0.6)], seed: 'first' });
  expect(beside(Float64Array.of(0.7, 0.6)) - alone(Float64Array.of(0.7, 0.6))).toBeLessThan(beside(x) - alone(x));
  const gradient = new Float64Array(2);
  expect(beside(x, gradient)).toBeLessThan(alone(x));
  for (const c of [0, 1]) {
    const at = (step: number): number => beside(x.with(c, x[c]! + step));
    expect(gradient[c]).toBeCloseTo((at(1e-6) - at(-1e-6)) / 2e-6, 4);
  }
});
