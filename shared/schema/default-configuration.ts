/** A whole configuration for one trial by hand: what the user sets, and a middling value for everything else. */

import type { Campaign } from '../domain/campaign.js';
import type { Configuration, ParameterValue } from '../domain/configuration.js';
import { UsageError } from '../domain/errors.js';
import type { Parameter, SearchSpace } from '../domain/search-space.js';
import { suggestion } from './fault.js';
import { allowedText, isActive, refusalOf } from './parameter-value.js';

/**
 * The configuration that `ecopt try FILE --set NAME=VALUE …` runs.
 *
 * A parameter that is not set takes its value from the first configuration of `proposer.first`, else the middle of its
 * range on its scale, the middle of its ordered values, or the first of its choices. Constraints are not looked at.
 *
 * @param settings - texts such as `lr=0.01`; a name given twice takes its last value.
 * @throws {UsageError} naming the setting and the allowed values.
 */
export function applyOverrides({ space, proposer }: Campaign, settings: readonly string[]): Configuration {
  const given = new Map(settings.map((setting) => parseSetting(setting, space)));
  const [preferred = {}] = proposer.first;
  const values: Record<string, ParameterValue> = {};
  for (const parameter of parentsFirst(space)) {
    const { name } = parameter;
    if (isActive(parameter, values)) values[name] = given.get(name) ?? preferredValue(parameter, preferred);
    else if (given.has(name)) throw new UsageError(inactiveText(parameter, values));
  }
  return Object.freeze(inFileOrder(space, values));
}

function parseSetting(setting: string, { parameters }: SearchSpace): readonly [string, ParameterValue] {
  const split = setting.indexOf('=');
  const name = setting.slice(0, split).trim();
  const text = setting.slice(split + 1).trim();
  if (split < 1) throw new UsageError(`--set ${setting}: write NAME=VALUE, such as --set ${parameters[0]?.name}=…`);
  const parameter = parameters.find((candidate) => candidate.name === name);
  if (!parameter) {
    const names = parameters.map((candidate) => candidate.name);
    throw new UsageError(`--set ${setting}: ${name} is no parameter. ${suggestion(name, names, 'parameter')}`);
  }
  const value = valueOfText(parameter, text);
  const refusal = refusalOf(parameter, value);
  if (refusal) throw new UsageError(`--set ${setting}: ${name} ${refusal.problem}. ${refusal.remedy}`);
  return [name, value];
}

/** The listed value that reads like the text, else the text as a number if it is one. */
function valueOfText(parameter: Parameter, text: string): ParameterValue {
  const listed =
    parameter.kind === 'constant' ? [parameter.value] : 'values' in parameter ? parameter.values : ([] as const);
  const number = text === '' ? NaN : Number(text);
  const same = listed.find((value) => String(value) === text) ?? listed.find((value) => value === number);
  return same ?? (Number.isNaN(number) ? text : number);
}

function preferredValue(parameter: Parameter, preferred: Configuration): ParameterValue {
  const value = Object.hasOwn(preferred, parameter.name) ? preferred[parameter.name] : undefined;
  return value === undefined || refusalOf(parameter, value) ? middleOf(parameter) : value;
}

function middleOf(parameter: Parameter): ParameterValue {
  switch (parameter.kind) {
    case 'constant':
      return parameter.value;
    case 'ordinal':
    case 'categorical': {
      const index = parameter.kind === 'ordinal' ? Math.floor((parameter.values.length - 1) / 2) : 0;
      return parameter.values[index] ?? '';
    }
    default:
      return middleOfRange(parameter);
  }
}

function middleOfRange({ kind, low, high, scale, step }: Extract<Parameter, { readonly low: number }>): number {
  const middle = { linear: (low + high) / 2, log: Math.sqrt(low) * Math.sqrt(high), logit: logitMiddle(low, high) }[
    scale
  ];
  const grid = step ?? (kind === 'integer' ? 1 : undefined);
  const onGrid =
    grid === undefined ? Number(middle.toPrecision(DIGITS)) : low + Math.floor((middle - low) / grid) * grid;
  return Math.min(Math.max(onGrid, low), high);
}

/** Digits of a default that people can read and retype. */
const DIGITS = 6;

function logitMiddle(low: number, high: number): number {
  const odds = Math.sqrt((low / (1 - low)) * (high / (1 - high)));
  return odds / (1 + odds);
}

/** Parameters, each after the one that its condition names; conditions form no circle. */
function parentsFirst({ parameters }: SearchSpace): readonly Parameter[] {
  const ordered: Parameter[] = [];
  const open = [...parameters];
  while (open.length > 0) {
    const ready = open.findIndex(({ when }) => !when || ordered.some(({ name }) => name === when.parameter));
    ordered.push(...open.splice(Math.max(ready, 0), 1));
  }
  return ordered;
}

function inactiveText(parameter: Parameter, values: Configuration): string {
  const { name, when } = parameter;
  const parent = when?.parameter ?? '';
  const found = Object.hasOwn(values, parent) ? `${parent} is ${values[parent]}` : `${parent} is not active`;
  return `--set ${name}: it is active only while ${parent} is ${when?.in.join(' or ')}, but ${found}. Values of ${name}: ${allowedText(parameter)}.`;
}

const inFileOrder = ({ parameters }: SearchSpace, values: Configuration): Configuration =>
  Object.fromEntries(
    parameters.flatMap(({ name }) => {
      const value = values[name];
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
