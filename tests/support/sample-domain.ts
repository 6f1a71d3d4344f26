/** Complete samples of domain values, with every optional field used once and left out once. */

import { CAMPAIGN_DEFAULTS } from '../../shared/schema/campaign-defaults.js';
import type { Grant } from '../../shared/domain/conversation.js';
import type { AttemptEvent } from '../../shared/domain/event.js';
import type { MachineDescription } from '../../shared/domain/hardware.js';
import {
  agentId,
  campaignId,
  deviceId,
  hardwareClassId,
  leaseId,
  slotId,
  trialId,
} from '../../shared/domain/identity.js';
import type { Observation } from '../../shared/domain/trial.js';

const GPU = deviceId('GPU-5c1d0f6e-0000-4000-8000-000000000001');

export const sampleMachine: MachineDescription = {
  machineId: 'm1',
  hostName: 'desk',
  bootId: 'b1',
  operatingSystem: 'Debian 12',
  cpuModel: 'EPYC',
  cores: 2,
  memoryBytes: 24e9,
  devices: [
    { id: GPU, kind: 'gpu', product: 'NVIDIA H200', memoryBytes: 150e9, powerLimitWatts: 700 },
    { id: deviceId('cpu'), kind: 'cpu-host', product: 'EPYC', simulated: 'data sheet' },
  ],
  sensors: [
    {
      ...{ device: GPU, part: 'accelerator', source: 'nvml', available: true, provenance: 'counter', detail: 'found' },
      includes: ['cpu'],
    },
    { device: deviceId('cpu'), part: 'cpu', source: 'powercap', available: false, detail: 'no powercap' },
  ],
  slots: [
    { id: slotId('gpu-0'), devices: [GPU], classes: { command: hardwareClassId('NVIDIA H200 x1 @700 W / command') } },
    { id: slotId('cpu'), devices: [], classes: { builtin: hardwareClassId('EPYC / tfjs-wasm') } },
  ],
  backend: { name: 'tfjs-wasm', reason: 'no CUDA', gpuAdvice: 'install it' },
  allowedWorkloads: ['builtin'],
  labels: { room: 'a' },
  environments: [],
  dataSets: [],
  versions: { ecopt: '0.1.0' },
};

export const sampleGrant: Grant = {
  lease: leaseId('l1'),
  trial: trialId('c1-1'),
  attempt: 1,
  campaign: campaignId('c1'),
  slot: slotId('cpu'),
  hardwareClass: hardwareClassId('EPYC / tfjs-wasm'),
  termSeconds: 30,
  configuration: { lr: 1e-3, optimizer: 'adam', nesterov: false },
  seed: 7,
  workload: {
    kind: 'command',
    argv: ['python3', 'train.py', '{lr}'],
    workingFolder: '/srv',
    environment: { A: 'b' },
    metrics: {
      loss: { kind: 'json-file', path: 'out.json', key: 'loss' },
      accuracy: { kind: 'pattern', pattern: 'acc=([0-9.]+)' },
    },
  },
  needs: { data: [], devices: 1, labels: {}, environment: 'torch', deviceMemoryBytes: 8e9, diskBytes: 1e9 },
  measurement: {
    ...CAMPAIGN_DEFAULTS.measurement,
    boundary: 'cpu',
    idleSeconds: 0.5,
    remeasure: 1,
    coolDownCelsius: 45,
  },
  limits: { hours: 1, attempts: 3 },
  sealedMetrics: ['test_loss'],
  requiredMetrics: ['loss'],
  secrets: [],
};

export const sampleObservation: Observation = {
  end: { kind: 'failed', failure: { kind: 'unknown', reason: 'exit-code', message: 'exit 1', signature: 'exit-1' } },
  metrics: { loss: 1.5, odd: Number.NaN },
  sealed: { test_loss: 1.625 },
  windows: [
    {
      kind: 'train',
      label: '',
      ordinal: 0,
      startNanoseconds: 2n ** 53n + 1n,
      endNanoseconds: 2n ** 53n + 5_000_000_001n,
      items: 1024,
      unit: 'token',
      devices: [
        {
          kind: 'usable',
          device: GPU,
          part: 'accelerator',
          source: 'nvml',
          provenance: 'counter',
          microjoules: 2n ** 60n,
          meanWatts: 300,
          peakWatts: 700,
          uncertainty: { edgeJoules: 1, samplingJoules: 2, gapJoules: 0, gainJoules: 50 },
          events: ['throttled'],
        },
        { kind: 'unusable', device: deviceId('cpu'), part: 'cpu', source: 'powercap', reason: 'counter-reset' },
      ],
    },
  ],
  energy: [{ device: GPU, part: 'accelerator', provenance: 'counter', microjoules: 12_345_678n }],
  agent: agentId('a1'),
  slot: slotId('gpu-0'),
  devices: [GPU],
  hardwareClass: hardwareClassId('NVIDIA H200 x1 @700 W / command'),
  startedUnixMilliseconds: 1_790_000_000_000,
  durationSeconds: 41.5,
  exitCode: 1,
  outputTail: 'Traceback\n',
  facts: { python: '3.11' },
};

export const sampleEvent = (body: AttemptEvent['body']): AttemptEvent => ({
  agent: agentId('a1'),
  trial: trialId('c1-1'),
  attempt: 2,
  lease: leaseId('l1'),
  sequence: 9,
  wallMilliseconds: 1_790_000_000_123.5,
  body,
});
