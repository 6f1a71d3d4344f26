/** The front of each class: charts and the table that the terminal shows too. */

import { TIE_MEANING, tieText } from '../analysis/ties.js';
import { provenanceBadge } from './badges.js';
import { dataTable, type Cell } from './data-table.js';
import { frontCharts } from './front-chart.js';
import { html, NOTHING, type Markup } from './html-text.js';
import type { FrontData, OutcomeFacts, ReportData } from './report-data.js';
import { frontMembers, summariseFront, type FrontTable } from './summarise-front.js';
import { counted, percent } from './value-text.js';

export function frontSection({ campaign, fronts }: ReportData): Markup {
  return html`<section id="front">
    <h2>Front</h2>
    <p>
      Configurations that no other beats in every objective at once. Energies of different hardware classes, or known in
      different ways, are never put on one front. Bars span two standard uncertainties to each side, without the card's
      gain, which shifts all points of one card alike.
    </p>
    <p class="legend">
      <span class="key front-key"></span> on the front <span class="key other-key"></span> dominated${
        campaign.outcomeConstraints.length > 0
          ? html` <span class="key cross-key">×</span> breaks a constraint`
          : NOTHING
      }
    </p>
    ${fronts.map((front) => groupMarkup(campaign, front))}
    ${fronts.some(({ testMetrics }) => testMetrics.length > 0) ? html`<p class="note">Columns marked † were sealed until the campaign closed: no choice was made with them.</p>` : NOTHING}
  </section>`;
}

function groupMarkup(campaign: ReportData['campaign'], front: FrontData): Markup {
  const table = summariseFront(campaign, front);
  const members = frontMembers(front);
  const columns = table.columns.map(({ kind, name, unit }) => ({
    name: kind === 'test' ? `${name} †` : name,
    unit,
    ...((kind === 'objective' || kind === 'test') && { align: 'number' as const }),
  }));
  return html`<article>
    <h3>${front.hardwareClass} ${provenanceBadge(front.provenance)}</h3>
    <p class="sub">${groupText(front, table)}</p>
    <div class="panels">${frontCharts(campaign, front)}</div>
    ${dataTable(
      columns,
      table.rows.map(([trial = '', ...cells], i) => [trialLink(trial, members[i]), ...cells]),
    )}
    ${tieNote(campaign, members)}
  </article>`;
}

/** Energies of the front that the meter does not tell apart. */
export function tieNote({ objectives }: ReportData['campaign'], members: readonly OutcomeFacts[]): Markup {
  const texts = objectives.flatMap(({ name }, j) => {
    const candidates = members.flatMap(({ index, values }) => {
      const value = values[j];
      return value?.kind === 'known' && value.uncertainty
        ? [{ index, value: value.value, random: value.uncertainty.random }]
        : [];
    });
    return tieText(name, candidates) ?? [];
  });
  return texts.length === 0 ? NOTHING : html`<p class="note">${texts.join('; ')}. ${TIE_MEANING}</p>`;
}

function groupText(front: FrontData, table: FrontTable): string {
  const infeasible = front.outcomes.filter(({ feasible }) => !feasible).length;
  const gain = largestGain(front);
  return [
    `${counted(table.rows.length, 'configuration')} of ${front.outcomes.length} on the front`,
    infeasible > 0 ? `, ${infeasible} break a constraint` : '',
    table.energyKnown === undefined ? '' : `; energy ${table.energyKnown}`,
    gain > 0 ? `, with a gain common to all that is known to ±\u00a0${percent(gain)}` : '',
  ].join('');
}

/** Largest relative standard uncertainty of the gain; 0 where none is stated. */
export function largestGain({ outcomes }: FrontData): number {
  const values = outcomes.flatMap((outcome) => outcome.values);
  return Math.max(
    0,
    ...values.map((value) =>
      value.kind === 'known' && value.value !== 0 ? (value.uncertainty?.gain ?? 0) / Math.abs(value.value) : 0,
    ),
  );
}

const trialLink = (text: string, outcome: OutcomeFacts | undefined): Cell =>
  outcome ? html`<a href="#trial-${outcome.index}">${text}</a>` : text;
