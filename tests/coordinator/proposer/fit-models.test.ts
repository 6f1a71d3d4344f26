import { expect, test } from 'vitest';

import { logFeasibility } from '../../../coordinator/proposer/feasibility.js';
import { fitModels, type FittedModels } from '../../../coordinator/proposer/fit-models.js';
import { contextOf } from '../../../coordinator/proposer/request-context.js';
import { predictedMean } from '../../../coordinator/proposer/value-model.js';
import { predict } from '../../../coordinator/surrogate/gaussian-process.js';
import type { ProposalRequest, ProposerObservation } from '../../../shared/domain/proposal.js';
import { ENERGY, LOSS } from './sample-objectives.js';

const loss = (x: number): number => (x - 0.3) ** 2;
const joules = (x: number): number => 50 * Math.exp(2 * Math.sin(3 * x));

const observed = (x: number, task: string, more: Partial<ProposerObservation> = {}): ProposerObservation => ({
  configuration: { x },
  task,
  values: [loss(x), joules(x) * (task === 'big' ? 10 : 1)],
  noise: [undefined, undefined],
  feasible: true,
  ...more,
});
const failed = (x: number, task: string, failure: string): ProposerObservation =>
  observed(x, task, { feasible: false, failure, values: [undefined, undefined] });
const grid = (count: number, from = 0, to = 1): number[] =>
  Array.from({ length: count }, (_, i) => from + ((i + 0.5) * (to - from)) / count);

function fitted(history: readonly ProposerObservation[], more: Partial<ProposalRequest> = {}): FittedModels {
  const models = fitModels(
    contextOf({
      space: { parameters: [{ kind: 'float', name: 'x', low: 0, high: 1, scale: 'linear' }], constraints: [] },
      objectives: [LOSS, ENERGY],
      constraints: [],
      settings: { kind: 'model', start: 0, first: [] },
      seed: 1,
      index: 0,
      count: 1,
      history,
      pending: [],
      ...more,
    }),
  );
  if (typeof models === 'string') throw new Error(models);
  return models;
}
const at = (x: number): Float64Array => Float64Array.of(x);

test('energy is predicted for the class that is asked for, a metric for all classes alike', () => {
  const history = [...grid(10).map((x) => observed(x, 'small')), ...grid(4).map((x) => observed(x, 'big'))];
  for (const [task, factor] of [
    ['small', 1],
    ['big', 10],
  ] as const) {
    const [metric, energy] = fitted(history, { task }).objectives;
    expect(metric!.process.joint.tasks.count).toBe(1);
    expect(energy!.process.joint.tasks.count).toBe(2);
    expect(predictedMean(metric!, at(0.6))).toBeCloseTo(loss(0.6), 2);
    // 0.45 lies between the few configurations that ran on the big class.
    expect(Math.abs(predictedMean(energy!, at(0.5)) - Math.log(factor * joules(0.5)))).toBeLessThan(0.15);
  }
});

test('without a class asked for, the most common one is meant', () => {
  const history = [...grid(4).map((x) => observed(x, 'small')), ...grid(8).map((x) => observed(x, 'big'))];
  const [, energy] = fitted(history).objectives;
  expect(Math.abs(predictedMean(energy!, at(0.5)) - Math.log(10 * joules(0.5)))).toBeLessThan(0.15);
});

test('for a class that never ran, the others tell the shape, and it is doubted more', () => {
  const history = grid(12).map((x) => observed(x, 'small'));
  const [, energy] = fitted(history, { task: 'new' }).objectives;
  const [, known] = fitted(history, { task: 'small' }).objectives;
  const [low, high] = [predictedMean(energy!, at(0.95)), predictedMean(energy!, at(0.5))];
  expect(high - low).toBeGreaterThan(0.6 * (Math.log(joules(0.5)) - Math.log(joules(0.95))));
  expect(predict(energy!.process, at(0.5)).variance).toBeGreaterThan(10 * predict(known!.process, at(0.5)).variance);
});

