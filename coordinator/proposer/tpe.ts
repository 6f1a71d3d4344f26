/**
 * The multi-objective tree-structured Parzen estimator: where good configurations are dense and others are not.
 *
 * Source: Ozaki et al. (2022), "Multiobjective Tree-Structured Parzen Estimator", JAIR 73; numbers as Optuna 5 has them.
 */

import type { ParameterValue } from '../../shared/domain/configuration.js';
import { seededRandom, type Random } from '../../shared/runtime/random.js';
import type { Axis } from '../space/axis.js';
import type { CompiledSpace } from '../space/compiled-space.js';
import { isActive } from '../space/place.js';
import { candidateAt, legalCandidateNear, type Candidate } from './candidate.js';
import { finishedOutcomes, rankedGroups, type FinishedOutcomes, type RankedOutcome } from './ranked-outcomes.js';
import type { ReadyMethod } from './ready-method.js';
import { freshConfigurations, type RequestContext } from './request-context.js';
import { scrambledSobol } from './sobol.js';
import { spreadOverFront } from './spread-front.js';
import { mixtureOf, type Mixture } from './tpe-mixture.js';

/** Share of the outcomes that counts as good; with one objective no more than {@link MOST_GOOD} of them. */
const GOOD_SHARE = 0.1;
const MOST_GOOD = 25;
/** Draws from the good density, of which the one with the largest ratio to the bad density is taken. */
const DRAWS = 24;
/** Configurations made before the best of some quasi-random ones is taken: in a small space most are known already. */
const ATTEMPTS = 10;
const QUASI_RANDOM_LOOKS = 64;
/** The newest of the others count in full; the weight of older ones falls to 1 / n. */
const FULL_WEIGHT = 25;

/** Coordinates that are drawn together: those whose parameters are active together. */
interface Block {
  readonly axes: readonly Axis[];
  readonly coordinates: readonly number[];
}

/** A block with its densities. */
interface Densities {
  readonly block: Block;
  readonly good: Mixture;
  readonly bad: Mixture;
}

/** Ranks what is known once for a request, or tells in one clause why that cannot be done yet. */
export function tpeMethod(context: RequestContext): ReadyMethod | string {
  const outcomes = finishedOutcomes(context);
  if (outcomes.working.length === 0) return 'no configuration has finished with all its objectives so far';
  const { good, others } = split(outcomes);
  const blocks = blocksOf(context);
  const { space, request } = context;
  return {
    method: `tree-structured Parzen estimator, ${good.length} good of ${outcomes.working.length} finished`,
    next(index, pending, known) {
      // Pending configurations count as bad, so that proposals made before they finish keep away from them.
      const bad = [...others, ...pending];
      const densities = blocks.map((block) => densitiesOf(block, good, bad));
      return nextByDensities({ space, densities, known, seed: `${request.seed}/${index}/tpe` });
    },
  };
}

/** The good outcomes, and all others with what failed, in the order in which they were accounted. */
function split({ working, failed }: FinishedOutcomes): { good: readonly Candidate[]; others: readonly Candidate[] } {
  const share = Math.ceil(GOOD_SHARE * working.length);
  const count = working[0]!.values.length === 1 ? Math.min(share, MOST_GOOD) : share;
  const good = new Set<RankedOutcome>();
  for (const group of rankedGroups(working)) {
    const room = count - good.size;
    const chosen =
      group.length <= room
        ? group
        : spreadOverFront(
            group.map(({ values }) => values),
            room,
          ).map((i) => group[i]!);
    for (const outcome of chosen) good.add(outcome);
    if (good.size === count) break;
  }
  const candidates = (isGood: boolean): Candidate[] =>
    working.filter((outcome) => good.has(outcome) === isGood).map(({ candidate }) => candidate);
  return { good: candidates(true), others: [...failed, ...candidates(false)] };
}

/**
 * With one objective, parameters that are active together form a block; with several each is one of its own: their good
 * set lies along a front, which one joint density would smear.
 */
