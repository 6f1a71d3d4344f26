/** The `workload` block of a campaign file: what a trial runs and where its metrics are found. */

import { z } from 'zod';

import { metricName } from './field-schemas.js';

const metricSource = z
  .union([
    z.strictObject({
      json: z
        .string()
        .min(1)
        .meta({
          description:
            'A JSON file that the program writes: a path relative to its working folder, or with `{trial_dir}`.',
          examples: ['{trial_dir}/metrics.json'],
        }),
      key: z
        .string()
        .min(1)
        .meta({
          description: 'Key of the number in that file; dots lead into nested objects.',
          examples: ['test.loss'],
        }),
    }),
    z.strictObject({
      pattern: z
        .string()
        .min(1)
        .meta({
          description:
            'A regular expression on the output, one line at a time; its first group is the number, the last match counts.',
          examples: ['loss=([0-9.]+)'],
        }),
    }),
  ])
  .meta({
    description: 'Where one metric is found.',
    remedy: 'Write {json: FILE, key: NAME}, or {pattern: "loss=([0-9.]+)"}.',
    examples: [{ pattern: 'loss=([0-9.]+)' }],
  });

const builtinSchema = z
  .strictObject({
    kind: z.literal('builtin').meta({ description: 'A trainer that comes with ECOpt.' }),
    trainer: z.enum(['language-model']).meta({ description: 'Name of the trainer.', examples: ['language-model'] }),
    options: z
      .record(z.string(), z.union([z.number(), z.string(), z.boolean()]))
      .optional()
      .meta({
        description: 'Settings of the trainer that are the same in every trial.',
        examples: [{ tokens: 100000 }],
      }),
  })
  .meta({ description: 'A built-in trainer.' });

const commandSchema = z
  .strictObject({
    kind: z.literal('command').meta({
      description: 'Any program; runs only on agents that were started with `--allow-command`.',
    }),
    argv: z
      .array(z.string())
      .min(1)
      .meta({
        description:
          'Program and arguments, one entry each, never given to a shell. `{parameter}`, `{seed}` and `{trial_dir}` are filled in.',
        examples: [['python3', 'train.py', '--lr', '{lr}', '--seed', '{seed}']],
      }),
    'working-folder': z
      .string()
      .min(1)
      .optional()
      .meta({
        description:
          'Folder in which the program runs, on the agent; otherwise the folder where the agent was started.',
        examples: ['/home/lab/project'],
      }),
    environment: z
      .record(
        z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/),
        // A number would not come out as it was written: 3.10 as 3.1.
        z.string().meta({ remedy: 'Put the value in quotes.' }),
      )
      .optional()
      .meta({
        description: 'Environment variables with fixed values; numbers in quotes.',
        examples: [{ OMP_NUM_THREADS: '4' }],
      }),
    metrics: z
      .record(metricName, metricSource)
      .optional()
      .meta({
        description: 'Where each metric is found; what the program reports over the trial protocol needs no entry.',
        examples: [{ loss: { pattern: 'loss=([0-9.]+)' } }],
      }),
  })
  .meta({ description: 'Any program.' });

/** What a trial runs. */
export const workloadSchema = z.discriminatedUnion('kind', [builtinSchema, commandSchema]).meta({
  description: 'What a trial runs.',
  remedy: 'Write {kind: builtin, trainer: language-model} or {kind: command, argv: [...]}.',
  examples: [{ kind: 'builtin', trainer: 'language-model' }],
});

export type WorkloadInput = z.infer<typeof workloadSchema>;
export type CommandInput = z.infer<typeof commandSchema>;
