/** Which boundary an energy figure of a campaign was summed within. */

import type { Campaign } from '../../shared/domain/campaign.js';
import type { Boundary, Part } from '../../shared/domain/measurement.js';

/** The campaign's boundary, else `accelerator` where the parts metered include one, else `cpu`. */
export function boundaryOf(campaign: Campaign, metered: readonly { readonly part: Part }[]): Boundary {
  return campaign.measurement.boundary ?? (metered.some(({ part }) => part === 'accelerator') ? 'accelerator' : 'cpu');
}
