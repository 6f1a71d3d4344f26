/** Trials of an earlier campaign in the terms of a new one: what is taken, what is not, and why. */

import type { Campaign, Objective } from '../../shared/domain/campaign.js';
import type { Configuration, ParameterValue } from '../../shared/domain/configuration.js';
import { UsageError } from '../../shared/domain/errors.js';
import type { ProposerObservation } from '../../shared/domain/proposal.js';
import { compileSpace } from '../space/compiled-space.js';
import type { CompiledSpace } from '../space/compiled-space.js';
import { isActive } from '../space/place.js';
import type { EarlierTrials } from '../store/store.js';

/** A campaign to start from. */
export interface EarlierCampaign {
  readonly id: string;
  readonly campaign: Pick<Campaign, 'objectives' | 'space'>;
  /** Trials of every kind, those without a result included. */
  readonly trials: number;
  readonly results: readonly EarlierResult[];
}

export interface EarlierResult {
  /** As people know the trial. */
  readonly index: number;
  /** In the terms of the earlier campaign. */
  readonly observation: ProposerObservation;
  /** Values that a constraint may be about, by name. */
  readonly metrics: Readonly<Record<string, number>>;
}

export interface WarmStart {
  readonly earlier: EarlierTrials;
  /** For people, a line each. */
  readonly notes: readonly string[];
}

/**
 * Parameters are matched by name, objectives by name, unit and what they measure. Each class of the earlier campaign becomes
 * a task under a name of its own, so that nothing of it is taken for a result of the new campaign.
 *
 * @throws {UsageError} if not a single trial can be taken.
 */
export function warmStart(campaign: Campaign, source: EarlierCampaign): WarmStart {
  const matches = campaign.objectives.map((objective) => matchOf(objective, source.campaign.objectives));
  if (matches.every((match) => typeof match === 'string')) {
    throw new UsageError(`campaign ${source.id} has no objective of this one: ${matches.join('; ')}`);
  }
  const space = compileSpace(campaign.space);
  const moved = source.results.map((result) => ({
    result,
    move: tellsNothing(result.observation, matches) ? NOTHING_TOLD : moveOf(space, result.observation.configuration),
  }));
  const observations = moved.flatMap(({ result, move }) =>
    move.kind === 'moved' ? [translated({ campaign, source, matches }, result, move.configuration)] : [],
  );
  const leftOut = leftOutNotes(source, moved);
  if (observations.length === 0) {
    throw new UsageError(`campaign ${source.id}: no trial can be taken; ${leftOut.join('; ')}`);
  }
  const notes = [
    `${observations.length} of ${counted(source.trials, 'trial')} of campaign ${source.id} taken as a start`,
    ...leftOut,
    ...matches.flatMap((match) => (typeof match === 'string' ? [match] : [])),
    ...droppedParameters(campaign, source),
  ];
  return { earlier: { from: source.id, observations }, notes };
}

/** Position of the objective there, or why it has none. */
function matchOf(objective: Objective, there: readonly Objective[]): number | string {
  const { name, unit } = objective;
  const position = there.findIndex((one) => one.name === name);
  const other = there[position];
  if (!other) return `objective "${name}" is not known there`;
  if (other.unit !== unit)
    return `objective "${name}" is in ${other.unit || 'no unit'} there, in ${unit || 'none'} here`;
  return measures(other) === measures(objective) ? position : `objective "${name}" measures something else there`;
}

/** What an objective is read from; a metric may have another name. */
const measures = (objective: Objective): string => {
  if (objective.from === 'metric') return 'metric';
  const { window, label = '', per = '' } = objective.energy;
  return JSON.stringify([window, label, per]);
};

type Move =
  | { readonly kind: 'moved'; readonly configuration: Configuration }
  /** `reason`: equal for trials that are left out for the same cause; `example` names the value. */
  | { readonly kind: 'left-out'; readonly reason: string; readonly example?: string };

const NOTHING_TOLD: Move = { kind: 'left-out', reason: 'without a value of a shared objective' };

/** A failure tells that the configuration cannot be run; anything else tells of values only. */
const tellsNothing = ({ feasible, values }: ProposerObservation, matches: readonly (number | string)[]): boolean =>
  feasible && matches.every((match) => typeof match === 'string' || values[match] === undefined);

/** A configuration in the new space. Parameters that this does not have are passed over. */
function moveOf(space: CompiledSpace, there: Configuration): Move {
  const here: Record<string, ParameterValue> = {};
  for (const { parameter } of space.places) {
    if (!isActive(parameter, here)) continue;
    const value = there[parameter.name] ?? (parameter.kind === 'constant' ? parameter.value : undefined);
    if (value === undefined) return { kind: 'left-out', reason: `without a value of "${parameter.name}"` };
    here[parameter.name] = value;
  }
  const [fault] = space.faults(here);
  if (fault === undefined) return { kind: 'moved', configuration: here };
  return { kind: 'left-out', reason: 'outside the space of this campaign', example: fault };
}

interface Translation {
  readonly campaign: Campaign;
  readonly source: EarlierCampaign;
  readonly matches: readonly (number | string)[];
}

function translated(
  { campaign, source, matches }: Translation,
  { observation, metrics }: EarlierResult,
  configuration: Configuration,
): ProposerObservation {
  const at = <T>(all: readonly (T | undefined)[]): (T | undefined)[] =>
    matches.map((match) => (typeof match === 'string' ? undefined : all[match]));
  return {
    ...observation,
    configuration,
    task: `${source.id}: ${observation.task}`,
    values: at(observation.values),
    noise: at(observation.noise),
    constraintValues: campaign.constraints.map(({ metric }) => metrics[metric]),
  };
}

function leftOutNotes(
  { trials, results }: EarlierCampaign,
  moved: readonly { readonly result: EarlierResult; readonly move: Move }[],
): readonly string[] {
  const groups = new Map<string, { count: number; example: string }>();
  for (const { result, move } of moved) {
    if (move.kind === 'moved') continue;
    const example = `trial ${result.index}${move.example === undefined ? '' : `: ${move.example}`}`;
    const group = groups.get(move.reason) ?? { count: 0, example };
    groups.set(move.reason, { ...group, count: group.count + 1 });
  }
  const without = trials - results.length;
  return [
    ...[...groups].map(([reason, { count, example }]) => `${count} left out, ${reason} (${example})`),
    ...(without > 0 ? [`${without} left out, without a result that says something of the configuration`] : []),
  ];
}

function droppedParameters({ space }: Campaign, source: EarlierCampaign): readonly string[] {
  const here = new Set(space.parameters.map(({ name }) => name));
  return source.campaign.space.parameters
    .filter(({ kind, name }) => kind !== 'constant' && !here.has(name))
    .map(({ name }) => `parameter "${name}" is not in this campaign: its values there are passed over`);
}

const counted = (count: number, noun: string): string => `${count} ${count === 1 ? noun : `${noun}s`}`;
