/** A decoder-only Transformer: from tokens to the logits of each next token. Layer norm comes first, attention looks back only. */

import * as tf from '@tensorflow/tfjs-core';

import { BLOCK_PARAMETERS, type ModelShape, modelWidth } from './model-shape.js';
import { type Rotary, turn } from './rotary.js';

/** Keys and values of one layer that were computed before, [heads x rows, positions, headWidth]. */
export type LayerCache = { readonly keys: tf.Tensor3D; readonly values: tf.Tensor3D };

export interface ForwardOptions {
  readonly model: ModelShape;
  /** Sequences and tokens of each; `tokens` has rows x length elements, row after row. */
  readonly rows: number;
  readonly length: number;
  /** Turns of the positions of these tokens, [length, headWidth]. */
  readonly rotary: Rotary;
  /** Added to the scores, [length, positions]; absent: every token sees all keys. */
  readonly mask?: tf.Tensor2D;
  /** Earlier keys and values of the one sequence, per layer. */
  readonly cache?: readonly LayerCache[];
}

export interface ForwardResult {
  /** [rows x length, vocabulary] */
  readonly logits: tf.Tensor2D;
  /** Keys and values of each layer, the cached ones included: [heads x rows, positions, headWidth]. */
  readonly cache: LayerCache[];
}

const NORM_EPSILON = 1e-5;

/** Large enough that the softmax gives exactly 0, small enough to stay finite in half precision. */
const MASKED = -30_000;

/** 0 where a token may look (itself and before), a large negative number where not; [length, earlier + length]. */
export function causalMask(length: number, earlier = 0): tf.Tensor2D {
  const columns = earlier + length;
  const values = new Float32Array(length * columns);
  for (let row = 0; row < length; row++) values.fill(MASKED, row * columns + earlier + row + 1, (row + 1) * columns);
  return tf.tensor2d(values, [length, columns]);
}

/** Linear layers are two-dimensional throughout: a product with a batch axis is many times slower on WebAssembly. */
export function forward(weights: readonly tf.Tensor[], tokens: tf.Tensor1D, options: ForwardOptions): ForwardResult {
  const { model } = options;
  let x = tf.gather(weights[0] as tf.Tensor2D, tokens);
  const cache: LayerCache[] = [];
  for (let layer = 0; layer < model.layers; layer++) {
    const start = 1 + layer * BLOCK_PARAMETERS;
    const [attentionGain, projection, output, feedGain, expansion, contraction] = weights.slice(start) as Block;
    const attended = attention(normalise(x, attentionGain), projection, { ...options, layer });
    cache.push(attended.cache);
    x = tf.add(x, tf.matMul(attended.mixed, output));
    const hidden = gelu(tf.matMul(normalise(x, feedGain), expansion));
    x = tf.add(x, tf.matMul(hidden, contraction));
  }
  const [finalGain, output] = weights.slice(-2) as [tf.Tensor1D, tf.Tensor2D];
  return { logits: tf.matMul(normalise(x, finalGain), output), cache };
}

type Block = [tf.Tensor1D, tf.Tensor2D, tf.Tensor2D, tf.Tensor1D, tf.Tensor2D, tf.Tensor2D];

/** Mean over all tokens of minus the log-probability of each next token, in nats. */
export function crossEntropy(logits: tf.Tensor2D, targets: tf.Tensor1D): tf.Scalar {
  const chosen = tf.oneHot(targets, logits.shape[1], 1, 0, 'float32');
  return tf.neg(tf.div(tf.sum(tf.mul(tf.logSoftmax(logits), chosen)), logits.shape[0]));
}

interface AttentionResult {
  /** [rows x length, width] */
  readonly mixed: tf.Tensor2D;
  readonly cache: LayerCache;
}

function attention(
  x: tf.Tensor2D,
  projection: tf.Tensor2D,
  { model, rows, length, rotary, mask, cache, layer }: ForwardOptions & { readonly layer: number },
): AttentionResult {
  const { heads, headWidth } = model;
  const sequences = heads * rows;
  const projected: tf.Tensor3D = tf.reshape(tf.matMul(x, projection), [rows * length, 3 * heads, headWidth]);
  const byHead: tf.Tensor3D = tf.reshape(tf.transpose(projected, [1, 0, 2]), [3 * sequences, length, headWidth]);
  const [queriesAndKeys, newValues] = tf.split(byHead, [2 * sequences, sequences]) as [tf.Tensor3D, tf.Tensor3D];
  const [queries, newKeys] = tf.split(turn(queriesAndKeys, rotary), 2) as [tf.Tensor3D, tf.Tensor3D];
  const earlier = cache?.[layer];
  const keys = earlier ? tf.concat([earlier.keys, newKeys], 1) : newKeys;
  const values = earlier ? tf.concat([earlier.values, newValues], 1) : newValues;
  const scores = tf.matMul(queries, keys, false, true);
  const shares = tf.softmax(mask ? tf.add(scores, mask) : scores);
  const mixed: tf.Tensor3D = tf.reshape(tf.matMul(shares, values), [heads, rows * length, headWidth]);
  const joined: tf.Tensor2D = tf.reshape(tf.transpose(mixed, [1, 0, 2]), [rows * length, modelWidth(model)]);
  return { mixed: joined, cache: { keys, values } };
}

/** Layer norm with a gain and no bias. */
function normalise(x: tf.Tensor2D, gain: tf.Tensor1D): tf.Tensor2D {
  const centred = tf.sub(x, tf.mean(x, 1, true));
  const variance = tf.mean(tf.square(centred), 1, true);
  return tf.mul(tf.mul(centred, tf.rsqrt(tf.add(variance, NORM_EPSILON))), gain);
}

/** GELU by its sigmoid form, x * sigmoid(1.702 x): Hendrycks & Gimpel (2016). A third of the operations of the tanh form. */
const gelu = (x: tf.Tensor2D): tf.Tensor2D => tf.mul(x, tf.sigmoid(tf.mul(x, 1.702)));
