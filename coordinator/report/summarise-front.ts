/** A front as a table of texts, the same in the terminal and in the report. */

import type { Objective } from '../../shared/domain/campaign.js';
import { formatColumn, type UncertainValue } from '../../shared/domain/quantity.js';
import type { Parameter } from '../../shared/domain/search-space.js';
import type { FrontData, OutcomeFacts } from './report-data.js';
import { columnTexts, parameterText, PROVENANCE_WORDS } from './value-text.js';

/** What a front's columns are. */
export interface FrontWords {
  readonly objectives: readonly Objective[];
  readonly parameters: readonly Parameter[];
}

export interface FrontTable {
  readonly hardwareClass: string;
  /** How energy was known, in words; absent when no objective is an energy. */
  readonly energyKnown?: string;
  readonly columns: readonly FrontColumn[];
  /** Best value of the first objective first. */
  readonly rows: readonly (readonly string[])[];
}

export interface FrontColumn {
  readonly kind: 'trial' | 'objective' | 'test' | 'parameter';
  readonly name: string;
  /** Empty for none. */
  readonly unit: string;
}

/** The front of one group; test metrics are there exactly when `front` has them. */
export function summariseFront({ objectives, parameters }: FrontWords, front: FrontData): FrontTable {
  const members = frontMembers(front);
  const columns = [
    trialColumn(members),
    ...objectives.map((objective, j) => objectiveColumn(objective, j, members)),
    ...front.testMetrics.map((metric) => testColumn(metric, members)),
    ...parameters.filter(({ kind }) => kind !== 'constant').map(({ name }) => parameterColumn(name, members)),
  ];
  return {
    hardwareClass: front.hardwareClass,
    ...(front.provenance && { energyKnown: PROVENANCE_WORDS[front.provenance] }),
    columns: columns.map(({ kind, name, unit }) => ({ kind, name, unit })),
    rows: members.map((_, row) => columns.map(({ texts }) => texts[row] ?? '')),
  };
}

/** Outcomes on the front, best value of the first objective first. */
export const frontMembers = ({ outcomes }: FrontData): OutcomeFacts[] =>
  outcomes.filter(({ rank }) => rank !== undefined).sort((a, b) => (a.rank ?? 0) - (b.rank ?? 0));

type Column = FrontColumn & { readonly texts: readonly string[] };

type Members = readonly OutcomeFacts[];

const trialColumn = (members: Members): Column => ({
  kind: 'trial',
  name: 'trial',
  unit: '',
  texts: members.map(({ index, trials }) => (trials.length > 1 ? `#${index} (${trials.length} runs)` : `#${index}`)),
});

function objectiveColumn({ name, unit }: Objective, j: number, members: Members): Column {
  return {
    kind: 'objective',
    name,
    ...columnTexts(
      members.map(({ values }) => values[j]),
      unit,
    ),
  };
}

function testColumn({ name, unit }: FrontData['testMetrics'][number], members: Members): Column {
  const values = members.map(({ test }): UncertainValue => [test?.[name]]);
  return { kind: 'test', name, ...formatColumn(values, unit) };
}

const parameterColumn = (name: string, members: Members): Column => ({
  kind: 'parameter',
  name,
  unit: '',
  texts: members.map(({ configuration }) => parameterText(configuration[name])),
});
