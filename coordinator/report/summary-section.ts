/** The first page: what was searched, what it found, and the energy the search itself cost. */

import type { EnergyTotal } from '../analysis/search-energy.js';
import { provenanceBadge } from './badges.js';
import { dataTable, type Cell } from './data-table.js';
import { carbonText } from './figure-details.js';
import { largestGain, tieNote } from './front-section.js';
import { bestTradeOffs, tradeOffSentence } from './trade-offs.js';
import { html, NOTHING, type Markup } from './html-text.js';
import type { FrontData, ReportData } from './report-data.js';
import { frontMembers } from './summarise-front.js';
import { columnTexts, counted, instantText, PROVENANCE_WORDS, percent, UNCERTAINTY_MEANING } from './value-text.js';
import { formatDuration, formatQuantity } from '../../shared/domain/quantity.js';

export function summarySection(data: ReportData): Markup {
  return html`<section id="summary">
    <h2>Summary</h2>
    <p class="lead">${searchedSentence(data)} ${countSentence(data)}</p>
    <div class="tiles">${trialTile(data)}${frontTile(data)}${energyTile(data)}</div>
    ${energyNote(data)}
    <h3>Best trade-offs</h3>
    ${data.fronts.length === 0 ? html`<p>No trial has completed with every objective known, so there is no front yet.</p>` : NOTHING}
    ${data.fronts.map((front) => tradeOffs(data, front))}
  </section>`;
}

function searchedSentence({ campaign, fronts }: ReportData): string {
  const searched = campaign.parameters.filter(({ kind }) => kind !== 'constant').map(({ name }) => name);
  const goals = campaign.objectives.map(({ goal, name }) => `${goal === 'minimize' ? 'least' : 'most'} ${name}`);
  const where = fronts.length > 1 ? ` on ${counted(fronts.length, 'hardware class', 'hardware classes')}` : '';
  return `Searched ${counted(searched.length, 'parameter')} (${searched.join(', ')}) for the ${listed(goals)}${where}.`;
}

function countSentence({ campaign, trialCounts, trials, madeUnixMilliseconds }: ReportData): string {
  const states = Object.entries(trialCounts).map(([state, count]) => `${count} ${state}`);
  const end = campaign.closedUnixMilliseconds ?? madeUnixMilliseconds;
  const took = formatDuration((end - campaign.createdUnixMilliseconds) / 1000);
  const verb =
    campaign.state === 'closed' ? `Closed after ${took}` : `Open for ${took} at ${instantText(madeUnixMilliseconds)}`;
  return `${verb} with ${counted(trials.length, 'trial')}: ${states.length === 0 ? 'none started' : states.join(', ')}.`;
}

const listed = (items: readonly string[]): string =>
  items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1) ?? ''}`;

const tile = (name: string, value: Cell, detail: Cell): Markup =>
  html`<div class="tile">
    <div class="tile-name">${name}</div>
    <div class="tile-value">${value}</div>
    <div class="tile-detail">${detail}</div>
  </div>`;

function trialTile({ trialCounts, trials }: ReportData): Markup {
  const completed = trialCounts.completed ?? 0;
  return tile('Completed trials', String(completed), `of ${counted(trials.length, 'trial')}`);
}

function frontTile({ fronts }: ReportData): Markup {
  const sizes = fronts.map((front) => frontMembers(front).length);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  return tile(
    'On the front',
    String(total),
    sizes.length > 1 ? `${sizes.join(' + ')}, one front per class` : 'configurations that none beats',
  );
}

/** Every provenance by itself, in one tile: these are one search's cost, but never one number. */
function energyTile({ searchEnergy, carbon }: ReportData): Markup {
  const { totals, attempts } = searchEnergy;
  if (totals.length === 0) {
    const why = attempts === 0 ? 'nothing has run yet' : `no reading arrived from ${counted(attempts, 'attempt')}`;
    return tile('Energy of the search', 'unknown', why);
  }
  const figures = totals.map(
    (total, at) =>
      html`<div>
        <div class="tile-value">${totalText(total)}</div>
        <div class="tile-detail">
          ${provenanceBadge(total.provenance)}
          ${PROVENANCE_WORDS[total.provenance]}${total.scope === 'machine' ? ', whole machine' : ''}${carbonOf(carbon, at)}
        </div>
      </div>`,
  );
  return html`<div class="tile energy">
    <div class="tile-name">Energy of the search, all ${counted(attempts, 'attempt')}</div>
    <div>${figures}</div>
  </div>`;
}

function carbonOf(carbon: ReportData['carbon'], at: number): string {
  const figure = carbon?.search[at];
  return figure ? `; ${figure.lowerBound ? '≥\u00a0' : ''}${carbonText(figure.grams).replaceAll(' ', '\u00a0')}` : '';
}

/** A total as `≥ 1.83 MJ`, or without `≥` when it is complete. */
export const totalText = ({ joules, lowerBound }: EnergyTotal): string =>
  `${lowerBound ? '≥ ' : ''}${formatQuantity(joules, 'J')}`;

function energyNote({ searchEnergy, carbon }: ReportData): Markup {
  const { totals, withoutReading } = searchEnergy;
  const several = totals.length > 1 ? 'Energies that came about in different ways are never added up. ' : '';
  const bound = totals.some(({ lowerBound }) => lowerBound)
    ? '≥ marks a lower bound: some attempts went on after their last reading'
    : '';
  const silent =
    withoutReading > 0 ? `${bound ? ', and' : ''} ${counted(withoutReading, 'attempt')} never gave one` : '';
  const source = carbon ? ` CO2e: ${carbon.label}. ${carbon.attribution}.` : '';
  const text = `${several}${bound}${silent}${bound || silent ? '.' : ''}${source}`.trim();
  return text === '' ? NOTHING : html`<p class="note">${text}</p>`;
}

function tradeOffs({ campaign }: ReportData, front: FrontData): Markup {
  const { objectives } = campaign;
  const picks = bestTradeOffs(objectives, front);
  const texts = objectives.map(({ unit }, j) =>
    columnTexts(
      picks.map(({ outcome }) => outcome.values[j]),
      unit,
    ),
  );
  const columns = [
    { name: 'choice' },
    { name: 'trial' },
    ...objectives.map(({ name }, j) => ({ name, unit: texts[j]?.unit ?? '', align: 'number' as const })),
  ];
  const rows = picks.map(({ names, outcome }, row) => [
    names.join(', '),
    html`<a href="#trial-${outcome.index}">#${outcome.index}</a>`,
    ...texts.map((column) => column.texts[row] ?? ''),
  ]);
  const sentence = tradeOffSentence(objectives, front);
  return html`<h4>${front.hardwareClass} ${provenanceBadge(front.provenance)}</h4>
    ${dataTable(columns, rows)}${tieNote(campaign, frontMembers(front))}${spreadNote(front)}${sentence === undefined ? NOTHING : html`<p>${sentence}</p>`}`;
}

/** Most of ± is often common to all, and then says little about which trial takes less. */
function spreadNote(front: FrontData): Markup {
  const gain = largestGain(front);
  if (gain === 0) return NOTHING;
  return html`<p class="note">
    ${UNCERTAINTY_MEANING} Of it ± ${percent(gain)} is common to these energies and cancels where they are compared with
    each other. What other load on the machine does to a trial is not in it.
  </p>`;
}
