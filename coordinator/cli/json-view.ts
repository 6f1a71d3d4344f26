/** A campaign as one JSON object per line, for other programs; what each line holds is said in `json-line.ts`. */

import { sealedMetrics, type Campaign, type Objective } from '../../shared/domain/campaign.js';
import type { Failure, Trial, TrialResult } from '../../shared/domain/trial.js';
import { carbonIntensity, grams } from '../../shared/schema/carbon-intensity.js';
import type {
  AgentView,
  CampaignSnapshot,
  EndedAttemptView,
  FrontView,
  JoulesByProvenance,
  RunningTrialView,
} from '../campaign/snapshot.js';
import { savedEnergy } from '../analysis/saved-energy.js';
import { eventsBetween, type CampaignEvent } from './campaign-event.js';
import { provenanceOf, provenancesOf, uncertaintyOf } from './campaign-text.js';
import type { CampaignFinal, CampaignView, ViewStream } from './campaign-view.js';
import {
  JSON_LINES_SCHEMA,
  type FinalState,
  type JsonAgent,
  type JsonBody,
  type JsonCarbon,
  type JsonCounts,
  type JsonEnded,
  type JsonFailure,
  type JsonFront,
  type JsonLine,
  type JsonOutcome,
  type JsonResult,
  type JsonRunning,
  type JsonTrial,
} from './json-line.js';

export function openJsonView(stream: ViewStream): CampaignView {
  let last: CampaignSnapshot | undefined;
  const write = (body: JsonBody, snapshot: CampaignSnapshot | undefined): void => {
    const { id = null, activeSeconds = 0 } = snapshot ?? {};
    const line: JsonLine = { ...body, campaign: id, activeSeconds, schema: JSON_LINES_SCHEMA };
    stream.write(`${JSON.stringify(line)}\n`);
  };
  return {
    update(snapshot) {
      const events = eventsBetween(last, snapshot);
      last = snapshot;
      for (const event of events) write(eventBody(event, snapshot), snapshot);
    },
    note: (message) => write({ event: 'note', message }, last),
    close: (final) => write(finalBody(final), final.snapshot),
    [Symbol.dispose]: () => undefined,
  };
}

function eventBody(event: CampaignEvent, snapshot: CampaignSnapshot): JsonBody {
  const { campaign } = snapshot;
  switch (event.kind) {
    case 'campaign-opened':
      return openedBody(snapshot);
    case 'agent-joined':
      return { event: event.kind, agent: jsonAgent(event.agent) };
    case 'agent-left':
    case 'agent-readmitted':
      return { event: event.kind, agentName: event.agent.name };
    case 'agent-unfit':
    case 'agent-quarantined':
      return { event: event.kind, agentName: event.agent.name, reason: event.reason };
    case 'trial-started':
    case 'trial-reported':
      return { event: event.kind, ...jsonRunning(event.running, campaign) };
    case 'trial-returned':
    case 'trial-remeasured':
      return {
        event: 'trial-returned',
        ...jsonRunning(event.running, campaign),
        ...jsonEnded(event.ended),
        ...(event.kind === 'trial-remeasured' && { measuredAgainBecause: event.reason }),
      };
    case 'trial-finished': {
      const result = jsonResult(event.result, campaign);
      return { event: `trial-${result.state}`, ...result, ...counts(snapshot) };
    }
    case 'front-changed':
      return { event: event.kind, ...jsonFront(event.front, { campaign }) };
    case 'method-changed':
      return { event: event.kind, method: event.method };
    case 'budget-reached':
      return { event: event.kind, reason: event.reason };
  }
}

function openedBody(snapshot: CampaignSnapshot): JsonBody {
  const { name, seed, objectives } = snapshot.campaign;
  return {
    event: 'campaign-opened',
    name,
    seed,
    objectives: objectives.map(({ name, goal, unit, from }) => ({ name, goal, unit, from })),
    ...counts(snapshot),
  };
}

function finalBody(final: CampaignFinal): JsonBody {
  const { snapshot, reports, next, sealed } = final;
  const { campaign, state, closeReason, fronts, measuredAgain, searchEnergy, searchEnergyIsLowerBound } = snapshot;
  return {
    event: state === 'closed' ? 'campaign-closed' : 'campaign-left',
    reason: closeReason ?? null,
    fronts: fronts.map((front) => jsonFront(front, { campaign, sealed: state === 'closed' ? sealed : undefined })),
    searchEnergyJoules: searchEnergy,
    searchEnergyIsLowerBound,
    ...carbonOf(snapshot),
    savedJoules: savedEnergy(snapshot.results),
    measuredAgain,
    reports,
    next: next.map(({ command, purpose }) => ({ command, purpose })),
    ...counts(snapshot),
  };
}

