/** A front as a table of texts, the same in the terminal and in the report. */

import type { Objective } from '../../shared/domain/campaign.js';
import type { Parameter } from '../../shared/domain/search-space.js';
import type { FrontData, OutcomeFacts } from './report-data.js';
import { columnFormat, knownValues, parameterText, PROVENANCE_WORDS, valueText } from './value-text.js';

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
    trialColumn,
    ...objectives.map((objective, j) => objectiveColumn(objective, j, members)),
    ...front.testMetrics.map((name) => testColumn(name, members)),
    ...parameters.filter(({ kind }) => kind !== 'constant').map(parameterColumn),
  ];
  return {
    hardwareClass: front.hardwareClass,
    ...(front.provenance && { energyKnown: PROVENANCE_WORDS[front.provenance] }),
    columns: columns.map(({ kind, name, unit }) => ({ kind, name, unit })),
    rows: members.map((outcome) => columns.map(({ cell }) => cell(outcome))),
  };
}

/** Outcomes on the front, best value of the first objective first. */
export const frontMembers = ({ outcomes }: FrontData): OutcomeFacts[] =>
  outcomes.filter(({ rank }) => rank !== undefined).sort((a, b) => (a.rank ?? 0) - (b.rank ?? 0));

type Column = FrontColumn & { readonly cell: (outcome: OutcomeFacts) => string };

const trialColumn: Column = {
  kind: 'trial',
  name: 'trial',
  unit: '',
  cell: ({ index, trials }) => (trials.length > 1 ? `#${index} (${trials.length} runs)` : `#${index}`),
};

function objectiveColumn({ name, unit }: Objective, j: number, members: readonly OutcomeFacts[]): Column {
  const format = columnFormat(knownValues(members.map(({ values }) => values[j])), unit);
  return { kind: 'objective', name, unit: format.unit, cell: ({ values }) => valueText(values[j], format) };
}

function testColumn(name: string, members: readonly OutcomeFacts[]): Column {
  const format = columnFormat(
    members.flatMap(({ test }) => test?.[name] ?? []),
    '',
  );
  const cell = ({ test }: OutcomeFacts): string => {
    const value = test?.[name];
    return value === undefined ? 'unknown' : format.text(value);
  };
  return { kind: 'test', name, unit: '', cell };
}

const parameterColumn = ({ name }: Parameter): Column => ({
  kind: 'parameter',
  name,
  unit: '',
  cell: ({ configuration }) => parameterText(configuration[name]),
});
