import { expect, test } from 'vitest';

import { seededRandom } from '../../../../shared/runtime/random.js';
import { EventLog } from '../../../../agent/meter/ledger/event-log.js';
import { EXACT, KnotStore } from '../../../../agent/meter/ledger/knot-store.js';
import { windowUncertainty } from '../../../../agent/meter/ledger/window-uncertainty.js';
import { COUNTER, energyReading, makeLedger, MS } from '../sensors.js';

/** Knots every 100 ms with the given powers between them. */
function knotsOf(watts: readonly number[], ownNanoseconds = 0): KnotStore {
  const knots = new KnotStore();
  let microjoules = 0n;
  watts.forEach((_, i) => {
    knots.push({ atNanoseconds: BigInt(i) * 100n * MS, microjoules, ...EXACT, ownNanoseconds });
    microjoules += BigInt(Math.round(watts[i]! * 1e5));
  });
  knots.push({ atNanoseconds: BigInt(watts.length) * 100n * MS, microjoules, ...EXACT, ownNanoseconds });
  return knots;
}
const uncertaintyOf = (knots: KnotStore, start: bigint, end: bigint) =>
  windowUncertainty(
    { knots, options: { traits: COUNTER }, log: new EventLog(), beats: { within: () => [] }, coverage: { share: 1 } },
    { start, end, microjoules: 1_000_000n },
  );

test('a window from update to update has no edge uncertainty when the updates are known exactly', () => {
  expect(uncertaintyOf(knotsOf([100, 400, 100, 400, 100]), 100n * MS, 300n * MS).edgeJoules).toBeCloseTo(0, 12);
});

test('steady power has only the uncertainty of when the updates happened', () => {
  const { edgeJoules } = uncertaintyOf(knotsOf([100, 100, 100, 100, 100], 10e6), 100n * MS, 300n * MS);
  expect(edgeJoules).toBeCloseTo(Math.SQRT2 * 100 * 0.01, 6);
});

test('two standard uncertainties hold the truth in at least 93 % of windows, gain left out', () => {
  const random = seededRandom('coverage');
  let inside = 0;
  let windows = 0;
  for (let card = 0; card < 40; card++) {
    const period = 120 + random.integer(2000);
    const [low, high] = [50 + random.integer(100), 200 + random.integer(400)];
    const update = 20 + random.integer(80);
    const { ledger, truth } = simulate({ update, period, low, high, phase: random.integer(20) });
    for (let i = 0; i < 50; i++) {
      const start = 300 + random.integer(2000);
      const length = 300 + random.integer(3000);
      const energy = ledger.window(BigInt(start) * MS, BigInt(start + length) * MS);
      if (energy.kind === 'unusable') throw new Error(energy.reason);
      const error = Number(energy.microjoules) / 1e6 - (truth[start + length]! - truth[start]!);
      windows++;
      if (Math.abs(error) <= 2 * Math.hypot(energy.uncertainty.edgeJoules, energy.uncertainty.samplingJoules)) inside++;
    }
  }
  expect(inside / windows).toBeGreaterThan(0.93);
});

interface Card {
  readonly update: number;
  readonly period: number;
  readonly low: number;
  readonly high: number;
  readonly phase: number;
}

/** A square load, a counter latched every `update` ms, and looks every 20 ms. */
function simulate({ update, period, low, high, phase }: Card) {
  const ledger = makeLedger({ ...COUNTER, updateNanoseconds: BigInt(update) * MS });
  const truth = [0];
  let latched = 0;
  for (let t = 0; t < 6000; t++) {
    if (t % update === 0) latched = truth[t]!;
    if (t % 20 === phase) ledger.add(energyReading(BigInt(t) * MS, BigInt(Math.round(latched * 1e6))));
    truth.push(truth[t]! + (t % period < period / 2 ? high : low) / 1000);
  }
  return { ledger, truth };
}
