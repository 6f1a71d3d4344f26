/** What the search itself cost: the energy of every attempt, whatever became of it, by provenance and never mixed. */

import type { AgentId, HardwareClassId, SlotId, TrialId } from '../../shared/domain/identity.js';
import { PARTS, PROVENANCES, type AttemptEnergy, type Part, type Provenance } from '../../shared/domain/measurement.js';
import type { AttemptEnd, Failure } from '../../shared/domain/trial.js';

/** One attempt with what is known of its energy. */
export interface AttemptRecord {
  readonly trial: TrialId;
  readonly attempt: number;
  readonly agent?: AgentId;
  readonly slot?: SlotId;
  readonly hardwareClass?: HardwareClassId;
  /** In the agent's words, or what the coordinator knows instead. */
  readonly end: AttemptEnd | MeasuredAgain | HandedBack | { readonly kind: 'lost' | 'cancelled' | 'running' };
  /** True for the one attempt whose observation is the trial's result. */
  readonly accounted: boolean;
  /** Last cumulative readings that arrived; empty: unknown, or none where it took nothing. */
  readonly energy: readonly AttemptEnergy[];
  /** It was handed back before anything of it was run or metered. */
  readonly tookNothing?: boolean;
  /** True when the attempt went on after its last reading, or a device was not read throughout. */
  readonly lowerBound: boolean;
  readonly grantedUnixMilliseconds?: number;
  readonly endedUnixMilliseconds?: number;
}

/** It ran to its end, but an energy that was asked for could not be used, so that the trial was run once more. */
export interface MeasuredAgain {
  readonly kind: 'measured-again';
  readonly reason: string;
}

/** Its agent was leaving, or others came to its devices. */
export interface HandedBack {
  readonly kind: 'handed-back';
  /** How the agent put it, where it had begun. */
  readonly failure?: Failure;
}

/** What an attempt was good for. `late`: complete, but another attempt of its trial counts. */
export const FATES = [
  'accounted',
  'measured-again',
  'late',
  'failed',
  'stopped-early',
  'handed-back',
  'cancelled',
  'lost',
  'running',
] as const;
export type Fate = (typeof FATES)[number];

/** Joules of one kind. A lower bound when an attempt went on after its last reading, never gave one, or one with gaps. */
export interface EnergyTotal {
  readonly provenance: Provenance;
  /** `machine` includes the other parts, so it is never added to them. */
  readonly scope: 'parts' | 'machine';
  readonly joules: number;
  readonly lowerBound: boolean;
}

export interface SearchEnergy {
  readonly attempts: number;
  /** Attempts of which no reading ever arrived: their energy is unknown and in no total. */
  readonly withoutReading: number;
  /** Best provenance first. */
  readonly totals: readonly EnergyTotal[];
  readonly byPart: readonly (EnergyTotal & { readonly part: Part })[];
  readonly byFate: readonly (EnergyTotal & { readonly fate: Fate; readonly attempts: number })[];
  readonly attemptsByFate: Readonly<Partial<Record<Fate, number>>>;
  /** What shared parts of machines took meanwhile and no trial was charged for; in no other total. */
  readonly unattributed: readonly UnattributedTotal[];
}

export interface UnattributedTotal extends EnergyTotal {
  readonly part: Part;
  /** True when trials ran beside each other: what went by meanwhile may be counted for each of them. */
  readonly upperBound: boolean;
}

/** True when something was spent of which no reading ever arrived. */
export const isSilent = ({ energy, tookNothing }: SpentOn): boolean => energy.length === 0 && tookNothing !== true;

interface SpentOn {
  readonly energy: readonly unknown[];
  readonly tookNothing?: boolean;
}

/** Sums the energy of all attempts. */
export function searchEnergy(attempts: readonly AttemptRecord[]): SearchEnergy {
  const silent = attempts.filter(isSilent);
  const entries = attempts.flatMap((record) => record.energy.map((energy) => entryOf(record, energy)));
  const total = (all: readonly Entry[], unknown: number): EnergyTotal[] => totals(all, unknown > 0);
  return {
    attempts: attempts.length,
    withoutReading: silent.length,
    totals: total(entries, silent.length),
    byPart: PARTS.flatMap((part) =>
      total(
        entries.filter((entry) => entry.part === part),
        silent.length,
      ).map((sum) => ({ ...sum, part })),
    ),
    byFate: FATES.flatMap((fate) => {
      const of = attempts.filter((record) => fateOf(record) === fate);
      const unknown = of.filter(isSilent).length;
      const sums = total(
        entries.filter((entry) => entry.fate === fate),
        unknown,
      );
      return sums.map((sum) => ({ ...sum, fate, attempts: of.length }));
    }),
    attemptsByFate: countFates(attempts),
    unattributed: unattributedTotals(entries, attempts),
  };
}

function unattributedTotals(entries: readonly Entry[], attempts: readonly AttemptRecord[]): UnattributedTotal[] {
  const rest = entries.flatMap(({ unattributedMicrojoules: microjoules, ...entry }) =>
    microjoules === undefined ? [] : [{ ...entry, microjoules }],
  );
  const upperBound = rest.length > 0 && haveOverlapped(attempts);
  return PARTS.flatMap((part) =>
    totals(
      rest.filter((entry) => entry.part === part),
      false,
    ).map((sum) => ({ ...sum, part, upperBound })),
  );
}

/** True when two slots of one machine were at work at a time. */
function haveOverlapped(attempts: readonly AttemptRecord[]): boolean {
  const latest = new Map<AgentId | undefined, { readonly slot: SlotId | undefined; readonly end: number }>();
  const begun = ({ grantedUnixMilliseconds }: AttemptRecord): number => grantedUnixMilliseconds ?? 0;
  return [...attempts]
    .sort((a, b) => begun(a) - begun(b))
    .some((record) => {
      const { agent, slot, endedUnixMilliseconds: end = Infinity } = record;
      const before = latest.get(agent);
      if (!before || end > before.end) latest.set(agent, { slot, end });
      return before !== undefined && before.slot !== slot && begun(record) < before.end;
    });
}

/** What became of an attempt, in one word. */
export function fateOf({ end, accounted }: AttemptRecord): Fate {
  if (accounted) return end.kind === 'failed' ? 'failed' : 'accounted';
  return end.kind === 'completed' ? 'late' : end.kind;
}

type Entry = AttemptEnergy & { readonly fate: Fate; readonly lowerBound: boolean };

const entryOf = (record: AttemptRecord, energy: AttemptEnergy): Entry => ({
  ...energy,
  fate: fateOf(record),
  lowerBound: record.lowerBound || record.end.kind === 'running' || energy.isLowerBound === true,
});

function totals(entries: readonly Entry[], someUnknown: boolean): EnergyTotal[] {
  return [...PROVENANCES].reverse().flatMap((provenance) =>
    (['parts', 'machine'] as const).flatMap((scope): EnergyTotal[] => {
      const of = entries.filter(
        (entry) => entry.provenance === provenance && (entry.part === 'machine') === (scope === 'machine'),
      );
      if (of.length === 0) return [];
      const microjoules = of.reduce((sum, entry) => sum + entry.microjoules, 0n);
      return [
        {
          provenance,
          scope,
          joules: Number(microjoules) / 1e6,
          lowerBound: someUnknown || of.some((entry) => entry.lowerBound),
        },
      ];
    }),
  );
}

function countFates(attempts: readonly AttemptRecord[]): Partial<Record<Fate, number>> {
  const counts: Partial<Record<Fate, number>> = {};
  for (const record of attempts) counts[fateOf(record)] = (counts[fateOf(record)] ?? 0) + 1;
  return counts;
}
