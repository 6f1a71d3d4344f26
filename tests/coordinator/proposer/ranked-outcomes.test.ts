import fc from 'fast-check';
import { expect, test } from 'vitest';

import { nonDominated } from '../../../coordinator/pareto/dominance.js';
import { hypervolume } from '../../../coordinator/pareto/hypervolume.js';
import { finishedOutcomes, rankedGroups } from '../../../coordinator/proposer/ranked-outcomes.js';
import { contextOf } from '../../../coordinator/proposer/request-context.js';
import { spreadOverFront } from '../../../coordinator/proposer/spread-front.js';
import type { Objective } from '../../../shared/domain/campaign.js';
import type { ProposalRequest, ProposerObservation } from '../../../shared/domain/proposal.js';
import { ENERGY, LOSS } from './sample-objectives.js';

const SPEED: Objective = { ...LOSS, name: 'speed', goal: 'maximize', metric: 'speed' };

const result = (x: number, values: readonly (number | undefined)[], more: object = {}): ProposerObservation => ({
  configuration: { x },
  task: 'A',
  values,
  noise: [],
  feasible: true,
  ...more,
});

const context = (history: readonly ProposerObservation[], more: Partial<ProposalRequest> = {}) =>
  contextOf({
    space: { parameters: [{ kind: 'integer', name: 'x', low: 0, high: 999, scale: 'linear' }], constraints: [] },
    objectives: [LOSS, SPEED],
    constraints: [],
    settings: { kind: 'tpe', start: 0, first: [] },
    seed: 1,
    index: history.length,
    count: 1,
    history,
    pending: [],
    ...more,
  });

const xs = (outcomes: readonly { candidate: { configuration: object } }[]): unknown[] =>
  outcomes.map(({ candidate }) => (candidate.configuration as { x: number }).x);

test('groups are the fronts that are left when those before them are taken away', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 9 })), {
        minLength: 1,
        maxLength: 60,
      }),
      (values) => {
        const { working } = finishedOutcomes(context(values.map((each, x) => result(x, each))));
        let left = [...working];
        for (const group of rankedGroups(working)) {
          const front = nonDominated(Float64Array.from(left.flatMap((each) => Array.from(each.values))), 2);
          expect(new Set(group)).toEqual(new Set(front.map((i) => left[i])));
          left = left.filter((each) => !group.includes(each));
        }
        expect(left).toEqual([]);
      },
    ),
    { seed: 4, numRuns: 100 },
  );
});

test('outcomes that break a constraint come last, by how much they break all of them', () => {
  const constraints = [
    { metric: 'latency', relation: '<=', bound: 10 },
    { metric: 'accuracy', relation: '>=', bound: 0.5 },
  ] as const;
  const history = [
    result(1, [0, 9], { constraintValues: [14, 0.9] }),
    result(2, [0, 9], { constraintValues: [11, 0.49] }),
    result(3, [5, 1], { constraintValues: [10, 0.5] }),
    result(4, [1, 1], { constraintValues: [11, 0.8] }),
    result(5, [9, 0], { constraintValues: [undefined, 0.7] }),
  ];
  const { working } = finishedOutcomes(context(history, { constraints }));
  expect(rankedGroups(working).map(xs)).toEqual([[3], [5], [4], [2], [1]]);
});

test('failures are kept apart, unknown objectives left out, replicates averaged', () => {
  const history = [
    result(1, [4, 1]),
    result(2, [undefined, 1]),
    result(3, [1, 1], { feasible: false }),
    result(1, [6, 3]),
    result(4, [1, 1], { feasible: false }),
    result(4, [2, 2]),
  ];
  const { working, failed } = finishedOutcomes(context(history));
  expect(xs(working)).toEqual([1, 4]);
  expect(Array.from(working[0]!.values)).toEqual([5, -2]);
  expect(failed.map(({ configuration }) => configuration)).toEqual([{ x: 3 }]);
});

test('a class that takes ten times the energy is centred on its own, and so is an earlier campaign', () => {
  const run = (x: number, task: string, factor: number): ProposerObservation => result(x, [factor * (1 + x)], { task });
  const history = [0, 1, 2, 3].map((x) => run(x, x % 2 ? 'big' : 'small', x % 2 ? 10 : 1));
  const earlier = [4, 5].map((x) => run(x, 'before', 1000));
  const { working } = finishedOutcomes(context(history, { objectives: [ENERGY], earlier }));
  const byX = new Map(working.map(({ candidate, values }) => [candidate.configuration['x'], values[0]!]));
  expect(byX.get(0)).toBeCloseTo(Math.log(1) - Math.log(3) / 2, 12);
  expect(byX.get(3)).toBeCloseTo(Math.log(4) - Math.log(8) / 2, 12);
  expect(byX.get(5)).toBeCloseTo(Math.log(6) - Math.log(30) / 2, 12);
});

test('outcomes that are spread over a front dominate nearly as much as the best greedy choice', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0.01, max: 1.56, noNaN: true }), { minLength: 8, maxLength: 30 }),
      (angles) => {
        const front = angles.map((angle) => Float64Array.of(1 - Math.cos(angle), 1 - Math.sin(angle)));
        const chosen = spreadOverFront(front, 4);
        expect(new Set(chosen).size).toBe(4);
        const worst = [0, 1].map((j) => Math.max(...front.map((each) => each[j]!)));
        const best = [0, 1].map((j) => Math.min(...front.map((each) => each[j]!)));
        const reference = Float64Array.from(worst, (value, j) => value + 0.1 * (value - best[j]!));
        const volume = (indices: readonly number[]): number =>
          hypervolume(Float64Array.from(indices.flatMap((i) => Array.from(front[i]!))), 2, reference);
        const greedy: number[] = [];
        while (greedy.length < 4) {
          const others = Array.from(front.keys()).filter((i) => !greedy.includes(i));
          greedy.push(others.reduce((a, b) => (volume([...greedy, a]) >= volume([...greedy, b]) ? a : b)));
        }
        expect(volume(chosen)).toBeGreaterThan(0.97 * volume(greedy));
      },
    ),
    { seed: 9, numRuns: 40 },
  );
});
