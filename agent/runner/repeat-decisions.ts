/** Whether a program shall run a window once more: decided from the energies of its repeats so far. */

import type { MeasurementProtocol } from '../../shared/domain/campaign.js';
import { isMeasured, sumWithin, type Boundary, type SummedEnergy } from '../../shared/domain/measurement.js';
import { FIRST_LOOK, nextLook, repeatInterval, type Repeat } from '../../shared/domain/repeat-interval.js';
import type { Clock } from '../../shared/runtime/clock.js';
import type { Random } from '../../shared/runtime/random.js';
import type { TrialMeter } from '../meter/meter.js';
import { MAX_WINDOWS, type MarkedWindow, type ProgramRecord } from './program-record.js';
import type { RepeatAnswer, RepeatQuestion } from './trial-socket.js';

export interface RepeatOptions {
  readonly measurement: MeasurementProtocol;
  readonly boundary: Boundary;
  readonly meter: TrialMeter;
  readonly record: ProgramRecord;
  readonly clock: Clock;
  /** Draws the phase shifts. */
  readonly random: Random;
  /** The trial shall end soon. */
  stopping(): boolean;
}

/** Windows that a trial keeps for others than the repeated ones. */
const RESERVED_WINDOWS = 100;
/** More questions than this make no sense, and each answer is kept. */
const MAX_QUESTIONS = 2 * MAX_WINDOWS;
/**
 * Repeats where energy is not measured: a model has no sensor noise to average out, and three show how much the run time
 * varies.
 */
const UNMEASURED_REPEATS = 3;

/** What was asked about one kind and label. */
interface Series {
  /** Repeats at which the interval is looked at next. */
  look: number;
  /** Why there are no more repeats; absent while there are. */
  verdict?: string;
}

interface Answered {
  readonly name: string;
  readonly answer: Promise<RepeatAnswer>;
}

/** The decisions for one program. */
export class RepeatDecisions {
  readonly #options: RepeatOptions;
  readonly #answers = new Map<number, Answered>();
  readonly #series = new Map<string, Series>();
  readonly #energies = new Map<MarkedWindow, Promise<SummedEnergy>>();

  constructor(options: RepeatOptions) {
    this.#options = options;
  }

  /** The answer, the same for the same `id`; a text refuses the question and says what would be right. */
  answer(question: RepeatQuestion): Promise<RepeatAnswer> | string {
    const { id, kind, label } = question;
    const name = `${kind}/${label}`;
    const known = this.#answers.get(id);
    if (known) return known.name === name ? known.answer : `the question ${id} was about ${known.name}: use a new id`;
    const { record } = this.#options;
    if (record.isOpen(kind, label)) return `a window ${name} is still open: close it before asking to repeat it`;
    if (record.windowsOf(kind, label).length === 0) return `no window ${name} was closed: run it once before asking`;
    if (this.#answers.size >= MAX_QUESTIONS) return `a trial has at most ${MAX_QUESTIONS} questions`;
    const answer = this.#decide(question, name);
    this.#answers.set(id, { name, answer });
    return answer;
  }

  /** For each repeated window how often it ran and why not more often, for people. */
  facts(): Readonly<Record<string, string>> {
    const settled = [...this.#series].flatMap(([name, { verdict }]) =>
      verdict === undefined ? [] : [[`repeats ${name}`, verdict]],
    );
    return Object.fromEntries(settled) as Record<string, string>;
  }

  async #decide({ id, kind, label }: RepeatQuestion, name: string): Promise<RepeatAnswer> {
    const no: RepeatAnswer = { type: 'repeat', id, again: false, delay_seconds: 0 };
    const { record, meter, random, stopping } = this.#options;
    const series = this.#seriesOf(name);
    if (stopping() || series.verdict !== undefined) return no;
    const windows = record.windowsOf(kind, label);
    const verdict = this.#early(windows) ?? (await this.#judge(windows, series));
    if (verdict !== undefined) {
      series.verdict = `${windows.length} ${windows.length === 1 ? 'window' : 'windows'}${verdict}`;
      return no;
    }
    const tick = await meter.tickSeconds().catch(() => 0);
    return stopping() ? no : { ...no, again: true, delay_seconds: tick * random.uniform() };
  }

  /** What needs no look at the energies. */
  #early(windows: readonly MarkedWindow[]): string | undefined {
    const { repeatTarget } = this.#options.measurement;
    if (repeatTarget === 0) return ': the campaign asks for no repeats';
    const left = MAX_WINDOWS - RESERVED_WINDOWS - this.#options.record.windows.length;
    return left <= 0 && windows.length > 1 ? `: a trial has at most ${MAX_WINDOWS} windows` : undefined;
  }

  /** The reason to stop; `undefined` to go on. */
  async #judge(windows: readonly MarkedWindow[], series: Series): Promise<string | undefined> {
    const { measurement, clock } = this.#options;
    const energies = await Promise.all(windows.map((window) => this.#energyOf(window)));
    const unmeasured = energies.some((energy) => energy.kind === 'usable' && !isMeasured(energy.provenance));
    if (unmeasured && windows.length >= UNMEASURED_REPEATS) return ': energy that is not measured needs no more';
    const repeats = repeatsOf(windows, energies);
    const interval = repeatInterval(repeats);
    const width = interval ? `, ±${percent(interval.relativeHalfWidth)} %` : '';
    const target = `${percent(measurement.repeatTarget)} %`;
    if (repeats.length >= series.look) {
      series.look = nextLook(repeats.length);
      if (interval && interval.relativeHalfWidth < measurement.repeatTarget) return `${width}: below ${target}`;
    }
    const spent = Number(clock.monotonicNanoseconds() - earliest(windows)) / 1e9;
    if (spent < measurement.repeatSeconds) return undefined;
    return `${width}: ${measurement.repeatSeconds} s were spent before ${target} was reached`;
  }

  #seriesOf(name: string): Series {
    const series = this.#series.get(name) ?? { look: FIRST_LOOK };
    this.#series.set(name, series);
    return series;
  }

  /** Read once per window. */
  #energyOf(window: MarkedWindow): Promise<SummedEnergy> {
    const { meter, boundary } = this.#options;
    const known = this.#energies.get(window);
    if (known) return known;
    const reading = meter
      .window(window.startNanoseconds, window.endNanoseconds)
      .then((devices) => sumWithin(devices, boundary))
      .catch((error: unknown): SummedEnergy => ({ kind: 'unusable', reason: String(error) }));
    this.#energies.set(window, reading);
    return reading;
  }
}

/** Usable repeats; where one counts no items, each counts as one. */
function repeatsOf(windows: readonly MarkedWindow[], energies: readonly SummedEnergy[]): readonly Repeat[] {
  const counted = windows.every(({ items = 0 }) => items > 0);
  return energies.flatMap((energy, i) =>
    energy.kind === 'usable' ? [{ joules: energy.joules, items: counted ? (windows[i]?.items ?? 1) : 1 }] : [],
  );
}

const earliest = (windows: readonly MarkedWindow[]): bigint =>
  windows.map(({ startNanoseconds }) => startNanoseconds).reduce((a, b) => (b < a ? b : a));

/** Two significant digits. */
const percent = (share: number): string => String(Number((100 * share).toPrecision(2)));
