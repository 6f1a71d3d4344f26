/** Where every joule came from: what the search cost by attempt, and the reading behind each figure. */

import { formatMeasure, formatQuantity } from '../../shared/domain/quantity.js';
import { PROVENANCES, randomJoules } from '../../shared/domain/measurement.js';
import { windowEventText } from '../../shared/runtime/window-event-text.js';
import { savedText } from '../analysis/saved-energy.js';
import { isSilent, type EnergyTotal, type Fate } from '../analysis/search-energy.js';
import { provenanceBadge, unknown } from './badges.js';
import { dataTable, factList, type Cell } from './data-table.js';
import { html, NOTHING, type Markup } from './html-text.js';
import { carbonText, frontDetails, repeatsText } from './figure-details.js';
import type { EnergyFigure, ReportData, TrialFacts } from './report-data.js';
import { totalText } from './summary-section.js';
import { counted, percent, PROVENANCE_WORDS, shortNumber, UNCERTAINTY_MEANING } from './value-text.js';

/** More rows than this make the page slow; the JSON file has them all. */
const MOST_ROWS = 2_000;

export function energySection(data: ReportData): Markup {
  return html`<section id="energy">
    <h2>Energy</h2>
    <h3>What the search cost</h3>
    ${searchTables(data)} ${carbonMarkup(data)}
    <h3>How sure a figure is</h3>
    <p>
      ${UNCERTAINTY_MEANING} Its random part changes from window to window: where the window's edges fell between two
      readings, how the sensor samples, gaps in its readings, and what repeats differ by. The gain is a card's own
      constant error: it cancels when one card compares configurations, but between cards it stays, however often one
      measures. Where the two are told apart below, they are named.
    </p>
    ${partsMarkup(data)}
    <h3>The reading behind every figure</h3>
    ${figureTable(data)}
  </section>`;
}

function partsMarkup(data: ReportData): Markup {
  const details = frontDetails(data);
  if (details === undefined) return NOTHING;
  return html`<h3>The front, part by part</h3>
    <p>
      Each device that was metered by itself, whether or not the boundary has it in the sum. A second reading and what
      is charged to no trial are in no sum; above idle is derived and no objective's value.
    </p>
    ${details}`;
}

/** Grams stand beside every total that has joules, under the same provenance. */
function carbonMarkup({ carbon, searchEnergy }: ReportData): Markup {
  if (!carbon) {
    return html`<p class="note">
      No carbon figures: the campaign names no place. <code>carbon: {region: DEU}</code> in its file, or
      <code>carbon: {grams-per-kwh: 344}</code> with a figure of your own, gives them.
    </p>`;
  }
  const rows = carbon.search.map(({ provenance, grams, lowerBound }, at) => [
    provenanceBadge(provenance),
    searchEnergy.totals[at] ? totalText(searchEnergy.totals[at]) : '',
    `${lowerBound ? '≥\u00a0' : ''}${carbonText(grams)}`,
  ]);
  return html`<h4>Carbon</h4>
    <p>The search’s energy at ${carbon.label}. ${carbon.attribution}.</p>
    ${dataTable([...TOTAL_COLUMNS, { name: 'CO2 equivalent', align: 'number' }], rows)}`;
}

const FATE_WORDS: Readonly<Record<Fate, string>> = {
  accounted: 'gave the result of their trial',
  'measured-again': 'ran to their end, but with an energy that could not be used',
  late: 'finished after their lease was lost; kept beside the result',
  failed: 'failed',
  'stopped-early': 'stopped early',
  'handed-back': 'handed back',
  cancelled: 'cancelled',
  lost: 'lost with their machine or connection',
  running: 'still running',
};

const TOTAL_COLUMNS = [{ name: 'provenance' }, { name: 'energy', align: 'number' as const }];

function searchTables(data: ReportData): Markup {
  const { searchEnergy, attempts } = data;
  const { byFate, byPart, attemptsByFate, withoutReading } = searchEnergy;
  const silentFates = Object.entries(attemptsByFate).filter(([fate]) => !byFate.some((row) => row.fate === fate));
  const isUnknown = (of: string): boolean => attempts.some((attempt) => attempt.fate === of && isSilent(attempt));
  const fates: Cell[][] = [
    ...byFate.map((row): Cell[] => [FATE_WORDS[row.fate], String(row.attempts), ...totalCells(row)]),
    ...silentFates.map(([fate, count]): Cell[] => [
      FATE_WORDS[fate as Fate],
      String(count),
      '',
      isUnknown(fate) ? unknown('no reading ever arrived') : 'none',
    ]),
  ];
  const silent =
    withoutReading === 0
      ? NOTHING
      : html`<p>
          ${counted(withoutReading, 'attempt')} never gave a reading: what that took is unknown and in no total.
        </p>`;
  if (attempts.length === 0) return html`<p>Nothing has run yet.</p>`;
  const parts = byPart.map((row): Cell[] => [row.part, ...totalCells(row)]);
  const unattributed = searchEnergy.unattributed.map((row): Cell[] => [
    html`${row.part} <span class="unit">charged to no trial, in no total</span>`,
    provenanceBadge(row.provenance),
    `${row.upperBound ? '≤ ' : ''}${formatQuantity(row.joules, 'J')}`,
  ]);
  return html`<p>
      All ${counted(attempts.length, 'attempt')}, whatever became of them. A lower bound (≥) is what was read before
      contact was lost.
    </p>
    ${silent} ${dataTable([{ name: 'attempts that' }, { name: 'count', align: 'number' }, ...TOTAL_COLUMNS], fates)}
    ${measuredAgain(data)} ${savedMarkup(data)} ${splitMarkup(data)}
    ${dataTable([{ name: 'part of the machine' }, ...TOTAL_COLUMNS], [...parts, ...unattributed])}
    ${searchEnergy.unattributed.length > 0 ? html`<p class="note">${UNATTRIBUTED}</p>` : NOTHING}`;
}

