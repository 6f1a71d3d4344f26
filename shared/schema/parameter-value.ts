/** Which values a parameter may take, when it is active, and what is wrong with a configuration. */

import type { Configuration, ParameterValue } from '../domain/configuration.js';
import type { Parameter, SearchSpace } from '../domain/search-space.js';
import { shown, suggestion } from './fault.js';

/** Why a value is refused, and what would be right. */
export interface Refusal {
  readonly problem: string;
  readonly remedy: string;
}

/** Why a parameter cannot take a value; `undefined` if it can. */
export function refusalOf(parameter: Parameter, value: unknown): Refusal | undefined {
  const refusal = { problem: `is ${shown(value)}`, remedy: `Allowed: ${allowedText(parameter)}.` };
  return isAllowed(parameter, value) ? undefined : refusal;
}

/** The values of a parameter in words, such as `integer from 1 to 8`. */
export function allowedText(parameter: Parameter): string {
  switch (parameter.kind) {
    case 'constant':
      return String(parameter.value);
    case 'ordinal':
    case 'categorical':
      return parameter.values.join(', ');
    default: {
      const { kind, low, high, step } = parameter;
      return `${kind} from ${low} to ${high}${step === undefined ? '' : ` in steps of ${step}`}`;
    }
  }
}

/** Whether the condition of a parameter holds; a condition on an inactive parameter does not. */
export const isActive = ({ when }: Parameter, configuration: Configuration): boolean =>
  when === undefined ||
  (Object.hasOwn(configuration, when.parameter) && when.in.includes(configuration[when.parameter] as ParameterValue));

/** Everything wrong with a configuration, by parameter; constraints are not looked at. */
export function configurationRefusals(
  { parameters }: SearchSpace,
  configuration: Configuration,
): readonly (Refusal & { readonly parameter: string; readonly missing: boolean })[] {
  const names = parameters.map(({ name }) => name);
  const unknown = Object.keys(configuration)
    .filter((name) => !names.includes(name))
    .map((name) => ({
      parameter: name,
      missing: false,
      problem: 'names no parameter',
      remedy: suggestion(name, names, 'parameter'),
    }));
  return [...unknown, ...parameters.flatMap((parameter) => entryRefusal(parameter, configuration))];
}

function entryRefusal(
  parameter: Parameter,
  configuration: Configuration,
): (Refusal & { parameter: string; missing: boolean })[] {
  const { name, when } = parameter;
  const given = Object.hasOwn(configuration, name);
  if (!isActive(parameter, configuration)) {
    if (!given) return [];
    const condition = `${when?.parameter} is ${when?.in.join(' or ')}`;
    return [
      {
        parameter: name,
        missing: false,
        problem: 'is not active here',
        remedy: `Remove it; it is active only while ${condition}.`,
      },
    ];
  }
  if (!given)
    return [{ parameter: name, missing: true, problem: 'is missing', remedy: `Allowed: ${allowedText(parameter)}.` }];
  const refusal = refusalOf(parameter, configuration[name]);
  return refusal ? [{ parameter: name, missing: false, ...refusal }] : [];
}

function isAllowed(parameter: Parameter, value: unknown): boolean {
  switch (parameter.kind) {
    case 'constant':
      return value === parameter.value;
    case 'ordinal':
    case 'categorical':
      return parameter.values.includes(value as ParameterValue);
    default: {
      const { kind, low, high, step } = parameter;
      if (typeof value !== 'number' || !(value >= low && value <= high)) return false;
      if (kind === 'integer' && !Number.isInteger(value)) return false;
      return step === undefined || isMultiple(value - low, step);
    }
  }
}

/** Relative distance from the grid that rounding may cause. */
const GRID_TOLERANCE = 1e-9;

const isMultiple = (distance: number, step: number): boolean =>
  Math.abs(distance / step - Math.round(distance / step)) <= GRID_TOLERANCE * Math.max(1, Math.abs(distance / step));
