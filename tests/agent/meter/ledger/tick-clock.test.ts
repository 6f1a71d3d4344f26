import { describe, expect, test } from 'vitest';

import { seededRandom } from '../../../../shared/runtime/random.js';
import { TickClock, type Placement } from '../../../../agent/meter/ledger/tick-clock.js';

interface Scene {
  /** All in milliseconds. */
  readonly period: number;
  readonly phase: number;
  readonly jitter?: number;
  readonly look: number;
  readonly lookJitter: number;
  /** Looks every 2 ms until then. */
  readonly denseUntil?: number;
  readonly until: number;
  /** No looks, and the updates move by a third of a period. */
  readonly pause?: { readonly from: number; readonly to: number };
}

interface Placed {
  readonly at: number;
  readonly error: number;
  readonly placement: Placement;
}

/** Updates and looks as told; where each change was placed, against when it happened. */
function watch(clock: TickClock, scene: Scene): Placed[] {
  const random = seededRandom(JSON.stringify(scene));
  const { period, phase, jitter = 0, pause } = scene;
  const updates: number[] = [];
  for (let due = phase; due < scene.until; due += period) {
    const moved = pause && due > pause.to ? period / 3 : 0;
    updates.push(due + moved + jitter * random.uniform());
  }
  const placed: Placed[] = [];
  let [seen, before] = [-1, 0];
  const { look, denseUntil = 0 } = scene;
  for (let due = 0; due < scene.until; due += due < denseUntil ? 2 : look) {
    const at = due + scene.lookJitter * (2 * random.uniform() - 1);
    if (at <= before || (pause && at > pause.from && at < pause.to)) continue;
    let last = seen;
    while (last + 1 < updates.length && updates[last + 1]! <= at) last++;
    if (last > seen) {
      const placement = clock.place(nanoseconds(before), nanoseconds(at));
      if (placement) placed.push({ at, error: Number(placement.atNanoseconds) / 1e6 - updates[last]!, placement });
    }
    [seen, before] = [last, at];
  }
  return placed;
}
const nanoseconds = (milliseconds: number): bigint => BigInt(Math.round(milliseconds * 1e6));
const worst = (placed: readonly Placed[]): number => Math.max(...placed.map(({ error }) => Math.abs(error)));

describe('regular updates', () => {
  test('are placed within a millisecond by looks 20 ms apart, once their rhythm is known', () => {
    const clock = new TickClock();
    const placed = watch(clock, { period: 101.2, phase: 33, look: 20, lookJitter: 1, until: 60_000 });
    expect(worst(placed.filter(({ at }) => at > 10_000))).toBeLessThan(1);
    expect(clock.isRegular).toBe(true);
    expect(clock.periodNanoseconds! / 1e6).toBeCloseTo(101.2, 2);
  });

  test('that come just as often as the looks allow leave a phase that is common to all of them', () => {
    const clock = new TickClock();
    const scene = { period: 100, phase: 33, look: 20, lookJitter: 0.01, until: 60_000 };
    const placed = watch(clock, scene).filter(({ at }) => at > 10_000);
    const errors = placed.map(({ error }) => error);
    expect(Math.max(...errors) - Math.min(...errors)).toBeLessThan(0.2);
    for (const { error, placement } of placed) {
      expect(placement.commonNanoseconds / 1e6).toBeGreaterThan(4);
      expect(Math.abs(error)).toBeLessThan((2 * placement.commonNanoseconds) / 1e6);
      expect(placement.ownNanoseconds).toBe(0);
    }
  });

  test('with a jitter of their own are placed within it, and say so', () => {
    const clock = new TickClock();
    const placed = watch(clock, { period: 101.2, phase: 3, jitter: 3, look: 20, lookJitter: 1, until: 60_000 });
    const late = placed.filter(({ at }) => at > 20_000);
    expect(clock.isRegular).toBe(true);
    expect(worst(late)).toBeLessThan(4);
    const rms = Math.sqrt(late.reduce((sum, { error }) => sum + error ** 2, 0) / late.length);
    const stated = late.map(({ placement }) => Math.hypot(placement.ownNanoseconds, placement.commonNanoseconds) / 1e6);
    expect(Math.max(...stated)).toBeLessThan(4 * rms);
    expect(Math.min(...stated)).toBeGreaterThan(rms / 3);
  });

  test('as fast as the looks are told apart after dense looks at the start', () => {
    for (const period of [20, 20.13, 10.1]) {
      const clock = new TickClock();
      const placed = watch(clock, { period, phase: 13, look: 20, lookJitter: 1, denseUntil: 2000, until: 20_000 });
      expect(clock.periodNanoseconds! / 1e6).toBeCloseTo(period, 2);
      for (const { error, placement } of placed.filter(({ at }) => at > 2500)) {
        const stated = Math.hypot(placement.ownNanoseconds, placement.commonNanoseconds) / 1e6;
        expect(Math.abs(error)).toBeLessThan(2.5 * stated + 0.01);
      }
    }
  });

  test('faster than the looks, without anything known, are not taken for the looks themselves', () => {
    const clock = new TickClock({ documentedNanoseconds: 100e6 });
    const placed = watch(clock, { period: 7, phase: 1, look: 20, lookJitter: 1, until: 10_000 });
    expect(clock.isRegular).toBe(false);
    expect(clock.periodNanoseconds).toBeUndefined();
    for (const { placement } of placed) expect(placement.ownNanoseconds / 1e6).toBeCloseTo(5.8, -0.5);
  });

  test('that go on with another phase after a pause are found anew', () => {
    const clock = new TickClock();
    const pause = { from: 20_000, to: 3_620_000 };
    const placed = watch(clock, { period: 101.2, phase: 33, look: 20, lookJitter: 1, until: 3_640_000, pause });
    expect(worst(placed.filter(({ at }) => at > pause.to + 10_000))).toBeLessThan(1.5);
    const rhythms = new Set(
      placed.filter(({ placement }) => placement.rhythm > 0).map(({ placement }) => placement.rhythm),
    );
    expect(rhythms.size).toBe(2);
  });
});

test('irregular updates are placed in the middles of their looks', () => {
  const clock = new TickClock();
  const placed = watch(clock, { period: 150, phase: 3, jitter: 120, look: 20, lookJitter: 1, until: 30_000 });
  expect(clock.isRegular).toBe(false);
  expect(worst(placed)).toBeLessThan(11.1);
});

test('a change after a long pause happened at most one period before it was seen', () => {
  const placement = new TickClock({ documentedNanoseconds: 100e6 }).place(0n, 5_000_000_000n)!;
  expect(placement.atNanoseconds).toBe(4_950_000_000n);
  const known = new TickClock({ documentedNanoseconds: 100e6, knownNanoseconds: 20e6 }).place(0n, 5_000_000_000n)!;
  expect(known.atNanoseconds).toBe(4_989_800_000n);
});
