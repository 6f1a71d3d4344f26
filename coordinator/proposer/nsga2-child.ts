/**
 * Children of two configurations: simulated binary crossover and polynomial mutation of numeric coordinates, uniform
 * crossover and new draws of categorical ones.
 *
 * Source: Deb & Agrawal (1995), "Simulated Binary Crossover for Continuous Search Space", Complex Systems 9; bounds as
 * in Deb, Sindhya & Okabe (2007), "Self-Adaptive Simulated Binary Crossover", GECCO.
 */

import type { Random } from '../../shared/runtime/random.js';
import type { CompiledSpace } from '../space/compiled-space.js';
import type { Candidate } from './candidate.js';

/** Chance that two parents are crossed at all, and that a coordinate then is. */
const CROSSOVER = 0.9;
const COORDINATE_CROSSOVER = 0.5;
/**
 * Distribution indices: the larger, the closer children are to their parents. The usual 15 and 20 are for many thousands
 * of evaluations; a campaign has hundreds.
 */
const CROSSOVER_INDEX = 5;
const MUTATION_INDEX = 5;
/** Differences between parents below this are none. */
const LEAST_DIFFERENCE = 1e-14;

export interface ChildOptions {
  readonly random: Random;
  /** Expected number of coordinates that mutate; with more, they also go further. */
  readonly mutations: number;
}

/** The point of one child; it may break a constraint or equal a parent. */
export function childOf(
  space: CompiledSpace,
  [a, b]: readonly [Candidate, Candidate],
  { random, mutations }: ChildOptions,
): Float64Array {
  const isCrossed = random.uniform() < CROSSOVER;
  const rate = mutations / Math.max(1, space.dimension);
  return a.point.map((_, c) => {
    const { parameter, levels } = space.axes[c]!;
    const isCategorical = parameter.kind === 'categorical';
    const [x, y] = [geneOf(a, b, c), geneOf(b, a, c)];
    const own = x ?? random.uniform();
    const crosses = isCrossed && y !== undefined && random.uniform() < COORDINATE_CROSSOVER;
    const inherited = !crosses ? own : isCategorical ? y : crossed([own, y], random);
    if (random.uniform() >= rate) return inherited;
    return isCategorical ? random.uniform() : mutated(inherited, { random, index: MUTATION_INDEX / mutations, levels });
  });
}

/** A coordinate of the first parent, of the second where it is inactive in the first, `undefined` where it is in both. */
function geneOf(first: Candidate, second: Candidate, c: number): number | undefined {
  const gene = Number.isNaN(first.features[c]!) ? second.features[c]! : first.features[c]!;
  return Number.isNaN(gene) ? undefined : gene;
}

/** One of the two children of a pair of coordinates, within [0, 1]. */
function crossed([x, y]: readonly [number, number], random: Random): number {
  const [low, high] = [Math.min(x, y), Math.max(x, y)];
  const difference = high - low;
  if (difference < LEAST_DIFFERENCE) return x;
  const isLower = random.uniform() < 0.5;
  const room = isLower ? low : 1 - high;
  const alpha = 2 - (1 + (2 * room) / difference) ** -(CROSSOVER_INDEX + 1);
  const u = random.uniform();
  const beta = (u <= 1 / alpha ? u * alpha : 1 / (2 - u * alpha)) ** (1 / (CROSSOVER_INDEX + 1));
  const child = 0.5 * (low + high + (isLower ? -beta : beta) * difference);
  return Math.min(1, Math.max(0, child));
}

interface Mutation {
  readonly random: Random;
  readonly index: number;
  readonly levels: number;
}

/** Polynomial mutation within [0, 1]; a discrete coordinate goes at least to the next level. */
function mutated(x: number, { random, index, levels }: Mutation): number {
  const u = random.uniform();
  const power = 1 / (index + 1);
  const step =
    u < 0.5
      ? (2 * u + (1 - 2 * u) * (1 - x) ** (index + 1)) ** power - 1
      : 1 - (2 * (1 - u) + 2 * (u - 0.5) * x ** (index + 1)) ** power;
  const least = levels === Infinity ? 0 : 1 / levels;
  const far = Math.abs(step) < least ? Math.sign(step || 1) * least : step;
  return Math.min(1, Math.max(0, x + far));
}
