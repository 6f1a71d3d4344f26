/** Every trial with its state, values and, where it failed, why. */

import { formatDuration } from '../../shared/domain/quantity.js';
import { stoppedText } from '../../shared/domain/stopping.js';
import { provenanceBadge, stateBadge, unknown } from './badges.js';
import { dataTable, type Cell, type TableColumn } from './data-table.js';
import { html, NOTHING, type Markup } from './html-text.js';
import type { CampaignFacts, ReportData, TrialFacts } from './report-data.js';
import { totalText } from './summary-section.js';
import { columnTexts, counted, parameterText } from './value-text.js';

/** More rows than this make the page slow; the CSV file has them all. */
const MOST_ROWS = 2_000;

export function trialsSection({ campaign, trials }: ReportData): Markup {
  const shown = trials.slice(0, MOST_ROWS);
  const columns = trialColumns(campaign, shown);
  const rows = shown.map((_, row) => columns.map(({ cells }) => cells[row] ?? ''));
  return html`<section id="trials">
    <h2>All trials</h2>
    ${trials.length > shown.length ? html`<p>The first ${shown.length} of ${trials.length} trials; the CSV file has all.</p>` : NOTHING}
    ${trials.length === 0 ? html`<p>None yet.</p>` : NOTHING}
    ${dataTable(columns, rows, { rowClasses: shown.map(({ onFront }) => (onFront ? 'on-front' : '')) })}
  </section>`;
}

type TrialColumn = TableColumn & { readonly cells: readonly Cell[] };

function trialColumns({ objectives, parameters }: CampaignFacts, trials: readonly TrialFacts[]): TrialColumn[] {
  const energetic = objectives.some(({ from }) => from === 'energy');
  return [
    { name: 'trial', cells: trials.map(({ index }) => html`<span id="trial-${index}">#${index}</span>`) },
    { name: 'state', cells: trials.map(stateCell) },
    { name: 'class', cells: trials.map(({ hardwareClass }) => hardwareClass ?? 'any') },
    ...(energetic ? [{ name: 'energy', cells: trials.map(provenanceCell) }] : []),
    ...objectives.map(({ name, unit }) => objectiveColumn(name, unit, trials)),
    ...parameters
      .filter(({ kind }) => kind !== 'constant')
      .map(({ name }) => ({ name, cells: trials.map(({ configuration }) => parameterText(configuration[name])) })),
    { name: 'attempts', align: 'number', cells: trials.map(({ attempts }) => String(attempts)) },
    { name: 'time', align: 'number', cells: trials.map(timeCell) },
    { name: 'note', align: 'long', cells: trials.map(noteCell) },
  ];
}

const stateCell = ({ state, failure }: TrialFacts): Cell =>
  html`${stateBadge(state)}${failure ? ` ${failure.reason}` : ''}`;

/** How the energies of a trial were known, so that no figure stands without it. */
function provenanceCell({ energies, spent, failure }: TrialFacts): Cell {
  const known = failure
    ? spent.map(({ provenance }) => provenance)
    : energies.flatMap((energy) => (energy.kind === 'usable' ? [energy.provenance] : []));
  return html`${[...new Set(known)].map(provenanceBadge)}`;
}

function objectiveColumn(name: string, unit: string, trials: readonly TrialFacts[]): TrialColumn {
  const values = trials.map(({ objectives }) => objectives[name]);
  const column = columnTexts(values, unit);
  const cells = values.map((value, row) =>
    value?.kind === 'unknown' ? unknown(value.reason) : (column.texts[row] ?? ''),
  );
  return { name, unit: column.unit, align: 'number', cells };
}

/** What a trial without a result took all the same. */
const spentMarkup = (spent: TrialFacts['spent'], attempts: number): Markup =>
  spent.length === 0
    ? NOTHING
    : html` <span class="unit"
        >took
        ${spent.map((total) => `${totalText(total)} ${total.provenance}${total.scope === 'machine' ? ', whole machine' : ''}`).join(' and ')}
        in ${counted(attempts, 'attempt')}</span
      >`;

const timeCell = ({ durationSeconds, state }: TrialFacts): Cell =>
  durationSeconds === undefined ? unknown(`no attempt has reported it (${state})`) : formatDuration(durationSeconds);

/** Why a trial was stopped or failed, or why one of its values is unknown. */
function noteCell({ failure, stopped, objectives, state, onFront, spent, attempts }: TrialFacts): Cell {
  if (stopped) return html`stopped early ${stoppedText(stopped)}${spentMarkup(spent, attempts)}`;
  if (failure) return html`${failure.message}${spentMarkup(spent, attempts)}`;
  const missing = Object.entries(objectives).flatMap(([name, value]) =>
    value.kind === 'unknown' ? [`${name}: ${value.reason}`] : [],
  );
  if (state === 'completed' && missing.length > 0) return missing.join('; ');
  return onFront ? html`<span class="on-front-mark">on the front</span>` : '';
}
