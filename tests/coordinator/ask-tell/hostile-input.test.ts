/** Bad and extreme input of the engine: a clear error or sound proposals; never a hang, never a number that is none. */

import { describe, expect, test } from 'vitest';

import { propose } from '../../../coordinator/proposer/propose.js';
import { compileSpace } from '../../../coordinator/space/compiled-space.js';
import { canonicalConfiguration } from '../../../shared/domain/configuration.js';
import { DomainError } from '../../../shared/domain/errors.js';
import type { Objective, ProposerKind } from '../../../shared/domain/campaign.js';
import type { ProposalRequest, ProposerObservation } from '../../../shared/domain/proposal.js';
import type { Parameter, SearchSpace } from '../../../shared/domain/search-space.js';
import { seededRandom } from '../../../shared/runtime/random.js';

/** What learns from outcomes, and what does not. */
const LEARNERS = ['model', 'tpe', 'nsga2'] as const satisfies readonly ProposerKind[];
const KINDS = ['random', 'sobol', 'grid', ...LEARNERS] as const satisfies readonly ProposerKind[];

const float = (name: string, low = 0, high = 1): Parameter => ({ kind: 'float', name, low, high, scale: 'linear' });
const PLANE: SearchSpace = { parameters: [float('x'), float('y')], constraints: [] };

const minimise = (name: string, scale: Objective['scale'] = 'linear'): Objective => ({
  name,
  goal: 'minimize',
  unit: '',
  scale,
  from: 'metric',
  metric: name,
});

interface Story {
  readonly space?: SearchSpace;
  readonly objectives?: readonly Objective[];
  readonly constraints?: ProposalRequest['constraints'];
  readonly runs?: number;
  /** What becomes of a run; the rest is as if all had gone well. */
  readonly run?: (i: number) => Partial<ProposerObservation>;
}

/** The configurations of a story are those of a plain random search. */
function requestOf(story: Story, kind: ProposerKind): ProposalRequest {
  const { space = PLANE, objectives = [minimise('a'), minimise('b')], constraints = [], runs = 14, run } = story;
  const compiled = compileSpace(space);
  const random = seededRandom('hostile');
  const history = Array.from({ length: runs }, (_, i): ProposerObservation => {
    const point = Float64Array.from({ length: compiled.dimension }, () => random.uniform());
    const values = objectives.map((_, j) => 1 + ((i * (j + 3)) % 7) + random.uniform());
    return {
      configuration: compiled.decode(point),
      task: 'one',
      values,
      noise: values.map(() => undefined),
      feasible: true,
      ...run?.(i),
    };
  });
  return {
    space,
    objectives,
    constraints,
    settings: { kind, start: 4, first: [] },
    seed: 1,
    index: history.length,
    count: 2,
    history,
    pending: [],
  };
}

const same = (value: number, noise?: number): Partial<ProposerObservation> => ({
  values: [value, value],
  noise: [noise, noise],
});

