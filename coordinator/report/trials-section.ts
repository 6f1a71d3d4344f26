/** Every trial with its state, values and, where it failed, why. */

import { formatDuration } from '../../shared/domain/quantity.js';
import { stateBadge, unknown } from './badges.js';
import { dataTable, type Cell } from './data-table.js';
import { html, NOTHING, type Markup } from './html-text.js';
import type { ReportData, TrialFacts } from './report-data.js';
import { columnFormat, knownValues, parameterText, valueText, type ColumnFormat } from './value-text.js';

/** More rows than this make the page slow; the CSV file has them all. */
const MOST_ROWS = 2_000;

export function trialsSection({ campaign, trials }: ReportData): Markup {
  const shown = trials.slice(0, MOST_ROWS);
  const formats = campaign.objectives.map(({ name, unit }) =>
    columnFormat(knownValues(trials.map(({ objectives }) => objectives[name])), unit),
  );
  const parameters = campaign.parameters.filter(({ kind }) => kind !== 'constant').map(({ name }) => name);
  const columns = [
    { name: 'trial' },
    { name: 'state' },
    { name: 'class' },
    ...campaign.objectives.map(({ name }, j) => ({ name, unit: formats[j]?.unit ?? '', align: 'number' as const })),
    ...parameters.map((name) => ({ name })),
    { name: 'attempts', align: 'number' as const },
    { name: 'time', align: 'number' as const },
    { name: 'note', align: 'long' as const },
  ];
  const row = (trial: TrialFacts): Cell[] => [
    html`<span id="trial-${trial.index}">#${trial.index}</span>`,
    html`${stateBadge(trial.state)}${trial.failure ? ` ${trial.failure.reason}` : ''}`,
    trial.hardwareClass ?? 'any',
    ...campaign.objectives.map(({ name }, j) => valueCell(trial, name, formats[j])),
    ...parameters.map((name) => parameterText(trial.configuration[name])),
    String(trial.attempts),
    trial.durationSeconds === undefined ? unknown('it has not finished') : formatDuration(trial.durationSeconds),
    whyCell(trial),
  ];
  return html`<section id="trials">
    <h2>All trials</h2>
    ${trials.length > shown.length ? html`<p>The first ${shown.length} of ${trials.length} trials; the CSV file has all.</p>` : NOTHING}
    ${trials.length === 0 ? html`<p>None yet.</p>` : NOTHING}
    ${dataTable(columns, shown.map(row), { rowClasses: shown.map(({ onFront }) => (onFront ? 'on-front' : '')) })}
  </section>`;
}

function valueCell(trial: TrialFacts, name: string, format: ColumnFormat | undefined): Cell {
  const value = trial.objectives[name];
  if (!format || value === undefined) return unknown('not recorded');
  return value.kind === 'known' ? valueText(value, format) : unknown(value.reason);
}

/** Why a trial failed, or why one of its values is unknown. */
function whyCell({ failure, objectives, state, onFront }: TrialFacts): Cell {
  if (failure) return failure.message;
  const missing = Object.entries(objectives).flatMap(([name, value]) =>
    value.kind === 'unknown' ? [`${name}: ${value.reason}`] : [],
  );
  if (state === 'completed' && missing.length > 0) return missing.join('; ');
  return onFront ? html`<span class="on-front-mark">on the front</span>` : '';
}
