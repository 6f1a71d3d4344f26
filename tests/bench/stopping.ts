/**
 * What early stopping saves and what it costs, on campaigns whose learning curves and ends are known; printed as a table.
 *
 * 240 synthetic campaigns of 60 trials each, seeds 1000-1239, on four slots: power laws and exponentials that cross, with
 * noise and different ends; two objectives, error and energy. Bounds of shares are one-sided, 95 %, with the campaigns as
 * independent units, since trials of one campaign share their curves.
 */

import { expect, test } from 'vitest';

import { knownCampaign, replay, type ReplayResult } from '../coordinator/stopping/replay.js';

const SEEDS = Array.from({ length: 240 }, (_, i) => 1000 + i);
const TRIALS = 60;
const CHANCES = [0.02, 0.05, 0.1];

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const mean = (values: readonly number[]): number => sum(values) / values.length;

/** Ratio of sums, and its upper bound by the spread over campaigns (Cochran 1977, section 6.4). */
function share(results: readonly ReplayResult[]): { readonly value: number; readonly upper: number } {
  const stopped = results.map((result) => result.stopped);
  const wrong = results.map((result) => result.wrong);
  const value = sum(wrong) / sum(stopped);
  const squares = sum(wrong.map((count, i) => (count - value * stopped[i]!) ** 2)) / (results.length - 1);
  return { value, upper: value + (1.645 * Math.sqrt(squares / results.length)) / mean(stopped) };
}

const percent = (part: number): string => `${(100 * part).toFixed(2)} %`;

test('early stopping on known campaigns', { timeout: 3_600_000 }, () => {
  const rows = CHANCES.map((chance) => {
    const options = { chance, grace: 0.25, slots: 4, every: 4 };
    const results = SEEDS.map((seed) => replay(seed, knownCampaign(seed, TRIALS), options));
    const { value, upper } = share(results);
    const without = sum(results.map(({ joulesWithout }) => joulesWithout));
    const saved = without - sum(results.map(({ joules }) => joules));
    const ratios = results.map(({ volumeRatio }) => volumeRatio);
    expect(upper).toBeLessThan(chance);
    expect(mean(ratios)).toBeGreaterThan(0.99);
    return {
      setting: percent(chance),
      stopped: percent(sum(results.map(({ stopped }) => stopped)) / (SEEDS.length * TRIALS)),
      'would have joined': percent(value),
      'upper bound': percent(upper),
      'hypervolume, mean': percent(mean(ratios)),
      'hypervolume, worst': percent(Math.min(...ratios)),
      'joules saved': percent(saved / without),
      'estimate over truth': (sum(results.map(({ savedEstimate }) => savedEstimate)) / saved).toFixed(4),
    };
  });
  console.table(rows);
});
