/** Schemas of fields that several messages share. */

import { z } from 'zod';

import type { ParameterValue } from '../domain/configuration.js';

/** Any double, also NaN and infinities: whether they make sense is for the reader of the value to say. */
export const double = z.custom<number>((value) => typeof value === 'number', 'must be a number');

/** A 64-bit integer that travels as a decimal text. */
export const bigInteger = z.string().transform(BigInt);

/** A branded id; ids become parts of subjects and folder names, so their alphabet is closed. */
export const id = <Id extends string>() =>
  z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/, 'must be an id of letters, digits, "_" and "-"')
    .transform((text) => text as Id);

/** A branded text without a closed alphabet, such as a device or a hardware class. */
export const name = <Id extends string>() =>
  z
    .string()
    .min(1)
    .max(512)
    .transform((text) => text as Id);

export const doubles = z.record(z.string(), double);
export const texts = z.record(z.string(), z.string());

const value = z
  .object({
    kind: z.enum(['number', 'text', 'truth']),
    number: double.optional(),
    text: z.string().optional(),
    truth: z.boolean().optional(),
  })
  .transform((plain): ParameterValue => plain[plain.kind]!);

export const values = z.record(z.string(), value);

/** The plain form of a map of values. */
export function plainValues(all: Readonly<Record<string, ParameterValue>>): Record<string, object> {
  return Object.fromEntries(Object.entries(all).map(([key, inner]) => [key, plainValue(inner)]));
}

function plainValue(inner: ParameterValue): object {
  if (typeof inner === 'number') return { number: inner };
  return typeof inner === 'string' ? { text: inner } : { truth: inner };
}
