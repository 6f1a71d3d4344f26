/** From a valid campaign file to the campaign: short forms written out, units made canonical, defaults filled in. */

import type {
  Budget,
  Campaign,
  CarbonIntensity,
  ExtraMetric,
  HardwarePolicy,
  MeasurementProtocol,
  MetricSource,
  Needs,
  Objective,
  ProposerSettings,
  TrialLimits,
  Workload,
} from '../domain/campaign.js';
import { buildObjective, buildOutcomeConstraint, isRepeatable } from './build-objective.js';
import { buildSpace } from './build-space.js';
import { CAMPAIGN_DEFAULTS as DEFAULTS } from './campaign-defaults.js';
import type { CampaignFile } from './campaign-schema.js';
import { defined } from './defined.js';
import { LANGUAGE_MODEL_SEALED } from './language-model-checks.js';
import { LANGUAGE_MODEL_METRICS } from './language-model-schema.js';
import type { MetricInput } from './objective-schema.js';
import { parseQuantity } from './quantity-text.js';
import { buildStopping } from './stopping-schema.js';
import type { CommandInput, WorkloadInput } from './workload-schema.js';

/** The campaign that a file describes; the file has passed its schema and all checks. */
export function buildCampaign(file: CampaignFile): Campaign {
  return {
    name: file.name,
    owner: file.owner ?? DEFAULTS.owner,
    description: file.description ?? DEFAULTS.description,
    seed: file.seed ?? DEFAULTS.seed,
    space: buildSpace(file.space, file.constraints),
    objectives: buildObjectives(file),
    constraints: (file['outcome-constraints'] ?? []).map(buildOutcomeConstraint),
    metrics: buildMetrics(file),
    workload: buildWorkload(file.workload),
    budget: buildBudget(file.budget),
    hardware: { ...DEFAULTS.hardware, ...defined<HardwarePolicy>(file.hardware ?? {}) },
    needs: buildNeeds(file.needs ?? {}),
    measurement: buildMeasurement(file),
    proposer: buildProposer(file.proposer),
    limits: buildLimits(file.limits ?? {}),
    secrets: file.secrets ?? DEFAULTS.secrets,
    ...defined<Pick<Campaign, 'carbon' | 'stopping' | 'code' | 'checkpoints'>>({
      carbon: file.carbon === undefined ? undefined : carbonIntensity(file.carbon),
      stopping: file.stopping && buildStopping(file.stopping),
      code: file.code,
      checkpoints: file.checkpoints && {
        store: file.checkpoints.store,
        keep: file.checkpoints.keep,
        ...defined<{ maxBytes: number }>({ maxBytes: quantity(file.checkpoints['max-size'], 'bytes') }),
      },
    }),
  };
}

/** How configurations are chosen. */
export const buildProposer = ({
  'per-joule': perJoule,
  ...input
}: NonNullable<CampaignFile['proposer']> = {}): ProposerSettings => ({
  ...DEFAULTS.proposer,
  ...defined<Omit<ProposerSettings, 'perJoule'>>(input),
  // What is not asked for leaves no trace: the campaign keeps the hash that it had before this could be asked.
  ...(perJoule === true && { perJoule }),
});

/** A built-in trainer knows the units of its metrics. */
function buildObjectives({ objectives, workload }: CampaignFile): readonly Objective[] {
  return Object.entries(objectives).map(([name, input]) => {
    const objective = buildObjective(name, input);
    if (objective.from === 'energy' || objective.unit !== '') return objective;
    return { ...objective, unit: trainerUnit(workload, objective.metric) };
  });
}

/** Metrics of the test split are sealed even where the file does not name them. */
function buildMetrics({ metrics = {}, workload }: CampaignFile): readonly ExtraMetric[] {
  const sealed = workload.kind === 'builtin' ? LANGUAGE_MODEL_SEALED : [];
  const added = sealed.filter((name) => !Object.hasOwn(metrics, name)).map((name) => [name, { role: 'test' }] as const);
  return [...Object.entries(metrics), ...added].map(([name, input]: readonly [string, MetricInput]) => ({
    name,
    role: input.role ?? 'info',
    unit: input.unit ?? trainerUnit(workload, name),
  }));
}

function trainerUnit({ kind }: WorkloadInput, metric: string): string {
  const units: Readonly<Record<string, string>> = LANGUAGE_MODEL_METRICS;
  return (kind === 'builtin' ? units[metric] : undefined) ?? '';
}

