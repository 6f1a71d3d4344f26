/** The front of a campaign as columns: objectives with their units and uncertainty, and what the trials differ in. */

import type { Campaign, Objective } from '../../shared/domain/campaign.js';
import { formatColumn, type UncertainValue } from '../../shared/domain/quantity.js';
import type { TrialResult } from '../../shared/domain/trial.js';
import type { TrialId } from '../../shared/domain/identity.js';
import { parameterText, provenanceOf, uncertaintyOf } from './campaign-text.js';
import { widest, type Column } from './column-layout.js';

export interface FrontColumnsOptions {
  readonly campaign: Campaign;
  readonly sealed?: ReadonlyMap<TrialId, Readonly<Record<string, number>>> | undefined;
}

/** The trial's number, each objective, each unsealed metric, then the parameters that are not the same in all rows. */
export function frontColumns(results: readonly TrialResult[], { campaign, sealed }: FrontColumnsOptions): Column[] {
  return [
    { head: ['trial'], align: 'right', cells: results.map(({ trial }) => ({ text: String(trial.index) })), rank: 0 },
    ...campaign.objectives.map((objective, at) => objectiveColumn(results, objective, at + 1)),
    ...(sealed ? sealedColumns(results, campaign, sealed) : []),
    ...parameterColumns(results, campaign),
  ];
}

/** True where some figure shows its uncertainty. */
export const showsUncertainty = (results: readonly TrialResult[], { objectives }: Campaign): boolean =>
  results.some((result) => objectives.some((objective) => uncertaintyOf(result, objective) !== undefined));

/** Every energy is labelled: under the head where all are alike, else in each cell. */
function objectiveColumn(results: readonly TrialResult[], objective: Objective, rank: number): Column {
  const { name } = objective;
  const values = results.map((result): UncertainValue => [result.objectives[name], uncertaintyOf(result, objective)]);
  const { unit: scaled, texts } = formatColumn(values, objective.unit);
  const labels = results.map((result) => provenanceOf(result, objective));
  const [label, ...others] = new Set(labels.filter((provenance) => provenance !== undefined));
  const alike = others.length === 0;
  const cells = texts.map((text, row) => ({ text: alike ? text : `${text} ${labels[row] ?? ''}`.trimEnd() }));
  const unit = [scaled, alike ? (label ?? '') : ''].filter((part) => part !== '').join(', ');
  return namedColumn({ name, unit, cells, rank });
}

function sealedColumns(
  results: readonly TrialResult[],
  { metrics }: Campaign,
  sealed: ReadonlyMap<TrialId, Readonly<Record<string, number>>>,
): Column[] {
  return metrics
    .filter(({ role }) => role === 'test')
    .map(({ name, unit }) => {
      const { unit: scaled, texts } = formatColumn(
        results.map(({ trial }) => [sealed.get(trial.id)?.[name]]),
        unit,
      );
      const under = [scaled, 'test'].filter((part) => part !== '').join(', ');
      return namedColumn({ name, unit: under, cells: texts.map((text) => ({ text })), rank: 50 });
    });
}

/** Parameters that are the same in all trials, in the order of the search space. */
export function sharedParameters(
  results: readonly TrialResult[],
  { space }: Campaign,
): { readonly name: string; readonly text: string }[] {
  return space.parameters.flatMap(({ name }) => {
    const texts = new Set(results.map(({ trial }) => parameterText(trial.configuration[name])));
    const [text] = texts;
    return texts.size === 1 && text !== undefined ? [{ name, text }] : [];
  });
}

function parameterColumns(results: readonly TrialResult[], { space }: Campaign): Column[] {
  return space.parameters
    .map(({ name }) => ({ name, texts: results.map(({ trial }) => parameterText(trial.configuration[name])) }))
    .filter(({ texts }) => new Set(texts).size > 1)
    .map(({ name, texts }, index) =>
      namedColumn({ name, unit: '', cells: texts.map((text) => ({ text })), rank: 100 + index }),
    )
    .map((column) => ({ ...column, dispensable: true }));
}

/** Columns of the terminal to which a name is cut when there is no room for it. */
const SHORTEST_NAME = 5;

/** A name over its unit and provenance; only the name may be cut, to the width of what stands below it. */
function namedColumn({
  name,
  unit,
  cells,
  rank,
}: Pick<Column, 'cells' | 'rank'> & Record<'name' | 'unit', string>): Column {
  const least = Math.max(SHORTEST_NAME, widest([unit, ...cells.map(({ text }) => text)]));
  return { head: unit === '' ? [name] : [name, unit], align: 'right', cells, rank, least };
}
