/** Sensors that lie, stop, smooth or come at odd times, and what a window then says. */

import { describe, expect, test } from 'vitest';

import { deviceId } from '../../../../shared/domain/identity.js';
import { randomJoules, type DeviceEnergy } from '../../../../shared/domain/measurement.js';
import { seededRandom } from '../../../../shared/runtime/random.js';
import type { SensorTraits } from '../../../../agent/meter/energy-source.js';
import { Ledger } from '../../../../agent/meter/ledger/ledger.js';
import { feed, LOADS, sampledLoad, updatesOf, type Load } from '../../../support/synthetic-power.js';
import { COUNTER, energyReading, makeLedger, MS, SECOND } from '../sensors.js';

const usable = (energy: DeviceEnergy): DeviceEnergy & { readonly kind: 'usable' } => {
  if (energy.kind !== 'usable') throw new Error(`unusable: ${energy.reason}`);
  return energy;
};
const reasonOf = (energy: DeviceEnergy): string => (energy.kind === 'unusable' ? energy.reason : 'usable');
const at = (seconds: number): bigint => BigInt(Math.round(seconds * 1e9));

/** A counter under a load, looked at every 20 ms. */
function counted(load: Load, traits: SensorTraits = COUNTER, phase = 0.013) {
  const random = seededRandom('counted');
  const ledger = makeLedger(traits);
  const sensor = { period: 0.1, phase, share: 1, place: 1, gain: 1, jitter: 0 };
  feed(ledger, updatesOf(load, sensor, random), { every: 0.02, jitter: 0.001, burst: 0, offset: 0.004, random });
  return ledger;
}
const flat = (watts: number, seconds: number): Load => sampledLoad([watts], seconds);

/** Power that is the mean over the last `averaging` seconds, new every 100 ms and looked at every 20 ms. */
function powerLatched(load: Load, averaging: number, traits: Partial<SensorTraits> = {}) {
  const ledger = makeLedger({
    ...COUNTER,
    reads: 'power',
    averagingNanoseconds: at(averaging),
    ...traits,
  });
  for (let t = 1.5; t < load.seconds; t += 0.02) {
    const update = 0.037 + Math.floor((t - 0.037) / 0.1) * 0.1;
    const watts = (load.joulesAt(update) - load.joulesAt(update - averaging)) / averaging;
    const microwatts = BigInt(Math.round(watts * 1e3)) * 1000n;
    ledger.add({ kind: 'power', device: deviceId('GPU-1'), atNanoseconds: at(t), microwatts });
  }
  return ledger;
}

describe('a window of a latched counter', () => {
  test('of exactly n updates, or of any length at any phase, has no bias', () => {
    const load = LOADS['training']!(seededRandom('bias'), 120);
    const ledger = counted(load);
    const random = seededRandom('phases');
    for (const length of [1, 0.5, 0.737]) {
      let [measured, truth] = [0, 0];
      for (let i = 0; i < 1000; i++) {
        const start = 5 + 110 * random.uniform();
        measured += Number(usable(ledger.window(at(start), at(start + length))).microjoules) / 1e6;
        truth += load.joulesAt(start + length) - load.joulesAt(start);
      }
      expect(Math.abs(measured / truth - 1)).toBeLessThan(0.001);
    }
  });

  test('is the same whether it is asked for at once or much later', () => {
    const load = LOADS['bursts']!(seededRandom('late'), 60);
    const ledger = counted(load);
    const before = usable(ledger.window(at(20), at(25))).microjoules;
    for (let t = 60n; t < 90n; t++) ledger.add(energyReading(t * SECOND, 10n ** 12n + t * 10n ** 8n));
    expect(usable(ledger.window(at(20), at(25))).microjoules).toBe(before);
    ledger.forgetBefore(at(20));
    expect(usable(ledger.window(at(20), at(25))).microjoules).toBe(before);
  });

  test('costs little: 10 000 of them over a long history', () => {
    const ledger = counted(LOADS['steps']!(seededRandom('many'), 600));
    const random = seededRandom('windows');
    const windows = Array.from({ length: 10_000 }, () => {
      const start = 5 + 500 * random.uniform();
      return usable(ledger.window(at(start), at(start + 1 + 80 * random.uniform())));
    });
    expect(windows.every(({ peakWatts }) => peakWatts !== undefined && peakWatts > 60)).toBe(true);
  });

  test('over a suspend of an hour keeps what the counter counted, and names the gap', () => {
    const ledger = makeLedger(COUNTER);
    let energy = 0n;
    for (let t = 0n; t < 30_000n; t += 20n) ledger.add(energyReading(t * MS, (energy = (t / 100n) * 10n ** 7n)));
    for (let t = 3_630_000n; t < 3_660_000n; t += 20n) {
      ledger.add(energyReading(t * MS, energy + 5n * 10n ** 9n + ((t - 3_630_000n) / 100n) * 10n ** 7n));
    }
    const across = usable(ledger.window(at(10), at(3650)));
    expect(across.events).toContain('gap');
    expect(Number(across.microjoules) / 1e6).toBeCloseTo(2000 + 5000 + 2000, -2);
    expect(usable(ledger.window(at(3640), at(3650))).events).toEqual([]);
    expect(Number(usable(ledger.window(at(3640), at(3650))).microjoules) / 1e6).toBeCloseTo(1000, 0);
    expect(reasonOf(ledger.window(at(100), at(3000)))).toMatch(/gap/);
  });
});

