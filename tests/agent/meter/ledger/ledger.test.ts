import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { deviceId } from '../../../../shared/domain/identity.js';
import type { DeviceEnergy } from '../../../../shared/domain/measurement.js';
import type { SensorTraits } from '../../../../agent/meter/energy-source.js';
import type { Ledger } from '../../../../agent/meter/ledger/ledger.js';
import { seededRandom } from '../../../../shared/runtime/random.js';
import { feed, sampledLoad, updatesOf } from '../../../support/synthetic-power.js';
import { COUNTER, energyReading, makeLedger, MODEL, MS, POWER, SECOND } from '../sensors.js';

const usable = (energy: DeviceEnergy): DeviceEnergy & { readonly kind: 'usable' } => {
  if (energy.kind !== 'usable') throw new Error(`unusable: ${energy.reason}`);
  return energy;
};
const reasonOf = (energy: DeviceEnergy): string => (energy.kind === 'unusable' ? energy.reason : 'usable');

const seconds = (value: number): bigint => BigInt(Math.round(value * 1e9));

/** A counter that is latched every 100 ms and looked at every 20 ms, under `watts(t in ms)`. */
function latchedLedger(watts: (millisecond: number) => number, milliseconds: number, offset = 7): Ledger {
  const ledger = makeLedger(COUNTER);
  let joulesE3 = 0;
  let latched = 0;
  for (let t = 0; t <= milliseconds; t++) {
    if (t % 100 === 0) latched = joulesE3;
    if (t % 20 === offset) ledger.add(energyReading(BigInt(t) * MS, BigInt(latched) * 1000n));
    joulesE3 += watts(t);
  }
  return ledger;
}

const powerLedger = (samples: readonly (readonly [bigint, bigint])[], traits: SensorTraits = POWER): Ledger => {
  const ledger = makeLedger(traits);
  for (const [atNanoseconds, microwatts] of samples) {
    ledger.add({ kind: 'power', device: deviceId('GPU-1'), atNanoseconds, microwatts });
  }
  return ledger;
};

