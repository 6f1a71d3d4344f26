/** Generation token by token: keys and values of earlier tokens are kept, so each new token costs one row. */

import * as tf from '@tensorflow/tfjs-core';

import type { Random } from '../../shared/runtime/random.js';
import type { ModelShape } from './model-shape.js';
import { type Rotary, rotaryRows, rotaryTables } from './rotary.js';
import { type LayerCache, causalMask, forward } from './transformer.js';

export interface DecoderOptions {
  readonly model: ModelShape;
  readonly weights: readonly tf.Tensor[];
  /** A token sees itself and the context - 1 before it. */
  readonly context: number;
  /** Tokens that will be fed in all. */
  readonly positions: number;
}

/** One sequence that grows. Holds tensors: dispose of it. */
export class Decoder implements Disposable {
  private readonly options: DecoderOptions;
  private readonly rotary: Rotary;
  private cache: readonly LayerCache[] = [];
  private position = 0;

  constructor(options: DecoderOptions) {
    this.options = options;
    this.rotary = rotaryTables(options.model.headWidth, options.positions);
  }

  /** Appends tokens, at most `context` at a time, and gives the logits of the token that follows the last one. */
  async feed(tokens: Int32Array): Promise<Float32Array> {
    const { model, weights, context } = this.options;
    const length = tokens.length;
    const old = this.cache;
    const next = tf.tidy(() => {
      const rotary = rotaryRows(this.rotary, this.position, length);
      const cache = old.flatMap((layer) => newest(layer, context - length));
      const mask = length > 1 ? { mask: causalMask(length, cache[0]?.keys.shape[1]) } : {};
      const ids = tf.tensor1d(tokens, 'int32');
      const result = forward(weights, ids, { model, rows: 1, length, rotary, cache, ...mask });
      return { cache: result.cache, last: tf.slice2d(result.logits, [length - 1, 0], [1, -1]) };
    });
    disposeCache(old);
    this.cache = next.cache;
    this.position += length;
    const logits = await next.last.data<'float32'>();
    next.last.dispose();
    return logits;
  }

  [Symbol.dispose](): void {
    disposeCache(this.cache);
    tf.dispose([this.rotary.cosine, this.rotary.sine, this.rotary.swap]);
  }
}

/** Draws a token with the probabilities that the logits stand for. */
export function sampleToken(logits: Float32Array, random: Random): number {
  const largest = Math.max(...logits);
  const shares = Array.from(logits, (logit) => Math.exp(logit - largest));
  let left = random.uniform() * shares.reduce((sum, share) => sum + share, 0);
  const token = shares.findIndex((share) => (left -= share) < 0);
  return token < 0 ? shares.length - 1 : token;
}

/** The last `count` positions of a layer; all of them when there are fewer, nothing when none are wanted. */
function newest({ keys, values }: LayerCache, count: number): LayerCache[] {
  const [, positions] = keys.shape;
  if (count === 0) return [];
  if (positions <= count) return [{ keys, values }];
  const begin: [number, number, number] = [0, positions - count, 0];
  const size: [number, number, number] = [-1, count, -1];
  return [{ keys: tf.slice3d(keys, begin, size), values: tf.slice3d(values, begin, size) }];
}

const disposeCache = (cache: readonly LayerCache[]): void =>
  tf.dispose(cache.flatMap(({ keys, values }) => [keys, values]));
