/** The loss of a batch, and the tables that all batches of one context share. */

import * as tf from '@tensorflow/tfjs-core';

import type { Batch } from './batches.js';
import type { ModelShape } from './model-shape.js';
import { type Rotary, rotaryRows, rotaryTables } from './rotary.js';
import { causalMask, crossEntropy, forward } from './transformer.js';

/** Holds tensors: dispose of it. */
export class SequenceTables implements Disposable {
  readonly model: ModelShape;
  private readonly context: number;
  private readonly rotary: Rotary;
  private readonly mask: tf.Tensor2D;

  constructor(model: ModelShape, context: number) {
    this.model = model;
    this.context = context;
    this.rotary = rotaryTables(model.headWidth, context);
    this.mask = causalMask(context);
  }

  /** Tables of a sequence that may be shorter than the context; call within `tf.tidy`. */
  forLength(length: number): { readonly rotary: Rotary; readonly mask: tf.Tensor2D } {
    if (length === this.context) return { rotary: this.rotary, mask: this.mask };
    return { rotary: rotaryRows(this.rotary, 0, length), mask: tf.slice2d(this.mask, [0, 0], [length, length]) };
  }

  [Symbol.dispose](): void {
    tf.dispose([this.rotary.cosine, this.rotary.sine, this.rotary.swap, this.mask]);
  }
}

/** Mean loss of the batch in nats per token; call within `tf.tidy`. */
export function batchLoss(weights: readonly tf.Tensor[], batch: Batch, tables: SequenceTables): tf.Scalar {
  const { rows, length } = batch;
  const options = { model: tables.model, rows, length, ...tables.forLength(length) };
  const { logits } = forward(weights, tf.tensor1d(batch.tokens, 'int32'), options);
  return crossEntropy(logits, tf.tensor1d(batch.targets, 'int32'));
}