const OUTCOMES: Readonly<Record<string, Story>> = {
  'outcomes that are not a number': { run: (i) => (i % 3 === 0 ? same(NaN) : {}) },
  'infinite outcomes': { run: (i) => (i % 3 === 0 ? { values: [Infinity, -Infinity] } : {}) },
  'outcomes that are missing': { run: (i) => (i % 3 === 0 ? { values: [undefined, 2] } : {}) },
  'no outcome that is a number': { run: () => same(NaN) },
  'negative and zero outcomes on a log scale': {
    objectives: [minimise('a', 'log'), minimise('b', 'log')],
    run: (i) => (i % 2 === 0 ? { values: [-1, 0] } : {}),
  },
  'only negative outcomes on a log scale': {
    objectives: [minimise('a', 'log'), minimise('b')],
    run: (i) => ({ values: [-1 - i, i] }),
  },
  'outcomes near 1e-300': { run: (i) => ({ values: [(i + 1) * 1e-300, (20 - i) * 1e-300] }) },
  'outcomes near 1e300': { run: (i) => ({ values: [(i + 1) * 1e300, (20 - i) * 1e300] }) },
  'outcomes near the largest number of either sign': { run: (i) => same(i % 2 === 0 ? 1.7e308 : -1.7e308) },
  'outcomes of very different sizes': { run: (i) => ({ values: [10 ** (30 * i - 200), 10 ** (200 - 30 * i)] }) },
  'outcomes from 1e-300 to 1e300 on a log scale': {
    objectives: [minimise('a', 'log'), minimise('b', 'log')],
    run: (i) => ({ values: [10 ** (45 * i - 300), 10 ** (300 - 45 * i)] }),
  },
  'outcomes that are all the same': { run: () => same(3) },
  'outcomes that are all 0': { run: () => same(0) },
  'outcomes that differ in the last digit': { run: (i) => same(1 + i * Number.EPSILON) },
  'one outcome far beyond the others': { run: (i) => (i === 5 ? same(1e200) : {}) },
  'runs that all failed': {
    run: () => ({ feasible: false, failure: 'out-of-memory', values: [undefined, undefined] }),
  },
  'runs of which one worked': {
    run: (i) => (i === 3 ? {} : { feasible: false, failure: 'diverged', values: [undefined, undefined] }),
  },
  'standard errors that are huge': { run: (i) => ({ noise: [1e300, i * 1e10] }) },
  'standard errors that are infinite or no number': { run: () => ({ noise: [Infinity, NaN] }) },
  'standard errors of 0': { run: () => ({ noise: [0, 0] }) },
  'negative standard errors': { run: () => ({ noise: [-1, -1] }) },
  'replicates that contradict each other': {
    run: (i) => ({ configuration: { x: 0.5, y: 0.25 }, values: [i % 2 === 0 ? 1e6 : -1e6, i] }),
  },
  'configurations that are nearly the same': {
    run: (i) => ({ configuration: { x: 0.5 + i * 1e-15, y: 0.5 }, values: [i, -i] }),
  },
  'costs that are 0, infinite or no number': { run: (i) => ({ costJoules: [0, Infinity, NaN][i % 3]! }) },
  'outcome constraints that contradict each other': {
    constraints: [
      { metric: 'm', relation: '<=', bound: 0 },
      { metric: 'm', relation: '>=', bound: 1 },
    ],
    run: (i) => ({ constraintValues: [i, i] }),
  },
  'an outcome constraint that nothing meets': {
    constraints: [{ metric: 'm', relation: '<=', bound: -1e300 }],
    run: (i) => ({ constraintValues: [i * 1e10] }),
  },
  'outcome constraints without a known value': {
    constraints: [{ metric: 'm', relation: '<=', bound: 1 }],
    run: (i) => ({ constraintValues: [i % 2 === 0 ? undefined : NaN] }),
  },
  'one objective': { objectives: [minimise('a')], run: (i) => ({ values: [i], noise: [undefined] }) },
  'seven objectives': { objectives: Array.from({ length: 7 }, (_, j) => minimise(`o${j}`)) },
  'a threshold that nothing reaches': { objectives: [{ ...minimise('a'), threshold: -1e9 }, minimise('b')] },
  'a threshold that everything is far within': { objectives: [{ ...minimise('a'), threshold: 1e300 }, minimise('b')] },
};

const SPACES: Readonly<Record<string, Story>> = {
  'parameters near 1e-300': {
    space: {
      parameters: [float('x', 1e-300, 3e-300), { kind: 'float', name: 'y', low: 1e-300, high: 1, scale: 'log' }],
      constraints: [],
    },
  },
  'parameters near 1e300': {
    space: {
      parameters: [float('x', -8e307, 8e307), { kind: 'float', name: 'y', low: 1, high: 1e300, scale: 'log' }],
      constraints: [],
    },
  },
  'parameters of denormal width': { space: { parameters: [float('x', 0, 1e-320), float('y')], constraints: [] } },
  'whole numbers up to the largest': {
    space: {
      parameters: [
        { kind: 'integer', name: 'x', low: 0, high: Number.MAX_SAFE_INTEGER, scale: 'linear' },
        { kind: 'integer', name: 'y', low: 1, high: Number.MAX_SAFE_INTEGER, scale: 'log' },
      ],
      constraints: [],
    },
  },
  '40 parameters': { space: { parameters: Array.from({ length: 40 }, (_, i) => float(`x${i}`)), constraints: [] } },
  'a choice of 200': {
    space: {
      parameters: [
        { kind: 'categorical', name: 'choice', values: Array.from({ length: 200 }, (_, i) => `c${i}`) },
        float('x'),
      ],
      constraints: [],
    },
  },
  'a constraint between parameters that few points keep': {
    space: { ...PLANE, constraints: ['x + y <= 0.02'] },
    run: (i) => ({ configuration: { x: i / 1000, y: 0.005 } }),
  },
  'an equation between parameters': {
    space: {
      parameters: [
        { kind: 'integer', name: 'x', low: 1, high: 64, scale: 'log' },
        { kind: 'integer', name: 'y', low: 1, high: 1000, scale: 'linear' },
      ],
      constraints: ['y % x == 0'],
    },
    run: (i) => ({ configuration: { x: 1 + i, y: 3 * (1 + i) } }),
  },
};

