import { expect, test } from 'vitest';

import { nonDominated } from '../../../coordinator/pareto/dominance.js';
import { propose } from '../../../coordinator/proposer/propose.js';
import { contextOf } from '../../../coordinator/proposer/request-context.js';
import { fitModels, type FittedModels } from '../../../coordinator/proposer/fit-models.js';
import { candidateFrom } from '../../../coordinator/proposer/candidate.js';
import { improvementBox } from '../../../coordinator/proposer/improvement-box.js';
import { fitCostModel, logExpectedCost } from '../../../coordinator/proposer/search-cost.js';
import { isStalled } from '../../../coordinator/proposer/stalled.js';
import { standardise } from '../../../coordinator/proposer/value-model.js';
import { predict } from '../../../coordinator/surrogate/gaussian-process.js';
import type { Objective, OutcomeConstraint } from '../../../shared/domain/campaign.js';
import type { Configuration } from '../../../shared/domain/configuration.js';
import { present } from '../../../shared/domain/present.js';
import type { ProposalRequest, ProposerObservation } from '../../../shared/domain/proposal.js';
import { seededRandom } from '../../../shared/runtime/random.js';

const objective = (name: string, threshold?: number): Objective => ({
  name,
  goal: 'minimize',
  unit: '',
  scale: 'linear',
  from: 'metric',
  metric: name,
  ...(threshold !== undefined && { threshold }),
});

const BASE: ProposalRequest = {
  space: {
    parameters: ['x', 'y'].map((name) => ({ kind: 'float', name, low: 0, high: 1, scale: 'linear' })),
    constraints: [],
  },
  objectives: [objective('loss')],
  constraints: [],
  settings: { kind: 'model', start: 4, first: [] },
  seed: 5,
  index: 0,
  count: 1,
  history: [],
  pending: [],
};

type Measure = (x: number, y: number, i: number) => Partial<ProposerObservation>;

/** `count` Sobol configurations of the request's space, measured. */
function past(count: number, measure: Measure): ProposerObservation[] {
  const { configurations } = propose({ ...BASE, settings: { ...BASE.settings, kind: 'sobol' }, count });
  return configurations.map((configuration, i) => {
    const measured = measure(Number(configuration['x']), Number(configuration['y']), i);
    const values = measured.values ?? [];
    return { configuration, task: 'A', noise: values.map(() => undefined), feasible: true, values, ...measured };
  });
}

const request = (history: readonly ProposerObservation[], more: Partial<ProposalRequest> = {}): ProposalRequest => ({
  ...BASE,
  history,
  index: history.length,
  ...more,
});

const distance = (a: Configuration, b: Configuration): number =>
  Math.hypot(Number(a['x']) - Number(b['x']), Number(a['y']) - Number(b['y']));

const CORNER: OutcomeConstraint = { metric: 'sum', relation: '>=', bound: 1.9 };

test('while nothing is feasible the chance to become so is sought, apart from what is pending', () => {
  const history = past(10, (x, y) => ({ values: [x + y], constraintValues: [x + y] })).filter(
    ({ values }) => Number(values[0]) < 1.5,
  );
  const { configurations, method } = propose(request(history, { constraints: [CORNER], count: 3 }));
  expect(method).toContain('chance that the constraints hold');
  const [next] = configurations;
  expect(Number(next!['x']) + Number(next!['y'])).toBeGreaterThan(1.8);
  expect(distance(next!, configurations[1]!)).toBeGreaterThan(0.01);
});

test('once something is feasible, improvement is sought within the constraint', () => {
  const history = past(12, (x, y) => ({ values: [x + y], constraintValues: [x + y] }));
  const best = { ...history[0]!, configuration: { x: 0.97, y: 0.98 }, values: [1.95], constraintValues: [1.95] };
  const { configurations, method } = propose(request([...history, best], { constraints: [CORNER] }));
  expect(method).toContain('weighted by the chance');
  const [next] = configurations;
  expect(Number(next!['x']) + Number(next!['y'])).toBeGreaterThan(1.88);
  expect(Number(next!['x']) + Number(next!['y'])).toBeLessThan(1.96);
});

/** Two valleys of equal depth along x; trials cost a hundred times as much beyond the middle. */
const valleys = (x: number): number => Math.cos(4 * Math.PI * x) + 1;
const joules = (x: number): number => 100 ** (x > 0.5 ? 1 : 0);

test('per joule, the cheaper of two equal valleys is searched first; without costs the setting changes nothing', () => {
  const measured = past(16, (x) => ({ values: [valleys(x)], costJoules: joules(x) }));
  const perJoule = { settings: { ...BASE.settings, perJoule: true } };
  const { configurations, method } = propose(request(measured, { ...perJoule, count: 3 }));
  expect(method).toContain('per joule of search energy');
  for (const { x } of configurations) expect(Number(x)).toBeLessThan(0.5);
  const unknown = past(16, (x) => ({ values: [valleys(x)] }));
  expect(propose(request(unknown, perJoule))).toEqual(propose(request(unknown)));
});