/** What stopping early saved is nowhere in the sums: it is what was not spent. */
function savedMarkup({ saved }: ReportData): Markup {
  if (saved.length === 0) return NOTHING;
  const texts = saved.map((one) => `${savedText(one)} in ${counted(one.trials, 'trial')}`);
  return html`<p>
    Stopping trials early saved ${texts.join(' and ')}: an estimate, by the curves of finished trials, of what they
    would still have taken, with its standard uncertainty. It is in no total.
  </p>`;
}

/** Where it went: only a part of a trial is what its objectives are about. */
function splitMarkup({ energySplit, searchEnergy }: ReportData): Markup {
  const rows = energySplit.flatMap(({ provenance, windowJoules, trialJoules, gainRelative }): Cell[][] => {
    const all = searchEnergy.totals.find((total) => total.provenance === provenance && total.scope === 'parts');
    const others = Math.max(0, (all?.joules ?? 0) - trialJoules);
    const cells = [windowJoules, trialJoules - windowJoules, others].map((joules) => formatQuantity(joules, 'J'));
    return [[provenanceBadge(provenance), ...cells, gainRelative > 0 ? `± ${percent(gainRelative)}` : 'none stated']];
  });
  if (rows.length === 0) return NOTHING;
  const number = { align: 'number' as const };
  return html`${dataTable(
      [
        { name: 'provenance' },
        { name: 'in windows of objectives', ...number },
        { name: 'rest of these trials', ...number },
        { name: 'attempts without a result', ...number },
        { name: 'gain', ...number },
      ],
      rows,
    )}
    <p class="note">
      The rest of a trial is its start, warm-up, evaluation, rest and the like. Over a whole search what changes from
      window to window averages out: the gain of the sensors is what remains uncertain of these sums, and of the totals.
    </p>`;
}

const UNATTRIBUTED =
  'Of parts that all programs of a machine share, a trial is charged by its processor time. What is charged to no trial ' +
  'is the work of others and idle time; it is an upper bound (≤) where trials ran beside each other, since each of ' +
  'them saw it.';

/** Why trials were run once more although they had run to their end. */
function measuredAgain({ attempts, trials }: ReportData): Markup {
  const again = attempts.filter(({ fate }) => fate === 'measured-again');
  if (again.length === 0) return NOTHING;
  const indices = new Map(trials.map(({ id, index }) => [id, index]));
  const link = (id: string): Cell => {
    const index = indices.get(id);
    return index === undefined ? id : html`<a href="#trial-${index}">#${index}</a>`;
  };
  return html`<details>
    <summary>${counted(again.length, 'attempt')} measured again, and why</summary>
    ${dataTable(
      [{ name: 'trial' }, { name: 'attempt', align: 'number' }, { name: 'why', align: 'long' }],
      again.map(({ trial, attempt, reason = 'unknown' }) => [link(trial), String(attempt), reason]),
    )}
  </details>`;
}

const totalCells = (total: EnergyTotal): Cell[] => [provenanceBadge(total.provenance), totalText(total)];

function figureTable({ trials }: ReportData): Markup {
  const figures = trials.flatMap((trial) => trial.energies.map((energy) => ({ trial, energy })));
  const shown = figures.slice(0, MOST_ROWS);
  if (figures.length === 0) return html`<p>No energy was asked for, or none is known yet.</p>`;
  const kinds = [...PROVENANCES].reverse().map((provenance) => [provenance, PROVENANCE_WORDS[provenance]] as const);
  return html`${factList(kinds)}
    ${figures.length > shown.length ? html`<p>The first ${shown.length} of ${figures.length}; the JSON file has all.</p>` : NOTHING}
    <details>
      <summary>${counted(figures.length, 'figure')} with boundary, devices and uncertainty</summary>
      ${dataTable(
        FIGURE_COLUMNS,
        shown.map(({ trial, energy }) => figureRow(trial, energy)),
      )}
    </details>`;
}

const FIGURE_COLUMNS = [
  { name: 'trial' },
  { name: 'objective' },
  { name: 'window' },
  { name: 'energy', align: 'number' as const },
  { name: '± random', align: 'number' as const },
  { name: '± gain', align: 'number' as const },
  { name: 'above idle', align: 'number' as const },
  { name: 'divided by' },
  { name: 'repeats' },
  { name: 'provenance' },
  { name: 'boundary' },
  { name: 'source' },
  { name: 'devices' },
  { name: 'events' },
];

function figureRow({ index }: TrialFacts, figure: EnergyFigure): Cell[] {
  const head = [`#${index}`, figure.objective, figure.window];
  if (figure.kind === 'unusable') {
    return [...head, unknown(figure.reason), ...Array<Cell>(5).fill(''), figure.boundary, '', '', '', figure.reason];
  }
  const { joules, uncertainty, items, per, net, repeats } = figure;
  return [
    ...head,
    formatMeasure(joules, 'J'),
    formatQuantity(randomJoules(uncertainty), 'J'),
    joules > 0 ? percent(uncertainty.gainJoules / joules) : unknown('the energy is 0'),
    net.kind === 'usable' ? formatMeasure(net.joules, 'J') : unknown(net.reason),
    per === undefined
      ? 'the whole window'
      : items === undefined
        ? unknown('the program counted no items')
        : `${shortNumber(items)} × ${per}`,
    repeats ? repeatsText(repeats) : '',
    provenanceBadge(figure.provenance),
    figure.boundary,
    figure.sources.join(', '),
    html`<code>${figure.devices.join(' ')}</code>`,
    figure.events.map(windowEventText).join('; '),
  ];
}
