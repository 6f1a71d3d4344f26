/** A made-up campaign that can be looked at in any second of its life: an agent joins late, one is lost, trials fail. */

import type {
  AgentView,
  CampaignSnapshot,
  EndedAttemptView,
  FrontView,
  RunningTrialView,
} from '../../coordinator/campaign/snapshot.js';
import { CAMPAIGN_DEFAULTS } from '../../shared/schema/campaign-defaults.js';
import type { Campaign, EnergySource, Objective } from '../../shared/domain/campaign.js';
import type { Configuration } from '../../shared/domain/configuration.js';
import type { MachineDescription } from '../../shared/domain/hardware.js';
import {
  agentId,
  campaignId,
  deviceId,
  hardwareClassId,
  slotId,
  trialId,
  type HardwareClassId,
} from '../../shared/domain/identity.js';
import type { EnergyUncertainty, Provenance } from '../../shared/domain/measurement.js';
import type { Failure, Trial, TrialResult } from '../../shared/domain/trial.js';

const CPU_CLASS = hardwareClassId('AMD EPYC 7543 / tfjs-wasm');
const GPU = deviceId('GPU-5c1d0f6e-0000-4000-8000-000000000001');
const GPU_CLASS = hardwareClassId('NVIDIA H200 x1 @700 W / command');

const energyObjective = (name: string, unit: string, energy: EnergySource): Objective => ({
  name,
  goal: 'minimize',
  unit,
  scale: 'log',
  from: 'energy',
  energy,
});

export const storyCampaign: Campaign = {
  name: 'quickstart',
  owner: 'ada',
  description: '',
  seed: 1,
  space: {
    parameters: [
      { name: 'learning_rate', kind: 'float', low: 1e-4, high: 1e-2, scale: 'log' },
      { name: 'heads', kind: 'integer', low: 1, high: 4, scale: 'linear' },
      { name: 'head_width', kind: 'ordinal', values: [8, 16, 32] },
      { name: 'layers', kind: 'integer', low: 1, high: 4, scale: 'linear' },
      { name: 'activation', kind: 'categorical', values: ['gelu', 'relu'] },
    ],
    constraints: [],
  },
  objectives: [
    { name: 'loss', goal: 'minimize', unit: 'nats', scale: 'linear', from: 'metric', metric: 'validation_loss' },
    energyObjective('train_energy', 'J', { window: 'train' }),
    energyObjective('energy_per_token', 'J/token', { window: 'infer', per: 'token' }),
  ],
  constraints: [],
  metrics: [{ name: 'test_loss', role: 'test', unit: 'nats' }],
  workload: { kind: 'builtin', trainer: 'language-model', options: {} },
  budget: { trials: 18, counts: 'trials' },
  hardware: { policy: 'pooled', classes: [], backfill: false, replicates: 1 },
  needs: { data: [], devices: 1, labels: {} },
  measurement: { ...CAMPAIGN_DEFAULTS.measurement, idleSeconds: 0, remeasure: 1 },
  proposer: { kind: 'auto', start: 6, first: [] },
  limits: { attempts: 3 },
  secrets: [],
};

const cpuMachine: MachineDescription = {
  machineId: 'm-desk',
  hostName: 'desk',
  bootId: 'b-1',
  operatingSystem: 'Debian GNU/Linux 12',
  cpuModel: 'AMD EPYC 7543',
  cores: 2,
  memoryBytes: 25.1e9,
  devices: [{ id: deviceId('cpu'), kind: 'cpu-host', product: 'AMD EPYC 7543' }],
  sensors: [
    {
      device: deviceId('cpu'),
      part: 'cpu',
      source: 'powercap',
      available: false,
      detail: '/sys/class/powercap holds no intel-rapl zone; on a virtual machine there is none to be had',
    },
    {
      device: deviceId('cpu'),
      part: 'cpu',
      source: 'cpu-model',
      available: true,
      provenance: 'model',
      detail: 'processor time × 7.0 W per core, from the data sheet’s 225 W for 32 cores',
    },
  ],
  slots: [{ id: slotId('cpu'), devices: [], classes: { builtin: CPU_CLASS } }],
  backend: { name: 'tfjs-wasm', reason: '@tensorflow/tfjs-node-gpu is not installed' },
  allowedWorkloads: ['builtin'],
  labels: {},
  environments: [],
  dataSets: [],
  versions: { ecopt: '0.1.0', node: '20.20.2' },
};

const gpuMachine: MachineDescription = {
  ...cpuMachine,
  machineId: 'm-gpu',
  hostName: 'gpu-box',
  cpuModel: 'Intel Xeon Platinum 8480C',
  cores: 16,
  memoryBytes: 137e9,
  devices: [{ id: GPU, kind: 'gpu', product: 'NVIDIA H200', memoryBytes: 150e9, powerLimitWatts: 700 }],
  sensors: [
    {
      device: GPU,
      part: 'accelerator',
      source: 'nvml',
      available: true,
      provenance: 'counter',
      detail: 'energy counter of NVIDIA H200, driver 550.90',
    },
  ],
  slots: [{ id: slotId('gpu-0'), devices: [GPU], classes: { command: GPU_CLASS, builtin: GPU_CLASS } }],
  backend: {
    name: 'tfjs-wasm',
    reason: '@tensorflow/tfjs-node-gpu is not installed',
    gpuAdvice: 'the built-in trainer cannot use NVIDIA H200; npm install @tensorflow/tfjs-node-gpu with Node 20 or 22',
  },
};