function buildWorkload(input: WorkloadInput): Workload {
  if (input.kind === 'builtin') return { kind: 'builtin', trainer: input.trainer, options: input.options ?? {} };
  const metrics = Object.entries(input.metrics ?? {}).map(([name, source]) => [name, buildSource(source)] as const);
  return {
    kind: 'command',
    argv: input.argv,
    environment: input.environment ?? {},
    metrics: Object.fromEntries(metrics),
    ...defined<{ workingFolder: string }>({ workingFolder: input['working-folder'] }),
  };
}

const buildSource = (source: NonNullable<CommandInput['metrics']>[string]): MetricSource =>
  'json' in source
    ? { kind: 'json-file', path: source.json, key: source.key }
    : { kind: 'pattern', pattern: source.pattern };

function buildBudget(input: CampaignFile['budget']): Budget {
  return {
    counts: input.configurations === undefined ? DEFAULTS.budget.counts : 'configurations',
    ...defined<Omit<Budget, 'counts'>>({
      trials: input.configurations ?? input.trials,
      hours: hours(input.hours),
      deviceHours: hours(input['device-hours']),
      energyJoules: quantity(input.energy, 'energy'),
    }),
  };
}

function buildNeeds(input: NonNullable<CampaignFile['needs']>): Needs {
  return {
    data: input.data ?? DEFAULTS.needs.data,
    devices: input.devices ?? DEFAULTS.needs.devices,
    labels: input.labels ?? DEFAULTS.needs.labels,
    ...defined<Pick<Needs, 'environment' | 'deviceMemoryBytes' | 'diskBytes'>>({
      environment: input.environment,
      deviceMemoryBytes: quantity(input['device-memory'], 'bytes'),
      diskBytes: quantity(input.disk, 'bytes'),
    }),
  };
}

/**
 * The boundary that energy objectives name is the campaign's: they have been checked to agree. Where no objective is
 * energy per item of a window that can be repeated, nothing is spent on repeats unless the file asks for them.
 */
function buildMeasurement({ measurement = {}, objectives }: CampaignFile): MeasurementProtocol {
  const energies = Object.values(objectives).flatMap((input) =>
    typeof input === 'object' && 'energy' in input ? [input.energy] : [],
  );
  const [named] = energies.flatMap(({ boundary }) => boundary ?? []);
  const repeated = energies.some(isRepeatable);
  return {
    require: measurement.require ?? DEFAULTS.measurement.require,
    idleSeconds: quantity(measurement.idle, 'duration') ?? DEFAULTS.measurement.idleSeconds,
    remeasure: measurement.remeasure ?? DEFAULTS.measurement.remeasure,
    warmUpSeconds: quantity(measurement['warm-up'], 'duration') ?? (repeated ? DEFAULTS.measurement.warmUpSeconds : 0),
    repeatTarget: share(measurement.repeat?.target) ?? (repeated ? DEFAULTS.measurement.repeatTarget : 0),
    repeatSeconds: quantity(measurement.repeat?.within, 'duration') ?? DEFAULTS.measurement.repeatSeconds,
    coolDownSeconds: quantity(measurement['cool-down']?.within, 'duration') ?? DEFAULTS.measurement.coolDownSeconds,
    ...defined<Pick<MeasurementProtocol, 'boundary' | 'coolDownCelsius'>>({
      boundary: measurement.boundary ?? named,
      coolDownCelsius: measurement['cool-down']?.celsius,
    }),
  };
}

function buildLimits(input: NonNullable<CampaignFile['limits']>): TrialLimits {
  return {
    attempts: input.attempts ?? DEFAULTS.limits.attempts,
    ...defined<{ hours: number }>({ hours: hours(input.hours) }),
  };
}

const carbonIntensity = (input: NonNullable<CampaignFile['carbon']>): CarbonIntensity =>
  'region' in input
    ? { kind: 'region', region: input.region }
    : { kind: 'stated', gramsPerKilowattHour: input['grams-per-kwh'] };

/** `2 %` or `0.02`. */
const share = (input: number | string | undefined): number | undefined =>
  typeof input === 'string' ? Number.parseFloat(input) / 100 : input;

const SECONDS_PER_HOUR = 3600;

const hours = (input: number | string | undefined): number | undefined => {
  if (typeof input !== 'string') return input;
  const seconds = parseQuantity(input, 'duration');
  return seconds === undefined ? undefined : seconds / SECONDS_PER_HOUR;
};

const quantity = (text: string | undefined, kind: 'energy' | 'duration' | 'bytes'): number | undefined =>
  text === undefined ? undefined : parseQuantity(text, kind);
