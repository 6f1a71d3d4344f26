import { expect, test } from 'vitest';

import { FIRST_LOOK, nextLook, repeatInterval, type Repeat } from '../../../shared/domain/repeat-interval.js';
import { seededRandom, type Random } from '../../../shared/runtime/random.js';

const alike = (...joules: number[]): Repeat[] => joules.map((value) => ({ joules: value, items: 1 }));

test('looks are at 8 repeats and then at half as many more each time', () => {
  const looks = [0];
  for (let i = 0; i < 8; i++) looks.push(nextLook(looks.at(-1)!));
  expect(looks.slice(1)).toEqual([8, 12, 18, 27, 41, 62, 93, 140]);
  expect(nextLook(13)).toBe(18);
});

test('the energy per item is total joules over total items', () => {
  const interval = repeatInterval([
    { joules: 10, items: 1 },
    { joules: 20, items: 4 },
  ]);
  expect(interval).toMatchObject({ count: 2, mean: 6 });
});

test('three repeats: the interval is that of the textbook', () => {
  // Mean 2, sample variance 1, standard error 1 / sqrt(3).
  const interval = repeatInterval(alike(1, 2, 3))!;
  expect(interval.standard).toBeCloseTo(1 / Math.sqrt(3), 12);
  expect(interval.relativeHalfWidth).toBeCloseTo((4.302653 * interval.standard) / 2, 4);
});

test('95 % where no look was taken, wider from the first look on', () => {
  // 97.5th and 99th percentile of t with 6 and 7 degrees of freedom.
  const quantile = (repeats: readonly Repeat[]): number => {
    const { mean, relativeHalfWidth, standard } = repeatInterval(repeats)!;
    return (relativeHalfWidth * mean) / standard;
  };
  expect(quantile(alike(1, 3, 1, 3, 1, 3, 1))).toBeCloseTo(2.446912, 5);
  expect(quantile(alike(1, 3, 3, 1, 3, 1, 1, 3))).toBeGreaterThan(2.9979);
});

test('three repeats, a number fixed in advance: 95 in 100 intervals hold the truth', () => {
  const random = seededRandom('fixed');
  const runs = 20_000;
  let held = 0;
  for (let i = 0; i < runs; i++) {
    const { mean, relativeHalfWidth } = repeatInterval(alike(...[0, 0, 0].map(() => 1 + 0.01 * random.normal())))!;
    if (Math.abs(mean - 1) <= relativeHalfWidth * mean) held++;
  }
  // Four standard deviations of such a count are 0.6 %.
  expect(Math.abs(held / runs - 0.95)).toBeLessThan(0.006);
});

test('a slow drift is seen in batches of neighbours: eight repeats rising by one each', () => {
  // Four batches with means 1.5, 3.5, 5.5, 7.5: variance 20 / 3, standard error sqrt(20 / 12).
  const interval = repeatInterval(alike(1, 2, 3, 4, 5, 6, 7, 8))!;
  expect(interval.standard).toBeCloseTo(Math.sqrt(20 / 12), 12);
  expect(interval.relativeHalfWidth).toBeCloseTo((4.5407 * Math.sqrt(20 / 12)) / 4.5, 4);
});

test('repeats that are all alike leave no width, one repeat or none leaves no interval', () => {
  expect(repeatInterval(alike(3, 3, 3))).toMatchObject({ mean: 3, standard: 0, relativeHalfWidth: 0 });
  expect(repeatInterval(alike(3))).toBeUndefined();
  expect(repeatInterval([])).toBeUndefined();
  expect(repeatInterval(alike(0, 0))).toBeUndefined();
});

test('scale of joules or items changes nothing relative', () => {
  const random = seededRandom('scale');
  const repeats = Array.from({ length: 20 }, () => ({ joules: 5 + random.normal(), items: 50 + random.integer(9) }));
  const scaled = repeats.map(({ joules, items }) => ({ joules: 7 * joules, items: 3 * items }));
  const [one, other] = [repeatInterval(repeats)!, repeatInterval(scaled)!];
  expect(other.relativeHalfWidth).toBeCloseTo(one.relativeHalfWidth, 12);
  expect(other.mean).toBeCloseTo((7 / 3) * one.mean, 12);
});

/** One device under one load: energies of one repeat after the other, and the truth that they are about. */
interface Process {
  next(): number;
  /** What the interval must hold when so many repeats were made. */
  truth(repeats: number): number;
}

const independent =
  (spread: number) =>
  (random: Random): Process => ({ next: () => 1 + spread * random.normal(), truth: () => 1 });

/** Correlated repeats, AR(1): power management that remembers. */
const correlated =
  (correlation: number, spread: number) =>
  (random: Random): Process => {
    let state = random.normal();
    return {
      next() {
        const value = 1 + spread * state;
        state = correlation * state + Math.sqrt(1 - correlation ** 2) * random.normal();
        return value;
      },
      truth: () => 1,
    };
  };