describe('a latched counter', () => {
  test('constant power gives P t for any window, whatever its phase to the tick', () => {
    const ledger = latchedLedger(() => 300, 5000);
    for (const [start, end] of [
      [1000n, 2000n],
      [1013n, 1777n],
      [777n, 3333n],
      [1001n, 1101n],
    ] as const) {
      const { microjoules, meanWatts } = usable(ledger.window(start * MS, end * MS));
      expect(Number(microjoules) / 1e6).toBeCloseTo(0.3 * Number(end - start), 4);
      expect(meanWatts).toBeCloseTo(300, 2);
    }
  });

  test('interpolation beats the naive difference by far on a step of power', () => {
    const watts = (t: number): number => (Math.floor(t / 600) % 2 === 0 ? 100 : 400);
    const ledger = latchedLedger(watts, 8000);
    const truth = (from: number, to: number): number => {
      let sum = 0;
      for (let t = from; t < to; t++) sum += watts(t) / 1000;
      return sum;
    };
    for (let from = 800; from < 6000; from += 137) {
      const { microjoules, uncertainty } = usable(ledger.window(BigInt(from) * MS, BigInt(from + 1000) * MS));
      const error = Math.abs(Number(microjoules) / 1e6 - truth(from, from + 1000));
      expect(error).toBeLessThan(10);
      expect(error).toBeLessThanOrEqual(3 * uncertainty.edgeJoules + 1e-9);
    }
  });

  test('the first look tells nothing: its value was latched at an unknown earlier time', () => {
    const ledger = makeLedger(COUNTER);
    ledger.add(energyReading(10n * MS, 500n));
    ledger.add(energyReading(30n * MS, 500n));
    expect(ledger.lastKnotNanoseconds).toBeUndefined();
    ledger.add(energyReading(50n * MS, 800n));
    expect(ledger.lastKnotNanoseconds).toBe(40n * MS);
    expect(reasonOf(ledger.window(35n * MS, 45n * MS))).toMatch(/before the first reading/);
  });

  test('a counter beyond 2^53 mJ loses no digit', () => {
    const ledger = makeLedger(COUNTER);
    const base = (2n ** 53n + 1n) * 1000n;
    for (const t of [0n, 100n, 200n, 300n]) ledger.add(energyReading(t * MS, base + t * 3n));
    expect(usable(ledger.window(50n * MS, 150n * MS)).microjoules).toBe(300n);
  });

  test('a decrease closes the segment: windows over it are unusable, those beside it are not', () => {
    const ledger = makeLedger(COUNTER);
    const values = [1000n, 2000n, 3000n, 50n, 1050n, 2050n, 3050n];
    values.forEach((value, i) => ledger.add(energyReading(BigInt(i) * 100n * MS, value)));
    expect(reasonOf(ledger.window(160n * MS, 400n * MS))).toMatch(/reset/);
    expect(usable(ledger.window(350n * MS, 450n * MS)).microjoules).toBe(1000n);
    expect(ledger.totalMicrojoules).toBe(5000n);
    expect(ledger.knots.at(2)).toBe(250n * MS);
    expect(ledger.events.map(({ kind }) => kind)).toEqual(['counter-reset']);
  });

  test('a counter that stands still is answered for after a while, and not with 0', () => {
    const ledger = latchedLedger(() => 100, 1000);
    const last = ledger.lastKnotNanoseconds!;
    const value = ledger.totalMicrojoules;
    ledger.add(energyReading(2000n * MS, value));
    expect(ledger.covers(2500n * MS)).toBe(false);
    ledger.add(energyReading(4600n * MS, value));
    expect(ledger.covers(2500n * MS)).toBe(true);
    expect(reasonOf(ledger.window(last, 2500n * MS))).toMatch(/stood still/);
  });

  test('a device that fails is unusable with its reason, until it reads again', () => {
    const ledger = latchedLedger(() => 100, 1000);
    ledger.add({ kind: 'failed', device: deviceId('GPU-1'), atNanoseconds: 3200n * MS, reason: 'off the bus' });
    expect(ledger.covers(1100n * MS)).toBe(true);
    expect(reasonOf(ledger.window(500n * MS, 1100n * MS))).toBe('off the bus');
  });

  test('a window shorter than an update has no figure', () => {
    const ledger = latchedLedger(() => 100, 1000);
    const knot = ledger.lastKnotNanoseconds! - 200n * MS;
    expect(reasonOf(ledger.window(knot + MS, knot + 20n * MS))).toMatch(/shorter than the sensor resolves: 100 ms/);
    expect(ledger.window(knot - MS, knot + 20n * MS).kind).toBe('usable');
  });

  test('nor has one between two looks at what is not latched, whose distance says nothing', () => {
    const looks = [0n, 58n, 66n, 124n].map((t) => [t * MS, 100_000_000n] as const);
    expect(reasonOf(powerLedger(looks).window(10n * MS, 40n * MS))).toBe(
      'the window is too short: it lies between two looks at the sensor',
    );
    const quick = makeLedger({ ...COUNTER, updateNanoseconds: MS });
    for (const [instant] of looks) quick.add(energyReading(instant, instant));
    expect(reasonOf(quick.window(70n * MS, 80n * MS))).toMatch(/two looks at the sensor/);
    const model = makeLedger(MODEL, 'model');
    for (const [instant] of looks) model.add(energyReading(instant, instant));
    expect(reasonOf(model.window(10n * MS, 40n * MS))).toBe(
      'the window is too short: it lies between two looks at the processor time that the figure is computed from',
    );
  });

  test('an edge in a gap between looks is uncertain by the energy of the gap; too much of it is unusable', () => {
    const ledger = latchedLedger(() => 100, 2000);
    const total = ledger.totalMicrojoules;
    ledger.add(energyReading(5000n * MS, total + 300_000_000n));
    for (let t = 5100n; t < 9000n; t += 100n) ledger.add(energyReading(t * MS, total + (t - 2000n) * 100_000n));
    expect(reasonOf(ledger.window(3500n * MS, 6000n * MS))).toMatch(/gap/);
    expect(reasonOf(ledger.window(3000n * MS, 4000n * MS))).toMatch(/lies in a gap/);
    const across = usable(ledger.window(1000n * MS, 8000n * MS));
    expect(across.events).toContain('gap');
    expect(across.uncertainty.gapJoules).toBe(0);
    // Updates are seen at most 50 ms late: 5 J at 100 W, and 10 ms at the other edge.
    expect(Math.abs(Number(across.microjoules) / 1e6 - 700)).toBeLessThan(6);
  });

  test('peak power is the highest mean over three updates, and absent without three of them in the window', () => {
    const ledger = latchedLedger((t) => (t >= 500 && t < 800 ? 400 : 100), 3000);
    // Each update is known to 20 ms at first: 120 J in no more than 320 ms.
    expect(usable(ledger.window(200n * MS, 1000n * MS)).peakWatts).toBeCloseTo(375, 0);
    expect(usable(ledger.window(580n * MS, 890n * MS)).peakWatts).toBeUndefined();
  });

  test('peak power is no less than the mean: power was as high as that at some time', () => {
    const ledger = latchedLedger((t) => (t < 600 || t >= 900 ? 400 : 100), 3000);
    const { meanWatts, peakWatts } = usable(ledger.window(510n * MS, 990n * MS));
    expect(peakWatts).toBe(meanWatts);
  });

  test('peak power of a steady load is that load, however little is known of the instants of updates', () => {
    const random = seededRandom('peak');
    for (let card = 0; card < 50; card++) {
      const sensor = { period: 0.1, phase: 0.1 * random.uniform(), share: 1, place: 1, gain: 1, jitter: 0.01 };
      const ledger = makeLedger(COUNTER);
      const looks = { every: 0.02, jitter: 0.004, burst: 0, offset: 0.02 * random.uniform(), random };
      feed(ledger, updatesOf(sampledLoad([320], 20), sensor, random), looks);
      for (let start = 1; start < 18; start += 0.7) {
        const { meanWatts, peakWatts } = usable(ledger.window(seconds(start), seconds(start + 1)));
        expect(peakWatts).toBeGreaterThanOrEqual(meanWatts);
        // The energy of three updates that come up to 10 ms after they are due.
        expect(peakWatts).toBeLessThan((320 * 300) / 290);
      }
    }
  });
});

