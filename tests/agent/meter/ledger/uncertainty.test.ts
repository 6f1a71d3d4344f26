/** The stated uncertainty against truth: simulated cards with loads of every kind, looked at as the agent does. */

import { describe, expect, test } from 'vitest';

import { deviceId } from '../../../../shared/domain/identity.js';
import { randomJoules } from '../../../../shared/domain/measurement.js';
import { seededRandom } from '../../../../shared/runtime/random.js';
import { Ledger } from '../../../../agent/meter/ledger/ledger.js';
import { feed, LOADS, updatesOf } from '../../../support/synthetic-power.js';

const CARDS = 150;
const WINDOWS = 13;
const SECONDS = 46;
const DURATIONS = [0.25, 1, 5, 30];
const GAIN = 0.03;

interface Tried {
  readonly duration: number;
  /** Relative to the truth. */
  readonly error: number;
  readonly errorWithoutGain: number;
  readonly uncertainty: number;
  readonly random: number;
}

/** The gain of card i of n is drawn from its n-th part of the normal distribution, so that they are a fair sample. */
function gainOf(card: number, uniform: number): number {
  const target = (card + uniform) / CARDS;
  let [low, high] = [-6, 6];
  for (let step = 0; step < 50; step++) {
    const middle = (low + high) / 2;
    if (normalShare(middle) < target) low = middle;
    else high = middle;
  }
  return 1 + GAIN * low;
}

/** Standard normal distribution, by Simpson's rule. */
function normalShare(x: number): number {
  const count = 40;
  const density = (t: number): number => Math.exp((-t * t) / 2) / Math.sqrt(2 * Math.PI);
  let sum = density(0) + density(x);
  for (let i = 1; i < count; i++) sum += (i % 2 ? 4 : 2) * density((x * i) / count);
  return 0.5 + ((x / count) * sum) / 3;
}

function tryCard(card: number, period: number, share: number): Tried[] {
  const random = seededRandom(`uncertainty/${period}/${share}/${card}`);
  const kinds = Object.keys(LOADS);
  const load = LOADS[kinds[card % kinds.length]!]!(random, SECONDS);
  const gain = gainOf((card * 37) % CARDS, random.uniform());
  // Half the cards update just as often as they should, which their looks then never tell in full; the others do not.
  const sensor = {
    period: period * (card % 2 ? 1 : 1 + 0.02 * (random.uniform() - 0.5)),
    phase: 0.05 * random.uniform(),
    share,
    place: random.uniform(),
    gain,
    jitter: 0,
  };
  const ledger = new Ledger({
    device: deviceId('GPU-1'),
    part: 'accelerator',
    source: 'synthetic',
    provenance: 'counter',
    gapNanoseconds: 1_000_000_000n,
    traits: {
      reads: 'energy',
      latched: true,
      updateNanoseconds: 100_000_000n,
      averagingNanoseconds: 0n,
      coverage: { share, basis: 'as made' },
      quantumMicrojoules: 1000,
      gain: GAIN,
      estimate: 0,
    },
  });
  const looks = { every: 0.02, jitter: 0.001, burst: period < 0.05 ? 2 : 0, offset: 0.02 * random.uniform(), random };
  feed(ledger, updatesOf(load, sensor, random), looks);
  return DURATIONS.flatMap((duration) =>
    Array.from({ length: WINDOWS }, () => {
      const start = 4 + (SECONDS - 6 - duration) * random.uniform();
      const energy = ledger.window(BigInt(Math.round(start * 1e9)), BigInt(Math.round((start + duration) * 1e9)));
      if (energy.kind === 'unusable') throw new Error(energy.reason);
      const truth = load.joulesAt(start + duration) - load.joulesAt(start);
      const joules = Number(energy.microjoules) / 1e6;
      return {
        duration,
        error: (joules - truth) / truth,
        errorWithoutGain: (joules / gain - truth) / truth,
        uncertainty: Math.hypot(randomJoules(energy.uncertainty), energy.uncertainty.gainJoules) / truth,
        random: randomJoules(energy.uncertainty) / truth,
      };
    }),
  );
}

const rms = (values: readonly number[]): number =>
  Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / values.length);
const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!;
const share = (tried: readonly Tried[], pick: (one: Tried) => boolean): number =>
  tried.filter(pick).length / tried.length;

describe.each([0.02, 0.1].flatMap((period) => [1, 0.5, 0.25].map((seen) => ({ period, seen }))))(
  'updates every $period s of which the sensor sees $seen',
  ({ period, seen }) => {
    const tried = Array.from({ length: CARDS }, (_, card) => tryCard(card, period, seen)).flat();

    test.each(DURATIONS)('windows of %d s: two standard uncertainties hold the truth in 93 to 99 %', (duration) => {
      const windows = tried.filter((one) => one.duration === duration);
      const held = share(windows, ({ error, uncertainty }) => Math.abs(error) <= 2 * uncertainty);
      expect(held).toBeGreaterThanOrEqual(0.93);
      expect(held).toBeLessThanOrEqual(0.99);
      const heldWithoutGain = share(
        windows,
        ({ errorWithoutGain, random }) => Math.abs(errorWithoutGain) <= 2 * random,
      );
      expect(heldWithoutGain).toBeGreaterThanOrEqual(0.93);
      expect(heldWithoutGain).toBeLessThanOrEqual(0.99);
    });

    if (seen < 1) return;
    test.each(DURATIONS)('windows of %d s: it is no more than 1.5 times the real error', (duration) => {
      const windows = tried.filter((one) => one.duration === duration);
      expect(median(windows.map(({ uncertainty }) => uncertainty))).toBeLessThanOrEqual(
        1.5 * rms(windows.map(({ error }) => error)),
      );
      expect(median(windows.map(({ random }) => random))).toBeLessThanOrEqual(
        1.5 * rms(windows.map(({ errorWithoutGain }) => errorWithoutGain)),
      );
    });
  },
);
