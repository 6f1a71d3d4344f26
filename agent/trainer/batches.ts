/** Which tokens each step reads: random places of the training split, fixed places of the others. */

import type { Random } from '../../shared/runtime/random.js';

/** Sequences of equal length with, for each token, the one that follows it. */
export interface Batch {
  readonly rows: number;
  readonly length: number;
  /** rows x length, row after row. */
  readonly tokens: Int32Array;
  readonly targets: Int32Array;
}

export interface BatchSize {
  readonly rows: number;
  readonly length: number;
}

/** Evaluation reads so many tokens at once, whatever the batch size of the trial. */
const EVALUATION_BATCH_TOKENS = 4096;

/**
 * Sizes of all training steps: full batches, then what is left, so that exactly `tokens` are read.
 *
 * The rest goes into full rows as long as there are any, and into one shorter row.
 */
export function trainingPlan(tokens: number, full: BatchSize): readonly BatchSize[] {
  const { rows, length } = full;
  const steps: BatchSize[] = Array.from({ length: Math.floor(tokens / (rows * length)) }, () => full);
  const rest = tokens % (rows * length);
  if (rest >= length) steps.push({ rows: Math.floor(rest / length), length });
  if (rest % length > 0) steps.push({ rows: 1, length: rest % length });
  return steps;
}

/** A batch from random places of `split`. */
export function randomBatch(split: Int32Array, { rows, length }: BatchSize, random: Random): Batch {
  const starts = Array.from({ length: rows }, () => random.integer(split.length - length));
  return batchAt(split, starts, length);
}

export interface EvaluationPlan {
  /** Tokens read in all; a multiple of `segment`. */
  readonly tokens: number;
  /** Tokens of one contiguous piece. */
  readonly segment: number;
  /** Longest sequence; each piece is cut into sequences of this length and one that may be shorter. */
  readonly context: number;
}

/**
 * Batches that read `tokens` tokens of a split in pieces spread evenly over it.
 *
 * Which tokens are predicted does not depend on the context, so losses of different contexts compare.
 */
export function* evaluationBatches(split: Int32Array, { tokens, segment, context }: EvaluationPlan): Generator<Batch> {
  const pieces = tokens / segment;
  const spacing = Math.floor((split.length - segment - 1) / Math.max(1, pieces - 1));
  const starts = Array.from({ length: pieces }, (_, i) => i * spacing);
  for (let offset = 0; offset < segment; offset += context) {
    const length = Math.min(context, segment - offset);
    const rows = Math.max(1, Math.floor(EVALUATION_BATCH_TOKENS / length));
    for (let first = 0; first < pieces; first += rows) {
      const places = starts.slice(first, first + rows).map((start) => start + offset);
      yield batchAt(split, places, length);
    }
  }
}

function batchAt(split: Int32Array, starts: readonly number[], length: number): Batch {
  const tokens = new Int32Array(starts.length * length);
  const targets = new Int32Array(starts.length * length);
  starts.forEach((start, row) => {
    tokens.set(split.subarray(start, start + length), row * length);
    targets.set(split.subarray(start + 1, start + length + 1), row * length);
  });
  return { rows: starts.length, length, tokens, targets };
}
