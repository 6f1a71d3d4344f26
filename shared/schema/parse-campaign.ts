/** Text of a campaign file to a campaign, or to all its faults at once. */

import type { Campaign } from '../domain/campaign.js';
import { buildCampaign } from './build-campaign.js';
import { campaignHash, formerCampaignHash } from './campaign-hash.js';
import type { CampaignFile, CampaignPart } from './campaign-schema.js';
import { campaignFileSchema } from './campaign-schema.js';
import { carbonFaults } from './carbon-checks.js';
import type { ConstraintCheck, FileForm } from './check-file.js';
import { checkFile, deepFreeze, placed } from './check-file.js';
import { executionFaults } from './execution-checks.js';
import type { Fault, PathFault } from './fault.js';
import { firstFaults } from './first-checks.js';
import { languageModelFaults } from './language-model-checks.js';
import { objectiveFaults } from './objective-checks.js';
import { spaceFaults } from './space-checks.js';
import { stoppingFaults } from './stopping-checks.js';
import { unsupportedFaults } from './unsupported.js';
import { commandFaults } from './workload-checks.js';
import { readYaml } from './yaml-source.js';

/** A campaign with the hash of its content, or every fault of its file in the order of lines. */
export type ParsedCampaign =
  | {
      readonly ok: true;
      readonly campaign: Campaign;
      readonly hash: string;
      /** Under which an older version knew the same file; absent where it could not have read it. */
      readonly formerHash?: string;
    }
  | { readonly ok: false; readonly faults: readonly Fault[] };

export interface ParseOptions {
  /** Absent: constraints are carried along unread. */
  readonly checkConstraints?: ConstraintCheck;
}

/** Never throws for any text. The campaign is frozen and complete. */
export function parseCampaign(text: string, { checkConstraints }: ParseOptions = {}): ParsedCampaign {
  const yaml = readYaml(text);
  if (!yaml.ok) return { ok: false, faults: yaml.faults };
  const { source } = yaml;
  const { file, faults } = checkFile(source.data, CAMPAIGN_FORM, checkConstraints);
  if (!file || faults.length > 0 || source.faults.length > 0) {
    return { ok: false, faults: placed(faults, source) };
  }
  const campaign = deepFreeze(buildCampaign(file));
  const formerHash = formerCampaignHash(campaign, file);
  return { ok: true, campaign, hash: campaignHash(campaign), ...(formerHash !== undefined && { formerHash }) };
}

const CAMPAIGN_FORM: FileForm<CampaignFile> = {
  schema: campaignFileSchema,
  partial: campaignFileSchema.partial(),
  remedy: 'Begin with "name: my-campaign"; see docs/campaign-file.md.',
  crossFaults,
};

function crossFaults(file: CampaignPart, declared: readonly string[]): PathFault[] {
  return [
    ...(file.space ? spaceFaults(file.space, declared) : []),
    ...objectiveFaults(file),
    ...commandFaults(file, declared),
    ...languageModelFaults(file, declared),
    ...executionFaults(file),
    ...carbonFaults(file),
    ...stoppingFaults(file),
    ...firstFaults(file, declared).faults,
    ...unsupportedFaults(file),
  ];
}
