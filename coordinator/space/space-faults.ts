/** Everything that is wrong with the description of a search space. */

import { DomainError } from '../../shared/domain/errors.js';
import type { Parameter, SearchSpace } from '../../shared/domain/search-space.js';
import { parseConstraint } from './constraint.js';
import { nearestName } from './nearest-name.js';
import { orderParameters } from './parameter-order.js';

/** One fault, for people. */
export interface SpaceFault {
  /** The parameter at fault, or the index of the constraint. */
  readonly at: { readonly parameter: string } | { readonly constraint: number };
  readonly message: string;
  /** Column in the constraint's text, counting from 1. */
  readonly column?: number;
}

/** All faults of a space; an empty list for a good one. */
export function spaceFaults(space: SearchSpace): SpaceFault[] {
  const { circle } = orderParameters(space.parameters);
  return [
    ...space.parameters.flatMap((parameter, index) =>
      parameterMessages(parameter, index, space.parameters).map((message) => ({
        at: { parameter: parameter.name },
        message,
      })),
    ),
    ...(circle[0] === undefined
      ? []
      : [{ at: { parameter: circle[0] }, message: `depends on itself: ${circle.join(' needs ')}` }]),
    ...space.constraints.flatMap((text, index) => constraintFaults(text, index, space.parameters)),
  ];
}

function parameterMessages(parameter: Parameter, index: number, all: readonly Parameter[]): string[] {
  const isRepeated = all.findIndex(({ name }) => name === parameter.name) < index;
  return [
    ...(isRepeated ? ['is described twice'] : []),
    ...domainMessages(parameter),
    ...conditionMessages(parameter, all),
  ];
}

function domainMessages(parameter: Parameter): string[] {
  switch (parameter.kind) {
    case 'constant':
      return [];
    case 'ordinal':
    case 'categorical':
      if (parameter.values.length === 0) return ['has no values'];
      return new Set(parameter.values).size < parameter.values.length ? ['has a value twice'] : [];
    case 'float':
    case 'integer':
      return rangeMessages(parameter);
  }
}

function rangeMessages(parameter: Parameter & { readonly kind: 'float' | 'integer' }): string[] {
  const { kind, low, high, scale, step } = parameter;
  if (!Number.isFinite(low) || !Number.isFinite(high)) return ['low and high must be finite numbers'];
  const messages: string[] = [];
  if (low > high) messages.push(`low (${low}) must not be above high (${high})`);
  if (scale === 'log' && low <= 0) messages.push(`low (${low}) must be above 0 on a log scale`);
  if (scale === 'logit' && (low <= 0 || high >= 1))
    messages.push('low and high must lie between 0 and 1 on a logit scale');
  if (kind === 'integer' && !(Number.isSafeInteger(low) && Number.isSafeInteger(high))) {
    messages.push('low and high must be whole numbers');
  }
  if (step === undefined) return messages;
  if (!(step > 0) || !Number.isFinite(step)) messages.push(`step (${step}) must be above 0`);
  if (kind === 'integer' && !Number.isInteger(step)) messages.push('step must be a whole number');
  if (kind === 'float' && scale !== 'linear') messages.push(`a step needs a linear scale, not ${scale}`);
  return messages;
}

function conditionMessages({ name, when }: Parameter, all: readonly Parameter[]): string[] {
  if (!when) return [];
  const parent = all.find((parameter) => parameter.name === when.parameter);
  if (!parent) {
    const nearest = nearestName(
      when.parameter,
      all.map((parameter) => parameter.name).filter((other) => other !== name),
    );
    return [
      `its condition names the unknown parameter "${when.parameter}"${nearest ? `; did you mean "${nearest}"?` : ''}`,
    ];
  }
  if (when.in.length === 0) return ['its condition lists no values'];
  if (parent.kind === 'float' || parent.kind === 'integer') {
    return when.in.every((value) => typeof value === 'number' && value >= parent.low && value <= parent.high)
      ? []
      : [`its condition has a value outside "${parent.name}" (${parent.low} to ${parent.high})`];
  }
  const known = parent.kind === 'constant' ? [parent.value] : parent.values;
  const stray = when.in.find((value) => !known.includes(value));
  if (stray === undefined) return [];
  return [
    `its condition has the value ${JSON.stringify(stray)}, which "${parent.name}" never takes; it takes ${known.map((value) => JSON.stringify(value)).join(', ')}`,
  ];
}

function constraintFaults(text: string, constraint: number, parameters: readonly Parameter[]): SpaceFault[] {
  try {
    parseConstraint(text, parameters);
    return [];
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    return [{ at: { constraint }, message: error.message, column: Number(error.details['column']) }];
  }
}
