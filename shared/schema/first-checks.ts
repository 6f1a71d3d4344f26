/** Whether the configurations under `proposer.first` belong to the space. */

import type { Configuration } from '../domain/configuration.js';
import { canonicalConfiguration } from '../domain/configuration.js';
import { buildSpace } from './build-space.js';
import type { CampaignFile, CampaignPart } from './campaign-schema.js';
import type { PathFault } from './fault.js';
import { valueFault } from './fault.js';
import { configurationRefusals } from './parameter-value.js';

export interface FirstResult {
  readonly faults: readonly PathFault[];
  /** Those without fault. */
  readonly sound: readonly { readonly index: number; readonly configuration: Configuration }[];
}

/** Faults of the configurations to be tried first; parameters whose form is wrong are passed over. */
export function firstFaults({ space, proposer }: CampaignPart, declared: readonly string[]): FirstResult {
  const first = proposer?.first ?? [];
  if (!space) return { faults: [], sound: [] };
  const malformed = declared.filter((name) => !Object.hasOwn(space, name));
  const texts = first.map(canonicalConfiguration);
  const checked = first.map((configuration, index) => ({
    index,
    configuration,
    faults: [
      ...entryFaults(index, configuration, space).filter(({ path }) => !malformed.includes(String(path.at(-1)))),
      ...(texts.indexOf(texts[index] ?? '') < index
        ? [valueFault(['proposer', 'first', index], 'stands here already', 'Remove it.')]
        : []),
    ],
  }));
  return {
    faults: checked.flatMap(({ faults }) => faults),
    sound: checked
      .filter(({ faults }) => faults.length === 0)
      .map(({ index, configuration }) => ({ index, configuration })),
  };
}

const entryFaults = (index: number, configuration: Configuration, space: CampaignFile['space']): PathFault[] =>
  configurationRefusals(buildSpace(space), configuration).map(({ parameter, problem, remedy }) =>
    valueFault(['proposer', 'first', index, parameter], problem, remedy),
  );
