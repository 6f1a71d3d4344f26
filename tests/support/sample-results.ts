/** A made-up but plausible comparison campaign: three classes with counted, simulated and modelled energy, and failures. */

import type { AttemptRecord } from '../../coordinator/analysis/search-energy.js';
import type { ReportInput } from '../../coordinator/report/report-input.js';
import type { Campaign } from '../../shared/domain/campaign.js';
import { canonicalConfiguration, type Configuration } from '../../shared/domain/configuration.js';
import { agentId, campaignId, deviceId, hardwareClassId, slotId, trialId } from '../../shared/domain/identity.js';
import {
  sumWithin,
  type AttemptEnergy,
  type DeviceEnergy,
  type WindowReading,
} from '../../shared/domain/measurement.js';
import type { Failure, Observation, Trial, TrialResult } from '../../shared/domain/trial.js';
import { seededRandom, type Random } from '../../shared/runtime/random.js';
import { SAMPLE_CAMPAIGN_TEXT, sampleCampaign } from './sample-campaign.js';
import { SAMPLE_AGENTS, SAMPLE_CLASSES, type SampleClass } from './sample-machines.js';

const STARTED = Date.UTC(2026, 7, 21, 9, 0, 0);
const ENERGY = ['training energy', 'decode energy'] as const;

export interface SampleOptions {
  /** Each runs once on every class; 6 give the 18 trials of the default. */
  readonly configurations?: number;
  readonly state?: 'open' | 'closed';
  readonly campaign?: Campaign;
}

/** The sample campaign's report input. Trials 2, 4, 9 and 12 end badly, each in its own way. */
export function sampleReportInput(options: SampleOptions = {}): ReportInput {
  const { configurations = 6, state = 'closed', campaign = sampleCampaign } = options;
  const random = seededRandom('sample');
  const trials = Array.from({ length: configurations }, () => sampleConfiguration(random)).flatMap((configuration, c) =>
    SAMPLE_CLASSES.map((hardware, k) => sampleTrial({ configuration, hardware, index: 3 * c + k + 1, random })),
  );
  return {
    campaign,
    campaignId: 'c-3',
    campaignText: SAMPLE_CAMPAIGN_TEXT,
    state,
    createdUnixMilliseconds: STARTED,
    ...(state === 'closed' && { closedUnixMilliseconds: STARTED + configurations * 420_000 }),
    nowUnixMilliseconds: STARTED + configurations * 420_000 + 5_000,
    results: trials.map(({ result }) => result),
    attempts: trials.flatMap(({ attempts }) => attempts),
    agents: SAMPLE_AGENTS,
    reference: [5.5, 80_000, 10],
    ...(state === 'closed' && {
      sealed: Object.fromEntries(trials.map(({ result, test }) => [result.trial.id, { test_loss: test }])),
    }),
    proposals: [
      { index: 0, count: 6, method: 'scrambled Sobol points' },
      { index: 6, count: Math.max(0, configurations - 6), method: 'noisy expected hypervolume improvement' },
    ].filter(({ count }) => count > 0),
    versions: { ecopt: '0.1.0', node: 'v20.20.2', 'message server': 'nats-server 2.10.27' },
  };
}

function sampleConfiguration(random: Random): Configuration {
  const pick = <T>(values: readonly T[]): T => values[random.integer(values.length)]!;
  return {
    learning_rate: Number((10 ** (-4 + 2 * random.uniform())).toPrecision(3)),
    layers: 1 + random.integer(4),
    heads: pick([1, 2, 4]),
    head_width: pick([8, 16, 32]),
    context: pick([32, 64, 128]),
    activation: pick(['gelu', 'relu']),
  };
}

interface TrialPlan {
  readonly configuration: Configuration;
  readonly hardware: SampleClass;
  readonly index: number;
  readonly random: Random;
}

interface SampleTrial {
  readonly result: TrialResult;
  readonly attempts: readonly AttemptRecord[];
  readonly test: number;
}