interface Part {
  readonly index: number;
  readonly attempt: number;
  readonly agent: 'desk' | 'gpu-box';
  readonly start: number;
  readonly end: number;
  readonly outcome: 'completed' | 'failed' | 'lost';
}

/** Who runs what from when to when: `desk` from the start, `gpu-box` between seconds 30 and 110. */
const SCRIPT: readonly Part[] = schedule();

function schedule(): Part[] {
  const parts: Part[] = [];
  const free = { desk: 2, 'gpu-box': 32 };
  for (let index = 1; index <= 18; index++) {
    const agent = free['gpu-box'] < free.desk && free['gpu-box'] < 105 ? 'gpu-box' : 'desk';
    const start = free[agent];
    const seconds = agent === 'desk' ? 9 + ((index * 7) % 5) : 7 + ((index * 3) % 4);
    const end = start + seconds;
    free[agent] = end + 0.5;
    if (agent === 'gpu-box' && end > 108) {
      parts.push({ index, attempt: 1, agent, start, end: 110, outcome: 'lost' });
      parts.push({ index, attempt: 2, agent: 'desk', start: free.desk, end: free.desk + 10, outcome: 'completed' });
      free.desk += 10.5;
    } else {
      parts.push({ index, attempt: 1, agent, start, end, outcome: index === 4 ? 'failed' : 'completed' });
    }
  }
  return parts;
}

/** Seconds after which the story is over. */
export const STORY_SECONDS = Math.max(...SCRIPT.map(({ end }) => end));

/** The campaign as it stands `seconds` after its start. */
export function storyAt(seconds: number, campaign: Campaign = storyCampaign): CampaignSnapshot {
  const over = SCRIPT.filter(({ end }) => end <= seconds).sort((a, b) => a.end - b.end);
  const results = over.filter(({ outcome }) => outcome !== 'lost').map(resultOf);
  const running = SCRIPT.filter(({ start, end }) => start <= seconds && seconds < end);
  const closed = results.length === 18;
  return {
    id: campaignId('c-7f3a'),
    campaign,
    state: closed ? 'closed' : 'open',
    ...(closed && { closeReason: 'budget: 18 trials' }),
    activeSeconds: seconds,
    finished: results.length,
    planned: 18,
    queued: Math.min(2, 18 - results.length - running.length),
    agents: agentsAt(seconds, running),
    running: running.map((part) => runningView(part, seconds)),
    results,
    measuredAgain: [],
    endedAttempts: over.filter(({ outcome }) => outcome !== 'completed').map(endedView),
    fronts: [CPU_CLASS, GPU_CLASS].flatMap((hardwareClass) => frontsOf(results, hardwareClass)),
    reference: [6, 2000, 0.02],
    searchEnergy: searchEnergyAt(seconds),
    searchEnergyIsLowerBound: over.some(({ outcome }) => outcome === 'lost'),
    ...(seconds >= 2 && {
      proposerMethod:
        results.length < 6
          ? `scrambled Sobol start (${results.length} of 6)`
          : `noisy expected hypervolume improvement on ${results.length} observations`,
    }),
  };
}

function agentsAt(seconds: number, running: readonly Part[]): AgentView[] {
  const busy = (name: string): number => running.filter(({ agent }) => agent === name).length;
  const view = (name: string, machine: MachineDescription, connected: boolean): AgentView => ({
    id: agentId(`a-${name}`),
    name,
    connected,
    machine,
    busySlots: busy(name),
    slots: 1,
  });
  return [
    ...(seconds >= 1 ? [view('desk', cpuMachine, true)] : []),
    ...(seconds >= 30 ? [view('gpu-box', gpuMachine, seconds < 110)] : []),
  ];
}

const configurationOf = (index: number): Configuration => ({
  learning_rate: Number((10 ** (-4 + (index % 7) / 3.5)).toPrecision(3)),
  heads: 1 + (index % 4),
  head_width: [8, 16, 32][index % 3]!,
  layers: 1 + (index % 3),
  activation: index % 2 ? 'gelu' : 'relu',
});

const trialOf = ({ index, attempt, outcome }: Part, state: Trial['state']): Trial => ({
  id: trialId(`c-7f3a-${index}`),
  campaign: campaignId('c-7f3a'),
  index,
  configuration: configurationOf(index),
  configurationHash: `h${index}`,
  replicate: 1,
  state,
  attempts: attempt,
  ...(outcome === 'failed' && state === 'failed' && { failure: OUT_OF_MEMORY }),
});

