/** Whether a campaign's trials may be stopped early, and by settings that mean something. */

import type { CampaignPart } from './campaign-schema.js';
import { keyFault, valueFault, type PathFault } from './fault.js';
import { shareOf } from './stopping-schema.js';

/** Faults of the `stopping` block and of what it stands beside. */
export function stoppingFaults({ stopping, hardware }: CampaignPart): PathFault[] {
  if (!stopping) return [];
  const nothing = 'is 0, so that no trial would ever be stopped';
  const remedy = 'Write a share such as "5 %", or remove stopping.';
  return [
    ...(shareOf(stopping.chance) === 0 ? [valueFault(['stopping', 'chance'], nothing, remedy)] : []),
    ...(hardware?.policy === 'compare'
      ? [
          keyFault(
            ['stopping'],
            'stands beside hardware: {policy: compare}, which needs every configuration whole on every class',
            'Remove it, or write policy: pooled.',
          ),
        ]
      : []),
  ];
}
