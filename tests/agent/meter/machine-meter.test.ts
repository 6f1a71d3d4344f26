import { describe, expect, test } from 'vitest';

import { UsageError } from '../../../shared/domain/errors.js';
import type { SensorQuality } from '../../../shared/domain/hardware.js';
import { deviceId, type DeviceId } from '../../../shared/domain/identity.js';
import type { DeviceEnergy } from '../../../shared/domain/measurement.js';
import type { Calibration } from '../../../agent/meter/calibration/calibration.js';
import type { DeviceLock } from '../../../agent/meter/device-lock.js';
import { openMachineMeter } from '../../../agent/meter/machine-meter.js';
import { remoteSampler, serveSampler, type MessageChannelEnd } from '../../../agent/meter/sampling/sampler-wire.js';
import type { Sampler } from '../../../agent/meter/sampling/sampler.js';
import { ManualClock } from './manual-clock.js';
import { probed } from './sensors.js';

/** Two ends that carry structured clones, as threads do. */
function channel(): readonly [MessageChannelEnd, MessageChannelEnd] {
  const listeners: ((message: unknown) => void)[] = [];
  const end = (own: number): MessageChannelEnd => ({
    post: (message) => queueMicrotask(() => listeners[1 - own]?.(structuredClone(message))),
    onMessage: (listener) => (listeners[own] = listener),
  });
  return [end(0), end(1)];
}

const GPU = deviceId('GPU-1');
const CALLS: string[] = [];
const QUALITY: SensorQuality = { updateMilliseconds: 100, coverage: 1, coverageBasis: 'test', expected: [] };
const FAR: Sampler = {
  probe: () =>
    Promise.resolve({
      found: [probed({ id: GPU, part: 'accelerator' }), probed({ id: 'cpu-package-0', part: 'cpu' })],
      missing: [{ device: deviceId('dram'), part: 'dram', source: 'powercap', available: false, detail: 'none here' }],
      versions: { driver: '9' },
    }),
  hold: (devices) => Promise.resolve(void CALLS.push(`hold ${devices.join(' ')}`)),
  attach: ({ trial, processGroup, isNewGroup, atNanoseconds }) =>
    Promise.resolve(
      void CALLS.push(`attach ${trial} ${processGroup}${isNewGroup ? ` new since ${atNanoseconds}` : ''}`),
    ),
  detach: (trial) => Promise.resolve(void CALLS.push(`detach ${trial}`)),
  window: ({ startNanoseconds }) =>
    Promise.resolve([
      { kind: 'unusable', device: GPU, part: 'accelerator', source: 's', reason: `from ${startNanoseconds}` },
    ]),
  total: (_, end) => Promise.resolve([{ device: GPU, part: 'accelerator', provenance: 'counter', microjoules: end }]),
  sensors: () =>
    Promise.resolve([
      { device: GPU, quality: QUALITY },
      { device: deviceId('cpu-package-0'), remark: 'lost: it has gone', isLost: true },
    ]),
  conditions: (devices) =>
    Promise.resolve(devices.map((device) => ({ device, atNanoseconds: 5n, temperatureCelsius: 40 }))),
  strangers: ([device]) =>
    Promise.resolve({ kind: 'present', processes: [{ device: device ?? GPU, pid: 4711, name: 'python' }] }),
  tickSeconds: () => Promise.resolve(0.1),
  close: () => Promise.resolve(void CALLS.push('close')),
};

const ENERGY: DeviceEnergy = {
  kind: 'usable',
  device: GPU,
  part: 'accelerator',
  source: 'scripted',
  provenance: 'counter',
  microjoules: 600_000_000n,
  meanWatts: 300,
  uncertainty: { edgeJoules: 0, samplingJoules: 0, gapJoules: 0, gainJoules: 18 },
  events: [],
};
const NO_CALIBRATIONS: ReadonlyMap<DeviceId, Calibration> = new Map();
const CALIBRATIONS: ReadonlyMap<DeviceId, Calibration> = new Map([
  [
    GPU,
    {
      device: GPU,
      source: 'scripted',
      gain: 1.05,
      offsetWatts: 0,
      uncertainty: { gain: 0.01, offsetWatts: 0, covariance: 0 },
      unixMilliseconds: 1e12,
      method: 'made for this test',
      points: [],
    },
  ],
]);

async function open(far: Sampler = FAR, taken: readonly string[] = [], calibrations = NO_CALIBRATIONS) {
  CALLS.length = 0;
  const [near, there] = channel();
  serveSampler(far, there);
  const sampler = remoteSampler(near);
  const clock = new ManualClock();
  const released: string[] = [];
  const lock = (device: DeviceLock['device']): Promise<DeviceLock> =>
    Promise.resolve(
      taken.includes(device)
        ? { kind: 'taken', device, holderPid: 42 }
        : { kind: 'held', device, release: () => Promise.resolve(void released.push(device)) },
    );
  const opening = openMachineMeter({ sampler, clock, lock, calibrations, ...(taken.length > 0 && { devices: [GPU] }) });
  return { meter: await opening, sampler, clock, released };
}