describe('a power sensor', () => {
  test('flat power is P t: equal samples are not dropped', () => {
    const samples = Array.from({ length: 51 }, (_, i) => [BigInt(i) * 100n * MS, 60_000_000n] as const);
    const { microjoules, peakWatts, uncertainty } = usable(powerLedger(samples).window(0n, 5n * SECOND));
    expect(microjoules).toBe(300_000_000n);
    expect(peakWatts).toBeCloseTo(60, 9);
    expect(uncertainty.samplingJoules).toBe(0);
  });

  test('a ramp is integrated exactly by trapezoids, without losing fractions of a microjoule', () => {
    const samples = Array.from({ length: 1001 }, (_, i) => [BigInt(i) * MS, BigInt(i)] as const);
    expect(powerLedger(samples).totalMicrojoules).toBe(500n);
  });

  test('readings that are averages are placed in the middle of their window', () => {
    const traits = { ...POWER, averagingNanoseconds: SECOND };
    const ledger = powerLedger(
      [
        [2n * SECOND, 10n],
        [3n * SECOND, 10n],
      ],
      traits,
    );
    expect(ledger.lastKnotNanoseconds).toBe(2500n * MS);
  });

  test('a gap inside the window counts into its uncertainty', () => {
    const ledger = powerLedger([
      [0n, 10_000_000n],
      [SECOND, 10_000_000n],
      [4n * SECOND, 10_000_000n],
      [40n * SECOND, 10_000_000n],
    ]);
    expect(reasonOf(ledger.window(0n, 40n * SECOND))).toMatch(/gap/);
  });

  test('step loads are uncertain between the samples', () => {
    const samples = Array.from(
      { length: 40 },
      (_, i) => [BigInt(i) * 100n * MS, i % 8 < 4 ? 50_000_000n : 300_000_000n] as const,
    );
    expect(usable(powerLedger(samples).window(500n * MS, 3000n * MS)).uncertainty.samplingJoules).toBeGreaterThan(1);
  });
});

test('readings that are not newer are dropped', () => {
  const ledger = makeLedger(MODEL);
  ledger.add(energyReading(10n, 100n));
  ledger.add(energyReading(20n, 200n));
  ledger.add(energyReading(20n, 900n));
  ledger.add(energyReading(15n, 900n));
  expect(ledger.totalMicrojoules).toBe(100n);
});

