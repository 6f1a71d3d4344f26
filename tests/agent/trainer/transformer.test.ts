import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';

import { SequenceTables, batchLoss } from '../../../agent/trainer/batch-loss.js';
import type { Batch } from '../../../agent/trainer/batches.js';
import { Decoder, sampleToken } from '../../../agent/trainer/decoder.js';
import {
  type ModelShape,
  initialVector,
  parameterCount,
  parameterSpecs,
  sizeOf,
} from '../../../agent/trainer/model-shape.js';
import { causalMask, forward } from '../../../agent/trainer/transformer.js';
import { seededRandom } from '../../../shared/runtime/random.js';

const MODEL: ModelShape = { vocabulary: 7, heads: 2, headWidth: 4, layers: 2 };

beforeAll(async () => {
  tf.enableProdMode();
  await tf.setBackend('cpu');
});

/** Parameters that are all at work: the zeros of the first output and the ones of the gains are shaken too. */
function shakenVector(model: ModelShape): Float32Array {
  const random = seededRandom('shake');
  return initialVector(model, seededRandom('weights')).map((value) => value + 0.3 * random.normal());
}

function weightsOf(model: ModelShape, vector: Float32Array): tf.Tensor[] {
  let next = 0;
  return parameterSpecs(model).map((spec) => {
    const values = vector.slice(next, (next += sizeOf(spec)));
    return tf.tensor(values, [...spec.shape] as [number]);
  });
}

const BATCH: Batch = {
  rows: 2,
  length: 3,
  tokens: Int32Array.of(1, 4, 2, 0, 6, 6),
  targets: Int32Array.of(4, 2, 5, 6, 6, 1),
};

/** Logits of one sequence without any cache, [length, vocabulary]. */
function logitsOf(model: ModelShape, weights: readonly tf.Tensor[], tokens: readonly number[]): number[][] {
  return tf.tidy(() => {
    const tables = new SequenceTables(model, tokens.length);
    const options = { model, rows: 1, length: tokens.length, ...tables.forLength(tokens.length) };
    return forward(weights, tf.tensor1d([...tokens], 'int32'), options).logits.arraySync() as never;
  });
}

test('the gradient is the slope of the loss along each parameter', () => {
  const vector = shakenVector(MODEL);
  const tables = new SequenceTables(MODEL, 3);
  const lossAt = (values: Float32Array): number =>
    tf.tidy(() => batchLoss(weightsOf(MODEL, values), BATCH, tables).dataSync()[0]!);
  const gradients = tf.tidy(() =>
    tf
      .grads((...weights) => batchLoss(weights, BATCH, tables))(weightsOf(MODEL, vector))
      .map((g) => [...g.dataSync()]),
  );
  const flat = gradients.flat();
  expect(flat.length).toBe(parameterCount(MODEL));
  const step = 1e-2;
  for (let i = 0; i < flat.length; i += 7) {
    const slope = (lossAt(vector.with(i, vector[i]! + step)) - lossAt(vector.with(i, vector[i]! - step))) / (2 * step);
    expect(Math.abs(slope - flat[i]!), `parameter ${i}: ${slope} and ${flat[i]}`).toBeLessThan(2e-3);
  }
});

test('no parameter is idle', () => {
  const tables = new SequenceTables(MODEL, 3);
  const gradients = tf.grads((...weights) => batchLoss(weights, BATCH, tables))(weightsOf(MODEL, shakenVector(MODEL)));
  for (const gradient of gradients) expect(tf.max(tf.abs(gradient)).dataSync()[0]).toBeGreaterThan(1e-4);
});

test('a later token does not change what is predicted before it', () => {
  const weights = weightsOf(MODEL, shakenVector(MODEL));
  const before = logitsOf(MODEL, weights, [1, 4, 2, 0, 3]);
  const after = logitsOf(MODEL, weights, [1, 4, 2, 6, 5]);
  expect(after.slice(0, 3)).toEqual(before.slice(0, 3));
  expect(after[3]).not.toEqual(before[3]);
});

