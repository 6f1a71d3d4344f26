import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import type { BackendChoice, Device } from '../../../shared/domain/hardware.js';
import { deviceId } from '../../../shared/domain/identity.js';
import { describeMachine } from '../../../agent/hardware/describe.js';
import { gpuAdvice } from '../../../agent/hardware/gpu-advice.js';
import { cpuName } from '../../../agent/hardware/machine-facts.js';
import { findPciGpus } from '../../../agent/hardware/pci-gpus.js';
import type { Meter } from '../../../agent/meter/meter.js';

let root = '';
beforeEach(() => void (root = mkdtempSync(join(tmpdir(), 'ecopt-machine-'))));
afterEach(() => rmSync(root, { recursive: true }));

const pci = (address: string, displayClass: string, vendor: string): void => {
  const folder = join(root, 'bus/pci/devices', address);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'class'), `${displayClass}\n`);
  writeFileSync(join(folder, 'vendor'), `${vendor}\n`);
};

const WASM: BackendChoice = { name: 'tfjs-wasm', reason: 'works everywhere' };
const HOST: Device = { id: deviceId('cpu'), kind: 'cpu-host', product: 'Test CPU' };
const H200: Device = { id: deviceId('GPU-1'), kind: 'gpu', product: 'NVIDIA H200' };
const meterOf = (...devices: readonly Device[]): Meter => ({
  devices,
  sensors: [],
  versions: { 'NVIDIA driver': '550' },
  attach: () => {
    throw new Error('not called');
  },
  currentSensors: () => Promise.resolve([]),
  conditions: () => Promise.resolve([]),
  strangers: () => Promise.resolve({ kind: 'none' }),
  close: () => Promise.resolve(),
});
const describeHere = (machineId?: string, devices: readonly Device[] = [HOST]) => {
  const machineIdFile = join(root, 'machine-id');
  if (machineId !== undefined) writeFileSync(machineIdFile, machineId);
  return describeMachine({
    meter: meterOf(...devices),
    backend: WASM,
    backendUsesGpu: false,
    allowedWorkloads: ['builtin'],
    labels: { room: 'b' },
    versions: { ecopt: '1.2.3' },
    sysfsRoot: root,
    machineIdFile,
  });
};

describe('the description of a machine', () => {
  test('has facts of this machine, slots and versions', async () => {
    const machine = await describeHere();
    expect(machine).toMatchObject({
      devices: [HOST],
      allowedWorkloads: ['builtin'],
      labels: { room: 'b' },
      backend: WASM,
      versions: { ecopt: '1.2.3', node: process.versions.node, 'NVIDIA driver': '550' },
    });
    expect(machine.slots.map(({ classes }) => classes.builtin)).toEqual([`${machine.cpuModel} / tfjs-wasm`]);
    expect(machine.cores).toBeGreaterThan(0);
    expect(machine.memoryBytes).toBeGreaterThan(2 ** 20);
    expect(machine.bootId).toMatch(/^[0-9a-f-]{36}$/);
    expect(machine.cpuModel).not.toBe('');
  });

  test('its id is stable, differs between machines and does not tell the raw one', async () => {
    const first = await describeHere('aaaa');
    expect((await describeHere('aaaa')).machineId).toBe(first.machineId);
    expect((await describeHere('bbbb')).machineId).not.toBe(first.machineId);
    expect(first.machineId).toMatch(/^[0-9a-f]{32}$/);
    expect(first.machineId).not.toContain('aaaa');
  });

  test('without a machine id file its id is stable too', async () => {
    expect((await describeHere()).machineId).toBe((await describeHere()).machineId);
  });

  test('advice on a GPU that is not used travels with the backend', async () => {
    pci('0000:01:00.0', '0x030200', '0x10de');
    expect((await describeHere()).backend.gpuAdvice).toMatch(/0000:01:00\.0.*install the NVIDIA driver/);
    expect((await describeHere('x', [H200, HOST])).backend.gpuAdvice).toMatch(/NVIDIA H200.*tfjs-node-gpu/);
  });
});

describe('GPUs on the bus', () => {
  test('are display and 3D controllers of NVIDIA and AMD, not the display chip of a server board', () => {
    pci('0000:00:00.0', '0x060000', '0x8086');
    pci('0000:03:00.0', '0x030000', '0x1a03');
    pci('0000:3b:00.0', '0x030200', '0x10de');
    pci('0000:3b:00.1', '0x040300', '0x10de');
    pci('0000:d8:00.0', '0x038000', '0x1002');
    expect(findPciGpus(root)).toEqual([
      { address: '0000:3b:00.0', vendor: 'NVIDIA' },
      { address: '0000:d8:00.0', vendor: 'AMD' },
    ]);
  });

  test('of a machine without PCI are none', () => {
    expect(findPciGpus(join(root, 'nowhere'))).toEqual([]);
  });
});

describe('advice', () => {
  const advise = (options: Partial<Parameters<typeof gpuAdvice>[0]>) =>
    gpuAdvice({ backend: WASM, backendUsesGpu: false, devices: [HOST], pciGpus: [], ...options });

  test('is given only where a GPU is left unused', () => {
    expect(advise({})).toBeUndefined();
    expect(advise({ devices: [H200], backendUsesGpu: true })).toBeUndefined();
    expect(advise({ devices: [{ ...H200, simulated: 'x' }] })).toBeUndefined();
  });

  test('names what the backend knows to be missing, and that outside programs can use the GPU now', () => {
    const known = { ...WASM, gpuAdvice: 'install cuDNN on LD_LIBRARY_PATH' };
    expect(advise({ devices: [H200], backend: known })).toMatch(
      /NVIDIA H200.*\. Install cuDNN on LD_LIBRARY_PATH\. Outside programs .*--allow-command/,
    );
  });

  test('is honest about AMD', () => {
    expect(advise({ pciGpus: [{ address: '0000:d8:00.0', vendor: 'AMD' }] })).toMatch(
      /AMD GPU.*cannot use it.*not metered/,
    );
  });
});

test.each([
  ['AMD', 'EPYC', 'AMD EPYC'],
  ['Intel', 'Xeon® Gold 6248', 'Intel Xeon Gold 6248'],
  ['Intel', 'Intel(R) Core(TM) i7-8700', 'Intel Core i7-8700'],
  ['', '', 'unknown CPU'],
  ['', 'Neoverse-N1', 'Neoverse-N1'],
])('CPU name of %j %j', (manufacturer, brand, name) => {
  expect(cpuName({ manufacturer, brand })).toBe(name);
});
