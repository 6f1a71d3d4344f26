/** Walks through all configurations of a finite space. */

import type { Configuration, ParameterValue } from '../../shared/domain/configuration.js';
import { DomainError } from '../../shared/domain/errors.js';
import type { ParsedConstraint } from './constraint.js';
import { isActive, type Place } from './place.js';

/** A walk in progress. */
interface Walk {
  readonly places: readonly Place[];
  /** Constraints whose last parameter is the one at that position. */
  readonly checks: readonly (readonly ParsedConstraint[])[];
  /** Values that may still be tried; the walk ends when there are none. */
  left: number;
}

/**
 * Every configuration that keeps the constraints, once; the last parameter changes quickest.
 *
 * A constraint is checked as soon as its parameters are settled, so that a tight one leaves out whole branches.
 *
 * @throws {DomainError} if a parameter is continuous.
 */
export function enumerateSpace(
  places: readonly Place[],
  constraints: readonly ParsedConstraint[],
): Generator<Configuration, void> {
  return extend(walkOf(places, constraints, Infinity), {}, 0);
}

/**
 * Number of legal configurations, or `undefined` when counting them takes more than `most` values.
 *
 * @throws {DomainError} if a parameter is continuous.
 */
export function countConfigurations(
  places: readonly Place[],
  constraints: readonly ParsedConstraint[],
  most: number,
): number | undefined {
  const walk = walkOf(places, constraints, most);
  let count = 0;
  for (const configuration of extend(walk, {}, 0)) if (configuration) count++;
  return walk.left > 0 ? count : undefined;
}

function walkOf(places: readonly Place[], constraints: readonly ParsedConstraint[], left: number): Walk {
  const continuous = places.find(({ axis }) => axis && !Number.isFinite(axis.levels));
  if (continuous)
    throw new DomainError('a continuous space cannot be enumerated', { parameter: continuous.parameter.name });
  const lastOf = ({ names }: ParsedConstraint): number =>
    places.findLastIndex(({ parameter }) => names.includes(parameter.name));
  const checks = [-1, ...places.keys()].map((position) => constraints.filter((each) => lastOf(each) === position));
  return { places, checks, left };
}

function* extend(walk: Walk, values: Configuration, position: number): Generator<Configuration, void> {
  if (!walk.checks[position]!.every((constraint) => constraint.holds(values))) return;
  const place = walk.places[position];
  if (!place) {
    yield values;
  } else if (!isActive(place.parameter, values)) {
    yield* extend(walk, values, position + 1);
  } else {
    for (const value of valuesOf(place)) {
      if (walk.left-- <= 0) return;
      yield* extend(walk, { ...values, [place.parameter.name]: value }, position + 1);
    }
  }
}

function* valuesOf({ parameter, axis }: Place): Generator<ParameterValue, void> {
  if (!axis) yield parameter.value;
  else for (let index = 0; index < axis.levels; index++) yield axis.level(index);
}
