/** A search space made ready for use: configurations to points of the unit cube and back, and what is legal. */

import type { Configuration, ParameterValue } from '../../shared/domain/configuration.js';
import { DomainError, ShapeError } from '../../shared/domain/errors.js';
import type { Parameter, SearchSpace } from '../../shared/domain/search-space.js';
import { axisOf, type Axis } from './axis.js';
import { configurationFaults } from './configuration-faults.js';
import { parseConstraint, type ParsedConstraint } from './constraint.js';
import { countConfigurations, enumerateSpace } from './enumerate-space.js';
import { orderParameters } from './parameter-order.js';
import { isActive, type Place } from './place.js';
import { spaceFaults } from './space-faults.js';

export interface CompiledSpace {
  /** All parameters, each after the one its condition names. */
  readonly places: readonly Place[];
  /** One axis for each coordinate. */
  readonly axes: readonly Axis[];
  readonly constraints: readonly ParsedConstraint[];
  /** Coordinates of a point. */
  readonly dimension: number;
  /**
   * Number of legal configurations where it is at most {@link COUNTED_SIZE} before constraints, or where the constraints
   * leave few enough to be counted; else an upper bound; Infinity with a continuous parameter.
   */
  readonly size: number;
  /** The configuration at a point; coordinates of inactive parameters are ignored. It may break a constraint. */
  decode(point: Float64Array): Configuration;
  /** The point of a legal configuration; coordinates of inactive parameters are NaN. decode(encode(c)) is c. */
  encode(configuration: Configuration): Float64Array;
  /** True when {@link faults} is empty. */
  isValid(configuration: Configuration): boolean;
  /** True when the constraints hold; quicker than {@link isValid} for configurations from {@link decode}. */
  keepsConstraints(configuration: Configuration): boolean;
  /** What is wrong with a configuration, for people; empty for a legal one. */
  faults(configuration: Configuration): string[];
  /** Every legal configuration once, in a fixed order. Continuous parameters make it throw. */
  enumerate(): Generator<Configuration, void>;
}

/** Spaces with at most this many configurations are counted exactly. */
export const COUNTED_SIZE = 20_000;
/** Values tried to count what the constraints leave of a larger space. */
const MOST_VALUES = 50_000;

/**
 * Compiles a space.
 *
 * @throws {DomainError} naming the first of {@link spaceFaults}.
 */
export function compileSpace(space: SearchSpace): CompiledSpace {
  const [fault] = spaceFaults(space);
  if (fault) {
    const place =
      'parameter' in fault.at ? `parameter "${fault.at.parameter}"` : `constraint ${fault.at.constraint + 1}`;
    throw new DomainError(`${place}: ${fault.message}`, { ...fault.at, column: fault.column });
  }
  const places = placesOf(space.parameters);
  const axes = places.flatMap(({ axis }) => (axis ? [axis] : []));
  const constraints = space.constraints.map((text) => parseConstraint(text, space.parameters));
  const keepsConstraints = (configuration: Configuration): boolean =>
    constraints.every((constraint) => constraint.holds(configuration));
  const faults = (configuration: Configuration): string[] => configurationFaults(configuration, places, constraints);
  let size: number | undefined;
  return {
    places,
    axes,
    constraints,
    dimension: axes.length,
    get size() {
      return (size ??= sizeOf(places, constraints));
    },
    decode: (point) => decode(point, places, axes.length),
    encode: (configuration) => encode(configuration, places, axes.length),
    isValid: (configuration) => faults(configuration).length === 0,
    keepsConstraints,
    faults,
    enumerate: () => enumerateSpace(places, constraints),
  };
}

function placesOf(parameters: readonly Parameter[]): Place[] {
  let coordinate = 0;
  return orderParameters(parameters).ordered.map((parameter) =>
    parameter.kind === 'constant' ? { parameter } : { parameter, axis: axisOf(parameter), coordinate: coordinate++ },
  );
}

function decode(point: Float64Array, places: readonly Place[], dimension: number): Configuration {
  if (point.length !== dimension)
    throw new ShapeError('point has the wrong length', { length: point.length, dimension });
  const values: Record<string, ParameterValue> = {};
  for (const { parameter, axis, coordinate } of places) {
    if (!isActive(parameter, values)) continue;
    values[parameter.name] = axis ? axis.decode(point[coordinate]!) : parameter.value;
  }
  return values;
}

function encode(configuration: Configuration, places: readonly Place[], dimension: number): Float64Array {
  const point = new Float64Array(dimension).fill(NaN);
  for (const { parameter, axis, coordinate } of places) {
    if (axis && Object.hasOwn(configuration, parameter.name))
      point[coordinate] = axis.encode(configuration[parameter.name]!);
  }
  return point;
}

function sizeOf(places: readonly Place[], constraints: readonly ParsedConstraint[]): number {
  const bound = places.reduce((product, { axis }) => product * (axis?.levels ?? 1), 1);
  if (bound === Infinity || (bound > COUNTED_SIZE && constraints.length === 0)) return bound;
  return countConfigurations(places, constraints, bound > COUNTED_SIZE ? MOST_VALUES : Infinity) ?? bound;
}
