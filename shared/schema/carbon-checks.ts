/** Whether the `carbon` block names a place whose electricity is known. */

import type { CampaignPart } from './campaign-schema.js';
import { regionRefusal } from './carbon-intensity.js';
import { valueFault, type PathFault } from './fault.js';

/** Faults of the `carbon` block; an absent one is right: a place is never guessed. */
export function carbonFaults({ carbon }: CampaignPart): PathFault[] {
  if (!carbon || !('region' in carbon)) return [];
  const refusal = regionRefusal(carbon.region);
  return refusal ? [valueFault(['carbon', 'region'], `is ${carbon.region}, ${refusal.what}`, refusal.remedy)] : [];
}
