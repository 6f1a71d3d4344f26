/** One trial as plain JSON: values with reasons where unknown, and the readings behind every joule. */

import { sealedMetrics, type Campaign, type Objective } from '../../shared/domain/campaign.js';
import type { WindowReading } from '../../shared/domain/measurement.js';
import type { Observation, TrialResult, TrialState } from '../../shared/domain/trial.js';
import type { UsableEnergy } from '../analysis/device-energy.js';
import { searchEnergy, type AttemptRecord } from '../analysis/search-energy.js';
import { uncertaintyOf } from '../analysis/outcome-groups.js';
import { energyFigures, type FigureSources } from './energy-figure.js';
import type { TrialFacts, Value, WindowFacts } from './report-data.js';

export interface TrialSources {
  readonly result: TrialResult;
  readonly attempts: readonly AttemptRecord[];
  readonly onFront: boolean;
}

/** Everything a report tells of one trial. Program output and sealed metrics are left out. */
export function trialFacts(sources: FigureSources, { result, attempts, onFront }: TrialSources): TrialFacts {
  const { campaign } = sources;
  const { trial, observation } = result;
  const last = observation ?? lastLease(attempts);
  const hardwareClass = last?.hardwareClass ?? trial.hardwareClass;
  return {
    id: trial.id,
    index: trial.index,
    configuration: trial.configuration,
    configurationHash: trial.configurationHash,
    replicate: trial.replicate,
    state: trial.state,
    attempts: trial.attempts,
    onFront,
    devices: observation?.devices ?? [],
    ...(result.attempt !== undefined && { accountedAttempt: result.attempt }),
    ...(hardwareClass && { hardwareClass }),
    ...(last?.agent && { agent: last.agent }),
    ...(last?.startedUnixMilliseconds !== undefined && { startedUnixMilliseconds: last.startedUnixMilliseconds }),
    ...(last?.durationSeconds !== undefined && { durationSeconds: last.durationSeconds }),
    spent: searchEnergy(attempts).totals,
    ...(trial.failure && { failure: trial.failure }),
    ...(result.stopped && { stopped: result.stopped }),
    objectives: Object.fromEntries(
      campaign.objectives.map((objective) => [objective.name, valueOf(result, objective)]),
    ),
    metrics: openMetrics(campaign, observation),
    energies: campaign.objectives.flatMap((objective) => energyFigures(sources, result, objective)),
    windows: (observation?.windows ?? []).map(windowFacts),
    facts: observation?.facts ?? {},
  };
}

/** Of a trial without a result, what the coordinator itself knows of its last attempt. */
function lastLease(
  attempts: readonly AttemptRecord[],
): Partial<Pick<Observation, 'agent' | 'hardwareClass' | 'startedUnixMilliseconds' | 'durationSeconds'>> | undefined {
  const last = [...attempts].sort((a, b) => b.attempt - a.attempt)[0];
  if (!last) return undefined;
  const { agent, hardwareClass, grantedUnixMilliseconds: granted, endedUnixMilliseconds: ended } = last;
  return {
    ...(agent && { agent }),
    ...(hardwareClass && { hardwareClass }),
    ...(granted !== undefined && { startedUnixMilliseconds: granted }),
    ...(granted !== undefined && ended !== undefined && { durationSeconds: (ended - granted) / 1000 }),
  };
}

const WHY_NO_VALUE: Readonly<Record<TrialState, string>> = {
  queued: 'not started yet',
  leased: 'still running',
  completed: 'not reported',
  'stopped-early': 'stopped early',
  failed: 'failed',
  unpaired: 'no machine of this class was left to run it',
  cancelled: 'cancelled',
};

function valueOf(result: TrialResult, objective: Objective): Value {
  const value = result.objectives[objective.name];
  if (value !== undefined && Number.isFinite(value)) {
    const uncertainty = uncertaintyOf(result, objective);
    return { kind: 'known', value, ...(uncertainty && { uncertainty }) };
  }
  if (value !== undefined) return { kind: 'unknown', reason: `the program reported ${value}` };
  const { state, failure } = result.trial;
  const energy = result.energies[objective.name];
  const reason =
    result.missing[objective.name] ??
    (energy?.kind === 'unusable' ? energy.reason : failure?.message) ??
    WHY_NO_VALUE[state];
  return { kind: 'unknown', reason };
}

function openMetrics(campaign: Campaign, observation?: Observation): Record<string, number> {
  const sealed = sealedMetrics(campaign);
  return Object.fromEntries(Object.entries(observation?.metrics ?? {}).filter(([name]) => !sealed.has(name)));
}

function windowFacts(window: WindowReading): WindowFacts {
  return {
    kind: window.kind,
    label: window.label,
    ordinal: window.ordinal,
    startNanoseconds: String(window.startNanoseconds),
    endNanoseconds: String(window.endNanoseconds),
    ...(window.items !== undefined && { items: window.items }),
    ...(window.unit !== undefined && { unit: window.unit }),
    devices: window.devices.map((reading) => (reading.kind === 'usable' ? plainReading(reading) : reading)),
  };
}

/** Integers as decimal texts. */
function plainReading({
  microjoules,
  rawMicrojoules,
  check,
  unattributedMicrojoules,
  ...rest
}: UsableEnergy): WindowFacts['devices'][number] {
  return {
    ...rest,
    microjoules: String(microjoules),
    ...(rawMicrojoules !== undefined && { rawMicrojoules: String(rawMicrojoules) }),
    ...(check && { check: { ...check, microjoules: String(check.microjoules) } }),
    ...(unattributedMicrojoules !== undefined && { unattributedMicrojoules: String(unattributedMicrojoules) }),
  };
}
