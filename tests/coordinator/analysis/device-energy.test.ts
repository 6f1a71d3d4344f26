/** Energy by device over several windows, and above idle within a boundary: closed forms and invariants. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { deviceEnergies, netWithin, secondsOf } from '../../../coordinator/analysis/device-energy.js';
import { deviceId } from '../../../shared/domain/identity.js';
import type { DeviceEnergy, WindowReading } from '../../../shared/domain/measurement.js';
import { netRandomJoules } from '../../../shared/domain/net-energy.js';

type Usable = Extract<DeviceEnergy, { kind: 'usable' }>;

const reading = (joules: number, changes: Partial<Usable> = {}): Usable => ({
  kind: 'usable',
  device: deviceId('GPU-1'),
  part: 'accelerator',
  source: 'nvml',
  provenance: 'counter',
  microjoules: BigInt(Math.round(joules * 1e6)),
  meanWatts: joules,
  uncertainty: { edgeJoules: 3, samplingJoules: 0, gapJoules: 0, gainJoules: 0.02 * joules },
  events: [],
  ...changes,
});

const onPackage = (joules: number, changes: Partial<Usable> = {}): Usable =>
  reading(joules, { device: deviceId('package-0'), part: 'cpu', source: 'powercap', ...changes });

const bad = (reason: string): DeviceEnergy => {
  const { device, part, source } = reading(0);
  return { kind: 'unusable', device, part, source, reason };
};

const window = (seconds: number, devices: readonly DeviceEnergy[], kind = 'infer'): WindowReading => ({
  ...{ kind, label: '', ordinal: 0, devices },
  startNanoseconds: 2n ** 62n,
  endNanoseconds: 2n ** 62n + BigInt(Math.round(seconds * 1e9)),
});

describe('several windows of one device', () => {
  test('joules and gain add up, what is random adds in squares', () => {
    const [sum] = deviceEnergies([window(2, [reading(100)]), window(3, [reading(200, { peakWatts: 90 })])]);
    expect(sum).toMatchObject({
      microjoules: 300_000_000n,
      meanWatts: 60,
      peakWatts: 90,
      uncertainty: { edgeJoules: Math.hypot(3, 3), gainJoules: 6 },
    });
  });

  test('one unusable window leaves no figure', () => {
    expect(deviceEnergies([window(1, [reading(1)]), window(1, [bad('stuck')])])).toEqual([bad('stuck')]);
  });

  test('a second reading and what is charged to nobody are told where every window has them', () => {
    const checked = reading(100, {
      check: { source: 'power', microjoules: 99_000_000n },
      unattributedMicrojoules: 5n,
    });
    expect(deviceEnergies([window(1, [checked]), window(1, [checked])])[0]).toMatchObject({
      check: { source: 'power', microjoules: 198_000_000n },
      unattributedMicrojoules: 10n,
    });
    const [partly] = deviceEnergies([window(1, [checked]), window(1, [reading(1)])]);
    expect(partly).not.toHaveProperty('check');
    expect(partly).not.toHaveProperty('unattributedMicrojoules');
  });

  test('the sensor’s own figure covers windows without a calibration too', () => {
    const corrected = reading(100, { rawMicrojoules: 110_000_000n });
    expect(deviceEnergies([window(1, [corrected]), window(1, [reading(1)])])[0]).toMatchObject({
      microjoules: 101_000_000n,
      rawMicrojoules: 111_000_000n,
    });
  });

  test('temperatures are those of the first and the last edge, events are told once', () => {
    const at = (start: number, end: number) =>
      reading(1, { temperatureCelsius: { start, end }, events: ['throttled'] });
    expect(deviceEnergies([window(1, [at(40, 55)]), window(1, [at(54, 70)])])[0]).toMatchObject({
      temperatureCelsius: { start: 40, end: 70 },
      events: ['throttled'],
    });
  });

  test('the worst provenance counts, and devices stay apart', () => {
    const cpu = onPackage(10);
    const sums = deviceEnergies([
      window(1, [reading(1), cpu]),
      window(1, [reading(1, { provenance: 'integrated' }), cpu]),
    ]);
    expect(sums).toMatchObject([
      { device: 'GPU-1', provenance: 'integrated' },
      { device: 'package-0', provenance: 'counter', microjoules: 20_000_000n },
    ]);
  });

  test('however a time is cut into windows, energy and length stay', () => {
    const cuts = fc.array(fc.integer({ min: 1, max: 1_000_000 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(cuts, (milliseconds) => {
        const windows = milliseconds.map((ms) => window(ms / 1000, [reading(0, { microjoules: BigInt(ms) * 5_000n })]));
        const whole = milliseconds.reduce((sum, ms) => sum + ms, 0);
        expect(secondsOf(windows)).toBeCloseTo(whole / 1000, 6);
        expect(deviceEnergies(windows)[0]).toMatchObject({ microjoules: BigInt(whole) * 5_000n });
      }),
    );
  });
});

describe('above idle', () => {
  const idle = [window(5, [reading(100)], 'idle')];

  test('the idle power is taken off over all windows together, with one uncertainty', () => {
    const windows = [window(4, [reading(400)]), window(6, [reading(600)])];
    const net = netWithin({ windows, idle, boundary: 'accelerator' });
    expect(net).toMatchObject({ joules: 800, idleWatts: 20, uncertainty: { gainJoules: 16, idleJoules: 6 } });
    expect(net?.kind === 'usable' && netRandomJoules(net.uncertainty)).toBeCloseTo(Math.hypot(3, 3, 6), 12);
  });

  test('devices of the boundary add up, others do not', () => {
    const second = (joules: number): Usable => reading(joules, { device: deviceId('GPU-2') });
    const beside = onPackage(70);
    const net = netWithin({
      windows: [window(10, [reading(1000), second(500), beside])],
      idle: [window(5, [reading(100), second(50), beside])],
      boundary: 'accelerator',
    });
    expect(net).toMatchObject({ joules: 1200, idleWatts: 30, uncertainty: { gainJoules: Math.hypot(16, 8) } });
  });

  test('a share of a package within the boundary leaves no sum', () => {
    const share = onPackage(70, { provenance: 'shared-estimate' });
    const net = netWithin({
      windows: [window(10, [reading(1000), share])],
      idle: [window(5, [reading(100), share])],
      boundary: 'accelerator+cpu+dram',
    });
    expect(net).toEqual({ kind: 'unusable', reason: 'package-0: a share of a device has no idle power of its own' });
  });

  test('a device that the idle window lacks leaves no sum', () => {
    const net = netWithin({
      windows: [window(1, [reading(10), reading(10, { device: deviceId('GPU-2') })])],
      idle,
      boundary: 'accelerator',
    });
    expect(net).toEqual({ kind: 'unusable', reason: 'GPU-2: not in the idle window' });
  });

  test('without an idle window there is nothing to take off', () => {
    expect(netWithin({ windows: [window(1, [reading(10)])], idle: [], boundary: 'accelerator' })).toBeUndefined();
  });
});
