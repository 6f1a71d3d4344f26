/** The `stopping` block of a campaign file: when a trial is stopped early. */

import { z } from 'zod';

import type { StoppingSettings } from '../domain/campaign.js';
import { shareField } from './field-schemas.js';

/** What holds where the block does not say. */
const DEFAULTS: StoppingSettings = { chance: 0.05, grace: 0.25 };

const remedy = 'Write a share such as "5 %" or 0.05.';

export const stoppingSchema = z
  .strictObject({
    chance: shareField.optional().meta({
      description: 'A trial whose chance to improve the front is below this is stopped.',
      default: DEFAULTS.chance,
      examples: ['2 %'],
      remedy,
    }),
    grace: shareField.optional().meta({
      description: 'Share of the work, as the program reports it, before which no trial is stopped.',
      default: `${100 * DEFAULTS.grace} %`,
      examples: ['40 %'],
      remedy,
    }),
  })
  .meta({
    description: 'Stops trials that are unlikely to improve the front; absent: every trial runs to its end.',
    examples: [{ chance: 0.05, grace: '25 %' }],
  });

type StoppingInput = z.infer<typeof stoppingSchema>;

/** The settings, with defaults filled in. */
export const buildStopping = ({ chance, grace }: StoppingInput): StoppingSettings => ({
  chance: shareOf(chance) ?? DEFAULTS.chance,
  grace: shareOf(grace) ?? DEFAULTS.grace,
});

/** `2 %` or `0.02`. */
export const shareOf = (input: number | string | undefined): number | undefined =>
  typeof input === 'string' ? Number.parseFloat(input) / 100 : input;
