/** Configurations -> trials, by the campaign's hardware policy. */

import { createHash } from 'node:crypto';

import type { Campaign } from '../../shared/domain/campaign.js';
import { canonicalConfiguration } from '../../shared/domain/configuration.js';
import type { Configuration } from '../../shared/domain/configuration.js';
import { trialId } from '../../shared/domain/identity.js';
import type { CampaignId, HardwareClassId } from '../../shared/domain/identity.js';
import type { Trial } from '../../shared/domain/trial.js';

export interface TrialPlan {
  readonly id: CampaignId;
  readonly campaign: Campaign;
  /** Classes that each configuration is run on, under `compare`. */
  readonly classes: readonly HardwareClassId[];
  /** Trials that exist already. */
  readonly existing: number;
}

/** Trials that one configuration becomes. */
export const trialsEach = ({ hardware }: Campaign, classes: readonly HardwareClassId[]): number =>
  hardware.policy === 'compare' ? Math.max(1, classes.length) * hardware.replicates : 1;

/** Queued trials of new configurations, numbered on from the existing ones. */
export function planTrials(plan: TrialPlan, configurations: readonly Configuration[]): readonly Trial[] {
  const { hardware } = plan.campaign;
  const places = hardware.policy === 'compare' ? plan.classes : [undefined];
  const replicates = hardware.policy === 'compare' ? hardware.replicates : 1;
  const wanted = configurations.flatMap((configuration) =>
    Array.from({ length: replicates }, (_, replicate) =>
      places.map((hardwareClass) => ({ configuration, replicate, hardwareClass })),
    ).flat(),
  );
  return wanted.map(({ configuration, replicate, hardwareClass }, i) => ({
    id: trialId(`${plan.id}-${plan.existing + i + 1}`),
    campaign: plan.id,
    index: plan.existing + i + 1,
    configuration,
    configurationHash: hashOf(configuration),
    replicate,
    state: 'queued',
    attempts: 0,
    ...(hardwareClass === undefined ? {} : { hardwareClass }),
  }));
}

/** Name of a configuration: the first 16 hexadecimal digits of the SHA-256 of its canonical text. */
const hashOf = (configuration: Configuration): string =>
  createHash('sha256').update(canonicalConfiguration(configuration)).digest('hex').slice(0, 16);