test('gain is a fixed share of the energy and stands apart', () => {
  const ledger = latchedLedger(() => 100, 2000);
  const { uncertainty, microjoules } = usable(ledger.window(500n * MS, 1500n * MS));
  expect(uncertainty.gainJoules).toBeCloseTo((0.03 * Number(microjoules)) / 1e6, 12);
});

/** Any history of a sensor: times go forward, energy or power is anything not negative. */
const history = fc.array(fc.tuple(fc.bigInt(1n, 400n * MS), fc.bigInt(0n, 10n ** 9n)), { minLength: 3, maxLength: 60 });

function replay(steps: readonly (readonly [bigint, bigint])[], traits: SensorTraits): Ledger {
  const ledger = makeLedger(traits);
  let at = 0n;
  let energy = 0n;
  for (const [elapsed, value] of steps) {
    at += elapsed;
    energy += value;
    if (traits.reads === 'power')
      ledger.add({ kind: 'power', device: deviceId('GPU-1'), atNanoseconds: at, microwatts: value });
    else ledger.add(energyReading(at, energy));
  }
  return ledger;
}

describe.each([
  ['counter', COUNTER],
  ['power', POWER],
  ['model', MODEL],
] as const)('%s: for any history', (_, traits) => {
  const property = (check: (ledger: Ledger, instants: readonly bigint[]) => void): void =>
    fc.assert(
      fc.property(
        history,
        fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 3, maxLength: 8 }),
        (steps, places) => {
          const ledger = replay(steps, traits);
          if (ledger.knots.length < 2) return;
          const first = ledger.knots.at(0);
          const span = ledger.lastKnotNanoseconds! - first;
          check(
            ledger,
            places.map((place) => first + (span * BigInt(place)) / 1000n).sort((a, b) => (a < b ? -1 : 1)),
          );
        },
      ),
      { seed: 7, numRuns: 200 },
    );

  test('adjacent windows add up exactly', () => {
    property((ledger, instants) => {
      const parts = instants.slice(1).map((end, i) => ledger.energyAt(end) - ledger.energyAt(instants[i]!));
      const whole = ledger.energyAt(instants.at(-1)!) - ledger.energyAt(instants[0]!);
      expect(parts.reduce((sum, part) => sum + part, 0n)).toBe(whole);
    });
  });

  test('energy never goes back and knots are in order', () => {
    property((ledger, instants) => {
      instants
        .slice(1)
        .forEach((end, i) => expect(ledger.energyAt(end)).toBeGreaterThanOrEqual(ledger.energyAt(instants[i]!)));
      for (let i = 1; i < ledger.knots.length; i++) expect(ledger.knots.at(i)).toBeGreaterThan(ledger.knots.at(i - 1));
    });
  });

  test('a usable window has finite figures, and its energy is the difference of the cumulative one', () => {
    property((ledger, instants) => {
      const [start, end] = [instants[0]!, instants.at(-1)!];
      const energy = ledger.window(start, end);
      if (energy.kind === 'unusable') return;
      expect(energy.microjoules).toBe(ledger.energyAt(end) - ledger.energyAt(start));
      const numbers = [energy.meanWatts, energy.peakWatts ?? 0, ...Object.values(energy.uncertainty)];
      expect(numbers.every((value) => Number.isFinite(value) && value >= 0)).toBe(true);
    });
  });
});

test('a reading on the line between two others changes nothing', () => {
  const sparse = replay(
    [
      [0n, 0n],
      [100n * MS, 1000n],
      [100n * MS, 1000n],
    ],
    MODEL,
  );
  const dense = replay(
    [
      [0n, 0n],
      [50n * MS, 500n],
      [50n * MS, 500n],
      [50n * MS, 500n],
      [50n * MS, 500n],
    ],
    MODEL,
  );
  for (let t = 0n; t <= 200n; t += 13n) expect(dense.energyAt(t * MS)).toBe(sparse.energyAt(t * MS));
});

test('a window in which nothing was spent has nothing that beats', () => {
  const ledger = makeLedger(MODEL);
  for (let i = 0n; i <= 40n; i++) ledger.add(energyReading(i * 50n * MS, 0n));
  expect(ledger.window(100n * MS, 1900n * MS)).toMatchObject({ kind: 'usable', microjoules: 0n, events: [] });
});
