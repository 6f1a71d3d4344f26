/** Machines of the sample campaign: a counted GPU, a simulated GPU and a modelled CPU. */

import type { Device, RegisteredAgent, SensorQuality, SensorReport, Slot } from '../../shared/domain/hardware.js';
import { agentId, deviceId, hardwareClassId, slotId } from '../../shared/domain/identity.js';
import type { Part, Provenance } from '../../shared/domain/measurement.js';

export interface SampleClass {
  readonly name: string;
  readonly agent: string;
  readonly part: Part;
  readonly metered: string;
  /** Devices that the slot holds; none on a CPU slot. */
  readonly slotDevices: readonly string[];
  readonly source: string;
  readonly provenance: Provenance;
  readonly backend: 'tfjs-node-gpu' | 'tfjs-wasm';
  readonly watts: number;
  readonly secondsPerUnit: number;
  /** Relative standard uncertainty of the gain. */
  readonly gain: number;
  /** Milliseconds by which its trials start later. */
  readonly delay: number;
}

export const SAMPLE_CLASSES: readonly SampleClass[] = [
  {
    name: 'NVIDIA H200 x1 @700 W / tfjs-node-gpu',
    agent: 'a-1',
    part: 'accelerator',
    metered: 'GPU-5a1c9e3f-8d27-4c6b-9b41-0f2e7d6a1c55',
    slotDevices: ['GPU-5a1c9e3f-8d27-4c6b-9b41-0f2e7d6a1c55'],
    source: 'nvml',
    provenance: 'counter',
    backend: 'tfjs-node-gpu',
    watts: 310,
    secondsPerUnit: 0.5,
    gain: 0.017,
    delay: 0,
  },
  {
    name: 'Simulated A100 x1 @400 W / tfjs-wasm',
    agent: 'a-2',
    part: 'accelerator',
    metered: 'SIM-A100-0',
    slotDevices: ['SIM-A100-0'],
    source: 'simulation',
    provenance: 'simulated',
    backend: 'tfjs-wasm',
    watts: 240,
    secondsPerUnit: 1.1,
    gain: 0,
    delay: 2_000,
  },
  {
    name: 'AMD EPYC 9454 / tfjs-wasm',
    agent: 'a-3',
    part: 'cpu',
    metered: 'cpu',
    slotDevices: [],
    source: 'cpu-model',
    provenance: 'model',
    backend: 'tfjs-wasm',
    watts: 95,
    secondsPerUnit: 2.4,
    gain: 0.1,
    delay: 4_000,
  },
];

const COUNTER_QUALITY: SensorQuality = {
  updateMilliseconds: 100.2,
  coverage: 0.25,
  coverageBasis: 'documented for this generation of cards; the load showed no beat',
  expected: [
    { seconds: 1, random: 0.031, gain: 0.017 },
    { seconds: 5, random: 0.008, gain: 0.017 },
    { seconds: 30, random: 0.002, gain: 0.017 },
  ],
  disagreement: -0.013,
};

const SENSOR_DETAILS: Readonly<Record<string, string>> = {
  nvml: 'Total energy counter of the card, updated every 20 ms.',
  simulation: 'Simulated device: real training, energy from a power model.',
  'cpu-model': 'No sensor was found: processor time × 95 W.',
};

export const SAMPLE_AGENTS: readonly RegisteredAgent[] = SAMPLE_CLASSES.map((hardware, k) => ({
  id: agentId(hardware.agent),
  name: `bench-${k + 1}`,
  machine: {
    machineId: `machine-${k + 1}`,
    hostName: `bench-${k + 1}.lab`,
    bootId: `boot-${k + 1}`,
    operatingSystem: 'Debian GNU/Linux 12',
    cpuModel: 'AMD EPYC 9454',
    cores: 48,
    memoryBytes: 256 * 2 ** 30,
    devices: [deviceOf(hardware)],
    sensors: sensorsOf(hardware),
    slots: [slotOf(hardware)],
    backend: { name: hardware.backend, reason: `${hardware.backend} is installed and passed its self-test` },
    allowedWorkloads: ['builtin'],
    labels: {},
    environments: [],
    dataSets: [],
    versions: { ecopt: '0.1.0', node: 'v20.20.2' },
  },
}));

function deviceOf(hardware: SampleClass): Device {
  const product = hardware.name.split(' x1')[0]!.split(' /')[0]!;
  return {
    id: deviceId(hardware.metered),
    kind: hardware.part === 'accelerator' ? 'gpu' : 'cpu-host',
    product,
    ...(hardware.part === 'accelerator' && { memoryBytes: 40 * 2 ** 30, powerLimitWatts: 400 }),
    ...(hardware.provenance === 'simulated' && { simulated: 'idle 55 W, full load 240 W, from the data sheet' }),
  };
}

function sensorsOf({ metered, part, source, provenance }: SampleClass): SensorReport[] {
  const own: SensorReport = {
    device: deviceId(metered),
    part,
    source,
    available: true,
    provenance,
    detail: SENSOR_DETAILS[source]!,
    ...(provenance === 'counter' && { quality: COUNTER_QUALITY }),
  };
  const rapl: SensorReport = {
    device: deviceId('cpu-package-0'),
    part: 'cpu',
    source: 'powercap',
    available: false,
    detail: 'energy_uj is readable by root only; allow it with a udev rule.',
  };
  return [own, rapl];
}

function slotOf(hardware: SampleClass): Slot {
  return {
    id: slotId('slot-0'),
    devices: hardware.slotDevices.map(deviceId),
    classes: { builtin: hardwareClassId(hardware.name) },
  };
}
