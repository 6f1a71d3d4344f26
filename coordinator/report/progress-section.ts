/** How the search went on: hypervolume over trials and over joules. */

import { provenanceBadge } from './badges.js';
import { html, NOTHING, type Markup } from './html-text.js';
import type { HypervolumeHistory } from '../analysis/hypervolume-history.js';
import { progressCharts } from './progress-chart.js';
import type { ReportData } from './report-data.js';
import { shortNumber } from './value-text.js';

export function progressSection({ campaign, hypervolume }: ReportData): Markup {
  return html`<section id="progress">
    <h2>Progress of the search</h2>
    ${hypervolume ? histories(campaign.objectives, hypervolume) : html`<p>The hypervolume is unknown: its reference point is fixed only after the first trials.</p>`}
  </section>`;
}

function histories(
  objectives: ReportData['campaign']['objectives'],
  { reference, histories }: NonNullable<ReportData['hypervolume']>,
): Markup {
  const unit = objectives
    .map((objective) => objective.unit)
    .filter((text) => text !== '')
    .join(' · ');
  const point = objectives.map(({ name, unit: of }, j) =>
    `${name} ${shortNumber(reference[j] ?? Number.NaN)} ${of}`.trim(),
  );
  return html`<p>
      Hypervolume: how much of the space of objectives the front dominates, up to the fixed reference point
      (${point.join(', ')}). Search energy counts all attempts on a class within the campaign's boundary.
    </p>
    ${histories.map((history) => historyMarkup(history, unit))}`;
}

function historyMarkup(history: HypervolumeHistory, unit: string): Markup {
  const { hardwareClass, provenance, searchProvenance, points } = history;
  const volume = points.at(-1)?.hypervolume;
  const energy = searchProvenance ? html`; search energy ${provenanceBadge(searchProvenance)}` : NOTHING;
  return html`<article>
    <h3>${hardwareClass} ${provenanceBadge(provenance)}</h3>
    <p class="sub">${finalText(volume, unit)}${energy}</p>
    ${volume === undefined || volume === 0 ? NOTHING : html`<div class="panels">${progressCharts(history)}</div>`}
    ${fallsText(points)}
  </article>`;
}

function finalText(volume: number | undefined, unit: string): string {
  if (volume === undefined) return 'hypervolume unknown: the end of no trial is known';
  if (volume === 0) return 'hypervolume 0: no outcome is better than the reference point in every objective';
  return `hypervolume ${shortNumber(volume)} ${unit}`;
}

/** Only data changes the hypervolume; what lowers it is said. */
function fallsText(points: HypervolumeHistory['points']): Markup {
  const falls = points.filter(({ fell }) => fell);
  if (falls.length === 0) return NOTHING;
  const where = falls.map(({ trials }) => String(trials)).join(', ');
  return html`<p class="note">
    ▼ The hypervolume went back after ${falls.length === 1 ? 'trial' : 'trials'} ${where}: a repeated configuration came
    out worse, and its mean counts.
  </p>`;
}
