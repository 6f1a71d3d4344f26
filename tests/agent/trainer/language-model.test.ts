import { beforeAll, expect, test } from 'vitest';

import { chooseBackend } from '../../../agent/trainer/backend.js';
import type { Corpus } from '../../../agent/trainer/corpus.js';
import { type RunEnd, runLanguageModel } from '../../../agent/trainer/language-model.js';
import type { Metrics, Progress, TrialPort, WindowMark } from '../../../agent/trainer/trial.js';
import { systemClock, type Clock } from '../../../shared/runtime/clock.js';
import { seededRandom } from '../../../shared/runtime/random.js';
import {
  LANGUAGE_MODEL_METRICS,
  LANGUAGE_MODEL_WINDOWS,
  type LanguageModelSettings,
} from '../../../shared/schema/language-model-schema.js';

const SETTINGS: LanguageModelSettings = {
  tokens: 1000,
  evaluation_tokens: 512,
  generate_tokens: 5,
  generations: 2,
  learning_rate: 0.01,
  heads: 2,
  head_width: 4,
  layers: 1,
  context: 16,
  batch_size: 2,
};

/** Random letters; nothing to learn but their shares. */
function randomSplit(name: string): Int32Array {
  const random = seededRandom(name);
  return Int32Array.from({ length: 2000 }, () => Math.min(random.integer(9), random.integer(9)));
}

const CORPUS: Corpus = {
  vocabulary: 9,
  train: randomSplit('train'),
  validation: randomSplit('validation'),
  // The other way round, so that it shows which split a loss is about.
  test: randomSplit('test').map((letter) => 8 - letter),
  source: 'letters',
};

interface ClosedWindow extends WindowMark {
  readonly items: number;
}

/** Keeps what a trial says, in order; aborts when told to. */
class RecordedTrial implements TrialPort {
  readonly said: (Progress | ClosedWindow)[] = [];
  private readonly stopping = new AbortController();
  private readonly stopAt: string | undefined;
  /** What was asked to be repeated. */
  readonly asked: string[] = [];
  /** How often a window shall still be run again. */
  private repeats: number;

  constructor(stopAt?: string, repeats = 0) {
    this.stopAt = stopAt;
    this.repeats = repeats;
  }

  get stopped(): AbortSignal {
    return this.stopping.signal;
  }

  get windows(): ClosedWindow[] {
    return this.said.filter((item) => 'items' in item);
  }

  get reports(): Progress[] {
    return this.said.filter((item) => 'metrics' in item);
  }

  report(progress: Progress): void {
    this.said.push(progress);
    if (this.stopAt !== undefined && this.stopAt in progress.metrics) this.stopping.abort();
  }

  async window(mark: WindowMark, work: () => Promise<number>): Promise<void> {
    const items = await work();
    this.said.push({ ...mark, items });
  }

  repeat({ kind, label }: Pick<WindowMark, 'kind' | 'label'>): Promise<boolean> {
    this.asked.push(`${kind}/${label}`);
    return Promise.resolve(this.repeats-- > 0);
  }
}

interface Rest {
  readonly seed?: number;
  readonly warmUpSeconds?: number;
  readonly windowSeconds?: number;
  readonly clock?: Clock;
}

const run = (trial: TrialPort, settings: Partial<LanguageModelSettings> = {}, rest: Rest = {}): Promise<RunEnd> =>
  runLanguageModel({
    ...{ trial, corpus: CORPUS, seed: 1, clock: systemClock, warmUpSeconds: 0, windowSeconds: 0 },
    settings: { ...SETTINGS, ...settings },
    ...rest,
  });

/** Every look at this clock finds it so much later. */
const steppingClock = (seconds: number): Clock => {
  let now = 0n;
  return { ...systemClock, monotonicNanoseconds: () => (now += BigInt(1e9 * seconds)) };
};

beforeAll(async () => void (await chooseBackend('tfjs-wasm')));

test('a trial marks its windows in order, each with its tokens', async () => {
  const trial = new RecordedTrial();
  expect(await run(trial)).toBe('completed');
  expect(trial.windows).toEqual([
    { kind: 'warm-up', unit: 'token', items: 2 * 2 * 16 + 8 },
    { kind: 'train', unit: 'token', items: 1000 },
    { kind: 'evaluate', label: 'validation', unit: 'token', items: 512 },
    { kind: 'evaluate', label: 'test', unit: 'token', items: 512 },
    { kind: 'infer', label: 'decode', ordinal: 0, unit: 'token', items: 5 },
    { kind: 'infer', label: 'decode', ordinal: 1, unit: 'token', items: 5 },
  ]);
  const known: string[] = LANGUAGE_MODEL_WINDOWS.map(({ kind, label }) => `${kind}/${label}`);
  for (const { kind, label = '' } of trial.windows) expect(known).toContain(`${kind}/${label}`);
});

