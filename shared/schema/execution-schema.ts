/** The blocks of a campaign file that say where, how long and how its trials run. */

import { z } from 'zod';

import { BOUNDARIES } from '../domain/measurement.js';
import { CAMPAIGN_DEFAULTS as DEFAULTS } from './campaign-defaults.js';
import { MOST_GRAMS_PER_KILOWATT_HOUR } from './carbon-intensity.js';
import { hoursField, plainName, quantityText, shareField } from './field-schemas.js';

const boundary = z.enum(BOUNDARIES);
const count = z.int().positive();
/** More than a lab can finish in years. */
const trialCount = count.max(1_000_000);

/** The `budget` block. */
export const budgetSchema = z
  .strictObject({
    trials: trialCount.optional().meta({ description: 'Trials to finish.', examples: [16] }),
    configurations: trialCount.optional().meta({
      description: 'Configurations to finish, each on all classes and replicates; instead of `trials`.',
      examples: [8],
    }),
    hours: hoursField.optional().meta({
      description: 'Time since the start: hours, or a text with its unit.',
      examples: [1.5],
      remedy: 'Write hours as a number such as 1.5, or a text such as "90 min".',
    }),
    'device-hours': hoursField.optional().meta({
      description: 'Time summed over the devices held.',
      examples: [24],
      remedy: 'Write hours as a number such as 1.5, or a text such as "90 min".',
    }),
    energy: quantityText('energy')
      .optional()
      .meta({
        description: 'Energy of all attempts together, with its unit.',
        examples: ['50 kJ'],
      }),
  })
  .meta({
    description: 'When the campaign ends: at the first limit reached. One is needed.',
    examples: [{ trials: 16 }],
  });

/** The `hardware` block. */
export const hardwareSchema = z
  .strictObject({
    policy: z
      .enum(['pooled', 'compare', 'pinned'])
      .optional()
      .meta({
        description:
          '`pooled`: any agent takes any trial; `compare`: each configuration runs once per class and replicate.',
        default: DEFAULTS.hardware.policy,
        examples: ['compare'],
      }),
    classes: z
      .array(z.string().min(1))
      .optional()
      .meta({
        description: 'Hardware classes taking part, as patterns with `*`; none: all.',
        default: DEFAULTS.hardware.classes,
        examples: [['NVIDIA H200*', '*EPYC*']],
      }),
    replicates: count
      .max(100)
      .optional()
      .meta({
        description: '`compare`: runs of each configuration per class.',
        default: DEFAULTS.hardware.replicates,
        examples: [3],
      }),
    backfill: z
      .boolean()
      .optional()
      .meta({
        description: '`compare`: a class that joins late runs earlier configurations too.',
        default: DEFAULTS.hardware.backfill,
        examples: [true],
      }),
  })
  .meta({ description: 'On which hardware trials run.', examples: [{ policy: 'compare' }] });

/** The `needs` block. */
export const needsSchema = z
  .strictObject({
    environment: z
      .string()
      .min(1)
      .optional()
      .meta({ description: 'Environment that the agent must offer, by name.', examples: ['pytorch-2'] }),
    data: z
      .array(plainName)
      .optional()
      .meta({ description: 'Data sets that the agent must offer, by name.', examples: [['imagenet']] }),
    devices: count
      .optional()
      .meta({ description: 'Devices per trial.', default: DEFAULTS.needs.devices, examples: [2] }),
    'device-memory': quantityText('bytes')
      .optional()
      .meta({ description: 'Memory of each device, with its unit.', examples: ['16 GiB'] }),
    disk: quantityText('bytes')
      .optional()
      .meta({ description: 'Free disk space for one trial, with its unit.', examples: ['100 GB'] }),
    labels: z
      .record(z.string(), z.string())
      .optional()
      .meta({ description: 'Labels that the agent must carry.', examples: [{ rack: 'b2' }] }),
  })
  .meta({ description: 'What a trial needs of a machine.', examples: [{ devices: 1 }] });

const repeatSchema = z
  .strictObject({
    target: shareField.optional().meta({
      description:
        'Relative half-width of the 95 % interval to reach; 0: every window once, as where no objective is energy per item.',
      default: `${100 * DEFAULTS.measurement.repeatTarget} %`,
      examples: ['1 %'],
      remedy: 'Write a share such as "2 %" or 0.02.',
    }),
    within: quantityText('duration')
      .optional()
      .meta({
        description: 'Time for all repeats of one window.',
        default: `${DEFAULTS.measurement.repeatSeconds} s`,
        examples: ['2 min'],
      }),
  })
  .meta({
    description: 'Repeats of windows that the program can repeat, such as inference.',
    examples: [{ target: '1 %', within: '2 min' }],
  });

