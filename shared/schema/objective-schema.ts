/** The `objectives` and `metrics` blocks of a campaign file as they are written. */

import { z } from 'zod';

import { BOUNDARIES } from '../domain/measurement.js';

const boundary = z.enum(BOUNDARIES);
const goal = z.enum(['minimize', 'maximize']);
const scale = z.enum(['linear', 'log']);

const threshold = z
  .number()
  .optional()
  .meta({
    description: 'Worst value of interest, in the objective’s unit; outcomes beyond it add no hypervolume.',
    examples: [4],
  });

const metricObjective = z
  .strictObject({
    goal: goal.meta({ description: 'Whether less or more is better.', examples: ['minimize'] }),
    metric: z
      .string()
      .min(1)
      .optional()
      .meta({
        description: 'Metric that the program reports; otherwise the objective’s own name.',
        examples: ['val/loss'],
      }),
    unit: z
      .string()
      .max(32)
      .optional()
      .meta({ description: 'Unit as shown.', default: '', examples: ['nats'] }),
    threshold,
    scale: scale
      .optional()
      .meta({ description: 'Scale on which it is modelled.', default: 'linear', examples: ['log'] }),
  })
  .meta({ description: 'A metric that the program reports.' });

const energySource = z
  .strictObject({
    window: z
      .string()
      .min(1)
      .meta({
        description: 'Kind of window: `train`, `evaluate`, `infer`, or another that the program marks.',
        examples: ['train'],
      }),
    label: z
      .string()
      .min(1)
      .optional()
      .meta({ description: 'Only windows with this label.', examples: ['decode'] }),
    per: z
      .string()
      .min(1)
      .optional()
      .meta({
        description: 'Divide by the count of these items, as the program counts them.',
        examples: ['token'],
      }),
    boundary: boundary.optional().meta({
      description: 'Parts of the machine that are included; the same in all objectives. See `measurement.boundary`.',
      examples: ['accelerator'],
    }),
  })
  .meta({ description: 'Energy of a window, in joules.', examples: [{ window: 'train' }] });

const energyObjective = z
  .strictObject({
    energy: energySource,
    goal: goal
      .optional()
      .meta({ description: 'Whether less or more is better.', default: 'minimize', examples: ['minimize'] }),
    threshold,
    scale: scale.optional().meta({ description: 'Scale on which it is modelled.', default: 'log', examples: ['log'] }),
  })
  .meta({ description: 'Energy that the meter reads.' });

/** One objective. */
export const objectiveSchema = z.union([metricObjective, energyObjective, goal]).meta({
  description: 'One objective: a metric, or energy; a goal alone stands for the metric of that name.',
  remedy: 'Write minimize or maximize, {goal: minimize, unit: nats}, or {energy: {window: train}}.',
});

/** One metric beside the objectives. */
export const metricSchema = z
  .strictObject({
    role: z
      .enum(['info', 'test'])
      .optional()
      .meta({
        description: '`info` is shown; `test` is sealed until the campaign is closed, and never steers the search.',
        default: 'info',
        examples: ['test'],
      }),
    unit: z
      .string()
      .max(32)
      .optional()
      .meta({ description: 'Unit as shown.', default: '', examples: ['nats'] }),
  })
  .meta({ description: 'A metric beside the objectives.', examples: [{ role: 'test' }] });

export type ObjectiveInput = z.infer<typeof objectiveSchema>;
export type MetricInput = z.infer<typeof metricSchema>;
export type EnergyInput = z.infer<typeof energySource>;
