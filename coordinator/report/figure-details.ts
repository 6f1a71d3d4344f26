/** What lies behind the energies of one trial: each sum with what lies above idle, and each device by itself. */

import { randomJoules, type EnergyUncertainty, type RepeatSummary } from '../../shared/domain/measurement.js';
import { netRandomJoules, type NetEnergy } from '../../shared/domain/net-energy.js';
import { formatColumn, formatDuration, formatMeasure, formatQuantity } from '../../shared/domain/quantity.js';
import { windowEventText } from '../../shared/runtime/window-event-text.js';
import { provenanceBadge, unknown } from './badges.js';
import { dataTable, factList, type Cell } from './data-table.js';
import { html, NOTHING, type Markup } from './html-text.js';
import type { EnergyFigure, FrontData, PartEnergy, ReportData, TrialFacts } from './report-data.js';
import { frontMembers } from './summarise-front.js';
import { counted, percent, shortNumber } from './value-text.js';

/** Every trial on a front, class by class, each folded up; `undefined` where no front has an energy. */
export function frontDetails({ fronts, trials }: ReportData): Markup | undefined {
  const groups = fronts.flatMap((front) => {
    const ids = new Set(frontMembers(front).flatMap((member) => member.trials));
    const shown = trials.filter(({ id, energies }) => ids.has(id) && energies.length > 0);
    return shown.length === 0 ? [] : [classDetails(front, shown)];
  });
  return groups.length === 0 ? undefined : html`${groups}`;
}

const classDetails = ({ hardwareClass, provenance }: FrontData, trials: readonly TrialFacts[]): Markup =>
  html`<h4>${hardwareClass} ${provenanceBadge(provenance)}</h4>
    ${trials.map(trialDetails)}`;

const trialDetails = ({ index, energies }: TrialFacts): Markup =>
  html`<details class="figures">
    <summary><strong>#${index}</strong> ${energies.map(summaryText)}</summary>
    <div class="${energies.some(({ parts }) => parts.length > 1) ? 'stack' : 'panels'}">
      ${energies.map(figureDetails)}
    </div>
  </details>`;

const summaryText = (figure: EnergyFigure): Markup =>
  html`<span class="figure"
    >${figure.objective} ${figure.kind === 'usable' ? formatQuantity(figure.joules, 'J') : unknown(figure.reason)}</span
  > `;

function figureDetails(figure: EnergyFigure): Markup {
  const { objective, window, windows, seconds, parts, boundary } = figure;
  const length = `${window}: ${counted(windows, 'window')}, ${formatDuration(seconds)} in all`;
  const facts = figure.kind === 'usable' ? usableFacts(figure) : [['energy', unknown(figure.reason)] as const];
  return html`<div>
    <h5>${objective}</h5>
    ${factList([...facts, ['window', length], ['boundary', boundary]])} ${partTable(parts)}
  </div>`;
}

type UsableFigure = Extract<EnergyFigure, { kind: 'usable' }>;

function usableFacts(figure: UsableFigure): (readonly [string, Cell])[] {
  const { joules, uncertainty, provenance, per, items, net, repeats, carbonGrams } = figure;
  return [
    [
      'energy',
      html`${uncertainText(joules, randomJoules(uncertainty))}, ${gainText(joules, uncertainty)}
      ${provenanceBadge(provenance)}`,
    ],
    ...(per !== undefined && items !== undefined && items > 0
      ? [[`per ${per}`, `${formatMeasure(joules / items, `J/${per}`)}, over ${shortNumber(items)}`] as const]
      : []),
    ...(repeats ? [['repeats', repeatsText(repeats)] as const] : []),
    ['above idle', netText(net)],
    ...(carbonGrams === undefined ? [] : [['carbon', carbonText(carbonGrams)] as const]),
  ];
}

/** Such as `18, ± 1.6 % (95 %), 1 more without a usable figure`. */
export function repeatsText({ count, unusable, relativeHalfWidth }: RepeatSummary): string {
  const left = unusable === 0 ? '' : `, ${unusable} more without a usable figure`;
  return `${count}, ± ${percent(relativeHalfWidth)} (95 %)${left}`;
}

/** Grams of CO2 equivalent. */
export const carbonText = (grams: number): string => `${formatQuantity(grams, 'g')} CO2e`;

/** Digits in step with the uncertainty, such as `1.850 ± 0.024 kJ random`. */
function uncertainText(joules: number, random: number): string {
  const { unit, texts } = formatColumn([[joules, random]], 'J');
  return random > 0 ? `${texts.join('')} ${unit} random` : `${formatQuantity(joules, 'J')}, no random part stated`;
}

const gainText = (joules: number, { gainJoules }: EnergyUncertainty): string =>
  joules === 0 || gainJoules === 0 ? 'no gain stated' : `± ${percent(gainJoules / Math.abs(joules))} gain`;

