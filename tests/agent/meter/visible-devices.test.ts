import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { deviceId } from '../../../shared/domain/identity.js';
import { FULL_COVERAGE, type ProbedDevice } from '../../../agent/meter/energy-source.js';
import { hiddenBy, visibleDevices, type CudaEnvironment } from '../../../agent/meter/visible-devices.js';

const sensor = (id: string, changes: Partial<ProbedDevice> = {}): ProbedDevice => ({
  device: { id: deviceId(id), kind: 'gpu', product: 'A' },
  part: 'accelerator',
  source: 'nvml',
  provenance: 'counter',
  detail: 'counter',
  aliases: [],
  perTrial: false,
  traits: {
    reads: 'energy',
    latched: true,
    averagingNanoseconds: 0n,
    coverage: FULL_COVERAGE,
    quantumMicrojoules: 1,
    gain: 0,
    estimate: 0,
  },
  ...changes,
});
const card = (id: string, number: number, changes: Partial<ProbedDevice> = {}): ProbedDevice =>
  sensor(id, { cuda: { number, isSameInAnyOrder: true }, ...changes });

/** The numbers are not in the order of finding. */
const CARDS = [
  card('GPU-aaaa1', 2),
  card('GPU-aabb2', 0),
  card('GPU-cccc3', 1, { aliases: ['0:1:0', 'MIG-1111', 'MIG-1122'] }),
];
const CPU = sensor('cpu-package-0', { part: 'cpu', source: 'powercap' });
const RADEON = sensor('0000:09:00.0', { source: 'amdgpu' });
const FOUND = [...CARDS, CPU, RADEON];
const MIXED = CARDS.map((one) => ({ ...one, cuda: { number: one.cuda?.number ?? 0, isSameInAnyOrder: false } }));

const ids = (all: readonly ProbedDevice[]): readonly string[] => all.map(({ device }) => device.id);
const see = (devices: string, order?: string) =>
  visibleDevices(FOUND, { devices, ...(order !== undefined && { order }) });
const nvidia = (devices: string, order?: string): readonly string[] =>
  ids(see(devices, order).visible.filter(({ source }) => source === 'nvml'));

describe('what CUDA_VISIBLE_DEVICES leaves', () => {
  test('everything where it is not set, or where there is no NVIDIA GPU', () => {
    expect(visibleDevices(FOUND, {})).toEqual({ visible: FOUND, hidden: [] });
    expect(visibleDevices([CPU, RADEON], { devices: '7,GPU-no' })).toEqual({ visible: [CPU, RADEON], hidden: [] });
  });

  test.each([
    ['0,2', ['GPU-aaaa1', 'GPU-aabb2']],
    ['2,0', ['GPU-aaaa1', 'GPU-aabb2']],
    [' 1 , 00 ', ['GPU-aabb2', 'GPU-cccc3']],
    ['GPU-aaaa1', ['GPU-aaaa1']],
    ['GPU-aab,gpu-CCCC', ['GPU-aabb2', 'GPU-cccc3']],
    ['0,GPU-cccc3', ['GPU-aabb2', 'GPU-cccc3']],
    ['0,-1,2', ['GPU-aabb2']],
    ['1,NoDevFiles', ['GPU-cccc3']],
    ['', []],
    ['  ', []],
    ['-1', []],
    ['NoDevFiles', []],
    ['MIG-1111', ['GPU-cccc3']],
    ['MIG-11', ['GPU-cccc3']],
    ['MIG-112', ['GPU-cccc3']],
    ['MIG-GPU-aaaa1/3/0', ['GPU-aaaa1']],
  ])('%j', (devices, expected) => {
    expect(nvidia(devices)).toEqual(expected);
  });

  test('other devices stay, and all are either visible or hidden', () => {
    fc.assert(
      fc.property(fc.subarray(['0', '1', '2']), (numbers) => {
        const { visible, hidden } = see(numbers.join(','));
        expect([...ids(visible), ...ids(hidden)].sort()).toEqual([...ids(FOUND)].sort());
        expect(visible).toEqual(expect.arrayContaining([CPU, RADEON]));
        expect(hidden).toHaveLength(3 - numbers.length);
      }),
      { seed: 1, numRuns: 50 },
    );
  });

  test('a MIG instance stands for its GPU, which says so; two instances of one GPU hold it once', () => {
    const { visible } = see('MIG-1111,MIG-1122');
    expect(visible.find(({ device }) => device.id === 'GPU-cccc3')?.detail).toBe(
      'counter; held as a whole for MIG-1111, MIG-1122 of CUDA_VISIBLE_DEVICES',
    );
  });

  test('the reason names the variable', () => {
    expect(hiddenBy({ devices: '0,2' })).toBe("hidden by CUDA_VISIBLE_DEVICES=0,2 in the agent's environment.");
  });
});