const FAILURES: Readonly<Record<number, Failure>> = {
  4: failure('configuration', 'out-of-memory', 'The model and its gradients did not fit into 40 GB of device memory.'),
  9: failure('configuration', 'diverged', 'The training loss became NaN at step 118.'),
};

function failure(kind: Failure['kind'], reason: string, message: string): Failure {
  return { kind, reason, message, signature: reason };
}

function sampleTrial(plan: TrialPlan): SampleTrial {
  const { configuration, hardware, index, random } = plan;
  const work = workOf(configuration);
  const observation = sampleObservation(plan, work);
  const failed = FAILURES[index];
  const trial: Trial = {
    id: trialId(`c-3.${index}`),
    campaign: campaignId('c-3'),
    index,
    configuration,
    configurationHash: canonicalConfiguration(configuration),
    hardwareClass: hardwareClassId(hardware.name),
    replicate: 1,
    state: failed ? 'failed' : 'completed',
    attempts: index === 2 ? 2 : 1,
    ...(failed && { failure: failed }),
  };
  const unmeasured = index === 12;
  const seen = unmeasured ? withoutReadings(observation) : observation;
  const attempts = sampleAttempts(trial, observation);
  const test = observation.metrics['validation_loss']! + 0.02 + 0.01 * random.normal();
  const result = failed ? failedResult(trial, observation) : completedResult(trial, seen);
  return { result, attempts, test };
}

/** Relative size of the work and the loss it leads to: bigger models are better, up to a point. */
function workOf(configuration: Configuration): { readonly size: number; readonly loss: number } {
  const number = (name: string): number => Number(configuration[name]);
  const width = number('heads') * number('head_width');
  const size = number('layers') * width * width * 12 + 512 * width;
  const tuned = Math.abs(Math.log10(number('learning_rate')) + 2.7);
  return { size, loss: 5.4 - 0.19 * Math.log(size / 1000) + 0.35 * tuned - 0.002 * number('context') };
}

function sampleObservation(
  { configuration, hardware, index, random }: TrialPlan,
  work: ReturnType<typeof workOf>,
): Observation {
  const seconds = hardware.secondsPerUnit * (20 + work.size / 4_000) * (1 + 0.03 * random.normal());
  const startedUnixMilliseconds = STARTED + Math.floor((index - 1) / 3) * 400_000 + hardware.delay;
  const origin = BigInt(index) * 1_000_000_000_000n;
  const window = (key: Pick<WindowReading, 'kind' | 'label' | 'items'>, start: number, end: number): WindowReading => ({
    ...key,
    ordinal: 0,
    startNanoseconds: origin + BigInt(Math.round(start * 1e9)),
    endNanoseconds: origin + BigInt(Math.round(end * 1e9)),
    unit: 'token',
    devices: [deviceEnergy(hardware, end - start, random)],
  });
  return {
    end: { kind: 'completed' },
    metrics: {
      validation_loss: Number((work.loss + 0.015 * random.normal()).toFixed(4)),
      parameters: Math.round(work.size + 256 * Number(configuration['heads'])),
    },
    sealed: {},
    windows: [
      window({ kind: 'train', label: '', items: 400_000 }, 3, 3 + seconds),
      window({ kind: 'infer', label: 'decode', items: 2_000 }, 5 + seconds, 5 + 1.25 * seconds),
    ],
    energy: attemptEnergy(hardware, 1.35 * seconds),
    agent: agentId(hardware.agent),
    slot: slotId('slot-0'),
    devices: hardware.slotDevices.map(deviceId),
    hardwareClass: hardwareClassId(hardware.name),
    startedUnixMilliseconds,
    durationSeconds: 8 + 1.3 * seconds,
    exitCode: 0,
    outputTail: '',
    facts: { backend: hardware.backend },
  };
}

function deviceEnergy(hardware: SampleClass, seconds: number, random: Random): DeviceEnergy {
  const watts = hardware.watts * (1 + 0.02 * random.normal());
  const joules = watts * seconds;
  return {
    kind: 'usable',
    device: deviceId(hardware.metered),
    part: hardware.part,
    source: hardware.source,
    provenance: hardware.provenance,
    microjoules: BigInt(Math.round(joules * 1e6)),
    meanWatts: watts,
    uncertainty: {
      edgeJoules: 0.02 * watts,
      samplingJoules: 0.006 * joules,
      gapJoules: 0,
      gainJoules: hardware.gain * joules,
    },
    events: [],
  };
}

