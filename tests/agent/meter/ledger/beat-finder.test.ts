import { describe, expect, test } from 'vitest';

import { seededRandom } from '../../../../shared/runtime/random.js';
import { swingOf } from '../../../../agent/meter/ledger/beat-finder.js';
import { feed, Load, LOADS, updatesOf } from '../../../support/synthetic-power.js';
import { COUNTER, makeLedger, SECOND } from '../sensors.js';

/** A square wave of so many seconds. */
const square = (period: number, seconds: number): Load =>
  new Load(
    Array.from({ length: Math.floor((2 * seconds) / period) }, (_, i) => {
      const watts = i % 2 ? 100 : 400;
      return [period / 2, watts, watts] as const;
    }),
  );

/** A ledger of a sensor that sees a share of every 100 ms. */
function watched(load: Load, share: number) {
  const random = seededRandom('beats');
  const ledger = makeLedger({ ...COUNTER, coverage: { share, basis: 'as made' } });
  const sensor = { period: 0.1, phase: 0.013, share, place: 1, gain: 1, jitter: 0 };
  feed(ledger, updatesOf(load, sensor, random), { every: 0.02, jitter: 0.001, burst: 0, offset: 0, random });
  return ledger;
}
const eventsOf = (ledger: ReturnType<typeof watched>, from: bigint, to: bigint): readonly string[] => {
  const energy = ledger.window(from * SECOND, to * SECOND);
  return energy.kind === 'usable' ? energy.events : [];
};

describe('a load whose period beats with a sensor that looks part of the time', () => {
  test.each([0.104, 0.096, 0.108, 0.052, 0.0985])(
    'of %d s is noticed, and its windows are as uncertain as they err',
    (period) => {
      const load = square(period, 60);
      const ledger = watched(load, 0.25);
      const beat = Math.abs(1 / (Math.round(0.1 / period) / 0.1 - 1 / period)) / Math.round(0.1 / period);
      expect(beat).toBeGreaterThan(0);
      expect(eventsOf(ledger, 20n, 25n)).toContain('beats');
      let [held, count] = [0, 0];
      for (let start = 15; start < 50; start += 0.173) {
        const energy = ledger.window(BigInt(Math.round(start * 1e9)), BigInt(Math.round((start + 1) * 1e9)));
        if (energy.kind === 'unusable') throw new Error(energy.reason);
        const error = Number(energy.microjoules) / 1e6 - (load.joulesAt(start + 1) - load.joulesAt(start));
        if (Math.abs(error) <= 2 * Math.hypot(energy.uncertainty.edgeJoules, energy.uncertainty.samplingJoules)) held++;
        count++;
      }
      expect(held / count).toBeGreaterThan(0.9);
    },
  );

  test.each([
    [0.103, 10.4],
    [0.097, 12],
  ])('of %d s is found in %d s, which hold three beats', (period, seconds) => {
    expect(watched(square(period, seconds), 0.25).events.map(({ kind }) => kind)).toContain('beats');
  });

  test('does no harm to a sensor that looks all the time', () => {
    const ledger = watched(square(0.104, 60), 1);
    expect(eventsOf(ledger, 20n, 25n)).toEqual([]);
    const energy = ledger.window(20n * SECOND, 25n * SECOND);
    expect(energy.kind === 'usable' && energy.uncertainty.samplingJoules).toBe(0);
  });

  test('ends where the load ends', () => {
    const pieces = Array.from({ length: 400 }, (_, i) => [0.052, i % 2 ? 100 : 400, i % 2 ? 100 : 400] as const);
    const ledger = watched(new Load([...pieces, [30, 90, 90]]), 0.25);
    expect(eventsOf(ledger, 5n, 10n)).toContain('beats');
    expect(eventsOf(ledger, 26n, 40n)).toEqual([]);
  });
});

describe('ordinary loads do not beat', () => {
  test.each(['steady', 'steps', 'bursts'])('%s', (kind) => {
    for (let seed = 0; seed < 8; seed++) {
      const ledger = watched(LOADS[kind]!(seededRandom(`${kind}/${seed}`), 60), 0.25);
      expect(ledger.events.map((event) => event.kind)).not.toContain('beats');
    }
  });

  test.each([0.7, 1.3, 2.7, 5.1])('a load that itself switches every %d s', (period) => {
    expect(eventsOf(watched(square(period, 60), 0.25), 10n, 50n)).toEqual([]);
  });
});

test('the period of a swing is told in intervals', () => {
  const wave = Float64Array.from({ length: 72 }, (_, i) => 200 + 50 * Math.sin((2 * Math.PI * i) / 24));
  expect(swingOf(wave)).toMatchObject({ period: 24, first: 0, last: 71 });
  expect(swingOf(wave.map(() => 200))).toBeUndefined();
});
