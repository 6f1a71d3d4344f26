/** One report as one HTML file: no script, no request, everything inside. */

import { comparisonSection } from './comparison-section.js';
import { energySection } from './energy-section.js';
import { frontSection } from './front-section.js';
import { hardwareSection } from './hardware-section.js';
import { html, NOTHING, trusted, type Markup } from './html-text.js';
import { modelSection } from './model-section.js';
import { progressSection } from './progress-section.js';
import type { ReportData } from './report-data.js';
import { reproduceSection } from './reproduce-section.js';
import { STYLE_SHEET } from './style-sheet.js';
import { summarySection } from './summary-section.js';
import { trialsSection } from './trials-section.js';
import { instantText } from './value-text.js';

/** Nothing is loaded and nothing runs; styles stand in the page itself. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

const SECTIONS = [
  ['summary', 'Summary'],
  ['front', 'Front'],
  ['progress', 'Progress'],
  ['comparison', 'Hardware classes'],
  ['trials', 'Trials'],
  ['energy', 'Energy'],
  ['hardware', 'Machines'],
  ['reproduce', 'Reproduce'],
] as const;

/** The whole page as text. */
export function renderHtml(data: ReportData): string {
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${POLICY}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="generator" content="ECOpt" />
        <title>${data.campaign.name} · ECOpt report</title>
        <link rel="icon" href="data:," />
        <style>
          ${trusted(STYLE_SHEET)}
        </style>
      </head>
      <body>
        ${header(data)}
        <nav aria-label="Sections"><div>${SECTIONS.map(([id, name]) => html`<a href="#${id}">${name}</a>`)}</div></nav>
        <main>
          ${summarySection(data)} ${frontSection(data)} ${progressSection(data)} ${modelSection(data)}
          ${comparisonSection(data)} ${trialsSection(data)} ${energySection(data)} ${hardwareSection(data)}
          ${reproduceSection(data)}
        </main>
        <footer>Made by ECOpt ${data.versions['ecopt'] ?? ''} on ${instantText(data.madeUnixMilliseconds)}.</footer>
      </body>
    </html> `;
  return page.text;
}

function header({ campaign }: ReportData): Markup {
  const { closedUnixMilliseconds: closed } = campaign;
  const when = `created ${instantText(campaign.createdUnixMilliseconds)}${closed === undefined ? '' : `, closed ${instantText(closed)}`}`;
  const meta = [campaign.owner, when, `seed ${campaign.seed}`].filter((text) => text !== '');
  return html`<header>
    <div class="eyebrow">
      ECOpt report · ${campaign.id} <span class="badge ${campaign.state}">${campaign.state}</span>
    </div>
    <h1>${campaign.name}</h1>
    ${campaign.description === '' ? NOTHING : html`<p class="lead">${campaign.description}</p>`}
    <p class="meta">${meta.join(' · ')}</p>
  </header>`;
}
