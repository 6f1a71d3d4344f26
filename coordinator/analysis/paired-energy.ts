/** Compares the energy of hardware classes over the configurations that both have run. */

import type { Campaign, Objective } from '../../shared/domain/campaign.js';
import type { HardwareClassId } from '../../shared/domain/identity.js';
import { isMeasured, type Provenance, type SummedEnergy } from '../../shared/domain/measurement.js';
import type { TrialResult } from '../../shared/domain/trial.js';
import { seededRandom } from '../../shared/runtime/random.js';
import { bootstrap, Z_LEVEL, type Estimate, type Interval } from './bootstrap.js';
import { groupedBy } from './grouped-by.js';
import { classOf } from './outcome-groups.js';
import { rankCorrelations, rankEstimate, type RankEstimate } from './rank-correlation.js';

/** Fewer pairs than this give no interval worth printing. */
export const FEWEST_PAIRS = 5;

/** Stands above every comparison of energy that was not read off a sensor. */
export const NOT_EVIDENCE =
  'This comparison is not evidence: modelled energy is processor time multiplied by a constant, and simulated energy is ' +
  'worked out from stated power figures and how busy the device was. Neither shows what the hardware used.';

/** One class whose energy came about in one way. */
export interface Side {
  readonly hardwareClass: HardwareClassId;
  readonly provenance: Provenance;
}

/** A configuration that both sides have run; joules (per item) as geometric means over replicates. */
export interface Pair {
  readonly configurationHash: string;
  /** Index of the earliest trial. */
  readonly index: number;
  readonly a: number;
  readonly b: number;
}

export interface PairedComparison {
  readonly objective: string;
  readonly unit: string;
  readonly a: Side;
  readonly b: Side;
  /** True when both sides were read off sensors; otherwise shown only under {@link NOT_EVIDENCE}. */
  readonly evidence: boolean;
  readonly pairs: readonly Pair[];
  readonly outcome: ComparisonOutcome;
}

export type ComparisonOutcome =
  | { readonly kind: 'refused'; readonly reason: string }
  | {
      readonly kind: 'compared';
      /** Geometric mean of b / a; the interval resamples configurations: it speaks of these cards. */
      readonly ratio: Estimate;
      /** Relative standard uncertainty of the ratio from the gains of all cards; does not shrink with more pairs. */
      readonly gainRelative: number;
      /** Interval with the gains added: it speaks of the classes. */
      readonly withGain: Interval;
      readonly spearman: RankEstimate;
      readonly kendall: RankEstimate;
    };

/** Every pair of classes, for every energy objective. */
export function pairedComparisons(campaign: Campaign, results: readonly TrialResult[]): PairedComparison[] {
  return campaign.objectives
    .filter(({ from }) => from === 'energy')
    .flatMap((objective) => {
      const sides = sidesOf(objective, results);
      return sides.flatMap((a, i) =>
        sides
          .slice(i + 1)
          .filter((b) => b.side.hardwareClass !== a.side.hardwareClass)
          .map((b) => compare(campaign, objective, [a, b])),
      );
    });
}

/**
 * Adds the gains' uncertainty to an interval of a log ratio, each arm in squares.
 *
 * @param gain - standard uncertainty of the log ratio from gains.
 */
export function widened(estimate: Estimate, gain: number): Interval {
  const { value, interval } = estimate;
  return {
    low: value - Math.hypot(value - interval.low, Z_LEVEL * gain),
    high: value + Math.hypot(interval.high - value, Z_LEVEL * gain),
  };
}

/** One accounted reading of one configuration. */
interface Sample {
  readonly index: number;
  readonly value: number;
  /** Standard uncertainty from the gain, divided by the value. */
  readonly relativeGain: number;
  /** What shares one gain. */
  readonly card: string;
}

type UsableEnergy = Extract<SummedEnergy, { kind: 'usable' }>;

interface SideSamples {
  readonly side: Side;
  readonly byConfiguration: ReadonlyMap<string, readonly Sample[]>;
}

function sidesOf(objective: Objective, results: readonly TrialResult[]): SideSamples[] {
  const samples = results.flatMap((result) => {
    const hardwareClass = classOf(result);
    const energy = result.energies[objective.name];
    const value = result.objectives[objective.name];
    if (!hardwareClass || energy?.kind !== 'usable' || value === undefined || !(value > 0)) return [];
    const side = { hardwareClass, provenance: energy.provenance };
    return [{ result, side, sample: sampleOf(result, value, energy) }];
  });
  const bySide = groupedBy(samples, ({ side }) => JSON.stringify([side.hardwareClass, side.provenance]));
  return [...bySide.values()].map((members) => ({
    side: members[0]!.side,
    byConfiguration: new Map(
      [...groupedBy(members, ({ result }) => result.trial.configurationHash)].map(([hash, of]) => [
        hash,
        of.map(({ sample }) => sample),
      ]),
    ),
  }));
}

