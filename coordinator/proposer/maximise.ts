/** Finds the legal, new candidate with the largest acquisition: many looks, then climbs from the best. */

import { minimiseInBox } from '../linalg/bounded-minimum.js';
import type { Axis } from '../space/axis.js';
import type { CompiledSpace } from '../space/compiled-space.js';
import { candidateAt, type Candidate } from './candidate.js';

/** Acquisition at a candidate's features; larger is better. Where given, its slope is added to `gradient`. */
export type Acquisition = (features: Float64Array, gradient?: Float64Array) => number;

export interface SearchProblem {
  readonly space: CompiledSpace;
  readonly acquisition: Acquisition;
  /** Candidates to look at, all legal and new. */
  readonly candidates: Iterable<Candidate>;
  /** Canonical texts that must not be proposed. */
  readonly known: ReadonlySet<string>;
  /** Typical distance over which the acquisition changes, per coordinate. */
  readonly steps: Float64Array;
}

interface Scored {
  readonly candidate: Candidate;
  readonly value: number;
}

const CLIMBS = 6;
const CLIMB_ROUNDS = 3;
const CONTINUOUS_ITERATIONS = 30;
const DISCRETE_MOVES = 8;
/** Parameters with at most this many levels have all of them tried. */
const FEW_LEVELS = 12;
const LEAST_GAIN = 1e-6;

/** The best candidate found, or `undefined` when there is none to look at. */
export function maximiseAcquisition(problem: SearchProblem): Candidate | undefined {
  const scored = Array.from(problem.candidates, (candidate) => score(problem, candidate));
  const starts = scored.sort(byValue).slice(0, CLIMBS);
  const climbed = starts
    .map((start) => climb(problem, start))
    .filter(({ candidate }) => !problem.known.has(candidate.key));
  return [...climbed, ...starts].sort(byValue)[0]?.candidate;
}

const byValue = (a: Scored, b: Scored): number => b.value - a.value || (a.candidate.key < b.candidate.key ? -1 : 1);

function score({ acquisition }: SearchProblem, candidate: Candidate): Scored {
  const value = acquisition(candidate.features);
  return { candidate, value: Number.isNaN(value) ? -Infinity : value };
}

function climb(problem: SearchProblem, start: Scored): Scored {
  let best = start;
  for (let round = 0; round < CLIMB_ROUNDS; round++) {
    const before = best.value;
    best = discreteClimb(problem, continuousClimb(problem, best));
    if (!(best.value > before + LEAST_GAIN)) break;
  }
  return best;
}

/** Climbs along the active continuous coordinates, the others held; steps back when a constraint breaks. */
function continuousClimb(problem: SearchProblem, start: Scored): Scored {
  const { space, acquisition, steps } = problem;
  const { point, features } = start.candidate;
  const moving = space.axes.flatMap(({ levels }, c) => (levels === Infinity && !Number.isNaN(features[c]!) ? [c] : []));
  if (moving.length === 0) return start;
  const place = (y: Float64Array, target: Float64Array): Float64Array => {
    const moved = target.slice();
    moving.forEach((c, i) => (moved[c] = y[i]! * steps[c]!));
    return moved;
  };
  const { x } = minimiseInBox(
    (y, gradient) => {
      const slope = new Float64Array(features.length);
      const value = acquisition(place(y, features), slope);
      moving.forEach((c, i) => (gradient[i] = -slope[c]! * steps[c]!));
      return -value;
    },
    {
      start: Float64Array.from(moving, (c) => features[c]! / steps[c]!),
      lower: new Float64Array(moving.length),
      upper: Float64Array.from(moving, (c) => 1 / steps[c]!),
      maxIterations: CONTINUOUS_ITERATIONS,
      gradientTolerance: 1e-4,
      valueTolerance: 1e-7,
    },
  );
  return furthestLegal(problem, start, place(x, point));
}

function furthestLegal(problem: SearchProblem, start: Scored, end: Float64Array): Scored {
  const { space } = problem;
  for (let share = 1; share > 0.01; share /= 2) {
    const point = start.candidate.point.map((value, c) => value + share * (end[c]! - value));
    const candidate = candidateAt(space, point);
    if (!space.keepsConstraints(candidate.configuration)) continue;
    const moved = score(problem, candidate);
    if (moved.value > start.value) return moved;
  }
  return start;
}

/** Moves one discrete coordinate at a time to its best legal level while that helps. */
function discreteClimb(problem: SearchProblem, start: Scored): Scored {
  let best = start;
  for (let move = 0; move < DISCRETE_MOVES; move++) {
    const next = neighbours(problem.space, best.candidate)
      .filter(({ key, configuration }) => !problem.known.has(key) && problem.space.keepsConstraints(configuration))
      .map((candidate) => score(problem, candidate))
      .sort(byValue)[0];
    if (!next || !(next.value > best.value + LEAST_GAIN)) break;
    best = next;
  }
  return best;
}

/** Candidates that differ in one active discrete coordinate, the children of its parameter included. */
function neighbours(space: CompiledSpace, { point, configuration }: Candidate): Candidate[] {
  return space.axes.flatMap((axis, c) => {
    const value = configuration[axis.parameter.name];
    if (axis.levels === Infinity || value === undefined) return [];
    return nearLevels(axis, axis.levelOf(value)).map((level) =>
      candidateAt(space, point.with(c, axis.encode(axis.level(level)))),
    );
  });
}

/** All other levels where there are few or they have no order; else those 1, 2, 4, 8, ... away. */
function nearLevels({ levels, parameter }: Axis, current: number): number[] {
  if (levels <= FEW_LEVELS || parameter.kind === 'categorical') {
    return Array.from({ length: levels }, (_, level) => level).filter((level) => level !== current);
  }
  const near: number[] = [];
  for (let distance = 1; distance < levels; distance *= 2) {
    if (current - distance >= 0) near.push(current - distance);
    if (current + distance < levels) near.push(current + distance);
  }
  return near;
}