describe('a steady power that is read in steps', () => {
  const rounded = (watts: number): DeviceEnergy & { readonly kind: 'usable' } => {
    const ledger = makeLedger({ ...COUNTER, reads: 'power', latched: false, quantumMicrowatts: 1_000_000 });
    for (let t = 0n; t < 70n; t++) {
      const microwatts = BigInt(Math.round(watts)) * 1_000_000n;
      ledger.add({ kind: 'power', device: deviceId('GPU-1'), atNanoseconds: t * SECOND, microwatts });
    }
    return usable(ledger.window(at(5), at(65)));
  };

  test('is uncertain by its rounding, which does not average out over a window', () => {
    const random = seededRandom('rounding');
    const errors = Array.from({ length: 400 }, () => {
      const watts = 200 + random.uniform();
      return Number(rounded(watts).microjoules) / 1e6 - 60 * watts;
    });
    const rms = Math.sqrt(errors.reduce((sum, error) => sum + error ** 2, 0) / errors.length);
    const stated = randomJoules(rounded(200).uncertainty);
    expect(stated).toBeCloseTo(60 / Math.sqrt(12), 9);
    expect(rms / stated).toBeGreaterThan(0.9);
    expect(rms / stated).toBeLessThan(1.1);
  });

  test('is expected to be so in the sensor’s quality', () => {
    const ledger = makeLedger({ ...COUNTER, reads: 'power', latched: false, quantumMicrowatts: 1_000_000 });
    for (let t = 0n; t < 70n; t++) {
      ledger.add({ kind: 'power', device: deviceId('GPU-1'), atNanoseconds: t * SECOND, microwatts: 200_000_000n });
    }
    const expected = ledger.quality(at(65))?.expected ?? [];
    expect(expected.map(({ random }) => random)).toEqual(
      [1, 5, 30].map(() => expect.closeTo(1 / 200 / Math.sqrt(12), 6)),
    );
  });
});

describe('what the agent notes from outside', () => {
  test('is carried by the windows that overlap it, and by no others', () => {
    const ledger = counted(flat(200, 30));
    ledger.note('throttled', at(10), at(11));
    ledger.note('throttled', at(11), at(12));
    ledger.note('other-processes', at(11.5), at(20));
    expect(usable(ledger.window(at(5), at(10))).events).toEqual([]);
    expect(usable(ledger.window(at(5), at(11))).events).toEqual(['throttled']);
    expect([...usable(ledger.window(at(9), at(15))).events].sort()).toEqual(['other-processes', 'throttled']);
    expect(ledger.events).toHaveLength(2);
  });

  test('contamination takes the figure from the windows over it', () => {
    const ledger = counted(flat(200, 30));
    ledger.contaminate(at(10), at(11), 'process 4711 (python) used the device');
    expect(reasonOf(ledger.window(at(5), at(15)))).toBe('process 4711 (python) used the device');
    expect(usable(ledger.window(at(11), at(15))).meanWatts).toBeCloseTo(200, 1);
  });
});

