import { expect, test } from 'vitest';

import { propose } from '../../../coordinator/proposer/propose.js';
import type { Objective, ProposerKind } from '../../../shared/domain/campaign.js';
import type { Configuration } from '../../../shared/domain/configuration.js';
import type { ProposalRequest, ProposerObservation } from '../../../shared/domain/proposal.js';
import type { SearchSpace } from '../../../shared/domain/search-space.js';
import { BRANIN_CURRIN } from './benchmark-problems.js';
import { finalHypervolume } from './run-campaign.js';

const LINE: SearchSpace = {
  parameters: [{ kind: 'float', name: 'x', low: 0, high: 1, scale: 'linear' }],
  constraints: [],
};
const loss: Objective = { name: 'loss', goal: 'minimize', unit: '', scale: 'linear', from: 'metric', metric: 'loss' };

const request = (kind: ProposerKind, more: Partial<ProposalRequest> = {}): ProposalRequest => ({
  space: LINE,
  objectives: [loss],
  constraints: [],
  settings: { kind, start: 0, first: [] },
  seed: 1,
  index: more.history?.length ?? 0,
  count: 1,
  history: [],
  pending: [],
  ...more,
});

const observed = (configuration: Configuration, value: number, more: object = {}): ProposerObservation => ({
  configuration,
  task: 'A',
  values: [value],
  noise: [],
  feasible: true,
  ...more,
});

const bowl = ({ x }: Configuration): number => (Number(x) - 0.3) ** 2;
const spread = (count: number): readonly Configuration[] => propose(request('sobol', { count })).configurations;
const average = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const xs = (kind: ProposerKind, more: Partial<ProposalRequest>): number[] =>
  Array.from({ length: 12 }, (_, seed) => Number(propose(request(kind, { ...more, seed })).configurations[0]!['x']));

for (const kind of ['tpe', 'nsga2'] as const) {
  test(`${kind} finds more of the front of Branin-Currin than random search`, () => {
    const found = (each: ProposerKind): number =>
      average(
        [0, 1, 2].map((seed) => finalHypervolume({ problem: BRANIN_CURRIN, kind: each, seed, start: 10, total: 50 })),
      );
    expect(found(kind)).toBeGreaterThan(found('random') + 5);
  });

  test(`${kind} goes where results are good, and to the other end when the goal is turned around`, () => {
    const history = spread(30).map((each) => observed(each, bowl(each)));
    expect(average(xs(kind, { history }).map((x) => Math.abs(x - 0.3)))).toBeLessThan(0.2);
    const opposite = xs(kind, { history, objectives: [{ ...loss, goal: 'maximize' }] });
    expect(average(opposite)).toBeGreaterThan(0.8);
  });

  test(`${kind} keeps outcome constraints in mind`, () => {
    const constraints = [{ metric: 'memory', relation: '<=', bound: 0.5 }] as const;
    const history = spread(30).map((each) =>
      observed(each, bowl(each), { constraintValues: [1.2 - Number(each['x'])] }),
    );
    expect(average(xs(kind, { history, constraints }))).toBeGreaterThan(0.6);
  });

  test(`${kind} waits with a reason until something has finished`, () => {
    const { configurations, method } = propose(
      request(kind, { history: [observed({ x: 0.5 }, 1, { feasible: false })] }),
    );
    expect(configurations).toHaveLength(1);
    expect(method).toMatch(
      /^scrambled Sobol points, because .* finished with all their objectives so far$|with all its objectives so far$/,
    );
  });
}

test('the Parzen estimator keeps away from what failed and from what is pending', () => {
  const good = spread(20).map((each) => observed(each, bowl(each)));
  const failed = Array.from({ length: 12 }, (_, i) => observed({ x: 0.2 + i / 100 }, 0, { feasible: false }));
  const near = (all: readonly number[]): number => all.filter((x) => x > 0.18 && x < 0.33).length;
  expect(near(xs('tpe', { history: [...good, ...failed] }))).toBeLessThan(near(xs('tpe', { history: good })));
  const pending = Array.from({ length: 12 }, (_, i) => ({ x: 0.2 + i / 100 + 0.001 }));
  expect(near(xs('tpe', { history: good, pending }))).toBeLessThan(near(xs('tpe', { history: good })));
});

test('the Parzen estimator learns each branch of a conditional space from its own results', () => {
  const space: SearchSpace = {
    parameters: [
      { kind: 'categorical', name: 'kind', values: ['a', 'b'] },
      { kind: 'float', name: 'p', low: 0, high: 1, scale: 'linear', when: { parameter: 'kind', in: ['a'] } },
      { kind: 'float', name: 'q', low: 0, high: 1, scale: 'linear', when: { parameter: 'kind', in: ['b'] } },
    ],
    constraints: [],
  };
  const { configurations } = propose(request('sobol', { space, count: 60 }));
  const value = ({ kind, p, q }: Configuration): number =>
    kind === 'a' ? 1 + (Number(p) - 0.9) ** 2 : (Number(q) - 0.2) ** 2;
  const history = configurations.map((each) => observed(each, value(each)));
  const next = Array.from(
    { length: 12 },
    (_, seed) => propose(request('tpe', { space, history, seed })).configurations[0]!,
  );
  const ofB = next.filter(({ kind }) => kind === 'b');
  expect(ofB.length).toBeGreaterThanOrEqual(9);
  expect(average(ofB.map(({ q }) => Math.abs(Number(q) - 0.2)))).toBeLessThan(0.1);
});

test('the grid fits into the expected trials, has both ends, and is refined when it is used up', () => {
  const space: SearchSpace = {
    parameters: [
      { kind: 'float', name: 'rate', low: 1e-4, high: 1, scale: 'log' },
      { kind: 'integer', name: 'n', low: 1, high: 3, scale: 'linear' },
    ],
    constraints: [],
  };
  const settings = { kind: 'grid', start: 5, first: [], expectedTrials: 15 } as const;
  const { configurations, method } = propose(request('grid', { space, settings, count: 15 }));
  expect(method).toBe('grid with 5 levels for each of 1 continuous parameter, laid out for 15 trials');
  const rates = [...new Set(configurations.map(({ rate }) => Number(rate)))].sort((a, b) => a - b);
  expect(rates.map((rate) => Math.log10(rate))).toEqual([-4, -3, -2, -1, 0].map((power) => expect.closeTo(power, 9)));
  expect(configurations).toHaveLength(15);
  const first = configurations.slice(0, 5);
  expect(new Set(first.map(({ n }) => n)).size).toBe(3);
  expect(new Set(first.map(({ rate }) => rate)).size).toBeGreaterThanOrEqual(4);
  const pending = [...configurations];
  const [more] = propose(request('grid', { space, settings, pending, index: 15 })).configurations;
  expect(Math.abs(Math.log10(Number(more!['rate'])) % 1)).toBeCloseTo(0.5, 9);
  const finite = { ...space, parameters: space.parameters.slice(1) };
  expect(propose(request('grid', { space: finite, count: 5 }))).toMatchObject({
    configurations: [{}, {}, {}],
    method: expect.stringContaining('grid of all configurations; nothing left to propose'),
  });
});
