/** A study: the blocks of a campaign file that say what is varied and what is optimised, for whoever runs the trials. */

import type { Campaign } from '../domain/campaign.js';
import { buildObjective, buildOutcomeConstraint } from './build-objective.js';
import { buildProposer } from './build-campaign.js';
import { buildSpace } from './build-space.js';
import { CAMPAIGN_DEFAULTS as DEFAULTS } from './campaign-defaults.js';
import type { CampaignFile, CampaignPart } from './campaign-schema.js';
import { campaignFileSchema } from './campaign-schema.js';
import type { ConstraintCheck, FileForm } from './check-file.js';
import { checkFile, deepFreeze, placed } from './check-file.js';
import { perJouleFaults } from './execution-checks.js';
import type { Fault, PathFault } from './fault.js';
import { keyFault } from './fault.js';
import { firstFaults } from './first-checks.js';
import { objectiveFaults } from './objective-checks.js';
import { spaceFaults } from './space-checks.js';
import { severalParentsFaults } from './unsupported.js';
import { readYaml } from './yaml-source.js';

const studyFileSchema = campaignFileSchema
  .pick({
    name: true,
    description: true,
    seed: true,
    space: true,
    constraints: true,
    objectives: true,
    'outcome-constraints': true,
    proposer: true,
  })
  .partial({ name: true });

/** What a study's file says, as plain data. */
export type StudyFile = Pick<
  CampaignFile,
  'description' | 'seed' | 'space' | 'constraints' | 'objectives' | 'outcome-constraints' | 'proposer'
> & { readonly name?: string | undefined };

/** What is varied, what is optimised, and what chooses. */
export type StudyDefinition = Pick<Campaign, 'space' | 'objectives' | 'constraints' | 'proposer' | 'seed'>;

export type CheckedStudy<F> =
  { readonly ok: true; readonly definition: StudyDefinition } | { readonly ok: false; readonly faults: readonly F[] };

/** A study from plain data such as a program writes, or every fault. */
export function checkStudy(data: unknown, checkConstraints: ConstraintCheck): CheckedStudy<PathFault> {
  const { file, faults } = checkFile<CampaignPart & StudyFile>(data, STUDY_FORM, checkConstraints);
  if (file && faults.length === 0) return { ok: true, definition: deepFreeze(buildDefinition(file)) };
  return { ok: false, faults: faults.map(explained) };
}

/** A study from the text of its file, or every fault in the order of lines. Never throws for any text. */
export function parseStudy(text: string, checkConstraints: ConstraintCheck): CheckedStudy<Fault> {
  const yaml = readYaml(text);
  if (!yaml.ok) return yaml;
  const { source } = yaml;
  const checked = checkStudy(source.data, checkConstraints);
  if (checked.ok && source.faults.length === 0) return checked;
  return { ok: false, faults: placed(checked.ok ? [] : checked.faults, source) };
}

const STUDY_FORM: FileForm<CampaignPart & StudyFile> = {
  schema: studyFileSchema,
  partial: studyFileSchema.partial(),
  remedy: 'Begin with "space:"; see docs/ask-tell.md.',
  crossFaults: (part, declared) => [
    ...(part.space ? spaceFaults(part.space, declared) : []),
    ...objectiveFaults(part),
    ...firstFaults(part, declared).faults,
    ...perJouleFaults(part),
    ...severalParentsFaults(part),
  ],
};

const buildDefinition = (file: StudyFile): StudyDefinition => ({
  space: buildSpace(file.space, file.constraints),
  objectives: Object.entries(file.objectives).map(([name, input]) => buildObjective(name, input)),
  constraints: (file['outcome-constraints'] ?? []).map(buildOutcomeConstraint),
  proposer: buildProposer(file.proposer),
  seed: file.seed ?? DEFAULTS.seed,
});

/** Blocks of a campaign file that have no place here are no slips of the pen. */
function explained(fault: PathFault): PathFault {
  const [block] = fault.path;
  const isCampaigns =
    fault.path.length === 1 &&
    typeof block === 'string' &&
    Object.hasOwn(campaignFileSchema.shape, block) &&
    !Object.hasOwn(studyFileSchema.shape, block);
  if (!isCampaigns) return fault;
  return keyFault(fault.path, 'belongs to a campaign', 'Remove it: here your own program runs the configurations.');
}
