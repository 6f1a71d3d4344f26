/** Parts of a constraint as functions of a configuration: numbers, texts, and relations that know how far they are from holding. */

import type { Configuration, ParameterValue } from '../../shared/domain/configuration.js';
import { constraintError, type Token } from './constraint-tokens.js';

/** What an expression yields; `any` is known only when it is evaluated. */
export type ValueType = 'number' | 'text' | 'boolean' | 'any';

export type Evaluate = (configuration: Configuration) => ParameterValue;

/** How far a relation is from being `wanted`: 0 exactly when it is, larger the further away, Infinity where that is unknown. */
export type Distance = (configuration: Configuration, wanted: boolean) => number;

export interface Expression {
  readonly type: ValueType;
  readonly column: number;
  readonly evaluate: Evaluate;
  /** Only relations have one of their own. */
  readonly distance?: Distance;
}

/** Relative distance below which two numbers are equal. */
const EQUAL_WITHIN = 1e-12;
/** Distance of a relation that does not hold although its sides are no distance apart. */
const LEAST_DISTANCE = 1e-9;

const ARITHMETIC: Readonly<Record<string, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a - b * Math.floor(a / b),
  '**': (a, b) => a ** b,
};

/** Whether two numbers stand in a relation. */
const COMPARISONS: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '==': (a, b) => areEqual(a, b),
  '!=': (a, b) => !Number.isNaN(a) && !Number.isNaN(b) && !areEqual(a, b),
  '<': (a, b) => a < b && !areEqual(a, b),
  '<=': (a, b) => a < b || areEqual(a, b),
  '>': (a, b) => a > b && !areEqual(a, b),
  '>=': (a, b) => a > b || areEqual(a, b),
};

export const COMPARISON_OPERATORS: readonly string[] = Object.keys(COMPARISONS);

const areEqual = (a: number, b: number): boolean =>
  a === b || Math.abs(a - b) <= EQUAL_WITHIN * Math.max(Math.abs(a), Math.abs(b));

export const literal = (value: ParameterValue, type: ValueType, column: number): Expression => ({
  type,
  column,
  evaluate: () => value,
});

/** @throws {DomainError} with `column` if the expression is known to be no number. */
export function asNumber({ type, column, evaluate }: Expression): (configuration: Configuration) => number {
  if (type !== 'number' && type !== 'any')
    throw constraintError(`a number is needed, but this is ${article(type)}`, column);
  return (configuration) => {
    const value = evaluate(configuration);
    return typeof value === 'number' ? value : NaN;
  };
}

/** Distance of a relation. @throws {DomainError} with `column` if the expression is known to be none. */
export function asRelation({ type, column, evaluate, distance }: Expression): Distance {
  if (type !== 'boolean' && type !== 'any')
    throw constraintError(`a relation is needed, but this is ${article(type)}`, column);
  return distance ?? ((configuration, wanted) => ((evaluate(configuration) === true) === wanted ? 0 : 1));
}

const article = (type: ValueType): string => (type === 'boolean' ? 'true or false' : `a ${type}`);

const relation = (column: number, distance: Distance): Expression => ({
  type: 'boolean',
  column,
  evaluate: (configuration) => distance(configuration, true) === 0,
  distance,
});

/** True when both are. @throws {DomainError} with `column` if one is no relation. */
export function both(left: Expression, right: Expression): Expression {
  const [a, b] = [asRelation(left), asRelation(right)];
  return relation(left.column, (configuration, wanted) =>
    wanted
      ? a(configuration, true) + b(configuration, true)
      : Math.min(a(configuration, false), b(configuration, false)),
  );
}

/** True when one of them is. @throws {DomainError} with `column` if one is no relation. */
export function either(left: Expression, right: Expression): Expression {
  const [a, b] = [asRelation(left), asRelation(right)];
  return relation(left.column, (configuration, wanted) =>
    wanted
      ? Math.min(a(configuration, true), b(configuration, true))
      : a(configuration, false) + b(configuration, false),
  );
}

/** True when the other is not. @throws {DomainError} with `column` if that is no relation. */
export function negated(inner: Expression, column: number): Expression {
  const distance = asRelation(inner);
  return relation(column, (configuration, wanted) => distance(configuration, !wanted));
}

/** @throws {DomainError} with `column` if a side is no number. */
export function calculate(operator: Token, left: Expression, right: Expression): Expression {
  const [a, b] = [asNumber(left), asNumber(right)];
  const apply = ARITHMETIC[operator.text]!;
  return { type: 'number', column: left.column, evaluate: (c) => apply(a(c), b(c)) };
}

/**
 * Numbers compare by size; texts and booleans only as equal or not.
 *
 * @throws {DomainError} with `column` if the sides cannot be compared so.
 */
export function compare(operator: Token, left: Expression, right: Expression): Expression {
  const isEquality = operator.text === '==' || operator.text === '!=';
  const apply = COMPARISONS[operator.text]!;
  const between = (a: number, b: number, wanted: boolean): number => (apply(a, b) === wanted ? 0 : gap(a, b));
  if (!isEquality) {
    const [a, b] = [asNumber(left), asNumber(right)];
    return relation(left.column, (c, wanted) => between(a(c), b(c), wanted));
  }
  if (left.type !== 'any' && right.type !== 'any' && left.type !== right.type) {
    throw constraintError(`compares ${article(left.type)} with ${article(right.type)}`, operator.column);
  }
  const isEqual = operator.text === '==';
  return relation(left.column, (configuration, wanted) => {
    const [a, b] = [left.evaluate(configuration), right.evaluate(configuration)];
    if (typeof a === 'number' && typeof b === 'number') return between(a, b, wanted);
    return ((a === b) === isEqual) === wanted ? 0 : 1;
  });
}

function gap(a: number, b: number): number {
  const distance = Math.abs(a - b);
  return Number.isNaN(distance) ? Infinity : distance + LEAST_DISTANCE;
}
