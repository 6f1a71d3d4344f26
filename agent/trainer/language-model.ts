/** One trial of the built-in language model: warm up, train, validate, test once, generate; each a window of its own. */

import type { Clock } from '../../shared/runtime/clock.js';
import { nextTurn } from '../../shared/runtime/next-turn.js';
import { seededRandom } from '../../shared/runtime/random.js';
import { type LanguageModelSettings, SEGMENT_TOKENS } from '../../shared/schema/language-model-schema.js';
import { synchronise } from './backend.js';
import { SequenceTables } from './batch-loss.js';
import { trainingPlan } from './batches.js';
import type { Corpus } from './corpus.js';
import { Decoder, sampleToken } from './decoder.js';
import { type ModelShape, parameterCount } from './model-shape.js';
import { TrainedModel } from './trained-model.js';
import { evaluate, train } from './training.js';
import type { Metrics, TrialPort, WindowMark } from './trial.js';

export interface LanguageModelOptions {
  readonly trial: TrialPort;
  readonly settings: LanguageModelSettings;
  readonly corpus: Corpus;
  readonly seed: number;
  /** Seconds of generation before the first that is metered. */
  readonly warmUpSeconds: number;
  /** Seconds that a metered generation should last at least. */
  readonly windowSeconds: number;
  readonly clock: Clock;
}

/** How a run ended; `stopped`: it was asked to. */
export type RunEnd = 'completed' | 'stopped' | 'diverged';

/** Training steps and generated tokens of the warm-up: enough to compile every operation for these shapes. */
const WARM_UP_STEPS = 2;
const WARM_UP_TOKENS = 8;

/** The window that is repeated. */
const DECODE = { kind: 'infer', label: 'decode' } as const;

/** Tokens that tell how fast the model generates where nothing else does. */
const SPEED_TOKENS = 32;

/** Part of a trial's progress that is training, and then up to the validation; the rest is test and generation. */
const TRAINED = 0.9;
const VALIDATED = 0.95;

/** Runs one trial from its first to its last window and reports its metrics. */
export async function runLanguageModel(options: LanguageModelOptions): Promise<RunEnd> {
  using run = new Run(options);
  await run.warmUp();
  const end = await run.train();
  if (end !== 'completed') return end;
  await run.validate();
  await run.test();
  await run.generate();
  return options.trial.stopped.aborted ? 'stopped' : 'completed';
}

/** What the stages of one trial share. */
class Run implements Disposable {
  private readonly options: LanguageModelOptions;
  private readonly shape: ModelShape;
  private readonly tables: SequenceTables;
  private readonly model: TrainedModel;
  private step = 0;

  constructor(options: LanguageModelOptions) {
    const { heads, head_width: headWidth, layers, context } = options.settings;
    this.options = options;
    this.shape = { vocabulary: options.corpus.vocabulary, heads, headWidth, layers };
    this.tables = new SequenceTables(this.shape, context);
    this.model = new TrainedModel(this.shape, seededRandom(`${options.seed}/weights`));
  }

  /** A few steps on weights that are thrown away, so that the training window holds training alone. */
  async warmUp(): Promise<void> {
    const { settings, corpus, trial, seed } = this.options;
    const size = { rows: settings.batch_size, length: settings.context };
    await this.metered({ kind: 'warm-up', unit: 'token' }, async () => {
      using model = new TrainedModel(this.shape, seededRandom(`${seed}/warm-up/weights`));
      const { tokens } = await train({
        model,
        tables: this.tables,
        split: corpus.train,
        plan: Array.from({ length: WARM_UP_STEPS }, () => size),
        rate: settings.learning_rate,
        random: seededRandom(`${seed}/warm-up/batches`),
        stopped: trial.stopped,
        onProgress: () => undefined,
      });
      using decoder = await this.prompted(model, WARM_UP_TOKENS);
      return tokens + (await this.decode(decoder, WARM_UP_TOKENS, 0));
    });
  }

  async train(): Promise<RunEnd> {
    const { settings, corpus, trial, seed } = this.options;
    const plan = trainingPlan(settings.tokens, { rows: settings.batch_size, length: settings.context });
    let diverged = false;
    let tokensPerSecond = 0;
    await this.metered({ kind: 'train', unit: 'token' }, async () => {
      const elapsed = this.stopwatch();
      const result = await train({
        model: this.model,
        tables: this.tables,
        split: corpus.train,
        plan,
        rate: settings.learning_rate,
        random: seededRandom(`${seed}/batches`),
        stopped: trial.stopped,
        onProgress: (progress) => {
          this.step = progress.step;
          this.report((TRAINED * progress.tokens) / settings.tokens, { train_loss: progress.loss });
        },
      });
      ({ diverged } = result);
      tokensPerSecond = result.tokens / elapsed();
      return result.tokens;
    });
    if (diverged) return 'diverged';
    if (trial.stopped.aborted) return 'stopped';
    this.report(TRAINED, { parameters: parameterCount(this.shape), train_tokens_per_second: tokensPerSecond });
    return 'completed';
  }

