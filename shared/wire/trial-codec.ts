/** Workloads, windows and observations <-> their plain wire form. */

import { z } from 'zod';

import type { Needs, Workload } from '../domain/campaign.js';
import type { DeviceId, HardwareClassId, SlotId } from '../domain/identity.js';
import { BOUNDARIES, PARTS, PROVENANCES } from '../domain/measurement.js';
import type { AttemptEnergy, DeviceEnergy, WindowReading } from '../domain/measurement.js';
import type { AttemptEnd, Observation } from '../domain/trial.js';
import { bigInteger, double, doubles, id, name, plainValues, texts, values } from './field-schemas.js';

const metricSourceSchema = z
  .object({
    kind: z.enum(['jsonFile', 'pattern']),
    jsonFile: z.object({ path: z.string(), key: z.string() }).exactOptional(),
    pattern: z.string().exactOptional(),
  })
  .transform(({ kind, jsonFile, pattern }) =>
    kind === 'jsonFile'
      ? { kind: 'json-file' as const, path: jsonFile!.path, key: jsonFile!.key }
      : { kind: 'pattern' as const, pattern: pattern! },
  );

const builtinSchema = z
  .object({ trainer: z.literal('language-model'), options: values })
  .transform((plain) => ({ kind: 'builtin' as const, ...plain }));

const commandSchema = z
  .object({
    argv: z.array(z.string()).min(1),
    workingFolder: z.string().exactOptional(),
    environment: texts,
    metrics: z.record(z.string(), metricSourceSchema),
  })
  .transform((plain) => ({ kind: 'command' as const, ...plain }));

export const workloadSchema = z
  .union([z.object({ builtin: builtinSchema }), z.object({ command: commandSchema })])
  .transform((plain): Workload => ('builtin' in plain ? plain.builtin : plain.command));

export function plainWorkload(workload: Workload): object {
  if (workload.kind === 'builtin') return { builtin: { ...workload, options: plainValues(workload.options) } };
  const metrics = Object.entries(workload.metrics).map(([metric, source]) => [
    metric,
    source.kind === 'pattern' ? { pattern: source.pattern } : { jsonFile: { path: source.path, key: source.key } },
  ]);
  return { command: { ...workload, metrics: Object.fromEntries(metrics) as object } };
}

export const needsSchema = z.object({
  environment: z.string().exactOptional(),
  data: z.array(z.string()),
  devices: z.number(),
  deviceMemoryBytes: double.exactOptional(),
  diskBytes: double.exactOptional(),
  labels: texts,
}) satisfies z.ZodType<Needs>;

export const measurementSchema = z.object({
  boundary: z.enum(BOUNDARIES).exactOptional(),
  require: z.enum(['any', 'measured']),
  idleSeconds: double,
  remeasure: z.number(),
  warmUpSeconds: double,
  repeatTarget: double,
  repeatSeconds: double,
  coolDownCelsius: double.exactOptional(),
  coolDownSeconds: double,
});

export const limitsSchema = z.object({ hours: double.exactOptional(), attempts: z.number() });

const failureSchema = z.object({
  kind: z.enum(['infrastructure', 'configuration', 'measurement', 'unknown']),
  reason: z.string(),
  message: z.string(),
  signature: z.string(),
});

const deviceCore = { device: name<DeviceId>(), part: z.enum(PARTS), source: z.string() };

const usableSchema = z.object({
  provenance: z.enum(PROVENANCES),
  energyMicrojoules: bigInteger,
  meanWatts: double,
  peakWatts: double.exactOptional(),
  uncertainty: z.object({ edgeJoules: double, samplingJoules: double, gapJoules: double, gainJoules: double }),
  events: z.array(z.string()),
  rawMicrojoules: bigInteger.exactOptional(),
  check: z
    .object({ source: z.string(), energyMicrojoules: bigInteger })
    .transform(({ source, energyMicrojoules }) => ({ source, microjoules: energyMicrojoules }))
    .exactOptional(),
  unattributedMicrojoules: bigInteger.exactOptional(),
  temperatureCelsius: z.object({ start: double, end: double }).exactOptional(),
});

