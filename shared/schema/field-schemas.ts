/** Fields that several blocks of a campaign file share: names and quantities. */

import { z } from 'zod';

import type { QuantityKind } from './quantity-text.js';
import { quantityDemand, quantityPattern, unitsOf } from './quantity-text.js';

/** Words that JavaScript objects bring along; as names they would be mistaken for data. */
const RESERVED = new Set(Object.getOwnPropertyNames(Object.prototype));
const notReserved = [(name: string): boolean => !RESERVED.has(name), 'is a reserved word'] as const;

/** Name of a parameter: usable in constraints and placeholders. */
export const parameterName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/)
  .max(64)
  .refine(...notReserved)
  .meta({ remedy: 'Use letters, digits and "_" only, beginning with a letter; at most 64.' });

/** Name of an objective or metric. */
export const metricName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_./@-]*$/)
  .max(64)
  .refine(...notReserved)
  .meta({ remedy: 'Use letters, digits and "_ . / @ -" only, beginning with a letter; at most 64.' });

/** Word for files and folders on every system. */
export const plainName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/)
  .max(64)
  .meta({ remedy: 'Use letters, digits, ".", "_" and "-" only, beginning with a letter or digit; at most 64.' });

const EXAMPLES: Readonly<Record<QuantityKind, string>> = { energy: '50 kJ', duration: '90 min', bytes: '16 GiB' };

/** A quantity written with its unit. */
export const quantityText = (kind: QuantityKind): z.ZodString =>
  z
    .string()
    .regex(quantityPattern(kind), { error: ({ input }) => quantityDemand(String(input), kind) })
    .meta({ remedy: `Write a number and a unit (${unitsOf(kind).join(', ')}), such as "${EXAMPLES[kind]}".` });

/** Hours as a number, or a duration with its unit. */
export const hoursField = z.union([z.number().positive(), quantityText('duration')]);

/** A share such as `0.02` or `2 %`. */
export const shareField = z.union([
  z.number().min(0).lt(1),
  z
    .string()
    .regex(/^-?\d+(\.\d+)? ?%$/, {
      error: ({ input }) => (EXPONENT.test(String(input)) ? 'must be written without an exponent' : undefined),
    })
    .refine((text) => !isOutside(Number.parseFloat(text) / 100), 'must be at least 0 and below 1 (100 %)'),
]);

const EXPONENT = /^-?\d+(\.\d+)?[eE][+-]?\d+ ?%$/;

const isOutside = (share: number): boolean => share < 0 || share >= 1;
