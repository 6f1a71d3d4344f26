/** What the proposer is told of a finished trial: its noise without the gain, and a task for each provenance. */

import { expect, test } from 'vitest';
import { observationOf } from '../../../coordinator/campaign/proposer-history.js';
import type { Campaign } from '../../../shared/domain/campaign.js';
import { PROVENANCES, type EnergyUncertainty } from '../../../shared/domain/measurement.js';
import type { TrialResult } from '../../../shared/domain/trial.js';
import { accuracyCampaign, energyResult } from '../../support/energy-results.js';

const perToken: Campaign = {
  ...accuracyCampaign,
  objectives: accuracyCampaign.objectives.map((objective) =>
    objective.from === 'energy' ? { ...objective, energy: { window: 'infer', per: 'token' } } : objective,
  ),
};

function withUncertainty(uncertainty: EnergyUncertainty, items?: number): TrialResult {
  const result = energyResult({ index: 1, joules: 100 });
  const energy = { kind: 'usable', joules: 100, provenance: 'counter', uncertainty } as const;
  return { ...result, energies: { energy: items === undefined ? energy : { ...energy, items } } };
}

const PARTS: EnergyUncertainty = { edgeJoules: 2, samplingJoules: 3, gapJoules: 6, gainJoules: 50 };

test('the noise is the random part and never the gain', () => {
  expect(observationOf(accuracyCampaign, withUncertainty(PARTS))?.noise).toEqual([undefined, 7]);
});

test('what repeats differ by is noise too, and all of it is per item', () => {
  const spread = { ...PARTS, spreadJoules: 24 };
  expect(observationOf(perToken, withUncertainty(spread, 10))?.noise).toEqual([undefined, 2.5]);
});

test('a noise per item of nothing is not known', () => {
  expect(observationOf(perToken, withUncertainty(PARTS, 0))?.noise).toEqual([undefined, undefined]);
});

test('each provenance of one class is a task of its own', () => {
  const tasks = PROVENANCES.map(
    (provenance) => observationOf(accuracyCampaign, energyResult({ index: 1, joules: 5, provenance }))?.task,
  );
  expect(tasks).toEqual(PROVENANCES.map((provenance) => `A / ${provenance}`));
});
