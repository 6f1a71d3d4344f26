/** The energy within a boundary: what is summed, what must be there, and how uncertainty adds up. */

import { expect, test } from 'vitest';
import { deviceId } from '../../../shared/domain/identity.js';
import { sumWithin, type DeviceEnergy, type Part } from '../../../shared/domain/measurement.js';

type Usable = Extract<DeviceEnergy, { kind: 'usable' }>;

const reading = (device: string, part: Part, changes: Partial<Usable> = {}): Usable => ({
  kind: 'usable',
  device: deviceId(device),
  part,
  source: 'made up',
  provenance: 'counter',
  microjoules: 1_000_000n,
  meanWatts: 1,
  uncertainty: { edgeJoules: 3, samplingJoules: 0, gapJoules: 0, gainJoules: 6 },
  events: [],
  ...changes,
});

const GPU = reading('GPU-1', 'accelerator');
const CPU = reading('package-0', 'cpu', { provenance: 'shared-estimate' });
const DRAM = reading('dram-0', 'dram');
const WALL = reading('wall', 'machine');

test('each boundary sums its own parts, under the worst provenance', () => {
  const all = [GPU, CPU, DRAM, WALL];
  expect(sumWithin(all, 'accelerator')).toMatchObject({ joules: 1, provenance: 'counter' });
  expect(sumWithin(all, 'cpu')).toMatchObject({ joules: 2, provenance: 'shared-estimate' });
  expect(sumWithin(all, 'accelerator+cpu+dram')).toMatchObject({ joules: 3, provenance: 'shared-estimate' });
  expect(sumWithin(all, 'machine')).toMatchObject({ joules: 1, provenance: 'counter' });
});

test('uncertainty between devices adds in squares', () => {
  const sum = sumWithin(
    [GPU, reading('GPU-2', 'accelerator', { uncertainty: { ...GPU.uncertainty, edgeJoules: 4, gainJoules: 8 } })],
    'accelerator',
  );
  expect(sum).toMatchObject({ uncertainty: { edgeJoules: 5, gainJoules: 10 } });
});

test('the accelerator alone is not the accelerator with its CPU', () => {
  expect(sumWithin([GPU, DRAM], 'accelerator+cpu+dram')).toEqual({
    kind: 'unusable',
    reason: 'no sensor of cpu within the boundary accelerator+cpu+dram',
  });
  expect(sumWithin([GPU, CPU], 'accelerator+cpu+dram')).toMatchObject({ joules: 2 });
});

test('a figure of a whole module has its CPU in it', () => {
  expect(sumWithin([{ ...GPU, events: ['module-scope'] }], 'accelerator+cpu+dram')).toMatchObject({ joules: 1 });
  expect(sumWithin([{ ...GPU, events: ['module-scope'] }], 'cpu').kind).toBe('unusable');
  expect(sumWithin([{ ...CPU, events: ['module-scope'] }], 'accelerator+cpu+dram').kind).toBe('unusable');
});

test('one unusable device within the boundary makes the sum unusable, one outside does not', () => {
  const bad: DeviceEnergy = {
    kind: 'unusable',
    device: deviceId('dram-0'),
    part: 'dram',
    source: 'made up',
    reason: 'stuck',
  };
  expect(sumWithin([GPU, CPU, bad], 'accelerator+cpu+dram')).toEqual({ kind: 'unusable', reason: 'dram-0: stuck' });
  expect(sumWithin([GPU, CPU, bad], 'accelerator')).toMatchObject({ joules: 1 });
});

test('nothing within the boundary is unknown, not 0', () => {
  expect(sumWithin([], 'machine').kind).toBe('unusable');
  expect(sumWithin([DRAM], 'cpu').kind).toBe('unusable');
});
