/** Parts of a campaign in words: values with units and provenance, unknown where they are unknown. */

import type { Campaign, Objective } from '../../shared/domain/campaign.js';
import { sealedMetrics } from '../../shared/domain/campaign.js';
import type { Configuration, ParameterValue } from '../../shared/domain/configuration.js';
import { PROVENANCES, randomJoules, type Provenance } from '../../shared/domain/measurement.js';
import { formatMeasure, formatNumber, formatQuantity } from '../../shared/domain/quantity.js';
import { grams, type KnownIntensity } from '../../shared/schema/carbon-intensity.js';
import { stoppedText } from '../../shared/domain/stopping.js';
import type { Failure, TrialResult } from '../../shared/domain/trial.js';
import type { FrontView, JoulesByProvenance } from '../campaign/snapshot.js';

/** Joules by provenance, best known first, such as `312 J counter and 4.21 kJ model`; `unknown` when there is no figure. */
export function joulesText(joules: JoulesByProvenance): string {
  const parts = [...PROVENANCES].reverse().flatMap((provenance) => {
    const value = joules[provenance];
    return value === undefined ? [] : [`${formatQuantity(value, 'J')} ${provenance}`];
  });
  return parts.length > 0 ? parts.join(' and ') : 'unknown';
}

/** Several energies together, each provenance by itself. */
export function addedJoules(all: readonly JoulesByProvenance[]): JoulesByProvenance {
  const sums: Partial<Record<Provenance, number>> = {};
  for (const provenance of PROVENANCES) {
    const known = all.flatMap((joules) => joules[provenance] ?? []);
    if (known.length > 0) sums[provenance] = known.reduce((sum, value) => sum + value, 0);
  }
  return sums;
}

/** Energy of all attempts; a lower bound is said to be one. */
export function searchEnergyText(joules: JoulesByProvenance, isLowerBound: boolean): string {
  const text = joulesText(joules);
  return isLowerBound && text !== 'unknown' ? `at least ${text}` : text;
}

/** Carbon of that energy, each provenance by itself; modelled joules give modelled grams. */
export function searchCarbonText(
  joules: JoulesByProvenance,
  { intensity, isLowerBound }: { readonly intensity: KnownIntensity; readonly isLowerBound: boolean },
): string {
  const parts = [...PROVENANCES].reverse().flatMap((provenance) => {
    const value = joules[provenance];
    return value === undefined ? [] : [`${formatQuantity(grams(value, intensity), 'g')} CO2e ${provenance}`];
  });
  if (parts.length === 0) return 'unknown';
  return `${isLowerBound ? 'at least ' : ''}${parts.join(' and ')}`;
}

/** The value of one objective without its name, such as `3.198 nats` or `412 J model`; `unknown` where it is. */
export function outcomeText(result: TrialResult, objective: Objective): string {
  const value = formatMeasure(result.objectives[objective.name], objective.unit);
  const provenance = provenanceOf(result, objective);
  return provenance === undefined || value === 'unknown' ? value : `${value} ${provenance}`;
}

/** Whose front it is: a hardware class and how its energies are known, for neither is mixed with another. */
export function frontName({ hardwareClass, results }: FrontView, campaign: Campaign): string {
  const provenances = provenancesOf(results, campaign);
  return provenances.length === 0 ? hardwareClass : `${hardwareClass}, energy by ${provenances.join(' and ')}`;
}

/** The unit of a hypervolume: the product of the objectives' units. */
export const hypervolumeUnit = ({ objectives }: Campaign): string =>
  objectives
    .map(({ unit }) => unit)
    .filter((unit) => unit !== '')
    .join('·');

/** The value of one objective, such as `loss 3.198 nats` or `energy 412 J (model)`; why it is missing where it is. */
export function objectiveText(result: TrialResult, objective: Objective): string {
  const value = result.objectives[objective.name];
  const known = value !== undefined && Number.isFinite(value);
  const provenance = provenanceOf(result, objective);
  const missing = result.missing[objective.name];
  if (!known) return `${objective.name} unknown${missing === undefined ? '' : ` (${missing})`}`;
  return `${objective.name} ${formatMeasure(value, objective.unit)}${provenance === undefined ? '' : ` (${provenance})`}`;
}

/** How the energy behind an objective came about; undefined for metrics and where it is unknown. */
export function provenanceOf(result: TrialResult, objective: Objective): Provenance | undefined {
  const energy = result.energies[objective.name];
  return objective.from === 'energy' && energy?.kind === 'usable' ? energy.provenance : undefined;
}

/** All that occur in the energies of several trials, the worst first. */
export function provenancesOf(results: readonly TrialResult[], { objectives }: Campaign): Provenance[] {
  const found = new Set(results.flatMap((result) => objectives.flatMap((one) => provenanceOf(result, one) ?? [])));
  return PROVENANCES.filter((provenance) => found.has(provenance));
}

/**
 * Standard uncertainty of an energy objective in its own unit, the card's gain included; undefined where none is known.
 *
 * A modelled or simulated figure states no uncertainty: its parts are then all 0.
 */
export function uncertaintyOf(result: TrialResult, objective: Objective): number | undefined {
  const energy = result.energies[objective.name];
  if (objective.from !== 'energy' || energy?.kind !== 'usable') return undefined;
  const joules = Math.hypot(randomJoules(energy.uncertainty), energy.uncertainty.gainJoules);
  const divisor = objective.energy.per === undefined ? 1 : energy.items;
  return joules > 0 && divisor !== undefined && divisor > 0 ? joules / divisor : undefined;
}

/** The parameters of a configuration, such as `heads=4 lr=0.003`, in the order of the search space. */
export function configurationText(configuration: Configuration, campaign: Campaign): string {
  const names = campaign.space.parameters.map(({ name }) => name).filter((name) => name in configuration);
  return names.map((name) => `${name}=${parameterText(configuration[name])}`).join(' ');
}

export function parameterText(value: ParameterValue | undefined): string {
  if (value === undefined) return '–';
  return typeof value === 'number' ? String(Number(value.toPrecision(4))) : String(value);
}

/** Last reported metrics, the objectives' first, never a sealed one. */
export function metricTexts(metrics: Readonly<Record<string, number>>, campaign: Campaign): string[] {
  const sealed = sealedMetrics(campaign);
  const wanted = campaign.objectives.flatMap((objective) => (objective.from === 'metric' ? [objective.metric] : []));
  const names = [...new Set([...wanted.filter((name) => name in metrics), ...Object.keys(metrics)])];
  return names.filter((name) => !sealed.has(name)).map((name) => `${name} ${metricValueText(metrics[name])}`);
}

/** A diverged loss is not unknown: say what the program said. */
const metricValueText = (value: number | undefined): string =>
  value === undefined || Number.isFinite(value) ? formatNumber(value) : String(value);

/** What became of a trial that gave no full result, in one sentence. */
export function failureText({ trial, observation, stopped }: TrialResult): string {
  if (stopped) return `stopped early ${stoppedText(stopped)}`;
  const failure = trial.failure ?? (observation?.end.kind === 'failed' ? observation.end.failure : undefined);
  return failure ? whyFailed(failure) : trial.state;
}

/** Such as `out-of-memory: the model needs 3.1 GB`. */
export const whyFailed = ({ reason, message }: Failure): string => (message === '' ? reason : `${reason}: ${message}`);

/** `1 trial`, `2 trials`. */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
