/** What a program tells of one run of a configuration, and the lines of an ask-and-tell session that it writes. */

import { z } from 'zod';

const scalar = z.union([z.number(), z.string(), z.boolean()]);

const configurationSchema = z
  .record(z.string(), scalar)
  .meta({ remedy: 'Write one value for each active parameter, such as {"lr": 0.01}.' });

/** A word of the user's own; it is shown in texts. */
const word = (remedy: string): z.ZodString => z.string().min(1).max(200).meta({ remedy });

const id = z.int().min(1).meta({ remedy: 'Write an id as it was given, such as 1.' });

/** `null` is what many programs write for a number that is none: unknown. */
const outcome = z
  .number()
  .nullable()
  .meta({ remedy: 'Write a finite number; tell a run that diverged as {"failure": "diverged"}.' });
const standardError = z.number().min(0).nullable().meta({ remedy: 'Write a finite number of at least 0.' });

export const reportSchema = z
  .strictObject({
    id: id.optional(),
    configuration: configurationSchema.optional(),
    outcomes: z.record(z.string(), outcome).optional().meta({ remedy: 'Write values by name, such as {"loss": 0.3}.' }),
    standardErrors: z
      .record(z.string(), standardError)
      .optional()
      .meta({ remedy: 'Write standard errors by name, such as {"loss": 0.01}.' }),
    failure: word('Write why it failed, such as "out-of-memory" or "diverged".').optional(),
    task: word('Write a name of the class of hardware, such as "a100".').optional(),
    device: word('Write a name of the machine or device, such as "lab1".').optional(),
    costJoules: z.number().min(0).meta({ remedy: 'Write joules as a number of at least 0.' }).optional(),
  })
  .meta({ remedy: 'Write an object such as {"id": 1, "outcomes": {"loss": 0.3}}.' });

/** One run of one configuration, known by its id or by itself. */
export type Report = z.infer<typeof reportSchema>;

/** Most configurations that are asked for at once. */
const MOST_AT_ONCE = 1000;

const askSchema = z.strictObject({
  ask: z
    .int()
    .min(1)
    .max(MOST_AT_ONCE)
    .meta({ remedy: `Write how many, from 1 to ${MOST_AT_ONCE}.` }),
  task: word('Write a name of the class of hardware, such as "a100".').optional(),
});

export const commandSchemas = {
  ask: askSchema,
  tell: z.strictObject({ tell: reportSchema }),
  pending: z.strictObject({
    pending: z.array(configurationSchema).meta({ remedy: 'Write a list of configurations; [] shows what is pending.' }),
  }),
  forget: z.strictObject({ forget: id }),
  best: z.strictObject({
    best: z.literal(true),
    task: word('Write a name of the class of hardware, such as "a100".').optional(),
  }),
} as const;

/** One line that a program writes. */
export type SessionCommand = z.infer<(typeof commandSchemas)[keyof typeof commandSchemas]>;
