/** Configurations under consideration, and how legal ones are drawn. */

import { canonicalConfiguration, type Configuration } from '../../shared/domain/configuration.js';
import { seededRandom, type Random } from '../../shared/runtime/random.js';
import type { CompiledSpace } from '../space/compiled-space.js';
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

/** Redraws of the coordinates that a broken constraint names before a point is given up. */
const REPAIRS = 60;
/** Points of a sequence that are tried before a space counts as used up. */
const MOST_ATTEMPTS = 4000;

/** The candidate at a point; it may break a constraint. */
export function candidateAt(space: CompiledSpace, point: Float64Array): Candidate {
  return candidateOf(space, space.decode(point), point);
}

/** The candidate of a legal configuration; coordinates of inactive parameters are in the middle. */
export function candidateFrom(space: CompiledSpace, configuration: Configuration): Candidate {
  const point = space.encode(configuration).map((value) => (Number.isNaN(value) ? 0.5 : value));
  return candidateOf(space, configuration, point);
}

const candidateOf = (space: CompiledSpace, configuration: Configuration, point: Float64Array): Candidate => ({
  point,
  configuration,
  features: space.encode(configuration),
  key: canonicalConfiguration(configuration),
});

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
 * A point that breaks a constraint is repaired by drawing the coordinates that the constraint names anew. Ends when
 * {@link MOST_ATTEMPTS} points in a row gave nothing new.
 */
export function* freshCandidates(
  space: CompiledSpace,
  sequence: PointSequence,
  { start, known, seed }: FreshOptions,
): Generator<Candidate, void> {
  const seen = new Set(known);
  for (let index = start, misses = 0; misses < MOST_ATTEMPTS; index++, misses++) {
    const candidate = repaired(space, sequence.point(index), `${seed}/${index}`);
    if (!candidate || seen.has(candidate.key)) continue;
    seen.add(candidate.key);
    misses = -1;
    yield candidate;
  }
}

export interface FreshOptions {
  /** Index of the first point. */
  readonly start: number;
  readonly known: ReadonlySet<string>;
  readonly seed: string;
}

/** The legal candidate at a point or, where that breaks a constraint, near it. */
function repaired(space: CompiledSpace, point: Float64Array, seed: string): Candidate | undefined {
  let candidate = candidateAt(space, point);
  const random = seededRandom(seed);
  for (let attempt = 0; attempt < REPAIRS; attempt++) {
    if (space.keepsConstraints(candidate.configuration)) return candidate;
    candidate = candidateAt(space, redrawn(space, candidate, random));
  }
  return space.keepsConstraints(candidate.configuration) ? candidate : undefined;
}

function redrawn(space: CompiledSpace, { point, configuration }: Candidate, random: Random): Float64Array {
  const broken = space.constraints.find((constraint) => !constraint.holds(configuration))!;
  return point.map((value, c) => (broken.names.includes(space.axes[c]!.parameter.name) ? random.uniform() : value));
}
