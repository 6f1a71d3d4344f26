/** Short runs of loads that beat with a sensor that looks part of the time: less than a few beats are all there is. */

import { describe, expect, test } from 'vitest';

import { randomJoules, type DeviceEnergy } from '../../../../shared/domain/measurement.js';
import { seededRandom } from '../../../../shared/runtime/random.js';
import { halfSwings } from '../../../../agent/meter/ledger/half-swing.js';
import type { Ledger } from '../../../../agent/meter/ledger/ledger.js';
import { feed, Load, LOADS, updatesOf } from '../../../support/synthetic-power.js';
import { COUNTER, makeLedger } from '../sensors.js';

type Piece = readonly [number, number, number];
type Random = ReturnType<typeof seededRandom>;
const TICK = 0.1;
const SHARE = 0.25;

const nanoseconds = (seconds: number): bigint => BigInt(Math.round(seconds * 1e9));
const usable = (energy: DeviceEnergy): DeviceEnergy & { readonly kind: 'usable' } => {
  if (energy.kind !== 'usable') throw new Error(`unusable: ${energy.reason}`);
  return energy;
};

/** An idle device, then 100 and 500 W in turn, from anywhere in the load's period. */
function squareAfter(idle: number, { period, seconds }: { period: number; seconds: number }, random: Random): Load {
  const phase = random.uniform() * period;
  const pieces: Piece[] = idle > 0 ? [[idle, 60, 60]] : [];
  for (let start = -phase; start < seconds; start += period) {
    const [middle, end] = [Math.max(0, start + period / 2), start + period];
    if (middle > 0) pieces.push([middle - Math.max(0, start), 500, 500]);
    pieces.push([end - middle, 100, 100]);
  }
  return new Load(pieces);
}

/** A ledger that has seen nothing but this load. */
function watched(load: Load, random: Random, seconds = load.seconds): Ledger {
  const ledger = makeLedger({ ...COUNTER, coverage: { share: SHARE, basis: 'as made' } });
  const sensor = {
    period: TICK,
    phase: TICK * random.uniform(),
    share: SHARE,
    place: random.uniform(),
    gain: 1,
    jitter: 0,
  };
  const updates = updatesOf(load, sensor, random);
  const count = Math.min(updates.instants.length, Math.floor(seconds / TICK));
  const [instants, joules] = [updates.instants.slice(0, count), updates.joules.slice(0, count)];
  feed(ledger, { instants, joules }, { every: 0.02, jitter: 0.001, burst: 0, offset: 0.02 * random.uniform(), random });
  return ledger;
}

describe.each([
  { idle: 0, name: 'from the first tick' },
  { idle: 3, name: 'after three seconds at rest' },
])('a square load of 101 to 110 ms for 3 to 20 s, $name', ({ idle }) => {
  const random = seededRandom(`short/${idle}`);
  const runs = Array.from({ length: 300 }, () => {
    const [period, seconds] = [0.101 + 0.009 * random.uniform(), 3 + 17 * random.uniform()];
    const load = squareAfter(idle, { period, seconds: seconds + 1 }, random);
    const ledger = watched(load, random, idle + seconds);
    const { knots } = ledger;
    const start = idle > 0 ? nanoseconds(idle) : knots.at(0);
    const end = knots.at(knots.length - 1);
    const energy = usable(ledger.window(start, end));
    const truth = load.joulesAt(Number(end) / 1e9) - load.joulesAt(Number(start) / 1e9);
    const first = knots.lastAtOrBefore(start) + 1;
    const watts = Array.from({ length: knots.length - 1 - first }, (_, i) => knots.watts(first + i));
    return {
      varies: Math.max(...watts) - Math.min(...watts) > 0.1 * energy.meanWatts,
      error: Math.abs(Number(energy.microjoules) / 1e6 - truth) / truth,
      uncertainty: randomJoules(energy.uncertainty) / truth,
      beats: energy.events.includes('beats'),
      seconds,
    };
  }).filter(({ varies }) => varies);
  const shareOf = (pick: (run: (typeof runs)[number]) => boolean): number => runs.filter(pick).length / runs.length;

  test('two standard uncertainties hold the truth wherever the sensor shows anything of it', () => {
    expect(runs.length).toBeGreaterThan(250);
    expect(shareOf(({ error, uncertainty }) => error <= 2 * uncertainty)).toBeGreaterThanOrEqual(0.95);
    expect(shareOf(({ beats }) => beats)).toBeGreaterThanOrEqual(0.95);
  });

  test('it is no wider than what is unknown, and narrow once there are enough beats', () => {
    expect(Math.max(...runs.map(({ uncertainty }) => uncertainty))).toBeLessThan(0.6);
    const long = runs.filter(({ seconds }) => seconds > 12).map(({ uncertainty }) => uncertainty);
    expect(long.sort((a, b) => a - b)[long.length >> 1]).toBeLessThan(0.03);
  });
});