describe('a sensor that is stuck', () => {
  test('a counter that stands still while its device is on has no figure meanwhile, and has one again later', () => {
    const random = seededRandom('stuck');
    const ledger = makeLedger(COUNTER);
    const sensor = { period: 0.1, phase: 0.013, share: 1, place: 1, gain: 1, jitter: 0 };
    const { instants, joules } = updatesOf(flat(200, 40), sensor, random);
    const frozen = joules.map((value, i) => (instants[i]! > 10 && instants[i]! < 20 ? joules[100]! : value));
    feed(ledger, { instants, joules: frozen }, { every: 0.02, jitter: 0.001, burst: 0, offset: 0, random });
    expect(reasonOf(ledger.window(at(12), at(15)))).toMatch(
      /stood still for 3\.0 s of the window while the device was on/,
    );
    expect(reasonOf(ledger.window(at(5), at(30)))).toMatch(/stood still/);
    expect(usable(ledger.window(at(3), at(9))).events).toEqual([]);
    expect(usable(ledger.window(at(22), at(30))).meanWatts).toBeCloseTo(200, 1);
    expect(ledger.events.map(({ kind }) => kind)).toEqual(['stuck']);
  });

  test('a counter that never moves says so', () => {
    const ledger = makeLedger(COUNTER);
    for (let t = 0n; t < 10_000n; t += 20n) ledger.add(energyReading(t * MS, 5n));
    expect(ledger.covers(at(5))).toBe(true);
    expect(reasonOf(ledger.window(at(1), at(5)))).toMatch(/stood still for 4\.0 s/);
  });

  test('power that repeats for 700 s to the last digit is integrated, and marked', () => {
    for (const latched of [true, false]) {
      const ledger = powerLatched(flat(46.19, 700), 0.1, { latched });
      const energy = usable(ledger.window(at(100), at(690)));
      expect(energy.meanWatts).toBeCloseTo(46.19, 6);
      expect(energy.events).toEqual(['stuck']);
    }
  });

  test('power that repeats for some seconds is only steady', () => {
    const energy = usable(powerLatched(flat(60, 60), 0.1).window(at(10), at(15)));
    expect(energy.microjoules).toBe(300_000_000n);
    expect(energy.events).toEqual([]);
  });
});

describe('power that stands still between updates', () => {
  test('and is the mean over just one of them is as exact as a counter', () => {
    const load = LOADS['steps']!(seededRandom('latched'), 60);
    const ledger = powerLatched(load, 0.1);
    for (let start = 10; start < 50; start += 0.713) {
      const energy = usable(ledger.window(at(start), at(start + 5)));
      const truth = load.joulesAt(start + 5) - load.joulesAt(start);
      expect(Math.abs(Number(energy.microjoules) / 1e6 / truth - 1)).toBeLessThan(0.02);
    }
    const whole = Number(usable(ledger.window(at(5), at(55))).microjoules) / 1e6;
    expect(Math.abs(whole / (load.joulesAt(55) - load.joulesAt(5)) - 1)).toBeLessThan(0.002);
  });

  test('and is the mean over a second is right over long windows, and says how wrong it may be over short ones', () => {
    const load = sampledLoad(
      Array.from({ length: 20 }, (_, i) => (i % 2 ? 400 : 100)),
      4,
    );
    const ledger = powerLatched(load, 1);
    expect(usable(ledger.window(at(10), at(70))).meanWatts / 250 - 1).toBeCloseTo(0, 2);
    let [held, count] = [0, 0];
    for (let start = 8; start < 70; start += 0.137) {
      const energy = usable(ledger.window(at(start), at(start + 1)));
      const error = Number(energy.microjoules) / 1e6 - (load.joulesAt(start + 1) - load.joulesAt(start));
      if (Math.abs(error) <= 2 * energy.uncertainty.edgeJoules + 0.5) held++;
      count++;
    }
    expect(held / count).toBeGreaterThan(0.9);
    const near = usable(ledger.window(at(11.6), at(12.4))).uncertainty.edgeJoules;
    const far = usable(ledger.window(at(13.6), at(14.4))).uncertainty.edgeJoules;
    expect(near).toBeGreaterThan(10 * far);
  });
});

