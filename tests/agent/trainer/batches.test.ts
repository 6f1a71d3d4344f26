import { expect, test } from 'vitest';

import { evaluationBatches, randomBatch, trainingPlan } from '../../../agent/trainer/batches.js';
import { seededRandom } from '../../../shared/runtime/random.js';

/** Each token names its place, so that it shows where a batch was read. */
const PLACES = Int32Array.from({ length: 10_000 }, (_, i) => i);

test.each([
  [4096, 4, 64],
  [4097, 4, 64],
  [5000, 7, 33],
  [10, 4, 64],
  [64, 4, 64],
  [200, 1, 3],
])('a plan for %i tokens in batches of %i x %i reads exactly so many', (tokens, rows, length) => {
  const plan = trainingPlan(tokens, { rows, length });
  expect(plan.reduce((sum, size) => sum + size.rows * size.length, 0)).toBe(tokens);
  for (const size of plan) {
    expect(size.rows).toBeLessThanOrEqual(rows);
    expect(size.length).toBeLessThanOrEqual(length);
  }
  expect(plan.length).toBeLessThanOrEqual(Math.ceil(tokens / (rows * length)) + 1);
});

test('a batch holds contiguous text, and each target is the next token', () => {
  const { tokens, targets } = randomBatch(PLACES, { rows: 5, length: 9 }, seededRandom('batch'));
  tokens.forEach((place, i) => {
    expect(targets[i]).toBe(place + 1);
    if (i % 9 > 0) expect(place).toBe(tokens[i - 1]! + 1);
  });
});

test('batches reach both ends of a split', () => {
  const split = PLACES.subarray(0, 12);
  const random = seededRandom('ends');
  const batches = Array.from({ length: 50 }, () => randomBatch(split, { rows: 2, length: 9 }, random));
  expect(Math.min(...batches.flatMap(({ tokens }) => [...tokens]))).toBe(0);
  expect(Math.max(...batches.flatMap(({ targets }) => [...targets]))).toBe(11);
});

test.each([1, 32, 48, 100, 128])('with a context of %i the same tokens are predicted', (context) => {
  const plan = { tokens: 1024, segment: 128, context };
  const targets = [...evaluationBatches(PLACES, plan)].flatMap((batch) => {
    expect(batch.length).toBeLessThanOrEqual(context);
    return [...batch.targets];
  });
  const expected = [...evaluationBatches(PLACES, { ...plan, context: 128 })].flatMap((batch) => [...batch.targets]);
  expect(targets.length).toBe(1024);
  expect(targets.sort((a, b) => a - b)).toEqual(expected.sort((a, b) => a - b));
});

test('pieces of an evaluation are spread over the whole split', () => {
  const starts = [...evaluationBatches(PLACES, { tokens: 1024, segment: 128, context: 128 })].flatMap((batch) =>
    Array.from({ length: batch.rows }, (_, row) => batch.tokens[row * batch.length]!),
  );
  expect(starts[0]).toBe(0);
  expect(starts.at(-1)).toBeGreaterThan(9800);
  expect(new Set(starts.map((start, i) => start - (starts[i - 1] ?? start - 1410))).size).toBe(1);
});
