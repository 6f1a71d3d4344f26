/** Configurations under consideration, and how legal ones are drawn. */

import { canonicalConfiguration, type Configuration } from '../../shared/domain/configuration.js';
import { seededRandom, type Random } from '../../shared/runtime/random.js';
import type { CompiledSpace } from '../space/compiled-space.js';
import { legalPoint, nearbyLegalPoint } from '../space/legal-point.js';
import type { PointSequence } from './sobol.js';

export interface Candidate {
  /** Coordinates, also of inactive parameters: neighbours are found from here. */
  readonly point: Float64Array;
  readonly configuration: Configuration;
  /** What the surrogate sees: coordinates snapped to legal values, NaN where inactive. */
  readonly features: Float64Array;
  /** Canonical text. */
  readonly key: string;
}

/** Points of a sequence in a row that are known already before a space counts as used up. */
const MOST_KNOWN = 4000;
/** Points near which nothing legal is found weigh as much as this many known ones: they take longer, and tell more. */
const ILLEGAL_WEIGHT = 100;

/** The candidate at a point; it may break a constraint. */
export function candidateAt(space: CompiledSpace, point: Float64Array): Candidate {
  const configuration = space.decode(point);
  return { point, configuration, features: space.encode(configuration), key: canonicalConfiguration(configuration) };
}

/** The candidate of a legal configuration; coordinates of inactive parameters are in the middle. */
export function candidateFrom(space: CompiledSpace, configuration: Configuration): Candidate {
  const features = space.encode(configuration);
  const point = features.map((value) => (Number.isNaN(value) ? 0.5 : value));
  return { point, configuration, features, key: canonicalConfiguration(configuration) };
}

/** The legal candidate closest to a point that may break a constraint, or `undefined` when none is found. */
export function legalCandidateNear(space: CompiledSpace, point: Float64Array, random: Random): Candidate | undefined {
  const legal = nearbyLegalPoint(space, point, random);
  return legal && candidateAt(space, legal);
}

/** Points of plain random numbers in the order of their indices. */
export const randomPoints = (dimension: number, seed: string): PointSequence => ({
  point(index) {
    const random = seededRandom(`${seed}/${index}`);
    return Float64Array.from({ length: dimension }, () => random.uniform());
  },
});

/**
 * Legal candidates from a sequence, in order from `start`, none of `known` and none twice.
 *
 * A point that breaks a constraint gives way to a legal one found from it. Ends when {@link MOST_KNOWN} points in a row
 * gave nothing new.
 */
export function* freshCandidates(
  space: CompiledSpace,
  sequence: PointSequence,
  { start, known, seed }: FreshOptions,
): Generator<Candidate, void> {
  const seen = new Set(known);
  for (let index = start, misses = 0; misses < MOST_KNOWN; index++) {
    const point = legalPoint(space, sequence.point(index), seededRandom(`${seed}/${index}`));
    const candidate = point && candidateAt(space, point);
    if (!candidate || seen.has(candidate.key)) {
      misses += candidate ? 1 : ILLEGAL_WEIGHT;
      continue;
    }
    seen.add(candidate.key);
    misses = 0;
    yield candidate;
  }
}

export interface FreshOptions {
  /** Index of the first point. */
  readonly start: number;
  readonly known: ReadonlySet<string>;
  readonly seed: string;
}
