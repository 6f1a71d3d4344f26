import { expect, test } from 'vitest';

import { ProgramRecord } from '../../../agent/runner/program-record.js';
import { RepeatDecisions, type RepeatOptions } from '../../../agent/runner/repeat-decisions.js';
import type { RepeatAnswer, RepeatQuestion } from '../../../agent/runner/trial-socket.js';
import { seededRandom } from '../../../shared/runtime/random.js';
import { CAMPAIGN_DEFAULTS } from '../../../shared/schema/campaign-defaults.js';
import { manualClock } from '../../support/manual-clock.js';
import { steadyMeter, type SteadySetting } from './trial-fixture.js';

interface Setting extends Partial<Omit<RepeatOptions, 'measurement'>> {
  readonly measurement?: Partial<RepeatOptions['measurement']>;
  readonly meterSetting?: Partial<SteadySetting>;
}

class Program {
  readonly clock = manualClock();
  readonly record = new ProgramRecord({
    beginNanoseconds: 0n,
    nowNanoseconds: () => this.clock.monotonicNanoseconds(),
  });
  readonly decisions: RepeatDecisions;
  #sequence = 0;
  #ordinal = 0;
  #id = 0;

  constructor({ measurement, meterSetting, ...options }: Setting = {}) {
    this.decisions = new RepeatDecisions({
      measurement: { ...CAMPAIGN_DEFAULTS.measurement, ...measurement },
      boundary: 'cpu',
      meter: steadyMeter(this.clock, { provenance: 'counter', ...meterSetting }).attach({ devices: [] }),
      record: this.record,
      clock: this.clock,
      random: seededRandom('repeats'),
      stopping: () => false,
      ...options,
    });
  }

