/**
 * How much of the front each way of proposing finds, and how long one proposal takes; printed as two tables.
 *
 * Protocol: 10 scrambled Sobol configurations, then 40 one at a time; true hypervolume of all 50 within the given
 * reference; seeds 0-9, fixed beforehand; noise is inferred, never passed.
 */

import { test } from 'vitest';

import { propose } from '../../coordinator/proposer/propose.js';
import type { ProposerSettings } from '../../shared/domain/campaign.js';
import {
  BRANIN_CURRIN,
  DTLZ2_THREE,
  DTLZ2_TWO,
  NOISY_BRANIN_CURRIN,
  VEHICLE_SAFETY,
  ZDT1,
  type BenchmarkProblem,
} from '../coordinator/proposer/benchmark-problems.js';
import { finalHypervolume, historyOf, requestFor } from '../coordinator/proposer/run-campaign.js';

const PROBLEMS = [BRANIN_CURRIN, NOISY_BRANIN_CURRIN, ZDT1, DTLZ2_TWO, DTLZ2_THREE, VEHICLE_SAFETY];
const KINDS: readonly ProposerSettings['kind'][] = ['random', 'sobol', 'model'];
const SEEDS = Array.from({ length: 10 }, (_, seed) => seed);
const LATENCY_REPEATS = 5;

const sorted = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);
const median = (values: readonly number[]): number => {
  const ordered = sorted(values);
  const middle = ordered.length >> 1;
  return ordered.length % 2 ? ordered[middle]! : (ordered[middle - 1]! + ordered[middle]!) / 2;
};
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function qualityRow(problem: BenchmarkProblem, kind: ProposerSettings['kind']): Record<string, number | string> {
  const found = SEEDS.map((seed) => finalHypervolume({ problem, kind, seed, start: 10, total: 50 }));
  const digits = (value: number): number => Number(value.toPrecision(5));
  return {
    problem: problem.name,
    proposer: kind,
    mean: digits(mean(found)),
    median: digits(median(found)),
    worst: digits(Math.min(...found)),
    best: digits(problem.best),
  };
}

function latencyRow(problem: BenchmarkProblem, observations: number): Record<string, number | string> {
  const past = historyOf({ problem, kind: 'sobol', seed: 1, start: 0, total: observations }, observations);
  const milliseconds = Array.from({ length: LATENCY_REPEATS + 1 }, (_, seed) => {
    const began = performance.now();
    propose(requestFor({ problem, kind: 'model', seed, start: 0, total: 0 }, past));
    return performance.now() - began;
  }).slice(1);
  return {
    problem: problem.name,
    observations,
    'median ms': Math.round(median(milliseconds)),
    'worst ms': Math.round(Math.max(...milliseconds)),
  };
}

test('hypervolume found', () => {
  console.table(PROBLEMS.flatMap((problem) => KINDS.map((kind) => qualityRow(problem, kind))));
});

test('time of one proposal', () => {
  console.table(
    [DTLZ2_TWO, DTLZ2_THREE].flatMap((problem) => [50, 100, 200].map((count) => latencyRow(problem, count))),
  );
});
