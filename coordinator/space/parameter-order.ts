/** Parameters in an order in which each comes after the one its condition names. */

import type { Parameter } from '../../shared/domain/search-space.js';

export interface ParameterOrder {
  /** Parents first; otherwise as given. Parameters in or below a circle are left out. */
  readonly ordered: readonly Parameter[];
  /** Names of parameters that depend on themselves through their conditions, in the order of the circle. */
  readonly circle: readonly string[];
}

/** Orders parameters by their conditions; conditions on unknown parameters count as none. */
export function orderParameters(parameters: readonly Parameter[]): ParameterOrder {
  const byName = new Map(parameters.map((parameter) => [parameter.name, parameter]));
  const ordered: Parameter[] = [];
  const placed = new Set<string>();
  let waiting = [...parameters];
  while (waiting.length > 0) {
    const ready = waiting.filter(({ when }) => !when || !byName.has(when.parameter) || placed.has(when.parameter));
    if (ready.length === 0) return { ordered, circle: circleFrom(waiting[0]!, byName) };
    for (const parameter of ready) {
      ordered.push(parameter);
      placed.add(parameter.name);
    }
    waiting = waiting.filter(({ name }) => !placed.has(name));
  }
  return { ordered, circle: [] };
}

function circleFrom(start: Parameter, byName: ReadonlyMap<string, Parameter>): string[] {
  const path: string[] = [];
  let name = start.name;
  while (!path.includes(name)) {
    path.push(name);
    name = byName.get(name)!.when!.parameter;
  }
  return [...path.slice(path.indexOf(name)), name];
}