  edge(edge: 'open' | 'close', ordinal = this.#ordinal, items?: number): void {
    const refusal = this.record.take({
      ...{ type: 'window', kind: 'infer', label: 'decode', seq: ++this.#sequence, edge, ordinal },
      monotonic_ns: String(this.clock.monotonicNanoseconds()),
      ...(items !== undefined && { items, unit: 'token' }),
    });
    expect(refusal).toBeUndefined();
  }

  /** One window of this length. */
  window(seconds = 1, items = 100): void {
    this.edge('open');
    this.clock.advance(1000 * seconds);
    this.edge('close', this.#ordinal, items);
    this.#ordinal += 1;
  }

  ask(question: Partial<RepeatQuestion> = {}): Promise<RepeatAnswer> | string {
    return this.decisions.answer({ type: 'repeat', id: ++this.#id, kind: 'infer', label: 'decode', ...question });
  }

  /** Runs windows for as long as it is told to; the number of them. */
  async run(window: (ordinal: number) => void = () => this.window()): Promise<number> {
    for (let count = 1; count < 1000; count++) {
      window(count - 1);
      const answer = this.ask();
      if (typeof answer === 'string') expect.unreachable(answer);
      else if (!(await answer).again) return count;
    }
    return Infinity;
  }
}

test('a steady load is repeated until the first look, and the observation can say how well it is known', async () => {
  const program = new Program();
  expect(await program.run()).toBe(8);
  expect(program.decisions.facts()).toEqual({ 'repeats infer/decode': '8 windows, ±0 %: below 2 %' });
});

test('a noisy load is looked at on the schedule only, and stops at the first look that is good enough', async () => {
  const random = seededRandom('noisy');
  const watts = (): number => 10 * (1 + 0.02 * random.normal());
  const program = new Program({ measurement: { repeatSeconds: 600 }, meterSetting: { watts } });
  const count = await program.run();
  expect([12, 18, 27, 41, 62]).toContain(count);
  expect(program.decisions.facts()['repeats infer/decode']).toMatch(/^\d+ windows, ±1(\.\d)? %: below 2 %$/);
});

test('what counts is energy per item: windows of different length agree', async () => {
  const random = seededRandom('lengths');
  const program = new Program();
  expect(
    await program.run(() => {
      const items = 50 + random.integer(100);
      program.window(items / 100, items);
    }),
  ).toBe(8);
});

test('the time for repeats counts from the opening of the first window, pauses included', async () => {
  const random = seededRandom('wild');
  const watts = (): number => 10 * (1 + 0.5 * random.uniform());
  const program = new Program({ measurement: { repeatSeconds: 10 }, meterSetting: { watts } });
  const count = await program.run(() => {
    program.window();
    program.clock.advance(1000);
  });
  // The sixth question comes 12 s after the first opening, the fifth at 10 s.
  expect(count).toBe(5);
  expect(program.decisions.facts()['repeats infer/decode']).toMatch(
    /^5 windows, ±\d+ %: 10 s were spent before 2 % was reached$/,
  );
});

test('a target of 0 asks for every window once', async () => {
  const program = new Program({ measurement: { repeatTarget: 0 } });
  expect(await program.run()).toBe(1);
  expect(program.decisions.facts()).toEqual({ 'repeats infer/decode': '1 window: the campaign asks for no repeats' });
});

test.each(['model', 'simulated'] as const)('energy by %s is repeated thrice, for the run time alone', async (given) => {
  expect(await new Program({ meterSetting: { provenance: given } }).run()).toBe(3);
});

test('a trial that is stopping repeats nothing', async () => {
  const program = new Program({ stopping: () => true });
  expect(await program.run()).toBe(1);
  expect(program.decisions.facts()).toEqual({});
});

test('a program has windows left for other things when its repeats end', async () => {
  const random = seededRandom('endless');
  const watts = (): number => 10 * (1 + 0.9 * random.uniform());
  const program = new Program({
    measurement: { repeatTarget: 1e-6, repeatSeconds: 1e9 },
    meterSetting: { watts },
  });
  expect(await program.run()).toBe(900);
});

test('pauses are drawn evenly from one tick of the sensor, and are the same for the same seed', async () => {
  const delays = async (): Promise<number[]> => {
    const random = seededRandom('wild');
    const watts = (): number => 10 * (1 + 0.9 * random.uniform());
    const program = new Program({
      meterSetting: { tickSeconds: () => 0.1, watts },
      measurement: { repeatSeconds: 400 },
    });
    const found: number[] = [];
    await program.run(() => {
      if (found.length > 0) program.clock.advance(1);
      program.window();
      const answer = program.ask();
      if (typeof answer !== 'string') void answer.then(({ delay_seconds: delay }) => found.push(delay));
    });
    return found;
  };
  const first = await delays();
  expect(Math.min(...first)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...first)).toBeLessThan(0.1);
  expect(first.reduce((sum, delay) => sum + delay, 0) / first.length).toBeCloseTo(0.05, 2);
  expect(await delays()).toEqual(first);
});

test('the same question has the same answer, whatever has happened since', async () => {
  const program = new Program({ meterSetting: { tickSeconds: () => 0.1 } });
  program.window();
  const first = await program.ask({ id: 1 });
  expect(first).toMatchObject({ again: true });
  for (let i = 0; i < 10; i++) program.window();
  expect(await program.ask({ id: 1 })).toEqual(first);
  expect(await program.ask({ id: 2 })).toMatchObject({ again: false });
});

test('questions that make no sense are refused with what would be right', () => {
  const program = new Program();
  expect(program.ask({ id: 1 })).toBe('no window infer/decode was closed: run it once before asking');
  program.edge('open', 77);
  expect(program.ask({ id: 1 })).toBe('a window infer/decode is still open: close it before asking to repeat it');
  program.clock.advance(1000);
  program.edge('close', 77);
  expect(program.ask({ id: 1, label: 'prefill' })).toContain('no window infer/prefill was closed');
  expect(program.ask({ id: 1 })).toBeInstanceOf(Promise);
  expect(program.ask({ id: 1, kind: 'evaluate' })).toBe('the question 1 was about infer/decode: use a new id');
});

test('windows without a usable figure are repeated for no longer than the others', async () => {
  const program = new Program({ boundary: 'accelerator', measurement: { repeatSeconds: 20 } });
  expect(await program.run()).toBe(20);
  expect(program.decisions.facts()['repeats infer/decode']).toBe('20 windows: 20 s were spent before 2 % was reached');
});

test('a meter that fails stops nothing but the repeats', async () => {
  const clock = manualClock();
  const meter = {
    ...steadyMeter(clock).attach({ devices: [] }),
    window: () => Promise.reject(new Error('gone')),
    tickSeconds: () => Promise.reject(new Error('gone')),
  };
  const program = new Program({ meter, measurement: { repeatSeconds: 5 } });
  expect(await program.run()).toBe(5);
});
