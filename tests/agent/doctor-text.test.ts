import fc from 'fast-check';
import { expect, test } from 'vitest';

import { examinationText, type Examination } from '../../agent/doctor-text.js';
import type { MachineDescription, SensorReport } from '../../shared/domain/hardware.js';
import { deviceId } from '../../shared/domain/identity.js';
import type { DeviceEnergy } from '../../shared/domain/measurement.js';
import { textWidth } from '../../shared/runtime/terminal-text.js';
import { storyAt } from '../support/campaign-story.js';

const [desk, gpuBox] = storyAt(40).agents.map(({ machine }) => machine) as [MachineDescription, MachineDescription];
const GPU = gpuBox.devices[0]!.id;

const nvml: SensorReport = {
  device: GPU,
  part: 'accelerator',
  source: 'nvml',
  available: true,
  provenance: 'counter',
  detail: 'energy counter of the driver (field 83)',
  quality: {
    updateMilliseconds: 100.02,
    coverage: 0.25,
    coverageBasis: 'assumed for GH100',
    expected: [
      { seconds: 1, random: 0.0161, gain: 0.029 },
      { seconds: 5, random: 0.0064, gain: 0.029 },
      { seconds: 30, random: 0.0026, gain: 0.029 },
    ],
  },
};
const powercap: SensorReport = {
  ...{ device: deviceId('cpu-package-0'), part: 'cpu', source: 'powercap', available: false },
  detail: 'only root may read it: install deploy/udev/60-ecopt-powercap.rules',
};

const energy = {
  kind: 'usable',
  device: GPU,
  part: 'accelerator',
  source: 'nvml',
  provenance: 'counter',
  microjoules: 2_000_000_000n,
  meanWatts: 400,
  events: [],
  uncertainty: { edgeJoules: 1, samplingJoules: 5, gapJoules: 0, gainJoules: 58 },
  check: { source: 'nvml-power', microjoules: 2_010_000_000n },
} satisfies DeviceEnergy;

const examination: Examination = {
  machine: { ...gpuBox, sensors: [powercap, nvml], versions: { ecopt: '0.1.0', 'NVIDIA driver': '570.86' } },
  conditions: [
    {
      device: GPU,
      atNanoseconds: 0n,
      temperatureCelsius: 41.4,
      clockMegahertz: 1980,
      powerLimitWatts: 700,
      throttled: [],
    },
  ],
  strangers: [{ device: GPU, others: { kind: 'none' } }],
  clock: {
    ...{ source: 'tsc', resolutionNanoseconds: 1, readNanoseconds: 42, suspendedSeconds: 0 },
    ...{ synchronised: 'yes', synchronisedBy: 'systemd-timesyncd' },
  },
  drift: { seconds: 5, driftMilliseconds: 0.2 },
  selfTest: {
    seconds: 5,
    devices: [
      {
        device: GPU,
        part: 'accelerator',
        energy,
        meanWatts: 400,
        comparison: { kind: 'compared', difference: 0.005 },
        addsUp: true,
      },
    ],
  },
  hints: [],
  faults: [],
};

const plain = (one: Partial<Examination> = {}, width = 100): string[] =>
  examinationText({ ...examination, ...one }, { color: false, width });

