import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';

import { chooseBackend } from '../../../agent/trainer/backend.js';
import { SequenceTables } from '../../../agent/trainer/batch-loss.js';
import { trainingPlan } from '../../../agent/trainer/batches.js';
import type { ModelShape } from '../../../agent/trainer/model-shape.js';
import { TrainedModel } from '../../../agent/trainer/trained-model.js';
import { evaluate, rateFactor, train } from '../../../agent/trainer/training.js';
import { seededRandom } from '../../../shared/runtime/random.js';

const MODEL: ModelShape = { vocabulary: 6, heads: 2, headWidth: 8, layers: 1 };

/** 012345 again and again: the next token follows from the last one alone. */
const CYCLE = Int32Array.from({ length: 600 }, (_, i) => i % 6);

const NEVER = new AbortController().signal;

beforeAll(async () => void (await chooseBackend('tfjs-wasm')));

interface Trained {
  readonly losses: readonly number[];
  readonly tokens: number;
  readonly diverged: boolean;
  readonly last: number | undefined;
}

async function trained(seed: string, { rate = 0.02, tokens = 3072, stopped = NEVER } = {}): Promise<Trained> {
  using model = new TrainedModel(MODEL, seededRandom(`${seed}/weights`));
  using tables = new SequenceTables(MODEL, 8);
  const losses: number[] = [];
  const result = await train({
    model,
    tables,
    split: CYCLE,
    plan: trainingPlan(tokens, { rows: 8, length: 8 }),
    rate,
    random: seededRandom(`${seed}/batches`),
    stopped,
    onProgress: ({ loss }) => losses.push(loss),
  });
  const shared = { model, tables, stopped };
  const last = await evaluate(shared, CYCLE, { tokens: 64, segment: 32, context: 8 });
  return { losses, ...result, last };
}

test('a text without surprise is learned by heart', async () => {
  const { losses, last } = await trained('a');
  expect(losses[0]).toBeGreaterThan(1);
  expect(last).toBeLessThan(0.02);
});

test('the same seed gives the same losses, another seed others', async () => {
  const [first, second, other] = [await trained('a'), await trained('a'), await trained('b')];
  expect(second).toEqual(first);
  expect(other.losses).not.toEqual(first.losses);
});

test('a configuration reports at most 32 times and reads exactly its tokens', async () => {
  const { losses, tokens } = await trained('a', { tokens: 3077 });
  expect(losses.length).toBeLessThanOrEqual(32);
  expect(losses.length).toBeGreaterThan(20);
  expect(tokens).toBe(3077);
});

test.each([
  ['huge', 1e30],
  ['no number', 1e39],
])('training whose loss becomes %s ends at once as diverged', async (_, rate) => {
  const { diverged, tokens } = await trained('a', { rate });
  expect(diverged).toBe(true);
  expect(tokens).toBeLessThan(3072);
  expect((await trained('a')).diverged).toBe(false);
});

test('a request to stop ends training before its next step', async () => {
  const { tokens, last } = await trained('a', { stopped: AbortSignal.abort() });
  expect(tokens).toBe(0);
  expect(last).toBeUndefined();
});

test('steps, evaluation and the end leave no tensor behind', async () => {
  const before = tf.memory().numTensors;
  await trained('a');
  expect(tf.memory().numTensors).toBe(before);
});

test('the number of tensors does not grow with the number of steps', async () => {
  using model = new TrainedModel(MODEL, seededRandom('weights'));
  using tables = new SequenceTables(MODEL, 8);
  const counts: number[] = [];
  await train({
    model,
    tables,
    split: CYCLE,
    plan: trainingPlan(2048, { rows: 4, length: 8 }),
    rate: 0.01,
    random: seededRandom('batches'),
    stopped: NEVER,
    onProgress: () => counts.push(tf.memory().numTensors),
  });
  expect(new Set(counts).size).toBe(1);
});

test('the step size rises, then falls to a tenth', () => {
  const factors = Array.from({ length: 100 }, (_, i) => rateFactor(i, 100));
  expect(factors[0]).toBeCloseTo(0.1);
  expect(Math.max(...factors)).toBe(1);
  expect(factors.indexOf(1)).toBe(9);
  expect(factors.at(-1)).toBeCloseTo(0.1, 2);
  factors.slice(10).forEach((factor, i) => expect(factor).toBeLessThanOrEqual(factors[i + 9]!));
});

test.each([1, 2, 3, 7])('a training of %i steps has a step size throughout', (steps) => {
  for (let i = 0; i < steps; i++) expect(rateFactor(i, steps)).toBeGreaterThan(0);
});
