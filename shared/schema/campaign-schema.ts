/** The campaign file as it is written; its JSON Schema and the table in `docs/campaign-file.md` are made from this. */

import { z } from 'zod';

import { CAMPAIGN_DEFAULTS as DEFAULTS } from './campaign-defaults.js';
import {
  budgetSchema,
  checkpointsSchema,
  codeSchema,
  hardwareSchema,
  limitsSchema,
  carbonSchema,
  measurementSchema,
  needsSchema,
} from './execution-schema.js';
import { metricName, parameterName, plainName } from './field-schemas.js';
import { metricSchema, objectiveSchema } from './objective-schema.js';
import { parameterSchema } from './parameter-schema.js';
import { proposerSchema } from './proposer-schema.js';
import { stoppingSchema } from './stopping-schema.js';
import { workloadSchema } from './workload-schema.js';

/** Leaves room for replicates within the 32 bits that most libraries take. */
const LARGEST_SEED = 2 ** 31 - 1;

/** The whole file. Keys that are not here are faults. */
export const campaignFileSchema = z.strictObject({
  name: plainName.meta({ description: 'Name of the campaign.', examples: ['quickstart'] }),
  description: z
    .string()
    .optional()
    .meta({ description: 'What it is about, for people.', default: DEFAULTS.description, examples: ['First look'] }),
  owner: z
    .string()
    .optional()
    .meta({ description: 'Whose campaign it is, for people.', default: DEFAULTS.owner, examples: ['ada'] }),
  seed: z
    .int()
    .min(0)
    .max(LARGEST_SEED)
    .optional()
    .meta({
      description: 'Repeats every draw of the campaign. Trials get it too, with the number of their replicate added.',
      default: DEFAULTS.seed,
      examples: [1],
    }),
  space: z.record(parameterName, parameterSchema).meta({
    description: 'The parameters, by name.',
    examples: [{ lr: { low: 0.0001, high: 0.01, scale: 'log' } }],
  }),
  constraints: z
    .array(z.string().min(1))
    .optional()
    .meta({
      description: 'Relations between parameters that every configuration must keep.',
      default: [],
      examples: [['heads * head_width <= 128']],
    }),
  objectives: z.record(metricName, objectiveSchema).meta({
    description: 'What is optimised, by name.',
    examples: [{ loss: 'minimize', energy: { energy: { window: 'train' } } }],
  }),
  'outcome-constraints': z
    .array(
      z
        .string()
        .regex(/^\s*\S+\s*(<=|>=)\s*-?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$/)
        .meta({ remedy: 'Write a metric, <= or >=, and a number, such as "latency <= 20".' }),
    )
    .optional()
    .meta({
      description: 'Bounds on metrics: `metric <= number` or `metric >= number`.',
      default: [],
      examples: [['latency <= 20']],
    }),
  metrics: z
    .record(metricName, metricSchema)
    .optional()
    .meta({
      description: 'Metrics beside the objectives, by name.',
      default: {},
      examples: [{ test_loss: { role: 'test' } }],
    }),
  workload: workloadSchema,
  budget: budgetSchema,
  hardware: hardwareSchema.optional(),
  needs: needsSchema.optional(),
  measurement: measurementSchema.optional(),
  carbon: carbonSchema.optional(),
  proposer: proposerSchema.optional(),
  stopping: stoppingSchema.optional(),
  limits: limitsSchema.optional(),
  code: codeSchema.optional(),
  secrets: z
    .array(plainName)
    .optional()
    .meta({
      description: 'Names of secrets that the program gets; their values live on the agents.',
      default: DEFAULTS.secrets,
      examples: [['HF_TOKEN']],
    }),
  checkpoints: checkpointsSchema.optional(),
  'start-from': plainName.optional().meta({
    description: 'Earlier campaign whose trials are taken over.',
    examples: ['quickstart'],
  }),
});

/** The file's content, in the form it was written in. */
export type CampaignFile = z.infer<typeof campaignFileSchema>;
/** As much of it as there is. */
export type CampaignPart = { readonly [Key in keyof CampaignFile]?: CampaignFile[Key] | undefined };
