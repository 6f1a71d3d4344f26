/**
 * NSGA-II without generations: each proposal is a child of two parents from the best that has finished so far.
 *
 * Source: Deb, Pratap, Agarwal & Meyarivan (2002), "A Fast and Elitist Multiobjective Genetic Algorithm: NSGA-II", IEEE
 * Trans. Evol. Comput. 6(2); one child at a time as in Durillo, Nebro, Luna & Alba (2009), "On the Effect of the
 * Steady-State Selection Scheme in Multi-Objective Genetic Algorithms", EMO, LNCS 5467.
 */

import { seededRandom, type Random } from '../../shared/runtime/random.js';
import type { CompiledSpace } from '../space/compiled-space.js';
import { candidateAt, legalCandidateNear, type Candidate } from './candidate.js';
import { childOf } from './nsga2-child.js';
import { finishedOutcomes, rankedGroups, type RankedOutcome } from './ranked-outcomes.js';
import type { ReadyMethod } from './ready-method.js';
import { freshConfigurations, type RequestContext } from './request-context.js';
import { scrambledSobol } from './sobol.js';

/** Bounds of the population, and its share of what has finished between them: a short campaign must select too. */
const SMALLEST_POPULATION = 10;
const LARGEST_POPULATION = 50;
const POPULATION_SHARE = 0.2;
/** Children made, with ever more mutation, before a quasi-random configuration takes their place. */
const ATTEMPTS = 12;

/** Finished configuration with its standing. */
interface Parent {
  readonly candidate: Candidate;
  /** Counting from 0, the best. */
  readonly rank: number;
  /** Distance to its neighbours on the front; larger is better. */
  readonly crowding: number;
}

/** Selects the population once for a request, or tells in one clause why that cannot be done yet. */
export function nsga2Method(context: RequestContext): ReadyMethod | string {
  const { working } = finishedOutcomes(context);
  if (working.length < 2) return 'fewer than 2 configurations have finished with all their objectives so far';
  const share = Math.round(POPULATION_SHARE * working.length);
  const size = Math.min(working.length, LARGEST_POPULATION, Math.max(SMALLEST_POPULATION, share));
  const population = bestOf(working, size);
  const { space, request } = context;
  return {
    method: `NSGA-II, parents from the best ${population.length} of ${working.length} finished`,
    next: (index, _, known) => nextChild({ space, population, known, seed: `${request.seed}/${index}/nsga2` }),
  };
}

function bestOf(outcomes: readonly RankedOutcome[], size: number): Parent[] {
  const population: Parent[] = [];
  let rank = 0;
  for (const group of rankedGroups(outcomes)) {
    const crowding = crowdingDistances(group);
    const parents = group.map(({ candidate }, i) => ({ candidate, rank, crowding: crowding[i]! }));
    population.push(...parents.sort(byStanding).slice(0, size - population.length));
    if (population.length === size) break;
    rank++;
  }
  return population;
}

const byStanding = (a: Parent, b: Parent): number => {
  if (a.rank !== b.rank) return a.rank - b.rank;
  return a.crowding === b.crowding ? 0 : b.crowding - a.crowding;
};

/** Sum over objectives of the distance between both neighbours, as a share of the range; Infinity at the ends. */
function crowdingDistances(group: readonly RankedOutcome[]): Float64Array {
  const distances = new Float64Array(group.length);
  const m = group[0]!.values.length;
  for (let j = 0; j < m; j++) {
    const value = (i: number): number => group[i]!.values[j]!;
    const order = Array.from(group.keys()).sort((a, b) => value(a) - value(b));
    const [first, last] = [order[0]!, order[order.length - 1]!];
    const range = value(last) - value(first) || 1;
    distances[first] = distances[last] = Infinity;
    for (let k = 1; k < order.length - 1; k++) {
      distances[order[k]!]! += (value(order[k + 1]!) - value(order[k - 1]!)) / range;
    }
  }
  return distances;
}

interface Step {
  readonly space: CompiledSpace;
  readonly population: readonly Parent[];
  readonly known: ReadonlySet<string>;
  readonly seed: string;
}

function nextChild({ space, population, known, seed }: Step): Candidate | undefined {
  const random = seededRandom(seed);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const parents = [tournament(population, random), tournament(population, random)] as const;
    const child = candidateAt(space, childOf(space, parents, { random, mutations: 1 + attempt }));
    const legal = space.keepsConstraints(child.configuration) ? child : legalCandidateNear(space, child.point, random);
    if (legal && !known.has(legal.key)) return legal;
  }
  const sequence = scrambledSobol(space.dimension, seed);
  return freshConfigurations(space, sequence, { start: 0, known, seed }).next().value ?? undefined;
}

/** The better of two drawn at random. */
function tournament(population: readonly Parent[], random: Random): Candidate {
  const [a, b] = [population[random.integer(population.length)]!, population[random.integer(population.length)]!];
  return (byStanding(a, b) <= 0 ? a : b).candidate;
}
