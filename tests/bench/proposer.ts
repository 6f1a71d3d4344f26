/**
 * How much of the front each way of proposing finds, and how long one proposal takes; printed as tables.
 *
 * Protocol: 10 scrambled Sobol configurations, then 40 one at a time; true hypervolume of all feasible ones among the 50
 * within the problem's reference, which is given as thresholds or, in the rows that say so, must be found. Noise is
 * inferred, never passed. Seeds 0-19 were fixed beforehand; a smaller {@link SEED_COUNT} gives a quick look.
 */

import { describe, test } from 'vitest';

import { propose } from '../../coordinator/proposer/propose.js';
import type { ProposerKind } from '../../shared/domain/campaign.js';
import {
  BNH,
  BRANIN_CURRIN,
  C2_DTLZ2,
  DTLZ2_FOUR,
  DTLZ2_THREE,
  DTLZ2_TWO,
  NOISY_BRANIN_CURRIN,
  SRN,
  VEHICLE_SAFETY,
  ZDT1,
  ZDT2,
  type BenchmarkProblem,
} from '../coordinator/proposer/benchmark-problems.js';
import { finalHypervolume, historyOf, requestFor } from '../coordinator/proposer/run-campaign.js';

const SEED_COUNT = 20;
const START = 10;
const TOTAL = 50;
const LATENCY_REPEATS = 5;

interface Goal {
  readonly problem: BenchmarkProblem;
  /** Mean hypervolume to reach with the reference given; absent for a problem that was never tuned on. */
  readonly target?: number;
}

const GOALS: readonly Goal[] = [
  { problem: BRANIN_CURRIN, target: 58.3 },
  { problem: NOISY_BRANIN_CURRIN, target: 55.9 },
  { problem: DTLZ2_TWO, target: 0.367 },
  { problem: DTLZ2_THREE, target: 0.545 },
  { problem: ZDT1, target: 120.56 },
  { problem: C2_DTLZ2, target: 0.378 },
  { problem: VEHICLE_SAFETY, target: 244.4 },
  { problem: ZDT2 },
  { problem: SRN },
  { problem: BNH },
  { problem: DTLZ2_FOUR },
];

interface Way {
  readonly kind: ProposerKind;
  readonly findsReference: boolean;
}

const WAYS: readonly Way[] = [
  ...(['random', 'sobol', 'nsga2', 'tpe', 'model'] as const).map((kind) => ({ kind, findsReference: false })),
  { kind: 'model', findsReference: true },
];

type Row = Record<string, number | string>;

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const digits = (value: number): number => Number(value.toPrecision(5));

function standardError(values: readonly number[]): number {
  const centre = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  return values.length < 2 ? NaN : Math.sqrt(squares / (values.length - 1) / values.length);
}

/** The value below which a share of the values lies: the smallest that is not exceeded by more than 1 - share of them. */
const quantile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.ceil(share * values.length) - 1)]!;

function qualityRows({ problem, target }: Goal): Row[] {
  let tpe = -Infinity;
  return WAYS.map(({ kind, findsReference }) => {
    const found = Array.from({ length: SEED_COUNT }, (_, seed) =>
      finalHypervolume({ problem, kind, findsReference, seed, start: START, total: TOTAL }),
    );
    if (kind === 'tpe') tpe = mean(found);
    const isJudged = kind === 'model' && !findsReference;
    const reach = mean(found) + 2 * (standardError(found) || 0);
    return {
      proposer: kind,
      reference: findsReference ? 'found' : 'given',
      mean: digits(mean(found)),
      SE: Number(standardError(found).toPrecision(2)),
      worst: digits(Math.min(...found)),
      best: digits(problem.best),
      target: target ?? 'not tuned on',
      'mean reaches it': isJudged && target !== undefined ? yesNo(mean(found) >= target) : '',
      'met (mean + 2 SE)': isJudged && target !== undefined ? yesNo(reach >= target) : '',
      'no seed below TPE': kind === 'model' ? yesNo(Math.min(...found) >= tpe) : '',
    };
  });
}

const yesNo = (value: boolean): string => (value ? 'yes' : 'no');

function latencyRow(problem: BenchmarkProblem, observations: number): Row {
  const past = historyOf({ problem, kind: 'sobol', seed: 1, start: 0, total: observations }, observations);
  const milliseconds = Array.from({ length: LATENCY_REPEATS + 1 }, (_, seed) => {
    const began = performance.now();
    propose(requestFor({ problem, kind: 'model', seed, start: 0, total: 0 }, past));
    return performance.now() - began;
  }).slice(1);
  return {
    problem: problem.name,
    observations,
    'median ms': Math.round(quantile(milliseconds, 0.5)),
    '95 % ms': Math.round(quantile(milliseconds, 0.95)),
  };
}

describe('hypervolume found', () => {
  for (const goal of GOALS) {
    test(goal.problem.name, () => {
      console.log(goal.problem.name);
      console.table(qualityRows(goal));
    });
  }
});

test('time of one proposal', () => {
  console.table(
    [DTLZ2_TWO, DTLZ2_THREE, DTLZ2_FOUR].flatMap((problem) =>
      [50, 100, 200, 400].map((count) => latencyRow(problem, count)),
    ),
  );
});