function netText(net: NetEnergy): Cell {
  if (net.kind === 'unusable')
    return html`<span class="unknown">unknown</span> <span class="unit">${net.reason}</span>`;
  const random = netRandomJoules(net.uncertainty);
  const text = uncertainText(net.joules, random).replace(/^-/, '−');
  return `${text}, less ${formatQuantity(net.idleWatts, 'W')} idle${belowText(net.joules, random)}`;
}

/** Below idle by more than two standard uncertainties, the device was busier while it should have been at rest. */
function belowText(joules: number, random: number): string {
  if (joules >= 0) return '';
  return joules + 2 * random < 0 ? '; the device was not at rest before the trial' : '; not to be told from idle';
}

type UsablePart = Extract<PartEnergy, { kind: 'usable' }>;

/** What is told of a device, below each other; rows of which nothing is known are left out. */
const PART_ROWS: readonly { readonly name: string; readonly cell: (part: UsablePart) => Cell | undefined }[] = [
  { name: 'energy', cell: ({ joules }) => formatQuantity(joules, 'J') },
  { name: 'known by', cell: ({ source, provenance }) => html`${source} ${provenanceBadge(provenance)}` },
  { name: '± window edges', cell: ({ uncertainty }) => formatQuantity(uncertainty.edgeJoules, 'J') },
  { name: '± sampling', cell: ({ uncertainty }) => formatQuantity(uncertainty.samplingJoules, 'J') },
  { name: '± gaps', cell: ({ uncertainty }) => formatQuantity(uncertainty.gapJoules, 'J') },
  { name: '± gain', cell: gainCell },
  { name: 'mean power', cell: ({ meanWatts }) => formatQuantity(meanWatts, 'W') },
  {
    name: 'peak power',
    cell: ({ peakWatts }) => (peakWatts === undefined ? undefined : formatQuantity(peakWatts, 'W')),
  },
  { name: 'above idle', cell: ({ net }) => (net?.kind === 'usable' ? netText(net) : undefined) },
  { name: 'second reading', cell: checkCell },
  { name: 'before calibration', cell: rawCell },
  {
    name: 'charged to no trial',
    cell: ({ unattributedJoules }) =>
      unattributedJoules === undefined ? undefined : formatQuantity(unattributedJoules, 'J'),
  },
  { name: 'temperature', cell: temperatureCell },
  {
    name: 'meanwhile',
    cell: ({ events }) => (events.length === 0 ? undefined : events.map(windowEventText).join('; ')),
  },
];

function gainCell({ joules, uncertainty: { gainJoules } }: UsablePart): Cell {
  if (gainJoules === 0) return 'none stated';
  const share = joules === 0 ? '' : ` (${percent(gainJoules / Math.abs(joules))})`;
  return `${formatQuantity(gainJoules, 'J')}${share}`;
}

/** Set against the sensor's own figure: a calibration corrects the first reading alone. */
function checkCell({ joules, rawJoules = joules, check }: UsablePart): Cell | undefined {
  return check && `${check.source} ${formatQuantity(check.joules, 'J')}${differenceText(check.joules, rawJoules)}`;
}

function rawCell({ joules, rawJoules }: UsablePart): Cell | undefined {
  return rawJoules === undefined ? undefined : `${formatQuantity(rawJoules, 'J')}${differenceText(rawJoules, joules)}`;
}

/** How far one figure lies from another, such as ` (−1.3 %)`. */
function differenceText(other: number, joules: number): string {
  if (joules === 0) return '';
  const difference = other / joules - 1;
  return ` (${difference < 0 ? '−' : '+'}${percent(Math.abs(difference))})`;
}

function temperatureCell({ temperatureCelsius: at }: UsablePart): Cell | undefined {
  return at && `${shortNumber(at.start)} °C at the start, ${shortNumber(at.end)} °C at the end`;
}

/** One column for each device. */
function partTable(parts: readonly PartEnergy[]): Markup {
  const columns = parts.map(({ part, withinBoundary }) => ({
    name: withinBoundary ? part : `${part}, not in the sum`,
    align: 'brief' as const,
  }));
  const rows = PART_ROWS.map(({ name, cell }) => ({
    name,
    cells: parts.map((part) => (part.kind === 'usable' ? cell(part) : undefined)),
  }));
  const known = rows.filter(({ cells }) => cells.some((cell) => cell !== undefined));
  const troubles = parts.map((part) => (part.kind === 'unusable' ? unknown(part.reason) : undefined));
  return dataTable(
    [{ name: '' }, ...columns],
    [
      ['device', ...parts.map(({ device }) => html`<code>${device}</code>`)],
      ...known.map(({ name, cells }) => [
        name,
        ...cells.map((cell, at) => cell ?? (name === 'energy' ? (troubles[at] ?? NOTHING) : '–')),
      ]),
    ],
    { rowHeads: true },
  );
}
