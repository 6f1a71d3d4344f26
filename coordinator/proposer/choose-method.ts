/** Which method proposes, and why. */

import type { ProposerKind } from '../../shared/domain/campaign.js';
import type { ProposalRequest } from '../../shared/domain/proposal.js';
import type { ParameterValue } from '../../shared/domain/configuration.js';
import type { Condition } from '../../shared/domain/search-space.js';
import type { CompiledSpace } from '../space/compiled-space.js';
import { isActive, type Place } from '../space/place.js';

/** Above this many trials the model becomes slow, and density estimates have enough to go by. */
const MANY_TRIALS = 500;
/** Sets of parameters that are active together up to which a Gaussian process still compares most configurations. */
const FEW_ACTIVE_SETS = 2;

/** Values of a parameter that are looked at to see how it decides over others. */
const MOST_VALUES = 256;

export interface ChosenMethod {
  readonly kind: Exclude<ProposerKind, 'auto'>;
  /** For people, where `auto` chose: which and why. */
  readonly because?: string;
}

/**
 * What the settings say, or for `auto`: `tpe` when more than 500 trials are expected or known, or when the space is
 * strongly conditional (more than half of its parameters have a condition, and there are more than two sets of
 * parameters that can be active together); else `model`.
 */
export function chooseMethod({ settings, history }: ProposalRequest, space: CompiledSpace): ChosenMethod {
  if (settings.kind !== 'auto') return { kind: settings.kind };
  const { expectedTrials } = settings;
  if (expectedTrials !== undefined && expectedTrials > MANY_TRIALS)
    return {
      kind: 'tpe',
      because: `auto chose tpe, because ${expectedTrials} trials are expected, more than ${MANY_TRIALS}`,
    };
  if (history.length > MANY_TRIALS)
    return { kind: 'tpe', because: `auto chose tpe, because more than ${MANY_TRIALS} results are known` };
  const parameters = space.places.map(({ parameter }) => parameter);
  const conditional = parameters.filter(({ when }) => when).length;
  if (conditional > parameters.length / 2 && activeSets(space.places, FEW_ACTIVE_SETS + 1) > FEW_ACTIVE_SETS) {
    const because = `auto chose tpe, because ${conditional} of ${parameters.length} parameters are conditional in more than ${FEW_ACTIVE_SETS} combinations`;
    return { kind: 'tpe', because };
  }
  return {
    kind: 'model',
    because: `auto chose the model, because no more than ${MANY_TRIALS} trials are expected and the space is not strongly conditional`,
  };
}

/** Number of different sets of parameters that can be active together, constraints aside; counted up to `most`. */
export function activeSets(places: readonly Place[], most: number): number {
  const conditions = places.flatMap(({ parameter: { when } }) => (when ? [when] : []));
  let count = 0;
  const walk = (position: number, values: Readonly<Record<string, ParameterValue>>): void => {
    const place = places[position];
    if (count >= most) return;
    if (!place) count++;
    else if (!isActive(place.parameter, values)) walk(position + 1, values);
    else {
      const { name } = place.parameter;
      for (const value of tellingValues(place, conditions)) walk(position + 1, { ...values, [name]: value });
    }
  };
  walk(0, {});
  return count;
}

/** One value of a parameter for each way in which it can decide over others. */
function tellingValues(place: Place, conditions: readonly Condition[]): ParameterValue[] {
  const { parameter } = place;
  const own = conditions.filter((condition) => condition.parameter === parameter.name);
  const values = own.length === 0 ? [firstValue(place)] : [...someValues(place), ...own.flatMap((each) => each.in)];
  const decisions = new Map<string, ParameterValue>();
  for (const value of values) {
    const decision = own.map((condition) => condition.in.includes(value)).join();
    if (!decisions.has(decision)) decisions.set(decision, value);
  }
  return [...decisions.values()];
}

const firstValue = ({ parameter, axis }: Place): ParameterValue => (axis ? axis.decode(0) : parameter.value);

/** All values of a parameter with few levels, else enough of them that one is named by no condition. */
function someValues({ axis, parameter }: Place): ParameterValue[] {
  if (!axis) return [parameter.value];
  const count = Math.min(axis.levels, MOST_VALUES);
  return Array.from({ length: count }, (_, k) => axis.decode((k + 0.5) / count));
}
