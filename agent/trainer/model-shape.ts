/** The parameters of the Transformer: their names, shapes and first values, in the order in which they lie in one vector. */

import type { Random } from '../../shared/runtime/random.js';

export interface ModelShape {
  /** Number of different tokens. */
  readonly vocabulary: number;
  readonly heads: number;
  /** Even, because rotary positions turn pairs of numbers. */
  readonly headWidth: number;
  readonly layers: number;
}

/** One parameter matrix or vector. */
export interface ParameterSpec {
  readonly shape: readonly number[];
  /** Standard deviation of the first values around `mean`; 0: all equal to it. */
  readonly deviation: number;
  readonly mean: number;
}

/** Width of the residual stream. */
export const modelWidth = ({ heads, headWidth }: ModelShape): number => heads * headWidth;

/** Hidden units of the feed-forward layer per unit of width, as in Vaswani et al. (2017). */
const EXPANSION = 4;

/** Parameters of one block, in order: see {@link parameterSpecs}. */
export const BLOCK_PARAMETERS = 6;

/**
 * All parameters in order: the embedding, per layer (attention gain, query-key-value, attention output, feed-forward
 * gain, expansion, contraction), final gain, output.
 *
 * No biases: they cost operations and gain nothing (Chowdhery et al. 2022, PaLM). The layers that write to the residual
 * stream begin smaller by the root of their number (Radford et al. 2019, GPT-2). The output is not tied to the embedding
 * and begins at zero, so that the first loss is exactly the logarithm of the vocabulary.
 */
export function parameterSpecs(model: ModelShape): readonly ParameterSpec[] {
  const width = modelWidth(model);
  const residual = 1 / Math.sqrt(2 * model.layers);
  const dense = (from: number, to: number, factor = 1): ParameterSpec => ({
    shape: [from, to],
    mean: 0,
    deviation: factor / Math.sqrt(from),
  });
  const gain: ParameterSpec = { shape: [width], mean: 1, deviation: 0 };
  const block = [
    gain,
    dense(width, 3 * width),
    dense(width, width, residual),
    gain,
    dense(width, EXPANSION * width),
    dense(EXPANSION * width, width, residual),
  ];
  const embedding: ParameterSpec = { shape: [model.vocabulary, width], mean: 0, deviation: 1 };
  return [
    embedding,
    ...Array.from({ length: model.layers }, () => block).flat(),
    gain,
    dense(width, model.vocabulary, 0),
  ];
}

export const sizeOf = ({ shape }: ParameterSpec): number => shape.reduce((product, side) => product * side, 1);

/** Number of trained numbers. */
export const parameterCount = (model: ModelShape): number =>
  parameterSpecs(model).reduce((sum, spec) => sum + sizeOf(spec), 0);

/** First values of all parameters as one vector. */
export function initialVector(model: ModelShape, random: Random): Float32Array {
  const vector = new Float32Array(parameterCount(model));
  let next = 0;
  for (const spec of parameterSpecs(model)) {
    const end = next + sizeOf(spec);
    if (spec.deviation === 0) vector.fill(spec.mean, next, end);
    else for (let i = next; i < end; i++) vector[i] = spec.mean + spec.deviation * random.normal();
    next = end;
  }
  return vector;
}
