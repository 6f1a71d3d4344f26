/** What is wrong with a configuration, in sentences for people. */

import type { Configuration } from '../../shared/domain/configuration.js';
import type { Condition } from '../../shared/domain/search-space.js';
import type { ParsedConstraint } from './constraint.js';
import { nearestName } from './nearest-name.js';
import { isActive, type Place } from './place.js';

/** All faults of a configuration; an empty list for a legal one. */
export function configurationFaults(
  configuration: Configuration,
  places: readonly Place[],
  constraints: readonly ParsedConstraint[],
): string[] {
  const faults = [
    ...unknownNames(configuration, places),
    ...places.flatMap((place) => valueFaults(configuration, place)),
  ];
  if (faults.length > 0) return faults;
  return constraints
    .filter((constraint) => !constraint.holds(configuration))
    .map(({ text }) => `breaks the constraint "${text}"`);
}

function unknownNames(configuration: Configuration, places: readonly Place[]): string[] {
  const strays = Object.keys(configuration).filter((name) => !places.some(({ parameter }) => parameter.name === name));
  if (strays.length === 0) return [];
  const known = places.map(({ parameter }) => parameter.name);
  return strays.map((name) => {
    const nearest = nearestName(name, known);
    return `unknown parameter "${name}"${nearest ? `; did you mean "${nearest}"?` : `; known: ${known.join(', ')}`}`;
  });
}

function valueFaults(configuration: Configuration, { parameter, axis }: Place): string[] {
  const { name, when } = parameter;
  const isGiven = Object.hasOwn(configuration, name);
  if (!isActive(parameter, configuration))
    return isGiven ? [`"${name}" must be left out: it needs ${conditionText(when!)}`] : [];
  if (!isGiven) return [`"${name}" is missing`];
  const value = configuration[name]!;
  if (!axis) return value === parameter.value ? [] : [`"${name}" must be ${JSON.stringify(parameter.value)}`];
  const fault = axis.fault(value);
  return fault === undefined ? [] : [`"${name}" ${fault}, but is ${JSON.stringify(value)}`];
}

const conditionText = ({ parameter, in: values }: Condition): string =>
  `${parameter} to be ${values.map((value) => JSON.stringify(value)).join(' or ')}`;