/**
 * What is left of the warm-up: energy rises in a line by `rise` over the first `length` repeats. The truth is the level
 * reached at the end; what a drift would do after the last repeat nobody can know.
 */
const drifting =
  (rise: number, length: number, spread: number) =>
  (random: Random): Process => {
    let made = 0;
    const level = (repeat: number): number => 1 - rise * Math.max(0, 1 - repeat / length);
    return { next: () => level(made++) + spread * random.normal(), truth: (repeats) => level(repeats - 1) };
  };

interface Beat {
  /** Period of the load's square wave between 100 W and 300 W, in seconds. */
  readonly period: number;
  /** Pause between windows, in seconds. */
  readonly pause: number;
  readonly shifted: boolean;
}

/**
 * Sensor of an A100: looks for 25 ms of every 100 ms and takes what it sees for the whole. Windows of about 1 s, whole
 * periods each; the load was the same before.
 */
const beating =
  ({ period, pause, shifted }: Beat) =>
  (random: Random): Process => {
    const [tick, look, points] = [0.1, 0.025, 6];
    const length = period * Math.round(1 / period);
    let start = random.uniform() * tick;
    const watts = (at: number): number => ((at - start + 10 * period) % period < period / 2 ? 300 : 100);
    const seen = (from: number): number => {
      let sum = 0;
      for (let i = 0; i < points; i++) sum += watts(from + (look * (i + 0.5)) / points);
      return sum / points;
    };
    return {
      next() {
        let joules = 0;
        for (let from = tick * Math.floor(start / tick); from < start + length; from += tick)
          joules += seen(from) * Math.max(0, Math.min(start + length, from + tick) - Math.max(start, from));
        start += length + pause + (shifted ? random.uniform() * tick : 0);
        return joules / length;
      },
      truth: () => 200,
    };
  };

const RUNS = 2000;
const MOST_REPEATS = 140;

/** Runs until the half-width is below 2 % at a look, or nothing more is allowed. */
function coverage(process: (random: Random) => Process, seed: string): { held: number; meanRepeats: number } {
  const random = seededRandom(`coverage/${seed}`);
  let [held, made] = [0, 0];
  for (let run = 0; run < RUNS; run++) {
    const { next, truth } = process(random);
    const repeats: Repeat[] = [];
    let look = FIRST_LOOK;
    for (;;) {
      repeats.push({ joules: next(), items: 1 });
      if (repeats.length < look) continue;
      const { mean, relativeHalfWidth } = repeatInterval(repeats)!;
      look = nextLook(look);
      if (relativeHalfWidth >= 0.02 && look <= MOST_REPEATS) continue;
      if (Math.abs(mean - truth(repeats.length)) <= relativeHalfWidth * mean) held += 1;
      made += repeats.length;
      break;
    }
  }
  return { held: held / RUNS, meanRepeats: made / RUNS };
}

test.each([
  ['independent, 0.5 %', independent(0.005)],
  ['independent, 1 %', independent(0.01)],
  ['independent, 2 %', independent(0.02)],
  ['independent, 4 %', independent(0.04)],
  ['correlated 0.3, 1 %', correlated(0.3, 0.01)],
  ['correlated 0.3, 3 %', correlated(0.3, 0.03)],
  ['correlated 0.5, 1 %', correlated(0.5, 0.01)],
  ['correlated 0.5, 3 %', correlated(0.5, 0.03)],
  ['warm-up of 2 % in 6 repeats', drifting(0.02, 6, 0.01)],
  ['warm-up of 3 % in 20 repeats', drifting(0.03, 20, 0.01)],
  ['warm-up of 5 % in 10 repeats', drifting(0.05, 10, 0.01)],
  ['warm-up of 10 % in 10 repeats', drifting(0.1, 10, 0.02)],
  ['part-time sensor, load of 104 ms, shifted', beating({ period: 0.104, pause: 0.01, shifted: true })],
  ['part-time sensor, load of 100 ms, shifted', beating({ period: 0.1, pause: 0.01, shifted: true })],
  ['part-time sensor, load of 50 ms, shifted', beating({ period: 0.05, pause: 0.01, shifted: true })],
  ['part-time sensor, load of 210 ms, shifted', beating({ period: 0.21, pause: 0.01, shifted: true })],
])('%s: at least 93 in 100 intervals hold the truth, at whatever look they stop', (name, process) => {
  expect(coverage(process, name).held).toBeGreaterThanOrEqual(0.93);
});

test('without phase shifts windows that keep step with the sensor are wrong, and look sure of it', () => {
  const { held, meanRepeats } = coverage(beating({ period: 0.1, pause: 0, shifted: false }), 'in step');
  expect(held).toBeLessThan(0.5);
  expect(meanRepeats).toBeLessThan(10);
});

test('a steady load is done at the first look', () => {
  expect(coverage(independent(0.005), 'steady').meanRepeats).toBe(8);
});