test('the expected cost is the mean of a log-normal variable, and its slope that of finite differences', () => {
  const history = past(9, (x, y) => ({ values: [x], costJoules: 50 * Math.exp(2 * x - y) }));
  const context = contextOf(request(history, { settings: { ...BASE.settings, perJoule: true } }));
  const model = present(fitCostModel(context), 'cost model');
  const at = Float64Array.of(0.93, 0.04);
  const { mean, variance } = predict(model.process, at);
  const random = seededRandom('cost');
  let sum = 0;
  for (let k = 0; k < 20_000; k++) {
    sum += Math.exp(model.shift + model.scale * (mean + Math.sqrt(variance) * random.normal()));
  }
  const cost = logExpectedCost(model);
  expect(cost(at)).toBeCloseTo(Math.log(sum / 20_000), 1);
  const gradient = new Float64Array(2);
  cost(at, gradient);
  for (const c of [0, 1]) {
    const moved = (step: number): number => cost(at.with(c, at[c]! + step));
    expect(gradient[c]).toBeCloseTo((moved(1e-5) - moved(-1e-5)) / 2e-5, 4);
  }
});

/** The front runs from (0, 1) to (1, 0) at y = 0; large y is worse by far in both objectives. */
const tradeOff: Measure = (x, y) => ({ values: [x + 20 * y * y, 1 - x + 20 * y * y] });

function boxOf(
  history: readonly ProposerObservation[],
  objectives: readonly Objective[],
): {
  readonly models: FittedModels;
  readonly reference: (index: number) => number[];
} {
  const context = contextOf(request(history, { objectives }));
  const models = fitModels(context);
  if (typeof models === 'string') throw new Error(models);
  const outcomes = Float64Array.from(models.working.flatMap(({ observation }) => observation.values.map(Number)));
  const front = nonDominated(outcomes, objectives.length).map((i) =>
    candidateFrom(context.space, models.working[i]!.observation.configuration),
  );
  const box = improvementBox(context, models, front);
  const inUnits = (value: number, j: number): number =>
    models.objectives[j]!.shift + models.objectives[j]!.scale * value;
  return { models, reference: (index) => Array.from(box.reference(index), inUnits) };
}

test('without thresholds the bound is that of the optima, not of the worst outcomes, but for one proposal in five', () => {
  const { reference } = boxOf(past(24, tradeOff), [objective('a'), objective('b')]);
  for (const value of reference(31)) {
    expect(value).toBeGreaterThan(0.9);
    expect(value).toBeLessThan(2);
  }
  for (const value of reference(30)) expect(value).toBeGreaterThan(2.5);
});

test('once the ends of the front are tried, no proposal is spent on them', () => {
  const ends = [
    [0, 0],
    [1, 0],
    [0.5, 0],
  ].map(([x, y]) => ({
    ...past(1, () => ({}))[0]!,
    configuration: { x: x!, y: y! },
    ...tradeOff(x!, y!, 0),
    noise: [undefined, undefined],
  }));
  const { reference } = boxOf([...past(24, tradeOff), ...ends], [objective('a'), objective('b')]);
  expect(reference(30)).toEqual(reference(31));
});

test('thresholds are the bound, for every proposal', () => {
  const { models, reference } = boxOf(past(24, tradeOff), [objective('a', 3), objective('b', 7)]);
  expect(standardise(models.objectives[0]!, reference(30)[0]!)).toBeCloseTo(standardise(models.objectives[0]!, 3), 9);
  expect(reference(31)[1]).toBeCloseTo(7, 9);
});

/** Eight results after the start that add nothing to a front at the first one; the last is far from what was expected. */
function stalled(surprise: number): boolean {
  const history = past(20, (x, y, i) => ({ values: [i === 0 ? -1 : x + y + (i === 19 ? surprise : 0)] }));
  const context = contextOf(request(history, { settings: { ...BASE.settings, start: 12 } }));
  const models = fitModels(context);
  if (typeof models === 'string') throw new Error(models);
  return isStalled(context, models, new Set([context.points[0]!.features.join()]));
}

test('eight results without gain, one of them a surprise, make a model suspect; without a surprise they do not', () => {
  expect(stalled(30)).toBe(true);
  expect(stalled(0)).toBe(false);
});

test('a suspect model gives way to one remote configuration, and says so', () => {
  const near = Array.from({ length: 8 }, (_, i) => ({ x: 0.1 + 0.005 * i, y: 0.1 }));
  const history = [
    ...past(12, (x, y) => ({ values: [(x - 0.1) ** 2 + (y - 0.1) ** 2 - (x < 0.2 && y < 0.2 ? 1 : 0)] })),
    ...near.map((configuration, i) => ({
      ...past(1, () => ({}))[0]!,
      configuration,
      values: [i === 7 ? 9 : 0.2],
      noise: [undefined],
    })),
  ];
  const start = { settings: { ...BASE.settings, start: 12 } };
  const { configurations, method } = propose(request(history, start));
  expect(method).toContain('remote');
  for (const { configuration } of history) expect(distance(configuration, configurations[0]!)).toBeGreaterThan(0.1);
});
