/** Checks the constraints of a campaign file with the parser that will evaluate them. */

import { DomainError } from '../../shared/domain/errors.js';
import type { ConstraintRequest } from '../../shared/schema/check-file.js';
import type { PathFault } from '../../shared/schema/fault.js';
import { valueFault } from '../../shared/schema/fault.js';
import { compileSpace } from '../space/compiled-space.js';
import { parseConstraint } from '../space/constraint.js';
import { someLegalConfiguration } from '../space/legal-point.js';

/** Faults of constraints, and of configurations to be tried first that break one. */
export function checkConstraints(request: ConstraintRequest): readonly PathFault[] {
  const { parameters, malformed, constraints, isSound } = request;
  const faults = constraints.flatMap((text, i) => parseFaults(text, i, [...parameters, ...malformed]));
  return faults.length > 0 || !isSound ? faults : spaceFaults(request);
}

function parseFaults(text: string, index: number, parameters: Parameters<typeof parseConstraint>[1]): PathFault[] {
  try {
    parseConstraint(text, parameters);
    return [];
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    const remedy = 'Write a relation between parameters, such as "heads * head_width <= 128".';
    return [valueFault(['constraints', index], `cannot be read: ${error.message}`, remedy)];
  }
}

function spaceFaults({ parameters, constraints, first }: ConstraintRequest): PathFault[] {
  const space = compileSpace({ parameters, constraints });
  if (space.size === 0) {
    return [valueFault(['constraints'], 'allow no configuration at all', 'Loosen one of them, or widen the space.')];
  }
  const isKnownToWork = constraints.length === 0 || first.some(({ configuration }) => space.isValid(configuration));
  if (!isKnownToWork && !someLegalConfiguration(space)) {
    return [
      valueFault(
        ['constraints'],
        'seem to contradict each other: no configuration was found that keeps them all',
        'Loosen one of them, or give a configuration that keeps them under proposer.first.',
      ),
    ];
  }
  return first
    .map(({ index, configuration }) => ({ index, faults: space.faults(configuration) }))
    .filter(({ faults }) => faults.length > 0)
    .map(({ index, faults }) =>
      valueFault(['proposer', 'first', index], faults.join('; '), 'Change it so that it keeps the constraints.'),
    );
}