describe('loads that do not beat are not made more uncertain', () => {
  /** Windows of 5 s over the second half of 40 s, as uncertain as they are and as they err, relative. */
  function rms(load: Load): { readonly uncertainty: number; readonly beats: number } {
    const random = seededRandom('ordinary');
    const ledger = watched(load, random, 40);
    const windows = Array.from({ length: 40 }, (_, i) =>
      usable(ledger.window(nanoseconds(4 + i * 0.7), nanoseconds(9 + i * 0.7))),
    );
    const squares = windows.map(
      ({ uncertainty, microjoules }) => (uncertainty.samplingJoules / (Number(microjoules) / 1e6)) ** 2,
    );
    return {
      uncertainty: Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / squares.length),
      beats: windows.filter(({ events }) => events.includes('beats')).length,
    };
  }

  test('a slope up to a level that lasts', () => {
    const { uncertainty, beats } = rms(
      new Load([
        [9, 100, 100],
        [1.5, 100, 400],
        [31, 400, 400],
      ]),
    );
    expect(uncertainty).toBeLessThan(0.005);
    expect(beats).toBe(0);
  });

  test('a saw with steps', () => {
    const pieces = Array.from({ length: 42 }, (_, i): Piece => (i % 2 ? [0.5, 150, 150] : [1.5, 250, 400]));
    const { uncertainty, beats } = rms(new Load(pieces));
    expect(uncertainty).toBeLessThan(0.015);
    expect(beats).toBe(0);
  });

  test('noise', () => {
    for (let seed = 0; seed < 6; seed++) {
      const { uncertainty, beats } = rms(LOADS['steady']!(seededRandom(`noise/${seed}`), 42));
      expect(uncertainty).toBeLessThan(0.012);
      expect(beats).toBe(0);
    }
  });
});

describe('half a swing', () => {
  const LOW = Array.from({ length: 5 }, () => 100);
  const UP = [140, 180, 220, 260];
  const HIGH = (count: number): number[] => Array.from({ length: count }, () => 300);
  const found = (...parts: readonly (readonly number[])[]) => halfSwings(Float64Array.from(parts.flat()));

  test('is a slope, and a level that ends with what is known, or goes back', () => {
    expect(found(LOW, UP, HIGH(4))).toMatchObject([{ first: 0, last: 12, lowWatts: 100, highWatts: 300 }]);
    expect(found(HIGH(4), UP.toReversed(), LOW)).toHaveLength(1);
    expect(found(LOW, UP, HIGH(4), UP.toReversed(), LOW)).toMatchObject([{ first: 0, last: 21 }]);
  });

  test('is none when the upper level lasts, or the power steps', () => {
    expect(found(LOW, UP, HIGH(40))).toEqual([]);
    expect(found(HIGH(40), UP.toReversed(), LOW)).toEqual([]);
    expect(found(LOW, HIGH(4), LOW, HIGH(4))).toEqual([]);
    expect(found(LOW, HIGH(4), UP.toReversed(), LOW, HIGH(4), UP.toReversed(), LOW, HIGH(4)).length).toBeLessThan(2);
  });

  test('that is not seen to its end may go on as far again', () => {
    expect(found(LOW, UP)).toMatchObject([{ lowWatts: 100, highWatts: 420 }]);
    expect(found(UP.toReversed(), LOW)).toMatchObject([{ lowWatts: 100, highWatts: 420 }]);
  });
});
