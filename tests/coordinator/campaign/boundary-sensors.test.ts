/** Which sensors a boundary needs, on which slot, and how a lack of them is said. */

import { describe, expect, test } from 'vitest';
import { sensorMissing } from '../../../coordinator/campaign/boundary-sensors.js';
import type { Campaign } from '../../../shared/domain/campaign.js';
import type { SensorReport } from '../../../shared/domain/hardware.js';
import { deviceId } from '../../../shared/domain/identity.js';
import type { Boundary, Part, Provenance } from '../../../shared/domain/measurement.js';
import { accuracyCampaign } from '../../support/energy-results.js';

const sensor = (device: string, part: Part, changes: Partial<SensorReport> = {}): SensorReport => ({
  device: deviceId(device),
  part,
  source: 'made up',
  available: true,
  provenance: 'counter',
  detail: `${device} is read`,
  ...changes,
});

const away = (device: string, part: Part, detail: string): SensorReport => ({
  ...{ device: deviceId(device), part, source: 'made up', available: false, detail },
});

const GPU = sensor('GPU-1', 'accelerator');
const PACKAGE = sensor('package-0', 'cpu', { provenance: 'shared-estimate' });
const DRAM = sensor('dram-0', 'dram', { provenance: 'shared-estimate' });
const MODEL = sensor('cpu', 'cpu', { provenance: 'model', detail: 'processor time x 9 W' });
const CLOSED = away('package-0', 'cpu', 'energy_uj is readable by root only');

interface Asked {
  readonly boundary?: Boundary;
  readonly require?: 'measured';
  /** Devices of the slot. */
  readonly held?: readonly string[];
}

function missing(sensors: readonly SensorReport[], { boundary, require = undefined, held = ['GPU-1'] }: Asked): string {
  const measurement = {
    ...accuracyCampaign.measurement,
    ...(boundary && { boundary }),
    require: require ?? ('any' as const),
  };
  const campaign: Campaign = { ...accuracyCampaign, measurement };
  return sensorMissing(campaign, { machine: { sensors }, slot: { devices: held.map(deviceId) } }) ?? 'fits';
}

describe('accelerator+cpu+dram', () => {
  const boundary = 'accelerator+cpu+dram';

  test('takes accelerator and CPU, and does without DRAM', () => {
    expect(missing([GPU, PACKAGE, DRAM], { boundary })).toBe('fits');
    expect(missing([GPU, PACKAGE], { boundary, require: 'measured' })).toBe('fits');
  });

  test('is not the accelerator alone', () => {
    expect(missing([GPU, CLOSED], { boundary })).toBe(
      'cannot meter the boundary accelerator+cpu+dram, since cpu has no sensor: energy_uj is readable by root only',
    );
    expect(missing([GPU], { boundary })).toContain('cpu has no sensor: no such sensor was found');
  });

  test('is met by the sensor of a module that has the CPU in its figure', () => {
    expect(missing([{ ...GPU, includes: ['cpu', 'dram'] }], { boundary, require: 'measured' })).toBe('fits');
  });

  test('with a modelled CPU is not measured, however well the accelerator is', () => {
    expect(missing([GPU, MODEL, CLOSED], { boundary })).toBe('fits');
    expect(missing([GPU, MODEL, CLOSED], { boundary, require: 'measured' })).toBe(
      'knows the energy of its cpu only as model, and the campaign requires measured energy: energy_uj is readable by root only; processor time x 9 W',
    );
  });

  test('cannot be told of a slot that holds no accelerator', () => {
    expect(missing([GPU, PACKAGE], { boundary, held: [] })).toContain('accelerator has no sensor: the slot holds none');
  });
});

describe('accelerator', () => {
  test('that could not be read when the agent started is named, with what brings it back', () => {
    const lost = away('gpu-index-0', 'accelerator', 'cannot open GPU 0: the GPU has fallen off the bus.');
    expect(missing([{ ...lost, isUnmetered: true }, PACKAGE], { boundary: 'accelerator', held: [] })).toBe(
      'cannot meter the boundary accelerator, since accelerator has no sensor: the slot holds none (gpu-index-0: cannot open GPU 0: the GPU has fallen off the bus; start the agent again once that is mended)',
    );
  });

  test('needs a sensor for each device that the trial holds, and for no other', () => {
    const second = away('GPU-2', 'accelerator', 'GPU-2 has fallen off the bus');
    expect(missing([GPU, second], { held: ['GPU-1'] })).toBe('fits');
    expect(missing([GPU, second], { held: ['GPU-1', 'GPU-2'] })).toContain('GPU-2 has fallen off the bus');
  });

  test('asks only the held devices whether they are measured', () => {
    const simulated = sensor('SIM-1', 'accelerator', { provenance: 'simulated' });
    expect(missing([GPU, simulated], { require: 'measured' })).toBe('fits');
    expect(missing([GPU, simulated], { require: 'measured', held: ['SIM-1'] })).toContain('only as simulated');
  });
});

test('without a boundary, a slot on the processor needs the CPU', () => {
  expect(missing([GPU, PACKAGE], { held: [] })).toBe('fits');
  expect(missing([GPU, CLOSED], { held: [] })).toContain('boundary cpu, since cpu has no sensor');
});

test('the whole machine needs a meter of the whole machine', () => {
  expect(missing([GPU, PACKAGE], { boundary: 'machine' })).toContain('machine has no sensor');
  expect(missing([sensor('wall', 'machine')], { boundary: 'machine' })).toBe('fits');
});

test.each<[Provenance, boolean]>([
  ['counter', true],
  ['integrated', true],
  ['shared-estimate', true],
  ['model', false],
  ['simulated', false],
])('%s counts as measured: %s', (provenance, measured) => {
  const text = missing([{ ...PACKAGE, provenance }], { held: [], require: 'measured' });
  expect(text === 'fits').toBe(measured);
});

test('a campaign without an energy objective needs no sensor', () => {
  const campaign = {
    ...accuracyCampaign,
    objectives: accuracyCampaign.objectives.filter(({ from }) => from === 'metric'),
  };
  expect(sensorMissing(campaign, { machine: { sensors: [] }, slot: { devices: [] } })).toBeUndefined();
});