test('the order of earlier tokens matters', () => {
  const weights = weightsOf(MODEL, shakenVector(MODEL));
  const last = (tokens: number[]): number[] => logitsOf(MODEL, weights, tokens).at(-1)!;
  expect(last([1, 4, 2])).not.toEqual(last([4, 1, 2]));
});

test('an untrained model gives every token the same chance: its loss is ln(vocabulary)', () => {
  const weights = weightsOf(MODEL, initialVector(MODEL, seededRandom('weights')));
  const loss = batchLoss(weights, BATCH, new SequenceTables(MODEL, 3)).dataSync()[0]!;
  expect(loss).toBeCloseTo(Math.log(MODEL.vocabulary), 6);
});

test('rows of a batch do not see each other', () => {
  const weights = weightsOf(MODEL, shakenVector(MODEL));
  const tables = new SequenceTables(MODEL, 3);
  const loss = (batch: Batch): number => batchLoss(weights, batch, tables).dataSync()[0]!;
  const row = (i: number): Batch => ({
    rows: 1,
    length: 3,
    tokens: BATCH.tokens.slice(3 * i, 3 * i + 3),
    targets: BATCH.targets.slice(3 * i, 3 * i + 3),
  });
  expect(loss(BATCH)).toBeCloseTo((loss(row(0)) + loss(row(1))) / 2, 5);
});

test('a mask lets a token see itself, what is before it and the cache', () => {
  expect(causalMask(2, 1).arraySync()).toEqual([
    [0, 0, -30000],
    [0, 0, 0],
  ]);
});

test('generation with a cache predicts what reading everything again predicts', async () => {
  const weights = weightsOf(MODEL, shakenVector(MODEL));
  const tokens = [1, 4, 2, 0, 3, 6, 6, 5, 1, 2];
  const expected = logitsOf(MODEL, weights, tokens);
  using decoder = new Decoder({ model: MODEL, weights, context: 10, positions: 10 });
  const inPieces = [tokens.slice(0, 4), tokens.slice(4, 6), ...tokens.slice(6).map((token) => [token])];
  let read = 0;
  for (const piece of inPieces) {
    const logits = await decoder.feed(Int32Array.from(piece));
    read += piece.length;
    [...logits].forEach((logit, i) => expect(logit).toBeCloseTo(expected[read - 1]![i]!, 4));
  }
});

test('a full cache slides: one layer predicts from the last tokens of its context alone', async () => {
  const model = { ...MODEL, layers: 1 };
  const weights = weightsOf(model, shakenVector(model));
  const tokens = [1, 4, 2, 0, 3, 6, 6, 5, 1, 2];
  using decoder = new Decoder({ model, weights, context: 4, positions: tokens.length });
  let logits = new Float32Array();
  for (const token of tokens) logits = Float32Array.from(await decoder.feed(Int32Array.of(token)));
  const expected = logitsOf(model, weights, tokens.slice(-4)).at(-1)!;
  [...logits].forEach((logit, i) => expect(logit).toBeCloseTo(expected[i]!, 4));
});

test('a decoder leaves nothing behind', async () => {
  const weights = weightsOf(MODEL, shakenVector(MODEL));
  const before = tf.memory().numTensors;
  {
    using decoder = new Decoder({ model: MODEL, weights, context: 3, positions: 6 });
    for (const token of [1, 2, 3, 4, 5]) await decoder.feed(Int32Array.of(token));
  }
  expect(tf.memory().numTensors).toBe(before);
});

test('tokens are drawn as often as their probabilities say', () => {
  const random = seededRandom('draws');
  const logits = Float32Array.of(Math.log(0.5), Math.log(0.2), Math.log(0.3));
  const counts = [0, 0, 0];
  for (let i = 0; i < 10_000; i++) counts[sampleToken(logits, random)]!++;
  counts.forEach((count, i) => expect(Math.abs(count / 10_000 - [0.5, 0.2, 0.3][i]!)).toBeLessThan(0.02));
});