test('running out of memory belongs to the class, diverging to all', () => {
  const run = (x: number, task: string): ProposerObservation => {
    if (x < 0.25) return failed(x, task, 'diverged');
    return task === 'small' && x > 0.6 ? failed(x, task, 'out-of-memory') : observed(x, task);
  };
  const history = ['small', 'big'].flatMap((task) => grid(12).map((x) => run(x, task)));
  const chance = (task: string, x: number): number =>
    Math.exp(logFeasibility(fitted(history, { task }).requirements, at(x)));
  expect(chance('small', 0.8)).toBeLessThan(0.3);
  expect(chance('big', 0.8)).toBeGreaterThan(0.6);
  for (const task of ['small', 'big']) {
    expect(chance(task, 0.42)).toBeGreaterThan(0.6);
    expect(chance(task, 0.1)).toBeLessThan(0.3);
  }
});

test('nothing failed, nothing is required', () => {
  expect(fitted(grid(6).map((x) => observed(x, 'small'))).requirements).toEqual([]);
});

test('earlier trials are further tasks: they inform the models and are no part of what worked here', () => {
  const history = grid(3).map((x) => observed(x, 'small'));
  const earlier = grid(15).map((x) => observed(x, 'small', { values: [loss(x) + 5, 7 * joules(x)] }));
  const [alone, informed] = [fitted(history), fitted(history, { earlier })];
  expect(informed.working).toHaveLength(3);
  const error = ({ objectives }: FittedModels, j: number, truth: (x: number) => number): number =>
    grid(9).reduce((sum, x) => sum + Math.abs(predictedMean(objectives[j]!, at(x)) - truth(x)), 0);
  expect(informed.objectives.map(({ process }) => process.joint.tasks.count)).toEqual([2, 2]);
  expect(error(informed, 0, loss)).toBeLessThan(error(alone, 0, loss));
  expect(error(informed, 1, (x) => Math.log(joules(x)))).toBeLessThan(
    0.5 * error(alone, 1, (x) => Math.log(joules(x))),
  );
  const illegal = [...earlier, { ...earlier[0]!, configuration: { elsewhere: 1 } }];
  expect(fitted(history, { earlier: illegal }).objectives[1]!.process.set.y).toHaveLength(18);
});

test('more classes than a process tells apart are taken together, the rarest ones', () => {
  const history = Array.from({ length: 11 }, (_, k) =>
    grid(k === 0 ? 8 : 3).map((x) => observed(x, `class ${k}`, { values: [loss(x), 2 ** k * joules(x)] })),
  ).flat();
  const [, energy] = fitted(history, { task: 'class 9' }).objectives;
  expect(energy!.process.joint.tasks.count).toBe(8);
  expect(Math.abs(predictedMean(energy!, at(0.5)) - Math.log(2 ** 9 * joules(0.5)))).toBeLessThan(0.3);
});

test('devices of a class whose sensors differ are told apart', () => {
  const history = grid(24).map((x, i) =>
    observed(x, 'small', { device: i % 2 ? 'a' : 'b', values: [loss(x), joules(x) * (i % 2 ? 1.3 : 1)] }),
  );
  const [metric, energy] = fitted(history).objectives;
  const [, blind] = fitted(
    history.map((each) => observed(Number(each.configuration['x']), 'small', { values: each.values })),
  ).objectives;
  expect(metric!.process.set.device).toBeUndefined();
  expect(energy!.process.joint.device).toBeGreaterThan(0.01);
  expect(energy!.process.hyperparameters.noise).toBeLessThan(0.5 * blind!.process.hyperparameters.noise);
});

test('with hundreds pending, the older ones still take away doubt', () => {
  const history = grid(6).map((x) => observed(x, 'small'));
  const pending = [...new Array<number>(5).fill(0.55), ...grid(64, 0.9, 1)].map((x) => ({ x }));
  const doubt = (models: FittedModels): number => predict(models.objectives[1]!.process, at(0.55)).variance;
  expect(doubt(fitted(history, { pending }))).toBeLessThan(0.7 * doubt(fitted(history)));
});

test('values of any size come out as numbers', () => {
  for (const size of [1e-300, 1e-150, 1, 1e150, 1e280]) {
    const history = grid(8).map((x) => observed(x, 'small', { values: [size * loss(x), size * (1 + x)] }));
    const { objectives } = fitted(history);
    const predicted = predictedMean(objectives[0]!, at(0.7)) / size;
    expect(Math.abs(predicted - loss(0.7))).toBeLessThan(0.02);
    expect(predictedMean(objectives[1]!, at(0.7)) - Math.log(size)).toBeCloseTo(Math.log(1.7), 1);
  }
});