  validate(): Promise<void> {
    return this.evaluate('validation', VALIDATED);
  }

  /** The one reading of the test split, after everything that could learn from it. */
  test(): Promise<void> {
    return this.evaluate('test', VALIDATED);
  }

  /**
   * Generates from a full context, as in long use, until the energy per token is known well enough; reading the prompt
   * is not part of a window.
   */
  async generate(): Promise<void> {
    const { settings, trial, warmUpSeconds, windowSeconds } = this.options;
    if (trial.stopped.aborted) return;
    const speed = warmUpSeconds + windowSeconds > 0 ? await this.warmUpGeneration() : 0;
    const count = Math.max(settings.generate_tokens, Math.ceil(speed * windowSeconds));
    const total = { tokens: 0, seconds: 0 };
    for (let ordinal = 0; !trial.stopped.aborted; ordinal++) {
      await this.generation(ordinal, count, total);
      const again = await trial.repeat(DECODE);
      if (!again && ordinal + 1 >= settings.generations) break;
    }
    if (!trial.stopped.aborted) this.report(1, { decode_tokens_per_second: total.tokens / total.seconds });
  }

  [Symbol.dispose](): void {
    this.tables[Symbol.dispose]();
    this.model[Symbol.dispose]();
  }

  /** One metered generation; adds what it took to `total`. */
  private async generation(ordinal: number, count: number, total: Generated): Promise<void> {
    using decoder = await this.prompted(this.model, count);
    await this.metered({ ...DECODE, ordinal, unit: 'token' }, async () => {
      const elapsed = this.stopwatch();
      const tokens = await this.decode(decoder, count, ordinal);
      total.seconds += elapsed();
      total.tokens += tokens;
      return tokens;
    });
  }

  /** Generates until the device is warm; returns tokens per second. */
  private async warmUpGeneration(): Promise<number> {
    const { warmUpSeconds, settings, trial } = this.options;
    const total = { tokens: 0, seconds: 0 };
    await this.metered({ ...DECODE, kind: 'warm-up', unit: 'token' }, async () => {
      const all = this.stopwatch();
      do {
        const count = warmUpSeconds > 0 ? settings.generate_tokens : SPEED_TOKENS;
        using decoder = await this.prompted(this.model, count);
        const elapsed = this.stopwatch();
        total.tokens += await this.decode(decoder, count, 0);
        total.seconds += elapsed();
      } while (all() < warmUpSeconds && !trial.stopped.aborted);
      return total.tokens;
    });
    return total.tokens / total.seconds;
  }

  private async evaluate(split: 'validation' | 'test', fraction: number): Promise<void> {
    const { settings, corpus, trial } = this.options;
    if (trial.stopped.aborted) return;
    const plan = { tokens: settings.evaluation_tokens, segment: SEGMENT_TOKENS, context: settings.context };
    await this.metered({ kind: 'evaluate', label: split, unit: 'token' }, async () => {
      const shared = { model: this.model, tables: this.tables, stopped: trial.stopped };
      const loss = await evaluate(shared, corpus[split], plan);
      if (loss === undefined) return 0;
      this.report(fraction, { [`${split}_loss`]: loss });
      return plan.tokens;
    });
  }

  /** A decoder that has read the first `context` tokens of the validation split and has room for `count` more. */
  private async prompted(model: TrainedModel, count: number): Promise<Prompted> {
    const { context } = this.options.settings;
    const positions = context + count;
    const decoder = new Decoder({ model: this.shape, weights: model.weights, context, positions });
    const logits = await decoder.feed(this.options.corpus.validation.slice(0, context));
    return { decoder, logits, [Symbol.dispose]: () => decoder[Symbol.dispose]() };
  }

  /** Draws `count` tokens one after the other; returns how many were drawn before a request to stop. */
  private async decode(prompted: Prompted, count: number, ordinal: number): Promise<number> {
    const random = seededRandom(`${this.options.seed}/decode/${ordinal}`);
    let { logits } = prompted;
    for (let i = 0; i < count; i++) {
      if (this.options.trial.stopped.aborted) return i;
      logits = await prompted.decoder.feed(Int32Array.of(sampleToken(logits, random)));
      await nextTurn();
    }
    return count;
  }

  /** A window whose edges are stamped while the device is idle. */
  private async metered(mark: WindowMark, work: () => Promise<number>): Promise<void> {
    await synchronise();
    await this.options.trial.window(mark, async () => {
      const items = await work();
      await synchronise();
      return items;
    });
  }

  private report(fraction: number, metrics: Metrics): void {
    this.options.trial.report({ step: this.step, fraction, metrics });
  }

  /** Seconds since it was started, whenever called. */
  private stopwatch(): () => number {
    const { clock } = this.options;
    const start = clock.monotonicNanoseconds();
    return () => Number(clock.monotonicNanoseconds() - start) / 1e9;
  }
}

interface Generated {
  tokens: number;
  seconds: number;
}

interface Prompted extends Disposable {
  readonly decoder: Decoder;
  /** Of the token after the prompt. */
  readonly logits: Float32Array;
}
