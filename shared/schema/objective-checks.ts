/** What must hold between objectives, other metrics and bounds on them. */

import { WINDOW_KINDS } from '../domain/measurement.js';
import { buildObjective, buildOutcomeConstraint } from './build-objective.js';
import type { CampaignPart } from './campaign-schema.js';
import type { PathFault } from './fault.js';
import { keyFault, nearest, valueFault } from './fault.js';
import type { EnergyInput, ObjectiveInput } from './objective-schema.js';

/** Faults of `objectives`, `metrics` and `outcome-constraints` together; absent blocks are skipped. */
export function objectiveFaults(file: CampaignPart): PathFault[] {
  const objectives = Object.entries(file.objectives ?? {});
  if (file.objectives && objectives.length === 0) {
    return [valueFault(['objectives'], 'is empty', 'Write at least one objective, such as loss: minimize.')];
  }
  return [
    ...objectives.flatMap(([name, input]) => thresholdFaults(name, input)),
    ...repeatedFaults(objectives),
    ...sealedFaults(file),
    ...doubleFaults(file),
    ...boundaryFaults(file),
    ...objectives.flatMap(([name, input]) => windowFaults(name, input)),
  ];
}

/** Programs may mark windows of any kind, but a kind that is nearly a known one is a slip of the pen. */
function windowFaults(name: string, input: ObjectiveInput): PathFault[] {
  const objective = buildObjective(name, input);
  if (objective.from !== 'energy') return [];
  const { window } = objective.energy;
  const meant = WINDOW_KINDS.some((kind) => kind === window) ? undefined : nearest(window, WINDOW_KINDS);
  // `training` may well be a program's own word; `trian` is not.
  if (meant === undefined || window.startsWith(meant)) return [];
  return [
    valueFault(['objectives', name, 'energy', 'window'], `is ${window}, no usual kind of window`, `Write ${meant}.`),
  ];
}

type Objectives = readonly (readonly [string, ObjectiveInput])[];

function thresholdFaults(name: string, input: ObjectiveInput): PathFault[] {
  const { scale, threshold } = buildObjective(name, input);
  if (scale !== 'log' || threshold === undefined || threshold > 0) return [];
  return [
    valueFault(
      ['objectives', name, 'threshold'],
      `is ${threshold}, but a log scale needs > 0`,
      'Write a positive number.',
    ),
  ];
}

/** What an objective is about, as one text. */
function subject(name: string, input: ObjectiveInput): string {
  const objective = buildObjective(name, input);
  return objective.from === 'metric' ? `metric ${objective.metric}` : `energy ${JSON.stringify(objective.energy)}`;
}

function repeatedFaults(objectives: Objectives): PathFault[] {
  const first = new Map<string, string>();
  return objectives.flatMap(([name, input]) => {
    const about = subject(name, input);
    const earlier = first.get(about);
    if (earlier === undefined) first.set(about, name);
    return earlier === undefined
      ? []
      : [keyFault(['objectives', name], `is about the same quantity as ${earlier}`, 'Remove one of the two.')];
  });
}

/** Sealed data must not steer the search, directly or through a bound. */
function sealedFaults(file: CampaignPart): PathFault[] {
  const sealed = (metric: string): boolean => file.metrics?.[metric]?.role === 'test';
  const remedy = 'Use a metric of the validation data, or give it role: info if it is none of the test data.';
  const objectives = Object.entries(file.objectives ?? {}).flatMap(([name, input]) => {
    const objective = buildObjective(name, input);
    if (objective.from !== 'metric' || !sealed(objective.metric)) return [];
    return [keyFault(['objectives', name], `is the metric ${objective.metric}, which is sealed by role: test`, remedy)];
  });
  const bounds = (file['outcome-constraints'] ?? []).flatMap((text, i) => {
    const { metric } = buildOutcomeConstraint(text);
    return sealed(metric)
      ? [valueFault(['outcome-constraints', i], `bounds ${metric}, which is sealed by role: test`, remedy)]
      : [];
  });
  return [...objectives, ...bounds];
}

function doubleFaults({ objectives = {}, metrics = {} }: CampaignPart): PathFault[] {
  const taken = Object.entries(objectives).flatMap(([name, input]) => {
    const objective = buildObjective(name, input);
    return objective.from === 'metric' ? [name, objective.metric] : [name];
  });
  return Object.entries(metrics)
    .filter(([name, { role }]) => role !== 'test' && taken.includes(name))
    .map(([name]) =>
      keyFault(['metrics', name], 'is an objective already', 'Remove it here; objectives are always shown.'),
    );
}

/** One campaign has one boundary, wherever it is written. */
function boundaryFaults({ objectives = {}, measurement }: CampaignPart): PathFault[] {
  const energies = Object.entries(objectives).flatMap(([name, input]) =>
    isEnergy(input) ? [[name, input.energy] as const] : [],
  );
  const common = measurement?.boundary ?? energies.find(([, { boundary }]) => boundary)?.[1].boundary;
  return energies
    .filter(([, { boundary }]) => (boundary ?? measurement?.boundary) !== common)
    .map(([name, { boundary }]) =>
      valueFault(
        ['objectives', name, 'energy', 'boundary'],
        `is ${boundary ?? 'missing'}, but ${common} elsewhere, and different boundaries in one campaign are not supported yet`,
        'Write the boundary once, under measurement.',
      ),
    );
}

const isEnergy = (input: ObjectiveInput): input is Exclude<ObjectiveInput, string> & { readonly energy: EnergyInput } =>
  typeof input === 'object' && 'energy' in input;
