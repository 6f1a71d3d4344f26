/** How the search went on: hypervolume over trials and over joules. */

import { provenanceBadge } from './badges.js';
import { html, NOTHING, type Markup } from './html-text.js';
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
    ${histories.map(
      (history) =>
        html`<article>
          <h3>${history.hardwareClass} ${provenanceBadge(history.provenance)}</h3>
          <p class="sub">
            ${finalText(history.points.at(-1)?.hypervolume, unit)}${
              history.searchProvenance ? html`; search energy ${provenanceBadge(history.searchProvenance)}` : NOTHING
            }
          </p>
          <div class="panels">${progressCharts(history, unit)}</div>
        </article>`,
    )}`;
}

const finalText = (volume: number | undefined, unit: string): string =>
  volume === undefined ? 'hypervolume unknown: no trial has finished' : `hypervolume ${shortNumber(volume)} ${unit}`;
