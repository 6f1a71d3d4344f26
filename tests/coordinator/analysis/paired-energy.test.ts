import { expect, test } from 'vitest';
import {
  FEWEST_PAIRS,
  pairedComparisons,
  widened,
  type PairedComparison,
} from '../../../coordinator/analysis/paired-energy.js';
import type { Provenance } from '../../../shared/domain/measurement.js';
import type { TrialResult } from '../../../shared/domain/trial.js';
import { accuracyCampaign, energyResult, type EnergyLine } from '../../support/energy-results.js';

type Line = Omit<EnergyLine, 'index' | 'joules'>;

/** Configuration i takes `10 (i + 1)` joules on A, and that times a ratio on B. */
function paired(
  ratios: readonly number[],
  a: (i: number) => Line = () => ({}),
  b: (i: number) => Line = () => ({}),
): TrialResult[] {
  return ratios.flatMap((ratio, i) => [
    energyResult({ ...a(i), index: 2 * i + 1, name: `c${i}`, on: 'A', joules: 10 * (i + 1) }),
    energyResult({ ...b(i), index: 2 * i + 2, name: `c${i}`, on: 'B', joules: 10 * (i + 1) * ratio }),
  ]);
}

const compare = (results: readonly TrialResult[]): PairedComparison => pairedComparisons(accuracyCampaign, results)[0]!;

function compared(comparison: PairedComparison) {
  if (comparison.outcome.kind !== 'compared') throw new Error(comparison.outcome.reason);
  return comparison.outcome;
}

test('the ratio is the geometric mean of b over a', () => {
  const outcome = compared(compare(paired([2, 4, 8, 2, 4, 8])));
  expect(outcome.ratio.value).toBeCloseTo(4, 12);
  expect(outcome.ratio.interval.low).toBeGreaterThan(2);
  expect(outcome.ratio.interval.high).toBeLessThan(8);
});

test('equal ratios leave no doubt about these cards, and only the gains about the classes', () => {
  const gains = (gain: number, agent: string) => (): Line => ({ gain, agent });
  const outcome = compared(compare(paired([2, 2, 2, 2, 2], gains(0.03, 'x'), gains(0.04, 'y'))));
  expect(outcome.ratio.interval.low).toBeCloseTo(2, 12);
  expect(outcome.gainRelative).toBeCloseTo(0.05, 12);
  expect(outcome.withGain.low).toBeCloseTo(2 * Math.exp(-1.959963984540054 * 0.05), 12);
  expect(outcome.withGain.high).toBeCloseTo(2 * Math.exp(1.959963984540054 * 0.05), 12);
});

test('more configurations do not shrink the gain', () => {
  const gain = (agent: string) => (): Line => ({ gain: 0.03, agent });
  const of = (n: number) => compared(compare(paired(Array<number>(n).fill(2), gain('x'), gain('y')))).gainRelative;
  expect(of(40)).toBeCloseTo(of(5), 12);
});

test('the gain of one card on both sides cancels', () => {
  const card = (): Line => ({ gain: 0.05, devices: ['GPU-1'], agent: 'x' });
  expect(compared(compare(paired([2, 2, 2, 2, 2], card, card))).gainRelative).toBeCloseTo(0, 12);
});

test('equally named devices of two machines are two cards', () => {
  const cpu = (agent: string) => (): Line => ({ gain: 0.03, devices: ['cpu-package-0'], agent });
  const { gainRelative } = compared(compare(paired([2, 2, 2, 2, 2], cpu('x'), cpu('y'))));
  expect(gainRelative).toBeCloseTo(0.03 * Math.SQRT2, 12);
});

test('two cards of one class share its gain between them', () => {
  const alternating = (i: number): Line => ({ gain: 0.04, devices: [`GPU-${i % 2}`] });
  const exact = (): Line => ({ gain: 0, devices: ['GPU-b'] });
  const { gainRelative } = compared(compare(paired([2, 2, 2, 2, 2, 2], alternating, exact)));
  expect(gainRelative).toBeCloseTo(0.04 / Math.SQRT2, 12);
});

