/** From the `objectives` and `outcome-constraints` blocks to their written-out forms. */

import type { Objective, OutcomeConstraint } from '../domain/campaign.js';
import { defined } from './defined.js';
import type { ObjectiveInput } from './objective-schema.js';

/** Written-out form of one objective. */
export function buildObjective(name: string, input: ObjectiveInput): Objective {
  if (typeof input === 'string') return { name, goal: input, unit: '', scale: 'linear', from: 'metric', metric: name };
  const threshold = defined<{ threshold: number }>({ threshold: input.threshold });
  if (!('energy' in input)) {
    const { goal, unit = '', scale = 'linear', metric = name } = input;
    return { name, goal, unit, scale, ...threshold, from: 'metric', metric };
  }
  const { window, label, per } = input.energy;
  const { goal = 'minimize', scale = 'log' } = input;
  const unit = per === undefined ? 'J' : `J/${per}`;
  const energy = { window, ...defined<{ label: string; per: string }>({ label, per }) };
  return { name, goal, unit, scale, ...threshold, from: 'energy', energy };
}

/** True for energy per item of a window that is not the training itself: the same work can be measured again. */
export const isRepeatable = ({
  window,
  per,
}: {
  readonly window: string;
  readonly per?: string | undefined;
}): boolean => per !== undefined && window !== 'train';

/** Splits `metric <= bound`. */
export function buildOutcomeConstraint(text: string): OutcomeConstraint {
  const [metric = '', relation, bound] = text.trim().split(/\s*(<=|>=)\s*/);
  return { metric, relation: relation === '<=' ? '<=' : '>=', bound: Number(bound) };
}
