/**
 * Relations between parameters, such as `width % heads == 0 and heads * head_width <= 512`.
 *
 * Arithmetic `+ - * / % **` with the meaning and precedence that they have in Python (`%` takes the sign of the divisor),
 * comparisons `== != < <= > >=`, `and`, `or`, `not`, parentheses, `min max abs log exp floor ceil`, numbers, texts in
 * quotes, `true`, `false` and names of parameters. Numbers are equal when they differ by less than rounding does. A
 * comparison with an undefined number, such as 0/0, does not hold.
 */

import type { Configuration, ParameterValue } from '../../shared/domain/configuration.js';
import type { Parameter } from '../../shared/domain/search-space.js';
import type { ValueType } from './constraint-expression.js';
import { ConstraintParser } from './constraint-parser.js';

/** A constraint ready to be checked. */
export interface ParsedConstraint {
  readonly text: string;
  /** Parameters that it names, each once. */
  readonly names: readonly string[];
  /**
   * Whether a configuration keeps the constraint. One that names an inactive parameter does not apply, and so is kept.
   */
  holds(configuration: Configuration): boolean;
  /**
   * How far a configuration is from keeping the constraint, in the units of its numbers: 0 exactly when it is kept,
   * Infinity where a number is undefined.
   */
  distance(configuration: Configuration): number;
}

/**
 * Parses a constraint over parameters.
 *
 * @param parameters - the parameters of the space, or only their names where their values are not known yet.
 * @throws {DomainError} with `column` (counting from 1): syntax, unknown name with the nearest known one, text where a
 *   number is needed, or an expression that is no relation.
 */
export function parseConstraint(text: string, parameters: readonly (Parameter | string)[]): ParsedConstraint {
  const types = new Map(parameters.map((parameter) => nameAndType(parameter)));
  const { distance, names } = new ConstraintParser(text, types).parse();
  const distanceIfActive = (configuration: Configuration): number =>
    names.some((name) => !Object.hasOwn(configuration, name)) ? 0 : distance(configuration, true);
  return {
    text,
    names,
    holds: (configuration) => distanceIfActive(configuration) === 0,
    distance: distanceIfActive,
  };
}

function nameAndType(parameter: Parameter | string): readonly [string, ValueType] {
  if (typeof parameter === 'string') return [parameter, 'any'];
  const types = new Set(valuesOf(parameter).map(typeOf));
  return [parameter.name, types.size === 1 ? [...types][0]! : 'any'];
}

function valuesOf(parameter: Parameter): readonly ParameterValue[] {
  if (parameter.kind === 'constant') return [parameter.value];
  return 'values' in parameter ? parameter.values : [parameter.low];
}

function typeOf(value: ParameterValue): ValueType {
  if (typeof value === 'string') return 'text';
  return typeof value === 'number' ? 'number' : 'boolean';
}
