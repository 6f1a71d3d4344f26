/** What must hold within the `space` block beyond its form: bounds, scales, lists and conditions. */

import type { Parameter } from '../domain/search-space.js';
import { buildParameter } from './build-space.js';
import type { CampaignFile } from './campaign-schema.js';
import type { FaultPath, PathFault } from './fault.js';
import { keyFault, suggestion, valueFault } from './fault.js';
import type { ParameterInput, RangeInput } from './parameter-schema.js';
import { refusalOf } from './parameter-value.js';

type Space = CampaignFile['space'];

/**
 * Faults of all parameters.
 *
 * @param space - parameters whose form is right.
 * @param declared - names of all parameters in the file, so that a reference to a malformed one is no second fault.
 */
export function spaceFaults(space: Space, declared: readonly string[]): PathFault[] {
  if (declared.length === 0) {
    return [
      valueFault(
        ['space'],
        'is empty',
        'Write at least one parameter, such as lr: {low: 0.0001, high: 0.01, scale: log}.',
      ),
    ];
  }
  return Object.entries(space).flatMap(([name, input]) => [
    ...reservedFaults(name),
    ...formFaults(['space', name], input),
    ...conditionFaults(name, space, declared),
  ]);
}

/** Placeholders with a meaning of their own. */
const RESERVED_NAMES: readonly string[] = ['seed', 'trial_dir', 'data'];

const reservedFaults = (name: string): PathFault[] =>
  RESERVED_NAMES.includes(name)
    ? [
        keyFault(
          ['space', name],
          `is a word that ECOpt fills in itself`,
          `Choose another name than ${RESERVED_NAMES.join(', ')}.`,
        ),
      ]
    : [];

function formFaults(path: FaultPath, input: ParameterInput): PathFault[] {
  if (typeof input !== 'object') return [];
  if (Array.isArray(input)) return listFaults(path, input, true);
  if ('low' in input) return rangeFaults(path, input);
  if ('values' in input) return listFaults([...path, 'values'], input.values, input.kind !== 'categorical');
  if ('choices' in input) return listFaults([...path, 'choices'], input.choices, false);
  return [];
}

function rangeFaults(path: FaultPath, { low, high, kind, scale, step }: RangeInput): PathFault[] {
  const faults: PathFault[] = [];
  const add = (key: string, problem: string, remedy: string): number =>
    faults.push(valueFault([...path, key], problem, remedy));
  if (low >= high)
    add('high', `is ${high}, but must be above low, which is ${low}`, 'Swap them, or write {value: …} for a constant.');
  if (!Number.isFinite(high - low)) add('high', `is too far from low, ${low}`, 'Write bounds below 1e307.');
  if (scale === 'log' && low <= 0)
    add('low', `is ${low}, but a log scale needs > 0`, 'Write a positive number, such as 0.0001.');
  if (scale === 'logit' && low <= 0)
    add('low', `is ${low}, but a logit scale needs > 0`, 'Write a small positive number, such as 0.01.');
  if (scale === 'logit' && high >= 1)
    add('high', `is ${high}, but a logit scale needs < 1`, 'Write a number below 1, such as 0.99.');
  if (step !== undefined && scale !== undefined && scale !== 'linear')
    add('step', `does not go with a ${scale} scale`, 'Remove it, or list the values.');
  if (step !== undefined && low < high && step > high - low)
    add('step', `is ${step}, more than the whole range`, `Write at most ${high - low}.`);
  if (kind === 'integer') return [...faults, ...integerFaults(path, { low, high, scale, step })];
  const whole = Number.isInteger(low) && Number.isInteger(high) && (step === undefined || Number.isInteger(step));
  if (kind === undefined && whole && scale !== 'logit') {
    faults.push(
      valueFault(
        path,
        `has whole bounds, ${low} and ${high}, but does not say whether fractions are meant`,
        'Add kind: integer, or kind: float.',
      ),
    );
  }
  return faults;
}

function integerFaults(
  path: FaultPath,
  { low, high, scale, step }: Pick<RangeInput, 'low' | 'high' | 'scale' | 'step'>,
): PathFault[] {
  const whole = Object.entries({ low, high, step })
    .filter(([, value]) => value !== undefined && !Number.isSafeInteger(value))
    .map(([key, value]) =>
      valueFault([...path, key], `is ${value}, but must be a whole number`, 'Round it, or write kind: float.'),
    );
  if (scale !== 'logit') return whole;
  return [...whole, valueFault([...path, 'scale'], 'is logit, which is for fractions', 'Write linear or log.')];
}

function listFaults(path: FaultPath, values: readonly (string | number | boolean)[], ordered: boolean): PathFault[] {
  const repeated = values.flatMap((value, i) =>
    values.indexOf(value) < i
      ? [valueFault([...path, i], `is ${value}, which stands here already`, 'Remove one of them.')]
      : [],
  );
  const numbers = values.filter((value) => typeof value === 'number');
  const ascending = numbers.every((value, i) => i === 0 || value >= (numbers[i - 1] ?? value));
  if (!ordered || ascending || numbers.length < values.length) return repeated;
  return [
    ...repeated,
    valueFault(
      path,
      'is not in ascending order',
      'Sort the numbers, or write choices: […] if their order means nothing.',
    ),
  ];
}

function conditionFaults(name: string, space: Space, declared: readonly string[]): PathFault[] {
  return Object.entries(whenOf(space[name])).flatMap(([parent, values]) => {
    const path = ['space', name, 'when', parent];
    if (!declared.includes(parent))
      return [keyFault(path, 'names no parameter', suggestion(parent, declared, 'parameter'))];
    if (ancestors(name, space).includes(name)) {
      return [keyFault(path, `makes ${name} depend on itself`, 'Remove one of the conditions of this circle.')];
    }
    const input = space[parent];
    return input === undefined ? [] : conditionValueFaults(path, buildParameter(parent, input), values);
  });
}

function conditionValueFaults(path: FaultPath, parent: Parameter, values: ConditionValues): PathFault[] {
  if (parent.kind === 'float') {
    return [
      keyFault(
        path,
        'is a range of fractions, which a condition cannot name',
        'Use a parameter with listed or whole values.',
      ),
    ];
  }
  const listed = Array.isArray(values) ? values : undefined;
  return (listed ?? [values]).flatMap((value: unknown, i) => {
    const refusal = refusalOf(parent, value);
    return refusal
      ? [valueFault(listed ? [...path, i] : path, `${refusal.problem}, which ${parent.name} never is`, refusal.remedy)]
      : [];
  });
}

type ConditionValues = NonNullable<RangeInput['when']>[string];

const whenOf = (input: ParameterInput | undefined): NonNullable<RangeInput['when']> =>
  typeof input === 'object' && 'when' in input ? (input.when ?? {}) : {};

/** Names on which a parameter depends, itself included if it stands in a circle. */
function ancestors(name: string, space: Space): readonly string[] {
  const found: string[] = [];
  const open = Object.keys(whenOf(space[name]));
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (found.includes(next)) continue;
    found.push(next);
    open.push(...Object.keys(whenOf(space[next])));
  }
  return found;
}
