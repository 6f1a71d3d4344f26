/** The training loop, and the loss over a split. */

import * as tf from '@tensorflow/tfjs-core';

import { nextTurn } from '../../shared/runtime/next-turn.js';
import type { Random } from '../../shared/runtime/random.js';
import { type SequenceTables, batchLoss } from './batch-loss.js';
import { type BatchSize, type EvaluationPlan, evaluationBatches, randomBatch } from './batches.js';
import type { TrainedModel } from './trained-model.js';

export interface TrainingOptions {
  readonly model: TrainedModel;
  readonly tables: SequenceTables;
  /** Tokens to learn from. */
  readonly split: Int32Array;
  readonly plan: readonly BatchSize[];
  /** Largest step size. */
  readonly rate: number;
  /** Draws the batches. */
  readonly random: Random;
  readonly stopped: AbortSignal;
  readonly onProgress: (progress: TrainingProgress) => void;
}

export interface TrainingProgress {
  readonly step: number;
  /** Tokens read so far. */
  readonly tokens: number;
  /** Mean over the steps since the last progress; perhaps no number when training diverged. */
  readonly loss: number;
}

/** Reports of progress in one training, so that a curve is smooth and the device is seldom waited for. */
const REPORTS = 32;

/** A loss this many times that of guessing, ln(vocabulary), never comes back; a loss that is no number neither. */
const HOPELESS = 3;

/** Part of all steps in which the step size rises. */
const WARM_UP = 0.1;

/** What the step size falls to, as part of the largest. */
const LAST_RATE = 0.1;

export interface TrainingResult {
  /** Tokens read. */
  readonly tokens: number;
  readonly diverged: boolean;
}

/** Trains through the plan, or until stopped or diverged. */
export async function train(options: TrainingOptions): Promise<TrainingResult> {
  const { model, plan, split, tables, random, stopped, onProgress } = options;
  const every = Math.ceil(plan.length / REPORTS);
  const pending: tf.Scalar[] = [];
  const limit = HOPELESS * Math.log(model.shape.vocabulary);
  let tokens = 0;
  let diverged = false;
  for (const [index, size] of plan.entries()) {
    if (stopped.aborted || diverged) break;
    const batch = randomBatch(split, size, random);
    const rate = options.rate * rateFactor(index, plan.length);
    pending.push(model.step(rate, (weights) => batchLoss(weights, batch, tables)));
    tokens += size.rows * size.length;
    if ((index + 1) % every === 0 || index + 1 === plan.length) {
      const loss = await takeMean(pending);
      onProgress({ step: index + 1, tokens, loss });
      diverged = !(loss <= limit);
    }
    // Training blocks: without a turn of the event loop a request to stop would never be heard.
    await nextTurn();
  }
  tf.dispose(pending);
  return { tokens, diverged };
}

/** Mean loss over parts of a split in nats per token; `undefined` when stopped before its end. */
export async function evaluate(
  { model, tables, stopped }: Pick<TrainingOptions, 'model' | 'tables' | 'stopped'>,
  split: Int32Array,
  plan: EvaluationPlan,
): Promise<number | undefined> {
  let sum = 0;
  for (const batch of evaluationBatches(split, plan)) {
    if (stopped.aborted) return undefined;
    const loss = tf.tidy(() => batchLoss(model.weights, batch, tables));
    const [mean] = await loss.data();
    sum += mean! * batch.rows * batch.length;
    loss.dispose();
    await nextTurn();
  }
  return sum / plan.tokens;
}

/** Linear rise, then a half cosine down to a tenth: Loshchilov & Hutter (2017). */
export function rateFactor(step: number, steps: number): number {
  const rise = Math.max(1, Math.round(steps * WARM_UP));
  if (step < rise) return (step + 1) / rise;
  const phase = (step - rise) / Math.max(1, steps - rise);
  return LAST_RATE + ((1 - LAST_RATE) * (1 + Math.cos(Math.PI * phase))) / 2;
}

/** Mean of losses still on the device; empties the list. */
async function takeMean(losses: tf.Scalar[]): Promise<number> {
  const mean = tf.tidy(() => tf.mean(tf.stack(losses)));
  tf.dispose(losses);
  losses.length = 0;
  const [value] = await mean.data();
  mean.dispose();
  return value!;
}