describe('what CUDA would pass over in silence is a fault', () => {
  test.each([
    ['3', /CUDA_VISIBLE_DEVICES=3: 3 fits no GPU.*2 = GPU-aaaa1, 0 = GPU-aabb2/],
    ['0,', /an empty entry fits no GPU/],
    ['GPU-aa', /GPU-aa fits several/],
    ['GPU-', /GPU- fits no GPU/],
    ['GPU-dddd', /GPU-dddd fits no GPU/],
    ['MIG-9999', /MIG-9999 fits no GPU/],
    ['MIG-GPU-dddd/1/0', /fits no GPU/],
    ['all', /all fits no GPU/],
    ['0000:09:00.0', /fits no GPU/],
    ['0,0', /0 and 0 are one GPU/],
    ['0,00', /00 and 0 are one GPU/],
    ['2,GPU-aaaa1', /GPU-aaaa1 and 2 are one GPU/],
    ['MIG-1111,MIG-1111', /MIG-1111 and MIG-1111 are one GPU/],
    ['MIG-1111,GPU-cccc3', /are one GPU/],
    ['MIG-1111,MIG-1122,mig-1111', /are one GPU/],
  ])('%j', (devices, message) => {
    expect(() => see(devices)).toThrow(message);
    expect(() => see(devices)).toThrow(expect.objectContaining({ code: 'USAGE' }) as Error);
  });
});

describe('numbers and CUDA_DEVICE_ORDER', () => {
  const seeMixed = (environment: CudaEnvironment) => ids(visibleDevices(MIXED, environment).visible);

  test('cards of one kind have the same numbers in any order', () => {
    for (const order of [undefined, 'FASTEST_FIRST', 'PCI_BUS_ID']) expect(nvidia('0', order)).toEqual(['GPU-aabb2']);
  });

  test('different cards are numbered for certain by PCI address only', () => {
    expect(seeMixed({ devices: '0', order: 'PCI_BUS_ID' })).toEqual(['GPU-aabb2']);
    expect(seeMixed({ devices: 'GPU-aabb2' })).toEqual(['GPU-aabb2']);
    for (const order of [{}, { order: 'FASTEST_FIRST' }]) {
      expect(() => seeMixed({ devices: '0', ...order })).toThrow(/give UUIDs, or set CUDA_DEVICE_ORDER=PCI_BUS_ID/);
    }
  });

  test('beside a card that cannot be opened no number is certain', () => {
    const unnumbered = [sensor('GPU-x1'), sensor('GPU-y2')];
    expect(() => visibleDevices(unnumbered, { devices: '0', order: 'PCI_BUS_ID' })).toThrow(/cannot be opened/);
    expect(ids(visibleDevices(unnumbered, { devices: 'GPU-y' }).visible)).toEqual(['GPU-y2']);
  });

  test('a whole UUID is never the beginning of another', () => {
    const two = [sensor('GPU-x1'), sensor('GPU-x12')];
    expect(ids(visibleDevices(two, { devices: 'GPU-x1' }).visible)).toEqual(['GPU-x1']);
  });
});