function carbonOf({ campaign, searchEnergy }: CampaignSnapshot): { readonly searchCarbon?: JsonCarbon } {
  if (!campaign.carbon) return {};
  const intensity = carbonIntensity(campaign.carbon);
  const { gramsPerKilowattHour, label, attribution } = intensity;
  return {
    searchCarbon: {
      grams: mapJoules(searchEnergy, (joules) => grams(joules, intensity)),
      ...{ gramsPerKilowattHour, label, attribution },
    },
  };
}

const mapJoules = (joules: JoulesByProvenance, of: (value: number) => number): JoulesByProvenance =>
  Object.fromEntries(Object.entries(joules).map(([provenance, value]) => [provenance, of(value)]));

const counts = ({ finished, planned }: CampaignSnapshot): JsonCounts => ({ finished, planned: planned ?? null });

function jsonAgent({ name, machine, slots }: AgentView): JsonAgent {
  const { hostName, cpuModel, cores, memoryBytes, devices, sensors, backend } = machine;
  return { name, hostName, cpuModel, cores, memoryBytes, devices, sensors, backend, slots };
}

const jsonTrial = ({ id, index, attempts, replicate, configuration }: Trial): JsonTrial => ({
  trial: id,
  index,
  attempts,
  replicate,
  configuration,
});

function jsonRunning(running: RunningTrialView, campaign: Campaign): JsonRunning {
  const { agentName, hardwareClass, phase, elapsedSeconds, step, fraction, metrics, joules } = running;
  return {
    ...jsonTrial(running.trial),
    agentName,
    hardwareClass,
    phase,
    elapsedSeconds,
    step: step ?? null,
    fraction: fraction ?? null,
    metrics: openMetrics(metrics, campaign),
    joules,
  };
}

/** Its energy as it is known now, which may be more than was known when it was last seen running. */
const jsonEnded = ({ joules, isLowerBound, failure }: EndedAttemptView): JsonEnded => ({
  joules,
  joulesAreLowerBound: isLowerBound,
  ...(failure && { failure: jsonFailure(failure) }),
});

const jsonFailure = ({ kind, reason, message }: Failure): JsonFailure => ({ kind, reason, message });

function jsonResult(result: TrialResult, campaign: Campaign): JsonResult {
  const { trial, observation, stopped } = result;
  return {
    ...jsonTrial(trial),
    state: trial.state as FinalState,
    hardwareClass: observation?.hardwareClass ?? trial.hardwareClass ?? null,
    durationSeconds: observation?.durationSeconds ?? null,
    objectives: campaign.objectives.map((objective) => jsonOutcome(result, objective)),
    metrics: openMetrics(observation?.metrics ?? {}, campaign),
    ...(trial.failure && { failure: jsonFailure(trial.failure) }),
    ...(stopped && { stopped: { ...stopped.estimate, ...(stopped.saved && { savedJoules: stopped.saved }) } }),
  };
}

function jsonOutcome(result: TrialResult, objective: Objective): JsonOutcome {
  const { name, unit } = objective;
  const value = result.objectives[name];
  const provenance = provenanceOf(result, objective);
  const uncertainty = uncertaintyOf(result, objective);
  const reason = result.missing[name];
  const energy = result.energies[name];
  return {
    name,
    unit,
    value: value ?? null,
    ...(provenance !== undefined && { provenance }),
    ...(uncertainty !== undefined && { standardUncertainty: uncertainty }),
    ...(energy?.kind === 'usable' && energy.repeats && { repeats: energy.repeats }),
    ...(reason !== undefined && { reason }),
  };
}

interface FrontContext {
  readonly campaign: Campaign;
  readonly sealed?: CampaignFinal['sealed'];
}

function jsonFront({ hardwareClass, hypervolume, results }: FrontView, { campaign, sealed }: FrontContext): JsonFront {
  return {
    hardwareClass,
    energyBy: provenancesOf(results, campaign),
    hypervolume: hypervolume ?? null,
    trials: results.map((result) => {
      const unsealed = sealed?.get(result.trial.id);
      return { ...jsonResult(result, campaign), ...(unsealed && { sealed: unsealed }) };
    }),
  };
}

/** Sealed metrics should never come this far; a reader of lines must not see one even then. */
function openMetrics(metrics: Readonly<Record<string, number>>, campaign: Campaign): Record<string, number> {
  const sealed = sealedMetrics(campaign);
  return Object.fromEntries(Object.entries(metrics).filter(([name]) => !sealed.has(name)));
}