function sampleOf({ trial, observation }: TrialResult, value: number, energy: UsableEnergy): Sample {
  return {
    index: trial.index,
    value,
    relativeGain: energy.uncertainty.gainJoules / energy.joules,
    card: cardOf(observation),
  };
}

/** Devices that go by a UUID are themselves anywhere; others are known only within their agent's machine. */
function cardOf(observation: TrialResult['observation']): string {
  const devices = [...(observation?.devices ?? [])].sort();
  const global = devices.length > 0 && devices.every((device) => /^(GPU|MIG)-/.test(device));
  return JSON.stringify(global ? devices : [observation?.agent, ...devices]);
}

function compare(
  campaign: Campaign,
  objective: Objective,
  [a, b]: readonly [SideSamples, SideSamples],
): PairedComparison {
  const shared = [...a.byConfiguration.keys()].filter((hash) => b.byConfiguration.has(hash));
  const samples = shared.map((hash) => ({ hash, a: a.byConfiguration.get(hash)!, b: b.byConfiguration.get(hash)! }));
  const pairs = samples
    .map((pair) => ({
      configurationHash: pair.hash,
      index: Math.min(...[...pair.a, ...pair.b].map(({ index }) => index)),
      a: geometricMean(pair.a),
      b: geometricMean(pair.b),
    }))
    .sort((p, q) => p.index - q.index);
  const seed = [campaign.seed, 'paired', objective.name, a.side.hardwareClass, b.side.hardwareClass].join('/');
  return {
    objective: objective.name,
    unit: objective.unit,
    a: a.side,
    b: b.side,
    evidence: isMeasured(a.side.provenance) && isMeasured(b.side.provenance),
    pairs,
    outcome: outcomeOf(pairs, gainOfRatio(samples), seed),
  };
}

function outcomeOf(pairs: readonly Pair[], gain: number, seed: string): ComparisonOutcome {
  if (pairs.length < FEWEST_PAIRS) {
    return {
      kind: 'refused',
      reason: `${pairs.length} of the ${FEWEST_PAIRS} configurations needed have usable energy on both classes`,
    };
  }
  const x = Float64Array.from(pairs, ({ a }) => Math.log(a));
  const y = Float64Array.from(pairs, ({ b }) => Math.log(b));
  const { spearman, kendall } = rankCorrelations(x, y);
  const [logRatio, rho, tau] = bootstrap(
    pairs.length,
    [(sample) => sample.reduce((sum, i) => sum + (y[i]! - x[i]!), 0) / sample.length, spearman, kendall],
    seededRandom(seed),
  );
  const wide = widened(logRatio!, gain);
  return {
    kind: 'compared',
    ratio: { value: Math.exp(logRatio!.value), interval: exponential(logRatio!.interval) },
    gainRelative: gain,
    withGain: exponential(wide),
    spearman: rankEstimate(rho!),
    kendall: rankEstimate(tau!),
  };
}

/**
 * Standard uncertainty of the mean log ratio from the cards' gains.
 *
 * Each card's error enters with the share of the mean that it measured, with opposite signs on the two sides: it
 * cancels for a card on both sides, averages over several cards of a class, and is not reduced by more configurations.
 */
function gainOfRatio(pairs: readonly { readonly a: readonly Sample[]; readonly b: readonly Sample[] }[]): number {
  const cards = new Map<string, { share: number; weight: number; gain: number }>();
  const add = (samples: readonly Sample[], sign: number): void => {
    for (const { card, relativeGain } of samples) {
      const weight = 1 / (samples.length * pairs.length);
      const known = cards.get(card) ?? { share: 0, weight: 0, gain: 0 };
      cards.set(card, {
        share: known.share + sign * weight,
        weight: known.weight + weight,
        gain: known.gain + weight * relativeGain,
      });
    }
  };
  for (const { a, b } of pairs) {
    add(a, -1);
    add(b, 1);
  }
  return Math.hypot(...[...cards.values()].map(({ share, weight, gain }) => share * (gain / weight)));
}

const geometricMean = (samples: readonly Sample[]): number =>
  Math.exp(samples.reduce((sum, { value }) => sum + Math.log(value), 0) / samples.length);

const exponential = ({ low, high }: Interval): Interval => ({ low: Math.exp(low), high: Math.exp(high) });
