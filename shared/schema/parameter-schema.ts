/** The `space` block of a campaign file as it is written: short forms and full forms of a parameter. */

import { z } from 'zod';

/** A value that a parameter may take. */
const scalar = z.union([z.number(), z.string(), z.boolean()]).meta({
  description: 'A number, a text, or true or false.',
  examples: [4],
});

const scalars = z.array(scalar).min(1);

const when = z
  .record(z.string(), z.union([scalars, scalar]))
  .optional()
  .meta({
    description:
      'The parameter is active only while another one has this value, or one of these; while inactive it is absent.',
    examples: [{ optimizer: ['sgd'] }],
  });

const rangeSchema = z
  .strictObject({
    low: z.number().meta({ description: 'Smallest value.', examples: [0.0001] }),
    high: z.number().meta({ description: 'Largest value.', examples: [0.01] }),
    kind: z
      .enum(['float', 'integer'])
      .optional()
      .meta({
        description:
          'Whether values between the bounds are fractions or whole numbers; needed when both bounds are whole, else `float`.',
        examples: ['integer'],
      }),
    scale: z
      .enum(['linear', 'log', 'logit'])
      .optional()
      .meta({
        description:
          'How values are spread: `linear`; `log` for what spans powers of ten; `logit` for fractions near 0 and 1.',
        default: 'linear',
        examples: ['log'],
      }),
    step: z
      .number()
      .positive()
      .optional()
      .meta({
        description: 'Distance between allowed values, counted from `low`; linear scale only.',
        examples: [0.1],
      }),
    when,
  })
  .meta({ description: 'A range of numbers.' });

const valuesSchema = z
  .strictObject({
    values: scalars.meta({
      description:
        'The allowed values. Numbers are ordered (`ordinal`), so write them in ascending order; texts and mixtures are not (`categorical`).',
      examples: [[1, 2, 4]],
    }),
    kind: z
      .enum(['ordinal', 'categorical'])
      .optional()
      .meta({
        description: '`ordinal` for ordered values, neighbours resemble each other; `categorical` for others.',
        examples: ['ordinal'],
      }),
    when,
  })
  .meta({ description: 'A list of allowed values.' });

const choicesSchema = z
  .strictObject({
    choices: scalars.meta({ description: 'The allowed values, in no order.', examples: [['adam', 'sgd']] }),
    when,
  })
  .meta({ description: 'A list of values without order; the same as `values` with `kind: categorical`.' });

const constantSchema = z
  .strictObject({ value: scalar.meta({ description: 'The one value.', examples: [3] }), when })
  .meta({ description: 'A constant that the program gets like any parameter.' });

/** One parameter: a range, values, choices, a constant, or the short forms `[1, 2, 4]` and `3`. */
export const parameterSchema = z
  .union([rangeSchema, valuesSchema, choicesSchema, constantSchema, scalars, scalar])
  .meta({
    description: 'One parameter.',
    remedy:
      'Write a range such as {low: 0.0001, high: 0.01, scale: log}, a list of values such as [1, 2, 4], or one constant value.',
  });

export type ParameterInput = z.infer<typeof parameterSchema>;
export type RangeInput = z.infer<typeof rangeSchema>;