function blocksOf({ space, request }: RequestContext): Block[] {
  const groups = new Map<string, number[]>();
  space.axes.forEach(({ parameter, levels }, c) => {
    if (levels === 1) return;
    const key = request.objectives.length === 1 ? JSON.stringify(parameter.when ?? null) : parameter.name;
    groups.set(key, [...(groups.get(key) ?? []), c]);
  });
  return [...groups.values()].map((coordinates) => ({ coordinates, axes: coordinates.map((c) => space.axes[c]!) }));
}

function densitiesOf(block: Block, good: readonly Candidate[], bad: readonly Candidate[]): Densities {
  const [first] = block.coordinates;
  const mixture = (candidates: readonly Candidate[], weightsOf: (n: number) => Float64Array): Mixture => {
    const active = candidates.filter(({ features }) => !Number.isNaN(features[first!]!));
    const X = Float64Array.from(active.flatMap(({ features }) => block.coordinates.map((c) => features[c]!)));
    return mixtureOf(block.axes, X, weightsOf(active.length));
  };
  return { block, good: mixture(good, (n) => new Float64Array(n).fill(1)), bad: mixture(bad, fadingWeights) };
}

function fadingWeights(n: number): Float64Array {
  const ramp = Math.max(0, n - FULL_WEIGHT);
  return Float64Array.from({ length: n }, (_, i) => (i < ramp ? fade(i, ramp, n) : 1));
}

const fade = (i: number, ramp: number, n: number): number =>
  ramp === 1 ? 1 / n : 1 / n + (i / (ramp - 1)) * (1 - 1 / n);

interface Step {
  readonly space: CompiledSpace;
  readonly densities: readonly Densities[];
  readonly known: ReadonlySet<string>;
  readonly seed: string;
}

function nextByDensities(step: Step): Candidate | undefined {
  const { space, known, seed } = step;
  const random = seededRandom(seed);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const drawn = candidateAt(space, drawPoint(step, random));
    const legal = space.keepsConstraints(drawn.configuration) ? drawn : legalCandidateNear(space, drawn.point, random);
    if (legal && !known.has(legal.key)) return legal;
  }
  return bestQuasiRandom(step);
}

/** A point whose blocks are drawn parents first, each with the best of some draws. */
function drawPoint({ space, densities }: Step, random: Random): Float64Array {
  const point = new Float64Array(space.dimension).fill(0.5);
  const values: Record<string, ParameterValue> = {};
  for (const { parameter, axis, coordinate } of space.places) {
    if (!isActive(parameter, values)) continue;
    const own = densities.find(({ block }) => block.coordinates[0] === coordinate);
    if (own) bestDraw(own, random).forEach((u, j) => (point[own.block.coordinates[j]!] = u));
    values[parameter.name] = axis ? axis.decode(point[coordinate]!) : parameter.value;
  }
  return point;
}

function bestDraw({ good, bad }: Densities, random: Random): Float64Array {
  let best: Float64Array | undefined;
  let largest = -Infinity;
  for (let draw = 0; draw < DRAWS; draw++) {
    const u = good.sample(random);
    const ratio = good.logDensity(u) - bad.logDensity(u);
    if (!best || ratio > largest) [best, largest] = [u, ratio];
  }
  return best!;
}

/** Of some quasi-random configurations, the one with the largest ratio over all its active parameters. */
function bestQuasiRandom({ space, densities, known, seed }: Step): Candidate | undefined {
  const fresh = freshConfigurations(space, scrambledSobol(space.dimension, seed), { start: 0, known, seed });
  let best: Candidate | undefined;
  let largest = -Infinity;
  for (let look = 0; look < QUASI_RANDOM_LOOKS; look++) {
    const next = fresh.next();
    if (next.done) break;
    const ratio = densities.reduce((sum, each) => sum + ratioAt(each, next.value), 0);
    if (!best || ratio > largest) [best, largest] = [next.value, ratio];
  }
  return best;
}

function ratioAt({ block, good, bad }: Densities, { features }: Candidate): number {
  const u = Float64Array.from(block.coordinates, (c) => features[c]!);
  return u.some(Number.isNaN) ? 0 : good.logDensity(u) - bad.logDensity(u);
}
