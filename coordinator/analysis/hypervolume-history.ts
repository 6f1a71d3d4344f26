/** How the hypervolume of each class grew, over finished trials and over the joules that the search spent on that class. */

import type { Campaign } from '../../shared/domain/campaign.js';
import type { HardwareClassId } from '../../shared/domain/identity.js';
import {
  boundaryFor,
  type Boundary,
  BOUNDARY_PARTS,
  worstProvenance,
  type Provenance,
} from '../../shared/domain/measurement.js';
import { isFinal, type TrialResult } from '../../shared/domain/trial.js';
import { hypervolume } from '../pareto/hypervolume.js';
import { nonDominated } from '../pareto/dominance.js';
import { minimised, outcomeGroups, signed, type Outcome, type OutcomeGroup } from './outcome-groups.js';
import type { AttemptRecord } from './search-energy.js';

/** State after one attempt. */
export interface HistoryPoint {
  /** Trials of this class finished so far, failed ones included. */
  readonly trials: number;
  /** Search energy of this class so far within the boundary, all attempts. */
  readonly joules: number;
  /** In user units multiplied together; grows only, except when a replicate worsens a mean. */
  readonly hypervolume: number;
  /** It fell here: this trial repeats a configuration and worsens its mean. */
  readonly fell?: true;
}

export interface HypervolumeHistory {
  readonly hardwareClass: HardwareClassId;
  /** Provenance of the objectives, as in the group. */
  readonly provenance?: Provenance;
  /** Worst provenance of the search energy on the joule axis; absent when no attempt gave a reading. */
  readonly searchProvenance?: Provenance;
  /** True when some attempt's energy is unknown or only known in part: the joules are at least these. */
  readonly lowerBound: boolean;
  readonly points: readonly HistoryPoint[];
}

export interface HistoryInput {
  readonly campaign: Campaign;
  readonly results: readonly TrialResult[];
  readonly attempts: readonly AttemptRecord[];
  /** Frozen reference point in user units, in the order of the objectives. */
  readonly reference: readonly number[];
}

/** One history per group of outcomes. Attempts count in the order of their end, running ones last. */
export function hypervolumeHistories(input: HistoryInput): HypervolumeHistory[] {
  const { campaign, results } = input;
  return outcomeGroups(campaign, results).map((group) => historyOf(input, group));
}

function historyOf(input: HistoryInput, group: OutcomeGroup): HypervolumeHistory {
  const resultOf = new Map(input.results.map((result) => [result.trial.id, result]));
  const steps = input.attempts
    .filter((record) => classOfAttempt(record, resultOf.get(record.trial)) === group.hardwareClass)
    .map((record) => ({ record, result: resultOf.get(record.trial), spent: spentWithin(input.campaign, record) }))
    .sort((a, b) => endOf(a) - endOf(b) || (a.result?.trial.index ?? 0) - (b.result?.trial.index ?? 0));
  const volume = volumeTracker(input, group);
  const closing = closingAttempts(steps);
  const points: HistoryPoint[] = [];
  let [trials, joules] = [0, 0];
  for (const { record, result, spent } of steps) {
    joules += spent.joules;
    if (!result || !closing.has(record)) continue;
    trials += 1;
    const hypervolume = volume.after(result);
    const fell = hypervolume < (points.at(-1)?.hypervolume ?? 0);
    points.push({ trials, joules, hypervolume, ...(fell && { fell }) });
  }
  const searchProvenance = worstProvenance(steps.flatMap(({ spent }) => spent.provenances));
  return {
    hardwareClass: group.hardwareClass,
    ...(group.provenance && { provenance: group.provenance }),
    ...(searchProvenance && { searchProvenance }),
    lowerBound: steps.some(({ spent }) => spent.lowerBound),
    points,
  };
}

interface Step {
  readonly record: AttemptRecord;
  readonly result: TrialResult | undefined;
}

/** The attempt that ended each trial: the accounted one, else the last of a trial that is over. */
function closingAttempts(steps: readonly Step[]): ReadonlySet<AttemptRecord> {
  const closing = new Map<string, AttemptRecord>();
  for (const { record, result } of steps) {
    const known = closing.get(record.trial);
    if (!result || !isFinal(result.trial.state) || known?.accounted) continue;
    closing.set(record.trial, record);
  }
  return new Set(closing.values());
}

const classOfAttempt = (record: AttemptRecord, result?: TrialResult): HardwareClassId | undefined =>
  record.hardwareClass ??
  (record.accounted ? result?.observation?.hardwareClass : undefined) ??
  result?.trial.hardwareClass;

function endOf({ record, result }: Step): number {
  if (record.endedUnixMilliseconds !== undefined) return record.endedUnixMilliseconds;
  const observation = record.accounted ? result?.observation : undefined;
  return observation ? observation.startedUnixMilliseconds + 1000 * observation.durationSeconds : Number.MAX_VALUE;
}

interface Spent {
  readonly joules: number;
  readonly provenances: readonly Provenance[];
  readonly lowerBound: boolean;
}

/** An attempt that was metered for an accelerator held one. */
const boundaryOf = ({ measurement }: Campaign, metered: AttemptRecord['energy']): Boundary =>
  boundaryFor(
    measurement.boundary,
    metered.filter(({ part }) => part === 'accelerator').map(({ device }) => device),
  );

function spentWithin(campaign: Campaign, record: AttemptRecord): Spent {
  const { energy, lowerBound, end, tookNothing } = record;
  const parts = BOUNDARY_PARTS[boundaryOf(campaign, energy)];
  const covered = energy.filter(({ part }) => parts.includes(part));
  return {
    joules: Number(covered.reduce((sum, { microjoules }) => sum + microjoules, 0n)) / 1e6,
    provenances: covered.map(({ provenance }) => provenance),
    lowerBound: lowerBound || end.kind === 'running' || (covered.length === 0 && tookNothing !== true),
  };
}

/** Keeps the front as results come in, so that each step costs no more than the front's size. */
function volumeTracker(
  { campaign, reference }: HistoryInput,
  group: OutcomeGroup,
): { after(result: TrialResult): number } {
  const { objectives } = campaign;
  const bound = Float64Array.from(objectives, ({ goal }, j) => signed(goal, reference[j]!));
  const members = new Set(group.outcomes.flatMap(({ trials }) => trials));
  const seen = new Map<string, TrialResult[]>();
  const known = new Map<string, Outcome>();
  let front: readonly Outcome[] = [];
  let volume = 0;
  const clean = (outcomes: readonly Outcome[]): readonly Outcome[] => {
    const feasible = outcomes.filter((outcome) => outcome.feasible);
    return nonDominated(minimised(objectives, feasible), objectives.length).map((i) => feasible[i]!);
  };
  return {
    after(result) {
      if (!members.has(result.trial.id)) return volume;
      const key = result.trial.configurationHash;
      const replicates = [...(seen.get(key) ?? []), result];
      const outcome = outcomeGroups(campaign, replicates)[0]!.outcomes[0]!;
      const repeated = known.has(key);
      seen.set(key, replicates);
      known.set(key, outcome);
      front = clean(repeated ? [...known.values()] : [...front, outcome]);
      volume = hypervolume(minimised(objectives, front), objectives.length, bound);
      return volume;
    },
  };
}
