/** A made-up but plausible comparison campaign: three classes with counted, simulated and modelled energy, and failures. */

import type { AttemptRecord } from '../../coordinator/analysis/search-energy.js';
import type { ReportInput } from '../../coordinator/report/report-input.js';
import type { Campaign } from '../../shared/domain/campaign.js';
import { canonicalConfiguration, type Configuration } from '../../shared/domain/configuration.js';
import { agentId, campaignId, deviceId, hardwareClassId, slotId, trialId } from '../../shared/domain/identity.js';
import type { AttemptEnergy, WindowReading } from '../../shared/domain/measurement.js';
import { resultOf } from '../../shared/domain/objective-values.js';
import type { Failure, Observation, Trial, TrialResult } from '../../shared/domain/trial.js';
import { seededRandom, type Random } from '../../shared/runtime/random.js';
import { SAMPLE_CAMPAIGN_TEXT, sampleCampaign } from './sample-campaign.js';
import { SAMPLE_AGENTS, SAMPLE_CLASSES, type SampleClass } from './sample-machines.js';
import { sampleWindows } from './sample-readings.js';

const STARTED = Date.UTC(2026, 7, 21, 9, 0, 0);

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
    SAMPLE_CLASSES.map((hardware, k) =>
      sampleTrial({ campaign, configuration, hardware, index: 3 * c + k + 1, random }),
    ),
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
  readonly campaign: Campaign;
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
  const { campaign, configuration, hardware, index, random } = plan;
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
    attempts: index === 2 || index === 13 ? 2 : 1,
    ...(failed && { failure: failed }),
  };
  const unmeasured = index === 12;
  const seen = unmeasured ? withoutReadings(observation) : observation;
  const attempts = sampleAttempts(trial, observation);
  const test = observation.metrics['validation_loss']! + 0.02 + 0.01 * random.normal();
  const result = failed ? failedResult(trial, observation) : completedResult(campaign, trial, seen);
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
  const metrics = {
    validation_loss: Number((work.loss + 0.015 * random.normal()).toFixed(4)),
    parameters: Math.round(work.size + 256 * Number(configuration['heads'])),
  };
  const windows = sampleWindows({ hardware, index, seconds, random });
  return {
    end: { kind: 'completed' },
    metrics,
    sealed: {},
    windows,
    energy: attemptEnergy(hardware, 1.35 * seconds),
    agent: agentId(hardware.agent),
    slot: slotId('slot-0'),
    devices: hardware.slotDevices.map(deviceId),
    hardwareClass: hardwareClassId(hardware.name),
    startedUnixMilliseconds,
    durationSeconds: 8 + 1.3 * seconds,
    exitCode: 0,
    outputTail: '',
    facts: {
      backend: hardware.backend,
      ...(hardware.provenance !== 'counter' && { idle: 'skipped: modelled energy has no idle power' }),
    },
  };
}

function attemptEnergy(hardware: SampleClass, seconds: number): AttemptEnergy[] {
  const microjoules = (watts: number): bigint => BigInt(Math.round(watts * seconds * 1e6));
  const { metered, part, provenance, watts } = hardware;
  const own: AttemptEnergy = { device: deviceId(metered), part, provenance, microjoules: microjoules(watts) };
  if (part !== 'accelerator') return [own];
  if (provenance !== 'counter') {
    return [own, { device: deviceId('cpu'), part: 'cpu', provenance: 'model', microjoules: microjoules(35) }];
  }
  const share = { provenance: 'shared-estimate', microjoules: microjoules(38) } as const;
  const cpu = { device: deviceId('cpu-package-0'), part: 'cpu', unattributedMicrojoules: microjoules(96) } as const;
  return [own, { ...cpu, ...share }];
}

function withoutReadings(observation: Observation): Observation {
  const windows = observation.windows.map((window): WindowReading => {
    if (window.kind !== 'infer') return window;
    const devices = window.devices.map(({ device, part, source }) => ({
      ...{ kind: 'unusable' as const, device, part, source, reason: 'the counter went back during the window' },
    }));
    return { ...window, devices };
  });
  return { ...observation, windows };
}

const completedResult = (campaign: Campaign, trial: Trial, observation: Observation): TrialResult =>
  resultOf(campaign, trial, { attempt: trial.attempts, observation });

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

const CONTAMINATED =
  'training energy: GPU-5a1c9e3f-8d27-4c6b-9b41-0f2e7d6a1c55: contaminated: process 4711 (python) used the device';

/** Trial 2 lost an attempt with its machine, trial 5 has a late result beside its own, trial 7 an attempt never heard of again, trial 13 was measured again. */
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
  if (trial.index === 13) {
    const end = { kind: 'measured-again', reason: CONTAMINATED } as const;
    return [{ ...extra, attempt: 1, end, energy: observation.energy, lowerBound: false }, own];
  }
  if (trial.index === 7) return [own, { ...extra, attempt: 2, end: { kind: 'lost' }, energy: [], lowerBound: true }];
  return [own];
}

const scaledEnergy = (energy: readonly AttemptEnergy[], divisor: bigint): AttemptEnergy[] =>
  energy.map((reading) => ({ ...reading, microjoules: reading.microjoules / divisor }));