const deviceEnergySchema = z
  .union([
    z.object({ ...deviceCore, kind: z.literal('usable'), usable: usableSchema }),
    z.object({ ...deviceCore, kind: z.literal('unusableReason'), unusableReason: z.string() }),
  ])
  .transform((plain): DeviceEnergy => {
    const core = { device: plain.device, part: plain.part, source: plain.source };
    if (plain.kind === 'unusableReason') return { kind: 'unusable', ...core, reason: plain.unusableReason };
    const { energyMicrojoules, ...rest } = plain.usable;
    return { kind: 'usable', ...core, ...rest, microjoules: energyMicrojoules };
  });

function plainDeviceEnergy(energy: DeviceEnergy): object {
  const core = { device: energy.device, part: energy.part, source: energy.source };
  if (energy.kind === 'unusable') return { ...core, unusableReason: energy.reason };
  const { microjoules, rawMicrojoules, check, unattributedMicrojoules, ...rest } = energy;
  return {
    ...core,
    usable: {
      ...rest,
      energyMicrojoules: String(microjoules),
      ...(rawMicrojoules !== undefined && { rawMicrojoules: String(rawMicrojoules) }),
      ...(check && { check: { source: check.source, energyMicrojoules: String(check.microjoules) } }),
      ...plainUnattributed(unattributedMicrojoules),
    },
  };
}

const plainUnattributed = (microjoules: bigint | undefined): object =>
  microjoules === undefined ? {} : { unattributedMicrojoules: String(microjoules) };

const windowSchema = z
  .object({
    kind: z.string(),
    label: z.string(),
    ordinal: z.number(),
    startNanoseconds: bigInteger,
    endNanoseconds: bigInteger,
    items: double.exactOptional(),
    unit: z.string().exactOptional(),
    devices: z.array(deviceEnergySchema),
  })
  .transform((plain): WindowReading => plain);

export const attemptEnergySchema = z
  .object({
    device: name<DeviceId>(),
    part: z.enum(PARTS),
    provenance: z.enum(PROVENANCES),
    energyMicrojoules: bigInteger,
    unattributedMicrojoules: bigInteger.exactOptional(),
    isLowerBound: z.boolean().exactOptional(),
  })
  .transform(({ energyMicrojoules, isLowerBound, ...rest }): AttemptEnergy => ({
    ...rest,
    microjoules: energyMicrojoules,
    ...(isLowerBound && { isLowerBound }),
  }));

export const plainAttemptEnergy = ({ microjoules, unattributedMicrojoules, ...rest }: AttemptEnergy): object => ({
  ...rest,
  energyMicrojoules: String(microjoules),
  ...plainUnattributed(unattributedMicrojoules),
});

const observationFields = z.object({
  end: z.enum(['completed', 'stopped-early', 'failed']),
  failure: failureSchema.exactOptional(),
  metrics: doubles,
  sealed: doubles,
  windows: z.array(windowSchema),
  energy: z.array(attemptEnergySchema),
  slot: id<SlotId>(),
  devices: z.array(name<DeviceId>()),
  hardwareClass: name<HardwareClassId>(),
  startedUnixMilliseconds: double,
  durationSeconds: double,
  exitCode: z.number().exactOptional(),
  outputTail: z.string(),
  facts: texts,
  windowsLeftOut: z.number().exactOptional(),
});

/** The observation of an event whose envelope names the agent. */
export const observationSchema = observationFields
  .refine(({ end, failure }) => (end === 'failed') === (failure !== undefined), 'failure goes with end = failed')
  .transform(({ end, failure, ...rest }): Omit<Observation, 'agent'> => ({ ...rest, end: endOf(end, failure) }));

function endOf(end: AttemptEnd['kind'], failure: z.infer<typeof failureSchema> | undefined): AttemptEnd {
  return end === 'failed' ? { kind: 'failed', failure: failure! } : { kind: end };
}

export function plainObservation(observation: Observation): object {
  const { end, windows, energy, ...rest } = observation;
  return {
    ...rest,
    end: end.kind,
    ...(end.kind === 'failed' ? { failure: end.failure } : {}),
    energy: energy.map(plainAttemptEnergy),
    windows: windows.map((window) => ({
      ...window,
      startNanoseconds: String(window.startNanoseconds),
      endNanoseconds: String(window.endNanoseconds),
      devices: window.devices.map(plainDeviceEnergy),
    })),
  };
}
