/** The built-in trainer `language-model`: the options of its workload block, the parameters it understands, the metrics it reports. */

import { z } from 'zod';

/** Parameters of a campaign's search space that the trainer understands; one that is not searched is set by the option of its name. */
export const LANGUAGE_MODEL_PARAMETERS = [
  'learning_rate',
  'heads',
  'head_width',
  'layers',
  'context',
  'batch_size',
] as const;

/** Metrics that the trainer reports, with their units. `test_loss` is for `role: test`. */
export const LANGUAGE_MODEL_METRICS = {
  /** Mean over the steps since the last report. */
  train_loss: 'nat/token',
  validation_loss: 'nat/token',
  /** Read once, after the last validation. */
  test_loss: 'nat/token',
  parameters: '1',
  train_tokens_per_second: 'token/s',
  decode_tokens_per_second: 'token/s',
} as const;

/** Windows that the trainer marks, as (kind, label); each counts its items in the unit `token`. */
export const LANGUAGE_MODEL_WINDOWS = [
  { kind: 'warm-up', label: '' },
  { kind: 'train', label: '' },
  { kind: 'evaluate', label: 'validation' },
  { kind: 'evaluate', label: 'test' },
  { kind: 'warm-up', label: 'decode' },
  { kind: 'infer', label: 'decode' },
] as const;

/** Evaluation text is read in pieces of this many tokens, spread over the split; no context is longer. */
export const SEGMENT_TOKENS = 512;

/** What holds where the workload block says nothing. */
export const LANGUAGE_MODEL_DEFAULTS = {
  /** Training tokens, the same for every trial, repeats included. */
  tokens: 65_536,
  /** Tokens of the validation split that are read for `validation_loss`, and of the test split for `test_loss`. */
  evaluation_tokens: 8_192,
  /** Tokens of each generation that is metered as `infer`; more where a sensor needs a longer window. */
  generate_tokens: 256,
  /** Fewest generations, each a window with its own ordinal; `measurement.repeat` says how many more. */
  generations: 3,
  /** Peak of Adam's step size. */
  learning_rate: 0.003,
  heads: 4,
  /** Width of one head; the model's width is heads x head_width. */
  head_width: 16,
  layers: 2,
  /** Tokens that a prediction may look back on. */
  context: 64,
  /** Sequences per step. */
  batch_size: 8,
} as const;

const count = (largest: number): z.ZodInt =>
  z.int('must be a whole number').min(1, 'must be at least 1').max(largest, `must be at most ${largest}`);

/**
 * The options as a campaign file gives them, each in place of its default; the same limits hold for the parameters of
 * these names.
 */
export const languageModelOptionsSchema = z
  .strictObject({
    tokens: count(1e10),
    evaluation_tokens: count(1e9).multipleOf(SEGMENT_TOKENS, `must be a multiple of ${SEGMENT_TOKENS}`),
    generate_tokens: count(1e6),
    generations: count(100),
    learning_rate: z.number('must be a number').positive('must be above 0').max(10, 'must be at most 10'),
    heads: count(256),
    head_width: count(1024).multipleOf(2, 'must be even: rotary positions turn pairs of numbers'),
    layers: count(256),
    context: count(SEGMENT_TOKENS),
    batch_size: count(65_536),
  })
  .partial();

/** Everything that one trial needs to know. */
export type LanguageModelSettings = Readonly<Record<keyof typeof LANGUAGE_MODEL_DEFAULTS, number>>;
