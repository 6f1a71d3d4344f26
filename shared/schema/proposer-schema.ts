/** The block of a campaign file that says how configurations are chosen. */

import { z } from 'zod';

import { PROPOSER_KINDS } from '../domain/campaign.js';
import { CAMPAIGN_DEFAULTS as DEFAULTS } from './campaign-defaults.js';

const configuration = z.record(z.string(), z.union([z.number(), z.string(), z.boolean()]));

/** The `proposer` block. */
export const proposerSchema = z
  .strictObject({
    kind: z
      .enum(PROPOSER_KINDS)
      .optional()
      .meta({
        description:
          'What chooses configurations: a surrogate model of the objectives (`model`), a density of the good ones (`tpe`), evolution (`nsga2`), `grid`, `sobol` or `random` points; `auto` picks for you and says why.',
        default: DEFAULTS.proposer.kind,
        examples: ['sobol'],
      }),
    start: z
      .int()
      .positive()
      .optional()
      .meta({
        description: 'Quasi-random configurations before a model chooses.',
        default: DEFAULTS.proposer.start,
        examples: [8],
      }),
    first: z
      .array(configuration)
      .optional()
      .meta({
        description: 'Configurations to try before all others, each with a value for every active parameter.',
        default: DEFAULTS.proposer.first,
        examples: [[{ learning_rate: 0.001, heads: 2 }]],
      }),
    'per-joule': z
      .boolean()
      .optional()
      .meta({
        description:
          'Weighs the expected improvement of a trial against the search energy that it is expected to take.',
        default: false,
        examples: [true],
      }),
  })
  .meta({ description: 'How configurations are chosen.', examples: [{ start: 8 }] });
