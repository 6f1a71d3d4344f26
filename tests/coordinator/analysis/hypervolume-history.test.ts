import { expect, test } from 'vitest';
import { hypervolumeHistories, type HypervolumeHistory } from '../../../coordinator/analysis/hypervolume-history.js';
import type { AttemptRecord } from '../../../coordinator/analysis/search-energy.js';
import type { TrialResult } from '../../../shared/domain/trial.js';
import { accuracyCampaign, attemptOf, energyResult, reading } from '../../support/energy-results.js';

const first = energyResult({ index: 1, accuracy: 50, joules: 10 });
const second = energyResult({ index: 2, accuracy: 70, joules: 40 });
const dominated = energyResult({ index: 3, accuracy: 40, joules: 50 });

/** Accuracy from 20 upwards, energy from 100 downwards. */
function history(results: readonly TrialResult[], attempts: readonly AttemptRecord[]): HypervolumeHistory {
  return hypervolumeHistories({ campaign: accuracyCampaign, results, attempts, reference: [20, 100] })[0]!;
}

const VOLUME_1 = (50 - 20) * (100 - 10);
const VOLUME_2 = VOLUME_1 + (70 - 50) * (100 - 40);

test('the volume grows in user units, whatever the direction of the goal', () => {
  const { points } = history(
    [first, second, dominated],
    [attemptOf(first, 15), attemptOf(second, 45), attemptOf(dominated, 55)],
  );
  expect(points).toEqual([
    { trials: 1, joules: 15, hypervolume: VOLUME_1 },
    { trials: 2, joules: 60, hypervolume: VOLUME_2 },
    { trials: 3, joules: 115, hypervolume: VOLUME_2 },
  ]);
});

test('attempts count in the order of their end', () => {
  const late = attemptOf(first, 15, { endedUnixMilliseconds: 9_000 });
  const { points } = history([first, second], [late, attemptOf(second, 45)]);
  expect(points.map(({ joules }) => joules)).toEqual([45, 60]);
  expect(points[1]!.hypervolume).toBe(VOLUME_2);
});

test('lost attempts cost joules but finish no trial', () => {
  const lost = attemptOf(second, 5, {
    attempt: 7,
    accounted: false,
    end: { kind: 'lost' },
    endedUnixMilliseconds: 1_800,
  });
  const { points, lowerBound } = history([first, second], [attemptOf(first, 15), lost, attemptOf(second, 45)]);
  expect(points.map(({ trials, joules }) => [trials, joules])).toEqual([
    [1, 15],
    [2, 65],
  ]);
  expect(lowerBound).toBe(false);
});

test('a failed trial counts as finished at its last attempt', () => {
  const failed: TrialResult = {
    trial: { ...dominated.trial, state: 'failed' },
    objectives: {},
    missing: {},
    energies: {},
  };
  const attempts = [1, 2].map((attempt) =>
    attemptOf(dominated, 5, {
      attempt,
      accounted: false,
      end: { kind: 'lost' },
      endedUnixMilliseconds: 2_000 + attempt,
    }),
  );
  const { points } = history([first, failed], [attemptOf(first, 15), ...attempts]);
  expect(points).toEqual([
    { trials: 1, joules: 15, hypervolume: VOLUME_1 },
    { trials: 2, joules: 25, hypervolume: VOLUME_1 },
  ]);
});

test('only energy within the boundary counts, under its worst provenance', () => {
  const mixed = attemptOf(first, 0, { energy: [reading(15), reading(99, { part: 'cpu', provenance: 'model' })] });
  const narrow = history([first], [mixed]);
  expect([narrow.points[0]!.joules, narrow.searchProvenance]).toEqual([15, 'counter']);
  const wide = {
    ...accuracyCampaign,
    measurement: { ...accuracyCampaign.measurement, boundary: 'accelerator+cpu+dram' as const },
  };
  const [all] = hypervolumeHistories({ campaign: wide, results: [first], attempts: [mixed], reference: [20, 100] });
  expect([all!.points[0]!.joules, all!.searchProvenance]).toEqual([114, 'model']);
});

test('an attempt without a reading makes the joules a lower bound', () => {
  const silent = attemptOf(first, undefined, { attempt: 2, accounted: false, end: { kind: 'lost' } });
  expect(history([first], [attemptOf(first, 15), silent]).lowerBound).toBe(true);
});

test('each class has its own history', () => {
  const other = energyResult({ index: 4, on: 'B', accuracy: 60, joules: 60 });
  const histories = hypervolumeHistories({
    campaign: accuracyCampaign,
    results: [first, other],
    attempts: [attemptOf(first, 15), attemptOf(other, 70)],
    reference: [20, 100],
  });
  expect(histories.map(({ hardwareClass, points }) => [hardwareClass, points.at(-1)])).toEqual([
    ['A', { trials: 1, joules: 15, hypervolume: VOLUME_1 }],
    ['B', { trials: 1, joules: 70, hypervolume: 40 * 40 }],
  ]);
});

test('a replicate that worsens a mean is taken at its word, and marked', () => {
  const again = energyResult({ index: 5, name: 'c1', accuracy: 30, joules: 10 });
  const better = energyResult({ index: 6, name: 'c1', accuracy: 90, joules: 10 });
  const all = [first, again, better];
  const { points } = history(
    all,
    all.map((result) => attemptOf(result, 15)),
  );
  expect(points.map(({ hypervolume, fell }) => [hypervolume, fell])).toEqual([
    [VOLUME_1, undefined],
    [20 * 90, true],
    [expect.closeTo((170 / 3 - 20) * 90, 9), undefined],
  ]);
});

test('outcomes beyond the reference add nothing', () => {
  const bad = energyResult({ index: 6, accuracy: 10, joules: 5 });
  expect(history([bad], [attemptOf(bad, 5)]).points).toEqual([{ trials: 1, joules: 5, hypervolume: 0 }]);
});