/** What every proposal must be, whatever it was made from. */
function expectSound(request: ProposalRequest): void {
  const { configurations, method } = propose(request);
  const space = compileSpace(request.space);
  expect(method).not.toBe('');
  expect(configurations).toHaveLength(request.count);
  for (const configuration of configurations) {
    expect(space.faults(configuration)).toEqual([]);
    expect(Object.values(configuration).filter(Number.isNaN)).toEqual([]);
  }
  const known = new Set(request.history.map(({ configuration }) => canonicalConfiguration(configuration)));
  const keys = configurations.map(canonicalConfiguration);
  expect(keys.filter((key) => known.has(key))).toEqual([]);
  expect(new Set(keys).size).toBe(keys.length);
}

describe.each(LEARNERS)('%s', (kind) => {
  test.each(Object.entries(OUTCOMES))('makes legal, new proposals from %s', (_, story) => {
    expectSound({ ...requestOf(story, kind), count: 1 });
  });
});

describe.each(KINDS)('%s', (kind) => {
  test.each(Object.entries(SPACES))('makes legal, new proposals in a space of %s', (_, story) => {
    expectSound(requestOf(story, kind));
  });

  test('proposes the only configuration of a space once, then says that nothing is left', () => {
    const space: SearchSpace = { parameters: [{ kind: 'constant', name: 'x', value: 3 }], constraints: [] };
    const empty = requestOf({ space, runs: 0 }, kind);
    expect(propose(empty).configurations).toEqual([{ x: 3 }]);
    const { configurations, method } = propose(requestOf({ space, runs: 6 }, kind));
    expect(configurations).toEqual([]);
    expect(method).toMatch(/nothing left/);
  });

  test.each([
    ['a listed', { kind: 'ordinal', name: 'x', values: [1, 2, 3] }],
    ['a continuous', float('x')],
  ] as const)('refuses %s space in which nothing is allowed, or has nothing to propose', (_, parameter) => {
    const space: SearchSpace = { parameters: [parameter], constraints: ['x > 5'] };
    const request: ProposalRequest = { ...requestOf({ runs: 0 }, kind), space };
    try {
      expect(propose(request).configurations).toEqual([]);
    } catch (error) {
      expect(error).toBeInstanceOf(DomainError);
    }
  });
});

test('the automatic choice takes 10,000 results', () => {
  expectSound({ ...requestOf({ runs: 10_000 }, 'auto'), count: 1 });
});

test('outcomes that say nothing lead to a search that spreads', () => {
  const run = (): Partial<ProposerObservation> => same(3);
  let request = { ...requestOf({ run }, 'model'), count: 1 };
  for (let i = 0; i < 6; i++) {
    const [configuration] = propose(request).configurations;
    request = {
      ...request,
      index: request.index + 1,
      history: [...request.history, { ...request.history[0]!, configuration: configuration! }],
    };
  }
  const found = request.history.slice(-6).map(({ configuration: { x, y } }) => [Number(x), Number(y)] as const);
  const distances = found.flatMap(([x, y], i) => found.slice(0, i).map(([u, v]) => Math.hypot(x - u, y - v)));
  expect(Math.min(...distances)).toBeGreaterThan(0.1);
});