const OUT_OF_MEMORY: Failure = {
  kind: 'configuration',
  reason: 'out-of-memory',
  message: 'the model needs 3.1 GB of the 2.0 GB that WebAssembly can address',
  signature: 'out-of-memory',
};

const wattsOf = (agent: Part['agent']): number => (agent === 'desk' ? 14 : 310);
const provenanceOf = (agent: Part['agent']): Provenance => (agent === 'desk' ? 'model' : 'counter');

function runningView(part: Part, seconds: number): RunningTrialView {
  const elapsedSeconds = seconds - part.start;
  const fraction = Math.max(0, Math.min(1, (elapsedSeconds - 1) / (part.end - part.start - 2)));
  const begun = elapsedSeconds >= 1;
  return {
    trial: trialOf(part, 'leased'),
    agentName: part.agent,
    hardwareClass: part.agent === 'desk' ? CPU_CLASS : GPU_CLASS,
    phase: begun ? (fraction < 1 ? 'running' : 'publishing') : 'preparing',
    elapsedSeconds,
    ...(begun && { step: Math.floor(fraction * 300), fraction }),
    metrics: begun ? { train_loss: 5.5 - 2 * fraction, validation_loss: 5.6 - 2.1 * fraction } : {},
    joules: begun ? { [provenanceOf(part.agent)]: elapsedSeconds * wattsOf(part.agent) } : {},
  };
}

function endedView(part: Part): EndedAttemptView {
  const { id, attempts } = trialOf(part, 'queued');
  const joules = { [provenanceOf(part.agent)]: (part.end - part.start) * wattsOf(part.agent) };
  const isLost = part.outcome === 'lost';
  return { trial: id, attempt: attempts, joules, isLowerBound: isLost, ...(!isLost && { failure: OUT_OF_MEMORY }) };
}

function resultOf(part: Part): TrialResult {
  const state = part.outcome === 'failed' ? 'failed' : 'completed';
  const joules = (part.end - part.start - 3) * wattsOf(part.agent);
  const loss = 5 - 0.5 * Math.log10(joules / 50) + ((part.index * 37) % 23) / 40;
  const provenance = provenanceOf(part.agent);
  const uncertainty: EnergyUncertainty =
    provenance === 'counter'
      ? { edgeJoules: 3, samplingJoules: 4, gapJoules: 0, gainJoules: 0.02 * joules }
      : { edgeJoules: 0, samplingJoules: 0, gapJoules: 0, gainJoules: 0 };
  const usable = { kind: 'usable', joules, provenance, uncertainty } as const;
  const completed = state === 'completed';
  return {
    trial: trialOf(part, state),
    attempt: part.attempt,
    objectives: completed ? { loss, train_energy: joules, energy_per_token: joules / 400_000 } : {},
    missing: completed ? {} : { loss: 'the trial failed' },
    energies: completed ? { train_energy: usable, energy_per_token: { ...usable, items: 400_000 } } : {},
    observation: {
      end: completed ? { kind: 'completed' } : { kind: 'failed', failure: OUT_OF_MEMORY },
      metrics: completed ? { validation_loss: loss } : {},
      sealed: {},
      windows: [],
      energy: [],
      agent: agentId(`a-${part.agent}`),
      slot: slotId(part.agent === 'desk' ? 'cpu' : 'gpu-0'),
      devices: [],
      hardwareClass: part.agent === 'desk' ? CPU_CLASS : GPU_CLASS,
      startedUnixMilliseconds: 1_790_000_000_000 + part.start * 1000,
      durationSeconds: part.end - part.start,
      outputTail: '',
      facts: {},
    },
  };
}

function frontsOf(results: readonly TrialResult[], hardwareClass: HardwareClassId): FrontView[] {
  const front = frontOf(results.filter(({ observation }) => observation?.hardwareClass === hardwareClass));
  return front.length === 0 ? [] : [{ hardwareClass, results: front, hypervolume: 1234.5678 * front.length }];
}

/** Non-dominated in loss and training energy. */
function frontOf(results: readonly TrialResult[]): TrialResult[] {
  const values = (result: TrialResult): number[] => [result.objectives['loss']!, result.objectives['train_energy']!];
  const done = results.filter(({ trial }) => trial.state === 'completed');
  const dominates = (a: number[], b: number[]): boolean => a.every((x, i) => x <= b[i]!) && a.some((x, i) => x < b[i]!);
  return done
    .filter((result) => !done.some((other) => dominates(values(other), values(result))))
    .sort((a, b) => a.objectives['loss']! - b.objectives['loss']!);
}

function searchEnergyAt(seconds: number): CampaignSnapshot['searchEnergy'] {
  const joules = { desk: 0, 'gpu-box': 0 };
  for (const { agent, start, end } of SCRIPT)
    joules[agent] += wattsOf(agent) * Math.max(0, Math.min(seconds, end) - start);
  return {
    ...(joules.desk > 0 && { model: joules.desk }),
    ...(joules['gpu-box'] > 0 && { counter: joules['gpu-box'] }),
  };
}
