import { expect, test } from 'vitest';
import { frontOf } from '../../../coordinator/analysis/front-of.js';
import { outcomeGroups } from '../../../coordinator/analysis/outcome-groups.js';
import type { Campaign } from '../../../shared/domain/campaign.js';
import type { TrialResult } from '../../../shared/domain/trial.js';
import { accuracyCampaign, energyResult } from '../../support/energy-results.js';

const { objectives } = accuracyCampaign;
const groupsOf = (results: readonly TrialResult[], campaign: Campaign = accuracyCampaign) =>
  outcomeGroups(campaign, results);

test('classes and provenances are kept apart', () => {
  const groups = groupsOf([
    energyResult({ index: 1, on: 'A', joules: 10 }),
    energyResult({ index: 2, on: 'B', joules: 10 }),
    energyResult({ index: 3, on: 'A', joules: 10, provenance: 'model' }),
  ]);
  expect(groups.map(({ hardwareClass, provenance }) => [hardwareClass, provenance])).toEqual([
    ['A', 'counter'],
    ['B', 'counter'],
    ['A', 'model'],
  ]);
});

test('only completed, accounted results with every objective known count', () => {
  const good = energyResult({ index: 1, joules: 10 });
  const { attempt, ...unaccounted } = energyResult({ index: 2, joules: 10 });
  const failed = { ...good, trial: { ...good.trial, state: 'failed' as const } };
  const stopped = { ...good, trial: { ...good.trial, state: 'stopped-early' as const } };
  const notANumber = { ...good, objectives: { accuracy: Number.NaN, energy: 10 } };
  expect(attempt).toBe(1);
  expect(groupsOf([unaccounted, failed, stopped, notANumber, energyResult({ index: 3 })])).toEqual([]);
  expect(groupsOf([good])[0]!.outcomes).toHaveLength(1);
});

test('replicates become one outcome: means, smaller random part, same gain', () => {
  const [group] = groupsOf([
    energyResult({ index: 2, name: 'x', accuracy: 60, joules: 30, edgeJoules: 4, gain: 0.1 }),
    energyResult({ index: 1, name: 'x', accuracy: 50, joules: 10, edgeJoules: 3, gain: 0.1 }),
  ]);
  expect(group!.outcomes).toHaveLength(1);
  const [outcome] = group!.outcomes;
  expect(outcome).toMatchObject({ index: 1, trials: ['t.1', 't.2'], values: [55, 20] });
  expect(outcome!.uncertainties[0]).toBeUndefined();
  expect(outcome!.uncertainties[1]!.random).toBeCloseTo(5 / 2, 14);
  expect(outcome!.uncertainties[1]!.gain).toBeCloseTo((1 + 3) / 2, 14);
});

test('an energy per item carries its uncertainty per item', () => {
  const perToken: Campaign = {
    ...accuracyCampaign,
    objectives: [objectives[0]!, { ...objectives[1]!, from: 'energy', energy: { window: 'train', per: 'token' } }],
  };
  const result = energyResult({ index: 1, joules: 100, edgeJoules: 5, gain: 0.02 });
  const energies = { energy: { ...result.energies['energy']!, items: 50 } };
  const [group] = groupsOf([{ ...result, objectives: { accuracy: 50, energy: 2 }, energies }], perToken);
  expect(group!.outcomes[0]!.uncertainties[1]).toEqual({ random: 0.1, gain: 0.04 });
});

test('the front leaves out what is dominated, best first objective first', () => {
  const [group] = groupsOf([
    energyResult({ index: 1, accuracy: 50, joules: 10 }),
    energyResult({ index: 2, accuracy: 70, joules: 20 }),
    energyResult({ index: 3, accuracy: 60, joules: 25 }),
    energyResult({ index: 4, accuracy: 90, joules: 99 }),
  ]);
  expect(frontOf(objectives, group!).map(({ index }) => index)).toEqual([4, 2, 1]);
});

test('what breaks a constraint, or cannot be checked against it, is never on the front', () => {
  const constrained: Campaign = { ...accuracyCampaign, constraints: [{ metric: 'latency', relation: '<=', bound: 5 }] };
  const [group] = groupsOf(
    [
      energyResult({ index: 1, accuracy: 99, joules: 1, metrics: { latency: 5.1 } }),
      energyResult({ index: 2, accuracy: 98, joules: 2 }),
      energyResult({ index: 3, accuracy: 50, joules: 50, metrics: { latency: 5 } }),
    ],
    constrained,
  );
  expect(group!.outcomes.map(({ feasible }) => feasible)).toEqual([false, false, true]);
  expect(frontOf(objectives, group!).map(({ index }) => index)).toEqual([3]);
});

test('a constraint may name an objective', () => {
  const constrained: Campaign = {
    ...accuracyCampaign,
    constraints: [{ metric: 'accuracy', relation: '>=', bound: 60 }],
  };
  const [group] = groupsOf(
    [energyResult({ index: 1, accuracy: 59, joules: 1 }), energyResult({ index: 2, accuracy: 60, joules: 2 })],
    constrained,
  );
  expect(frontOf(objectives, group!).map(({ index }) => index)).toEqual([2]);
});
