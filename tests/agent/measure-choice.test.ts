import { expect, test } from 'vitest';

import { chosenMeter, wallMeterFault, type MeasureChoice } from '../../agent/measure-choice.js';
import type { Meter } from '../../agent/meter/meter.js';
import { WALL_METER } from '../../agent/meter/sources/wall-meter-source.js';
import type { SensorReport } from '../../shared/domain/hardware.js';
import { deviceId, type DeviceId } from '../../shared/domain/identity.js';
import type { DeviceEnergy, Part } from '../../shared/domain/measurement.js';

const CARD = deviceId('GPU-aaaa');
const HOST = deviceId('cpu');

const sensor = (device: DeviceId, part: Part, available = true): SensorReport => ({
  ...{ device, part, available },
  source: 'test',
  detail: available ? 'made for this test' : 'no figure: status 1',
});

const energy = (device: DeviceId, part: Part): DeviceEnergy => ({
  ...{ kind: 'unusable', device, part, source: 'test' },
  reason: 'made for this test',
});

const wallMeter = {
  reads: 'command',
  command: 'false',
  unit: 'W',
  periodMilliseconds: 1000,
  accuracy: { relative: 0.02, basis: 'assumed' },
} as const;

async function seen(choice: MeasureChoice, sensors: readonly SensorReport[]): Promise<readonly string[]> {
  const devices = sensors.filter(({ available }) => available).map(({ device, part }) => energy(device, part));
  const meter = {
    ...{ devices: [], sensors },
    attach: () => ({
      window: () => Promise.resolve(devices),
      total: () => Promise.resolve([]),
    }),
  } as unknown as Meter;
  const window = await chosenMeter(meter, choice).attach({ devices: [] }).window(0n, 1n);
  return window.map(({ device, ...rest }) => `${device}: ${'reason' in rest ? rest.reason : ''}`);
}

const MACHINE = [sensor(CARD, 'accelerator'), sensor(HOST, 'cpu')];

test('named accelerators leave the host out; cpu names it', async () => {
  const made = 'made for this test';
  expect(await seen({}, MACHINE)).toEqual([`GPU-aaaa: ${made}`, `cpu: ${made}`]);
  expect(await seen({ devices: ['GPU-aa'] }, MACHINE)).toEqual([`GPU-aaaa: ${made}`]);
  expect(await seen({ devices: ['GPU-aa', 'cpu'] }, MACHINE)).toHaveLength(2);
  const walled = [...MACHINE, sensor(WALL_METER, 'machine')];
  expect(await seen({ devices: ['GPU-aa'], wallMeter }, walled)).toEqual([`GPU-aaaa: ${made}`, `wall-meter: ${made}`]);
});

test('an accelerator that is there and cannot be metered is unusable, with its reason', async () => {
  const lost = { ...sensor(deviceId('GPU-bbbb'), 'accelerator', false), isUnmetered: true };
  const lame = 'GPU-bbbb: no figure: status 1';
  expect(await seen({}, [...MACHINE, lost])).toContain(lame);
  expect(await seen({ visible: '0,1' }, [...MACHINE, lost])).toContain(lame);
  for (const choice of [{ devices: ['GPU-aa'] }, { visible: '0' }, { visible: '' }]) {
    expect(await seen(choice, [...MACHINE, lost])).not.toContain(lame);
  }
  expect(await seen({}, [...MACHINE, sensor(deviceId('gpu'), 'accelerator', false)])).toHaveLength(2);
});

test('a wall meter that was asked for and gives nothing is unusable, with its reason', async () => {
  const walled = [...MACHINE, sensor(WALL_METER, 'machine', false)];
  expect(await seen({ wallMeter }, walled)).toContain('wall-meter: no figure: status 1');
  expect(await seen({}, MACHINE)).toHaveLength(2);
  expect(wallMeterFault(walled, { wallMeter })).toBe('no figure: status 1');
  expect(wallMeterFault([...MACHINE, sensor(WALL_METER, 'machine')], { wallMeter })).toBeUndefined();
});