function attemptEnergy(hardware: SampleClass, seconds: number): AttemptEnergy[] {
  const microjoules = (watts: number): bigint => BigInt(Math.round(watts * seconds * 1e6));
  const { metered, part, provenance, watts } = hardware;
  const own: AttemptEnergy = { device: deviceId(metered), part, provenance, microjoules: microjoules(watts) };
  if (part !== 'accelerator') return [own];
  return [own, { device: deviceId('cpu'), part: 'cpu', provenance: 'model', microjoules: microjoules(35) }];
}

function withoutReadings(observation: Observation): Observation {
  const [train, decode] = observation.windows;
  const reading = decode!.devices[0]!;
  const { device, part, source } = reading;
  const unusable: DeviceEnergy = {
    kind: 'unusable',
    device,
    part,
    source,
    reason: 'the counter went back during the window',
  };
  return { ...observation, windows: [train!, { ...decode!, devices: [unusable] }] };
}

function completedResult(trial: Trial, observation: Observation): TrialResult {
  const [train, decode] = observation.windows.map(({ devices }) =>
    sumWithin(devices, devices[0]!.part === 'accelerator' ? 'accelerator' : 'cpu'),
  );
  const known = { 'validation loss': observation.metrics['validation_loss']! };
  const energies = { [ENERGY[0]]: { ...train!, items: 400_000 }, [ENERGY[1]]: { ...decode!, items: 2_000 } };
  return {
    trial,
    attempt: trial.attempts,
    objectives: {
      ...known,
      ...(train!.kind === 'usable' && { [ENERGY[0]]: train!.joules }),
      ...(decode!.kind === 'usable' && { [ENERGY[1]]: decode!.joules / 2_000 }),
    },
    missing: decode!.kind === 'unusable' ? { [ENERGY[1]]: decode!.reason } : {},
    energies,
    observation,
  };
}

function failedResult(trial: Trial, observation: Observation): TrialResult {
  const end = { kind: 'failed', failure: trial.failure! } as const;
  return {
    trial,
    attempt: 1,
    objectives: {},
    missing: {},
    energies: {},
    observation: { ...observation, end, metrics: {}, windows: [] },
  };
}

/** Trial 2 lost an attempt with its machine, trial 5 has a late result beside its own, trial 7 an attempt never heard of again. */
function sampleAttempts(trial: Trial, observation: Observation): AttemptRecord[] {
  const ended = observation.startedUnixMilliseconds + 1000 * observation.durationSeconds;
  const core = { trial: trial.id, agent: observation.agent, hardwareClass: observation.hardwareClass };
  const own: AttemptRecord = {
    ...core,
    attempt: trial.attempts,
    end: trial.failure ? { kind: 'failed', failure: trial.failure } : { kind: 'completed' },
    accounted: true,
    energy: trial.failure ? scaledEnergy(observation.energy, 3n) : observation.energy,
    lowerBound: false,
    endedUnixMilliseconds: ended,
  };
  const extra = { ...core, accounted: false, endedUnixMilliseconds: ended - 1000 };
  if (trial.index === 2) {
    return [
      { ...extra, attempt: 1, end: { kind: 'lost' }, energy: scaledEnergy(observation.energy, 2n), lowerBound: true },
      own,
    ];
  }
  if (trial.index === 5) {
    return [own, { ...extra, attempt: 2, end: { kind: 'completed' }, energy: observation.energy, lowerBound: false }];
  }
  if (trial.index === 7) return [own, { ...extra, attempt: 2, end: { kind: 'lost' }, energy: [], lowerBound: true }];
  return [own];
}

const scaledEnergy = (energy: readonly AttemptEnergy[], divisor: bigint): AttemptEnergy[] =>
  energy.map((reading) => ({ ...reading, microjoules: reading.microjoules / divisor }));