describe('the quality of a sensor', () => {
  test('tells its period, its coverage with the basis, and what to expect of windows', () => {
    const load = LOADS['steady']!(seededRandom('quality'), 90);
    const ledger = counted(load, { ...COUNTER, coverage: { share: 0.25, basis: 'assumed for GH100' } });
    const quality = ledger.quality(at(89))!;
    expect(quality.updateMilliseconds).toBeCloseTo(100, 1);
    expect(quality.coverage).toBe(0.25);
    expect(quality.coverageBasis).toMatch(/^assumed for GH100; no step/);
    expect(quality.expected.map(({ seconds }) => seconds)).toEqual([1, 5, 30]);
    for (const { seconds, random, gain } of quality.expected) {
      const [start, end] = [at(50), at(50 + seconds)];
      const { uncertainty, microjoules } = usable(ledger.window(start, end));
      const stated = Math.hypot(uncertainty.edgeJoules, uncertainty.samplingJoules) / (Number(microjoules) / 1e6);
      expect(random / stated).toBeGreaterThan(0.5);
      expect(random / stated).toBeLessThan(2);
      expect(gain).toBe(0.03);
    }
  });

  test('is unknown before there are readings', () => {
    expect(makeLedger(COUNTER).quality(0n)).toBeUndefined();
  });
});

test('power that never changes is known from the first look on, whatever time its values stand for', () => {
  for (const averaging of [0, 0.025, 0.1, 1]) {
    const ledger = makeLedger({ ...COUNTER, reads: 'power', averagingNanoseconds: at(averaging) });
    for (let t = 5; t < 9; t += 0.02) {
      ledger.add({ kind: 'power', device: deviceId('GPU-1'), atNanoseconds: at(t), microwatts: 300_000_000n });
    }
    expect(Number(usable(ledger.window(at(5.001), at(8.001))).microjoules) / 1e6).toBeCloseTo(900, 3);
  }
});

test('of a counter that stood still only what lies in the window is told', () => {
  const ledger = counted(flat(200, 5));
  const last = ledger.totalMicrojoules;
  for (let t = 5; t < 15; t += 0.02) ledger.add(energyReading(at(t), last));
  expect(reasonOf(ledger.window(at(8), at(11)))).toBe(
    'the counter stood still for 3.0 s of the window while the device was on',
  );
});

describe('a counter that gains more than its device can draw', () => {
  const jumping = (mostWatts: number | undefined, jump: number): Ledger => {
    const ledger = new Ledger({ ...makeLedger(COUNTER).options, ...(mostWatts !== undefined && { mostWatts }) });
    for (let t = 0; t < 10; t += 0.02) {
      const update = Math.floor(t / 0.1) * 0.1;
      ledger.add(energyReading(at(t), BigInt(Math.round(100 * update + (update > 5 ? jump : 0))) * 1_000_000n));
    }
    return ledger;
  };

  test('has jumped: the window over it has no figure, those beside it have theirs', () => {
    // Once the updates are known to come every 100 ms, 2.5 kJ in 100 ms are too much for 2.8 kW.
    for (const ledger of [jumping(undefined, 100_000), jumping(2800, 6000), jumping(2800, 2500)]) {
      expect(reasonOf(ledger.window(at(3), at(8)))).toMatch(
        /jumped by .* J in 0\.1\d s, more than the device can draw/,
      );
      expect(Number(usable(ledger.window(at(6), at(9))).microjoules) / 1e6).toBeCloseTo(300, -1);
      expect(Number(ledger.totalMicrojoules) / 1e6).toBeLessThan(1000);
      expect(ledger.events.map(({ kind }) => kind)).toContain('counter-reset');
    }
  });

  test('has not where the device may, or where the time since the last change allows it', () => {
    expect(usable(jumping(undefined, 2500).window(at(3), at(8))).events).toEqual([]);
    expect(usable(jumping(2800, 700).window(at(3), at(8))).events).toEqual([]);
    const ledger = counted(flat(200, 5));
    ledger.add(energyReading(at(3600), ledger.totalMicrojoules + 10n ** 12n));
    expect(ledger.events.map(({ kind }) => kind)).not.toContain('counter-reset');
  });
});
