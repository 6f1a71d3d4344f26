import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import type { MachineDescription, SensorReport } from '../../../shared/domain/hardware.js';
import { deviceId } from '../../../shared/domain/identity.js';
import type { Provenance } from '../../../shared/domain/measurement.js';
import { machineSummary, renderMachine } from '../../../shared/runtime/machine-text.js';
import { textWidth } from '../../../shared/runtime/terminal-text.js';
import { storyAt } from '../../support/campaign-story.js';

const [desk, gpuBox] = storyAt(40).agents.map(({ machine }) => machine) as [MachineDescription, MachineDescription];

const sensor = (device: string, source: string, provenance?: Provenance): SensorReport => ({
  device: deviceId(device),
  part: 'accelerator',
  source,
  available: provenance !== undefined,
  ...(provenance !== undefined && { provenance }),
  detail: `${source} of ${device}`,
});

test('a machine without sensors says that its energy is modelled, what is missing and why', () => {
  expect(renderMachine(desk, { color: false, width: 80 })).toEqual([
    'desk  AMD EPYC 7543, 2 cores, 25.1 GB memory, Debian GNU/Linux 12',
    '  GPU        none found',
    '  Energy     cpu is modelled, not measured (model, cpu-model): processor time ×',
    '             7.0 W per core, from the data sheet’s 225 W for 32 cores',
    '  Missing    powercap: /sys/class/powercap holds no intel-rapl zone; on a',
    '             virtual machine there is none to be had',
    '  Backend    tfjs-wasm: @tensorflow/tfjs-node-gpu is not installed',
    '  Accepts    builtin workloads',
    '  Slot       AMD EPYC 7543 / tfjs-wasm',
  ]);
});

test('a machine with a GPU says what is counted, and what to do where the backend cannot use it', () => {
  expect(renderMachine(gpuBox, { color: false, width: 110 })).toEqual([
    'gpu-box  Intel Xeon Platinum 8480C, 16 cores, 137 GB memory, Debian GNU/Linux 12',
    '  GPU        NVIDIA H200 (150 GB, limit 700 W) GPU-5c1d0f6e-0000-4000-8000-000000000001',
    '  Energy     accelerator is read from an energy counter (counter, nvml): energy counter of NVIDIA H200, driver',
    '             550.90',
    '  Backend    tfjs-wasm: @tensorflow/tfjs-node-gpu is not installed',
    '  GPU unused the built-in trainer cannot use NVIDIA H200; npm install @tensorflow/tfjs-node-gpu with Node 20',
    '             or 22',
    '  Accepts    builtin workloads',
    '  Slot       NVIDIA H200 x1 @700 W / command',
  ]);
});

test('one line sums it up', () => {
  expect(machineSummary(gpuBox)).toBe('Intel Xeon Platinum 8480C + NVIDIA H200; energy of accelerator by counter');
});

test('of several sensors of one device the best counts, of several devices of one part the worst', () => {
  const sensors = [
    sensor('g0', 'nvml', 'counter'),
    sensor('g0', 'nvml-power', 'integrated'),
    sensor('g1', 'cpu-model', 'model'),
  ];
  expect(machineSummary({ ...gpuBox, sensors })).toContain('energy of accelerator by model');
  expect(machineSummary({ ...gpuBox, sensors: sensors.slice(0, 2) })).toContain('energy of accelerator by counter');
});

test('without any sensor energy is unknown, never silent', () => {
  const machine = { ...gpuBox, sensors: [sensor('g0', 'nvml')] };
  const text = renderMachine(machine, { color: false, width: 100 }).join('\n');
  expect(text).toContain('Energy     unknown: no sensor of this machine can be read');
  expect(text).toContain('Missing    nvml: nvml of g0');
  expect(machineSummary(machine)).toContain('energy unknown');
});

test('simulated devices say so and name where their figures come from', () => {
  const devices = [{ ...gpuBox.devices[0]!, simulated: 'data sheet DS-11313' }];
  const sensors = [sensor('g0', 'simulation', 'simulated')];
  const text = renderMachine({ ...gpuBox, devices, sensors }, { color: false, width: 120 }).join('\n');
  expect(text).toContain('simulated after data sheet DS-11313');
  expect(text).toContain('accelerator is simulated, not measured');
});

test('equal slots are counted', () => {
  const slots = [gpuBox.slots[0]!, gpuBox.slots[0]!];
  expect(renderMachine({ ...gpuBox, slots }, { color: false, width: 100 }).at(-1)).toBe(
    '  Slot       2 × NVIDIA H200 x1 @700 W / command',
  );
});

test('no line is wider than asked for, in colour or not, whatever the names', () => {
  const name = fc.array(fc.constantFrom('猫', 'x', ' ', '🚀', '\u001b[31m', '\n'), { maxLength: 60 });
  fc.assert(
    fc.property(name, fc.integer({ min: 20, max: 200 }), fc.boolean(), (parts, width, color) => {
      const text = parts.join('');
      const machine = { ...gpuBox, hostName: text, cpuModel: text, backend: { ...gpuBox.backend, gpuAdvice: text } };
      for (const line of renderMachine(machine, { color, width })) {
        expect(textWidth(stripVTControlCharacters(line))).toBeLessThanOrEqual(width);
        expect(line).not.toContain('\n');
        expect(line).not.toContain('\u001b[31m');
      }
    }),
    { numRuns: 50 },
  );
});