const coolDownSchema = z
  .strictObject({
    celsius: z
      .number()
      .min(0)
      .max(120)
      .meta({ description: 'Highest temperature of the devices at the start of a trial.', examples: [45] }),
    within: quantityText('duration')
      .optional()
      .meta({
        description: 'Longest wait for it.',
        default: `${DEFAULTS.measurement.coolDownSeconds} s`,
        examples: ['3 min'],
      }),
  })
  .meta({ description: 'Every trial starts at a like temperature.', examples: [{ celsius: 45 }] });

/** The `carbon` block. */
export const carbonSchema = z
  .union([
    z.strictObject({
      region: z
        .string()
        .min(1)
        .meta({ description: 'Country (ISO 3166 alpha-3) or region of the Ember data.', examples: ['DEU'] }),
    }),
    z.strictObject({
      'grams-per-kwh': z
        .number()
        .positive()
        .max(MOST_GRAMS_PER_KILOWATT_HOUR)
        .meta({ description: 'Grams of CO2 equivalent per kilowatt-hour.', examples: [344] }),
    }),
  ])
  .meta({
    description: 'Grams of CO2 from joules, by place or by a figure of your own; without it there are none.',
    examples: [{ region: 'DEU' }],
    remedy: 'Write {region: DEU}, a three-letter country code, or {grams-per-kwh: 344}.',
  });

/** The `measurement` block. */
export const measurementSchema = z
  .strictObject({
    boundary: boundary.optional().meta({
      description: 'Parts of the machine that energy includes; otherwise `accelerator` where there is one, else `cpu`.',
      examples: ['accelerator+cpu+dram'],
    }),
    require: z
      .enum(['any', 'measured'])
      .optional()
      .meta({
        description: '`measured` refuses machines whose energy would be modelled or simulated.',
        default: DEFAULTS.measurement.require,
        examples: ['measured'],
      }),
    idle: quantityText('duration')
      .optional()
      .meta({
        description:
          'Idle metering before each trial, for energy net of idle; 0 s: none. Skipped where energy is modelled.',
        default: `${DEFAULTS.measurement.idleSeconds} s`,
        examples: ['5 s'],
      }),
    remeasure: z
      .int()
      .min(0)
      .max(100)
      .optional()
      .meta({
        description: 'Repeats of a trial whose energy could not be used.',
        default: DEFAULTS.measurement.remeasure,
        examples: [1],
      }),
    'warm-up': quantityText('duration')
      .optional()
      .meta({
        description:
          'Work before a repeated window is measured, so that the device is warm; 0 s: none, as where no objective is energy per item.',
        default: `${DEFAULTS.measurement.warmUpSeconds} s`,
        examples: ['10 s'],
      }),
    repeat: repeatSchema.optional(),
    'cool-down': coolDownSchema.optional(),
  })
  .meta({ description: 'How energy is measured.', examples: [{ require: 'measured' }] });

/** The `limits` block. */
export const limitsSchema = z
  .strictObject({
    hours: hoursField.optional().meta({
      description:
        'Longest time of an attempt’s program, cooling down and idle metering before it left out: hours, or a text with its unit; longer counts as infeasible.',
      examples: ['10 min'],
      remedy: 'Write hours as a number such as 0.5, or a text such as "10 min".',
    }),
    attempts: count
      .max(100)
      .optional()
      .meta({
        description: 'Attempts that a trial may lose to machines before it fails.',
        default: DEFAULTS.limits.attempts,
        examples: [3],
      }),
  })
  .meta({ description: 'Limits of one trial.', examples: [{ hours: 0.5 }] });

/** The `code` block. */
export const codeSchema = z
  .strictObject({
    kind: z
      .enum(['snapshot', 'on-agent'])
      .meta({ description: 'Sent to agents, or already there.', examples: ['snapshot'] }),
    path: z
      .string()
      .min(1)
      .meta({ description: 'Folder of the code.', examples: ['.'] }),
  })
  .meta({ description: 'Identity of the program’s code.', examples: [{ kind: 'snapshot', path: '.' }] });

/** The `checkpoints` block. */
export const checkpointsSchema = z
  .strictObject({
    store: z
      .string()
      .min(1)
      .meta({ description: 'Where checkpoints are kept.', examples: ['/data/checkpoints'] }),
    keep: z
      .string()
      .min(1)
      .meta({ description: 'Which are kept.', examples: ['front'] }),
    'max-size': quantityText('bytes')
      .optional()
      .meta({ description: 'Space they may take.', examples: ['500 GB'] }),
  })
  .meta({ description: 'Keeping of checkpoints.', examples: [{ store: '/data/checkpoints', keep: 'front' }] });
