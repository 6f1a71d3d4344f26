/** From the `space` block to parameters with their kinds written out. */

import type { ParameterValue } from '../domain/configuration.js';
import type { Condition, Parameter, SearchSpace } from '../domain/search-space.js';
import type { CampaignFile } from './campaign-schema.js';
import type { ParameterInput } from './parameter-schema.js';

/** The search space; parameters stay in the order of the file. */
export function buildSpace(space: CampaignFile['space'], constraints: readonly string[] = []): SearchSpace {
  return {
    parameters: Object.entries(space).map(([name, input]) => buildParameter(name, input)),
    constraints: [...constraints],
  };
}

/** Written-out form of one parameter. */
export function buildParameter(name: string, input: ParameterInput): Parameter {
  if (typeof input !== 'object') return { kind: 'constant', name, value: input };
  if (Array.isArray(input)) return listed(name, input);
  const when = conditionOf(input.when);
  if ('value' in input) return { ...when, kind: 'constant', name, value: input.value };
  if ('choices' in input) return { ...when, ...listed(name, input.choices, 'categorical') };
  if ('values' in input) return { ...when, ...listed(name, input.values, input.kind) };
  const { low, high, scale = 'linear' } = input;
  const step = input.step === undefined ? {} : { step: input.step };
  if (input.kind === 'integer') {
    return { ...when, kind: 'integer', name, low, high, scale: scale === 'log' ? 'log' : 'linear', ...step };
  }
  return { ...when, kind: 'float', name, low, high, scale, ...step };
}

function listed(name: string, values: readonly ParameterValue[], kind?: 'ordinal' | 'categorical'): Parameter {
  const [only] = values;
  if (values.length === 1 && only !== undefined) return { kind: 'constant', name, value: only };
  const numeric = values.every((value) => typeof value === 'number');
  return { kind: kind ?? (numeric ? 'ordinal' : 'categorical'), name, values };
}

/** The first parent; more than one is refused by the checks. */
function conditionOf(when: Exclude<ConditionalInput['when'], undefined> | undefined): { readonly when?: Condition } {
  const [parent] = Object.entries(when ?? {});
  if (!parent) return {};
  const [parameter, values] = parent;
  return { when: { parameter, in: typeof values === 'object' ? values : [values] } };
}

type ConditionalInput = Extract<ParameterInput, { readonly low: number }>;
