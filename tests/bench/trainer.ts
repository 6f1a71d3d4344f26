/**
 * Training and generation speed of the language model on each backend that works here; printed as a table.
 *
 * Protocol: one throw-away step, then as many steps as fit the time given; then 64 tokens from a full context. Losses
 * of the first steps are printed beside the speeds: backends that disagree there do not compute the same model.
 */

import { test } from 'vitest';

import { BACKEND_NAMES, type BackendName, chooseBackend } from '../../agent/trainer/backend.js';
import { SequenceTables, batchLoss } from '../../agent/trainer/batch-loss.js';
import { randomBatch } from '../../agent/trainer/batches.js';
import { loadCorpus } from '../../agent/trainer/corpus.js';
import { Decoder, sampleToken } from '../../agent/trainer/decoder.js';
import { type ModelShape, parameterCount } from '../../agent/trainer/model-shape.js';
import { TrainedModel } from '../../agent/trainer/trained-model.js';
import { seededRandom } from '../../shared/runtime/random.js';

const SIZES = {
  smallest: { heads: 1, headWidth: 8, layers: 1, context: 32, rows: 4 },
  middle: { heads: 4, headWidth: 16, layers: 2, context: 64, rows: 8 },
  largest: { heads: 4, headWidth: 32, layers: 3, context: 128, rows: 16 },
};
type Size = (typeof SIZES)[keyof typeof SIZES];

const TRAINING_SECONDS = 5;
const DECODED_TOKENS = 64;
const RATE = 0.003;

const corpus = loadCorpus();
const shapeOf = ({ heads, headWidth, layers }: Size): ModelShape => ({
  vocabulary: corpus.vocabulary,
  heads,
  headWidth,
  layers,
});

interface Trained {
  readonly tokensPerSecond: number;
  readonly losses: readonly number[];
}

function trainFor(model: TrainedModel, { context, rows }: Size): Trained {
  using tables = new SequenceTables(model.shape, context);
  const random = seededRandom('bench/batches');
  const losses: number[] = [];
  const step = (): void => {
    const batch = randomBatch(corpus.train, { rows, length: context }, random);
    const loss = model.step(RATE, (weights) => batchLoss(weights, batch, tables));
    losses.push(loss.dataSync()[0]!);
    loss.dispose();
  };
  step();
  const began = performance.now();
  while (performance.now() - began < TRAINING_SECONDS * 1000) step();
  const seconds = (performance.now() - began) / 1000;
  return { tokensPerSecond: ((losses.length - 1) * rows * context) / seconds, losses };
}

async function decodedPerSecond(model: TrainedModel, { context }: Size): Promise<number> {
  const positions = context + DECODED_TOKENS;
  using decoder = new Decoder({ model: model.shape, weights: model.weights, context, positions });
  const random = seededRandom('bench/decode');
  let logits = await decoder.feed(corpus.validation.slice(0, context));
  const began = performance.now();
  for (let i = 0; i < DECODED_TOKENS; i++) logits = await decoder.feed(Int32Array.of(sampleToken(logits, random)));
  return DECODED_TOKENS / ((performance.now() - began) / 1000);
}

async function row(backend: BackendName, name: string, size: Size): Promise<Record<string, number | string>> {
  using model = new TrainedModel(shapeOf(size), seededRandom('bench/weights'));
  const { tokensPerSecond, losses } = trainFor(model, size);
  return {
    backend,
    model: name,
    parameters: parameterCount(model.shape),
    'trained tokens/s': Math.round(tokensPerSecond),
    'ms/step': Number(((1000 * size.rows * size.context) / tokensPerSecond).toPrecision(3)),
    'decoded tokens/s': Math.round(await decodedPerSecond(model, size)),
    'loss of step 1': losses[1]!.toFixed(5),
  };
}

test('tokens per second', { timeout: 600_000 }, async () => {
  const rows: Record<string, number | string>[] = [];
  for (const backend of BACKEND_NAMES) {
    const works = await chooseBackend(backend).then(
      () => true,
      (error: Error) => console.log(error.message) !== undefined,
    );
    if (!works) continue;
    for (const [name, size] of Object.entries(SIZES)) rows.push(await row(backend, name, size));
  }
  console.table(rows);
});
