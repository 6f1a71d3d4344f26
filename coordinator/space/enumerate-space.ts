/** Walks through all configurations of a finite space. */

import type { Configuration, ParameterValue } from '../../shared/domain/configuration.js';
import { DomainError } from '../../shared/domain/errors.js';
import { isActive, type Place } from './place.js';

/**
 * Every configuration that keeps the constraints, once; the last parameter changes quickest.
 *
 * @throws {DomainError} if a parameter is continuous.
 */
export function* enumerateSpace(
  places: readonly Place[],
  keepsConstraints: (configuration: Configuration) => boolean,
): Generator<Configuration, void> {
  const continuous = places.find(({ axis }) => axis && !Number.isFinite(axis.levels));
  if (continuous)
    throw new DomainError('a continuous space cannot be enumerated', { parameter: continuous.parameter.name });
  for (const configuration of extend({}, places, 0)) if (keepsConstraints(configuration)) yield configuration;
}

function* extend(values: Configuration, places: readonly Place[], position: number): Generator<Configuration, void> {
  const place = places[position];
  if (!place) {
    yield values;
  } else if (!isActive(place.parameter, values)) {
    yield* extend(values, places, position + 1);
  } else {
    for (const value of valuesOf(place)) {
      yield* extend({ ...values, [place.parameter.name]: value }, places, position + 1);
    }
  }
}

function valuesOf({ parameter, axis }: Place): ParameterValue[] {
  return axis ? Array.from({ length: axis.levels }, (_, index) => axis.level(index)) : [parameter.value];
}