test('a machine in good order is shown sensor by sensor, with clock, self-test and what can run', () => {
  expect(plain()).toEqual([
    'gpu-box  Intel Xeon Platinum 8480C, 16 cores, 137 GB memory, Debian GNU/Linux 12',
    '',
    'Sensors',
    '  accelerator NVIDIA H200 (150 GB, limit 700 W) GPU-5c1d0f6e-0000-4000-8000-000000000001',
    '              counter (nvml), read from an energy counter: energy counter of the driver (field 83)',
    '              updates every 100 ms, looks 25 % of the time (assumed for GH100)',
    '              expected ± 1.6 % in 1 s, ± 0.64 % in 5 s, ± 0.26 % in 30 s, and ± 2.9 % gain, common',
    '              to all windows',
    '              now 400 W, 41 °C, 1980 MHz, power limit 700 W, clocks not held down',
    '              no other process uses it',
    '',
    'Not available',
    '  cpu         powercap: only root may read it: install deploy/udev/60-ecopt-powercap.rules',
    '',
    'Clock',
    '  monotonic   tsc, in steps of 1 ns, 42 ns to read',
    '  wall        synchronised (systemd-timesyncd); within 1 ms of the monotonic clock over 5.0 s',
    '  suspended   never since the machine started',
    '',
    'Self-test of 5.0 s',
    '  accelerator 2 kJ by nvml, 2.01 kJ by nvml-power: 0.5 % apart',
    '              its halves add up to the whole',
    '',
    'Trials',
    '  Backend     tfjs-wasm: @tensorflow/tfjs-node-gpu is not installed',
    '  GPU unused  the built-in trainer cannot use NVIDIA H200; npm install @tensorflow/tfjs-node-gpu',
    '              with Node 20 or 22',
    '  Accepts     builtin workloads',
    '  Slot        NVIDIA H200 x1 @700 W / command',
    '  Versions    ecopt 0.1.0, NVIDIA driver 570.86',
    '',
  ]);
});

test.each<[string, Partial<Examination>, string]>([
  [
    'strangers by number and name',
    {
      strangers: [
        {
          device: GPU,
          others: {
            kind: 'present',
            processes: [
              { device: GPU, pid: 4711, name: 'python' },
              { device: GPU, pid: 9 },
            ],
          },
        },
      ],
    },
    'in use by process 4711 (python), 9',
  ],
  [
    'that strangers cannot be told',
    { strangers: [{ device: GPU, others: { kind: 'unknown', reason: 'another pid namespace' } }] },
    'other processes: unknown, another pid namespace',
  ],
  [
    'clocks that are held down',
    { conditions: [{ device: GPU, atNanoseconds: 0n, throttled: ['thermal', 'power-cap'] }] },
    'clocks are held down now by heat, the power limit',
  ],
  ['a hint', { hints: ['keep the driver loaded'] }, 'Hints\n              keep the driver loaded'],
  ['a clock that is slow', { clock: { ...examination.clock, source: 'hpet' } }, 'reads time from hpet'],
  ['that no sensor can be read', { machine: desk }, 'model (cpu-model), modelled, not measured'],
  [
    'that there is no sensor at all',
    { machine: { ...desk, sensors: [] }, selfTest: { seconds: 5, devices: [] } },
    'nothing to test: no sensor can be read',
  ],
  [
    'a sensor whose ways are not known yet',
    { machine: { ...gpuBox, sensors: [{ ...nvml, quality: undefined } as unknown as SensorReport] } },
    'how it updates is not known yet',
  ],
])('it says %s', (_, change, text) => {
  expect(plain(change).join('\n')).toContain(text);
});

test('without the self-test it says that it was left out, and power is not shown', () => {
  const { selfTest: _test, drift: _drift, ...quick } = examination;
  const text = examinationText(quick, { color: false, width: 100 }).join('\n');
  expect(text).toContain('Self-test\n              left out, as --quick says');
  expect(text).toContain('now 41 °C');
  expect(text).toContain('synchronised (systemd-timesyncd)\n');
});

test('two readings that contradict each other are named', () => {
  const [device] = examination.selfTest!.devices;
  const apart = { ...device!, comparison: { kind: 'compared', difference: 0.2 } } as const;
  const text = plain({ selfTest: { seconds: 5, devices: [apart] } }).join('\n');
  expect(text).toContain('20 % apart');
  expect(text).toContain('one of the two is wrong; a wall meter and ecopt calibrate-meter tell which');
});

test('no line exceeds the width', () => {
  fc.assert(
    fc.property(fc.integer({ min: 40, max: 140 }), fc.string({ unit: 'grapheme' }), (width, text) => {
      const machine = { ...examination.machine, sensors: [{ ...nvml, detail: text }, powercap] };
      for (const line of plain({ machine, hints: [text] }, width)) expect(textWidth(line)).toBeLessThanOrEqual(width);
    }),
  );
});