test('widening adds each arm in squares', () => {
  const wide = widened({ value: 1, interval: { low: 0.7, high: 1.3 } }, 0.4 / 1.959963984540054);
  expect(wide.low).toBeCloseTo(0.5, 12);
  expect(wide.high).toBeCloseTo(1.5, 12);
});

test('equal order of energies gives rank correlations of 1, and claims no interval', () => {
  const { spearman, kendall } = compared(compare(paired([2, 2.1, 2.2, 2.1, 2, 2.2])));
  expect(spearman.value).toBeCloseTo(1, 12);
  expect(kendall.value).toBe(1);
  expect([spearman.interval, kendall.interval]).toEqual([undefined, undefined]);
});

test('an order that differs has an interval around its rank correlations', () => {
  const { spearman, kendall } = compared(compare(paired([9, 2, 2, 2, 2, 1, 2, 2])));
  for (const { value, interval } of [spearman, kendall]) {
    expect(value).toBeLessThan(1);
    expect(interval!.low).toBeLessThan(value);
    expect(interval!.high).toBeGreaterThan(value);
  }
});

test('too few pairs are refused with the reason', () => {
  const { outcome, pairs } = compare(paired([2, 2, 2, 2]));
  expect(pairs).toHaveLength(4);
  expect(outcome).toEqual({
    kind: 'refused',
    reason: `4 of the ${FEWEST_PAIRS} configurations needed have usable energy on both classes`,
  });
});

test('a configuration counts once, by the geometric mean of its replicates', () => {
  const extra = energyResult({ index: 99, name: 'c0', on: 'B', joules: 10 * 8 });
  const { pairs, outcome } = compare([...paired([2, 4, 4, 4, 4]), extra]);
  expect(pairs).toHaveLength(5);
  expect(pairs[0]!.b).toBeCloseTo(10 * 4, 12);
  expect(outcome.kind === 'compared' && outcome.ratio.value).toBeCloseTo(4, 12);
});

test('modelled and simulated energy on either side is no evidence, a share of what a sensor read is', () => {
  const known = (provenance: Provenance) => (): Line => ({ provenance });
  const evidence = (a: Provenance, b: Provenance) => compare(paired([2, 2, 2, 2, 2], known(a), known(b))).evidence;
  expect(evidence('counter', 'counter')).toBe(true);
  expect(evidence('integrated', 'counter')).toBe(true);
  expect(evidence('shared-estimate', 'counter')).toBe(true);
  for (const doubtful of ['model', 'simulated'] as const) {
    expect(evidence('counter', doubtful)).toBe(false);
    expect(evidence(doubtful, 'counter')).toBe(false);
  }
});

test('one class known in two ways is not compared with itself', () => {
  const results = [1, 2, 3, 4, 5].flatMap((i) => [
    energyResult({ index: i, name: `c${i}`, joules: i }),
    energyResult({ index: 10 + i, name: `c${i}`, joules: i, provenance: 'model' }),
  ]);
  expect(pairedComparisons(accuracyCampaign, results)).toEqual([]);
});

test('unusable and failed trials make no pair', () => {
  const results = paired([2, 2, 2, 2, 2, 2]);
  const unusable = energyResult({ index: 2, name: 'c0', on: 'B' });
  const failed = { ...results[3]!, trial: { ...results[3]!.trial, state: 'failed' as const } };
  expect(
    compare([results[0]!, unusable, results[2]!, failed, ...results.slice(4)]).pairs.map(
      ({ configurationHash }) => configurationHash,
    ),
  ).toEqual(['c2', 'c3', 'c4', 'c5']);
});

test('the same campaign gives the same intervals', () => {
  const results = paired([1, 2, 3, 4, 5, 6, 7]);
  expect(compare(results)).toEqual(compare(results));
});