describe('the meter over a sampler on the far side of a channel', () => {
  test('lists devices, sensors with their provenance, what is missing, and versions', async () => {
    const { meter } = await open();
    expect(meter.devices.map(({ id }) => id)).toEqual([GPU, 'cpu-package-0']);
    expect(meter.sensors.map(({ device, available, provenance }) => [device, available, provenance])).toEqual([
      [GPU, true, 'counter'],
      ['cpu-package-0', true, 'counter'],
      ['dram', false, undefined],
    ]);
    expect(meter.versions).toEqual({ driver: '9' });
  });

  test('sensors left to another agent are shown as such', async () => {
    const { meter } = await open(FAR, ['cpu']);
    expect(meter.sensors[1]).toMatchObject({ available: false, detail: expect.stringMatching(/held by process 42/) });
    expect(CALLS).toEqual([`hold ${GPU}`]);
  });

  test('attaches, asks and detaches; instants cross as bigints', async () => {
    const { meter, clock } = await open();
    const trial = meter.attach({ devices: [GPU], processGroup: 77 });
    expect(await trial.window(2n ** 60n, 2n ** 60n + 1n)).toMatchObject([{ reason: `from ${2n ** 60n}` }]);
    expect(await trial.total()).toMatchObject([{ microjoules: clock.now }]);
    await trial.close();
    expect(CALLS).toEqual([`hold ${GPU} cpu-package-0`, 'attach 1 77', 'detach 1']);
  });

  test('the account of a group that was just started begins before it', async () => {
    const { meter } = await open();
    const trial = meter.attach({ devices: [GPU], processGroup: 77, sinceNanoseconds: 5n });
    await trial.total();
    expect(CALLS).toContain('attach 1 77 new since 5');
  });

  test('when the sampler is gone, windows are unusable with the reason and the total stays a lower bound', async () => {
    const { meter, sampler } = await open();
    const trial = meter.attach({ devices: [GPU] });
    const before = await trial.total();
    sampler.lose('the thread has died');
    expect(await trial.window(0n, 1n)).toEqual([
      { kind: 'unusable', device: GPU, part: 'accelerator', source: 'scripted', reason: 'the thread has died' },
      { kind: 'unusable', device: 'cpu-package-0', part: 'cpu', source: 'scripted', reason: 'the thread has died' },
    ]);
    expect(await trial.total()).toEqual(before.map((energy) => ({ ...energy, isLowerBound: true })));
    await trial.close();
  });

  test('an accelerator that is not held cannot be attached', async () => {
    const { meter } = await open();
    expect(() => meter.attach({ devices: [deviceId('GPU-2')] })).toThrow(/does not hold the accelerator GPU-2/);
    expect(() => meter.attach({ devices: [deviceId('cpu-package-0')] })).toThrow(/does not hold/);
  });

  test('tells sensors as known by now, states, strangers and update periods', async () => {
    const { meter } = await open();
    expect(await meter.currentSensors()).toMatchObject([
      { device: GPU, quality: QUALITY },
      { device: 'cpu-package-0', available: false, detail: 'scripted; lost: it has gone' },
      { device: 'dram', available: false },
    ]);
    expect(await meter.conditions([GPU])).toEqual([{ device: GPU, atNanoseconds: 5n, temperatureCelsius: 40 }]);
    expect(await meter.strangers([GPU])).toMatchObject({ kind: 'present', processes: [{ pid: 4711 }] });
    expect(await meter.attach({ devices: [GPU] }).tickSeconds()).toBe(0.1);
  });

  test('without the sampler, tells what was found at the start and that strangers are unknown', async () => {
    const { meter, sampler } = await open();
    sampler.lose('the thread has died');
    expect(await meter.currentSensors()).toEqual(meter.sensors);
    expect(await meter.strangers([GPU])).toEqual({ kind: 'unknown', reason: 'the thread has died' });
    expect(await meter.attach({ devices: [GPU] }).tickSeconds()).toBe(0);
  });

  test('corrects figures of a calibrated device, keeps the sensor’s own, and says so', async () => {
    const { meter, clock } = await open({ ...FAR, window: () => Promise.resolve([ENERGY]) }, [], CALIBRATIONS);
    expect(meter.sensors[0]?.detail).toMatch(/^scripted; corrected by the calibration of 2001-09-09: gain 1\.0500/);
    const trial = meter.attach({ devices: [GPU] });
    expect((await trial.window(0n, 2_000_000_000n))[0]).toMatchObject({
      microjoules: 630_000_000n,
      rawMicrojoules: 600_000_000n,
      meanWatts: 315,
    });
    expect((await trial.total())[0]?.microjoules).toBe((clock.now * 105n) / 100n);
  });

  test('closing lets go of sampler and locks', async () => {
    const { meter, released } = await open();
    await meter.close();
    expect(CALLS.at(-1)).toBe('close');
    expect(released.sort()).toEqual([GPU, 'cpu']);
  });

  test('a failing probe keeps its kind of error across the channel, and closes the sampler', async () => {
    const fault = new UsageError('give another library');
    const throwing: Sampler = {
      ...FAR,
      probe: () => {
        throw fault;
      },
    };
    await expect(open(throwing)).rejects.toMatchObject({ code: 'USAGE', message: fault.message });
    expect(CALLS).toEqual(['close']);
  });
});