test('a generation is run again for as long as the agent wants it, and at least as often as the options say', async () => {
  const trial = new RecordedTrial(undefined, 4);
  await run(trial);
  const infers = trial.windows.filter(({ kind }) => kind === 'infer');
  expect(infers.map(({ ordinal }) => ordinal)).toEqual([0, 1, 2, 3, 4]);
  expect(trial.asked).toEqual(Array<string>(5).fill('infer/decode'));
});

test('generation is warmed up for as long as the campaign wants, in a window of its own', async () => {
  const trial = new RecordedTrial();
  await run(trial, {}, { warmUpSeconds: 10, clock: steppingClock(1) });
  const [warmUp] = trial.windows.filter(({ label, kind }) => kind === 'warm-up' && label === 'decode');
  // Each round looks three times: when it starts, when it ends, and whether it is time.
  expect(warmUp!.items).toBe(5 * 4);
  expect(trial.windows.filter(({ kind }) => kind === 'infer').map(({ items }) => items)).toEqual([5, 5]);
});

test('a window lasts as long as the sensor needs: its tokens follow from the speed of the warm-up', async () => {
  const trial = new RecordedTrial();
  await run(trial, {}, { windowSeconds: 3, clock: steppingClock(0.5) });
  const tokens = trial.windows.filter(({ label }) => label === 'decode').map(({ kind, items }) => [kind, items]);
  // 32 tokens in half a second by this clock.
  expect(tokens).toEqual([
    ['warm-up', 32],
    ['infer', 3 * 64],
    ['infer', 3 * 64],
  ]);
});

test('it reports exactly the published metrics, and progress that only grows', async () => {
  const trial = new RecordedTrial();
  await run(trial);
  const names = new Set(trial.reports.flatMap(({ metrics }) => Object.keys(metrics)));
  expect([...names].sort()).toEqual(Object.keys(LANGUAGE_MODEL_METRICS).sort());
  const fractions = trial.reports.map(({ fraction }) => fraction!);
  expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
  expect(fractions.at(-1)).toBe(1);
});

test('the test split is read once, after the validation', async () => {
  const trial = new RecordedTrial();
  await run(trial);
  const names = trial.reports.flatMap(({ metrics }) => Object.keys(metrics));
  expect(names.filter((name) => name === 'test_loss').length).toBe(1);
  expect(names.indexOf('test_loss')).toBeGreaterThan(names.lastIndexOf('validation_loss'));
});

test('it learns: better than guessing, no better than the shares of the letters allow', async () => {
  const trial = new RecordedTrial();
  await run(trial, { tokens: 8000, batch_size: 8 });
  const loss = trial.reports.find(({ metrics }) => 'validation_loss' in metrics)!.metrics['validation_loss']!;
  const shares = Array.from({ length: 9 }, (_, i) => (2 * (9 - i) - 1) / 81);
  const entropy = -shares.reduce((sum, share) => sum + share * Math.log(share), 0);
  expect(loss).toBeLessThan(Math.log(9) - 0.1);
  expect(loss).toBeGreaterThan(entropy - 0.05);
});

test('each loss is about its own split', async () => {
  const trial = new RecordedTrial();
  await run(trial, { tokens: 4000, batch_size: 8 });
  const metrics: Metrics = Object.assign({}, ...trial.reports.map((report) => report.metrics));
  expect(metrics['test_loss']).toBeGreaterThan(metrics['validation_loss']! + 0.3);
});

test('the same seed gives the same losses, another seed others', async () => {
  const losses = async (seed: number): Promise<unknown[]> => {
    const trial = new RecordedTrial();
    await run(trial, {}, { seed });
    return trial.reports.filter(({ metrics }) => !('decode_tokens_per_second' in metrics)).map(steady);
  };
  const first = await losses(1);
  expect(await losses(1)).toEqual(first);
  expect(await losses(2)).not.toEqual(first);
});

test('a stop during training closes the window with the tokens read so far and does nothing more', async () => {
  const trial = new RecordedTrial('train_loss');
  expect(await run(trial)).toBe('stopped');
  expect(trial.windows.map(({ kind, items }) => [kind, items])).toEqual([
    ['warm-up', 72],
    ['train', 32],
  ]);
});

test('a stop after the validation leaves the test split unread', async () => {
  const trial = new RecordedTrial('validation_loss');
  expect(await run(trial)).toBe('stopped');
  expect(trial.reports.some(({ metrics }) => 'test_loss' in metrics)).toBe(false);
});

test('training that diverges is said to, and evaluates nothing', async () => {
  const trial = new RecordedTrial();
  expect(await run(trial, { learning_rate: 1e39 })).toBe('diverged');
  expect(trial.windows.at(-1)!.kind).toBe('train');
});

test('the shortest of contexts works', async () => {
  expect(await run(new RecordedTrial(), { context: 1, tokens: 20 })).toBe('completed');
});

/** A report without what depends on the machine's speed. */
function steady({ metrics, ...rest }: Progress): unknown {
  const { train_tokens_per_second: _, ...others } = metrics;
  return { ...rest, metrics: others };
}
