import { expect, test } from 'vitest';
import { energyPredictors } from '../../../coordinator/analysis/energy-predictors.js';
import type { Campaign } from '../../../shared/domain/campaign.js';
import { accuracyCampaign, energyResult } from '../../support/energy-results.js';

const campaign: Campaign = {
  ...accuracyCampaign,
  space: {
    parameters: [
      { kind: 'integer', name: 'width', low: 1, high: 9, scale: 'linear' },
      { kind: 'categorical', name: 'activation', values: ['gelu', 'relu'] },
    ],
    constraints: [],
  },
  metrics: [{ name: 'test_loss', role: 'test', unit: '' }],
};

const results = [3, 1, 4, 2, 5, 6].map((joules, i) =>
  energyResult({ index: i + 1, joules, metrics: { flops: 100 * joules, constant: 1, test_loss: joules } }),
);

test('what ranks energy perfectly comes first, constants, texts and sealed metrics not at all', () => {
  const predictors = energyPredictors(campaign, results);
  expect(predictors.map(({ kind, name }) => [kind, name])).toEqual([
    ['metric', 'flops'],
    ['parameter', 'width'],
  ]);
  expect(predictors[0]).toMatchObject({ objective: 'energy', hardwareClass: 'A', provenance: 'counter', trials: 6 });
  expect(predictors[0]!.correlation.value).toBeCloseTo(1, 12);
  expect(predictors[1]!.correlation.value).toBeCloseTo(1 - (6 * 10) / (6 * 35), 12);
});

test('too few trials give no correlation', () => {
  expect(energyPredictors(campaign, results.slice(0, 4))).toEqual([]);
});

test('run time is a candidate where it varies', () => {
  const timed = results.map((result, i) => ({
    ...result,
    observation: { ...result.observation!, durationSeconds: 10 - i },
  }));
  const runTime = energyPredictors(campaign, timed).find(({ kind }) => kind === 'run time');
  expect(runTime!.correlation.value).toBeCloseTo(-(1 - (6 * 10) / (6 * 35)), 12);
});
