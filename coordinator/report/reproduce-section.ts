/** What it takes to run the campaign again: file, seed, versions, and how configurations were proposed. */

import { groupedBy } from '../analysis/grouped-by.js';
import { dataTable, factList, type Cell } from './data-table.js';
import { html, type Markup } from './html-text.js';
import type { ReportData } from './report-data.js';
import { counted, instantText } from './value-text.js';

export function reproduceSection({ campaign, proposals, startedFrom, versions }: ReportData): Markup {
  const closed = campaign.closedUnixMilliseconds;
  return html`<section id="reproduce">
    <h2>How to reproduce</h2>
    <p>
      Save the campaign file below and run <code>ecopt run FILE</code> with the versions given. The seed fixes the
      configurations as far as results come back equal and in the same order; energies vary from run to run.
    </p>
    ${factList([
      ['campaign', campaign.id],
      ['seed', String(campaign.seed)],
      ['workload', campaign.workload],
      ['created', instantText(campaign.createdUnixMilliseconds)],
      ['closed', closed === undefined ? 'still open' : instantText(closed)],
      ...(startedFrom ? [startFact(startedFrom)] : []),
      ['hardware policy', campaign.hardware.policy],
      ['boundary', campaign.measurement.boundary ?? 'accelerator where the slot holds one, else cpu'],
      [
        'versions',
        Object.entries(versions)
          .map(([name, version]) => `${name} ${version}`)
          .join(', ') || 'unknown',
      ],
    ])}
    ${dataTable(
      [
        { name: 'configurations', align: 'number' },
        { name: 'proposed by', align: 'long' },
      ],
      methodRows(proposals),
    )}
    <details open>
      <summary>Campaign file</summary>
      <pre>${campaign.text}</pre>
    </details>
    <p class="note">
      The JSON and CSV files beside this page hold every number in it; the JSON file also the readings of every window.
    </p>
  </section>`;
}

const startFact = ({ campaign, trials }: NonNullable<ReportData['startedFrom']>): readonly [string, string] => [
  'started from',
  `${counted(trials, 'trial')} of campaign ${campaign}, which the models learnt from beside its own`,
];

/** Methods whose texts differ only in their numbers are one row, each number as a range. */
function methodRows(proposals: ReportData['proposals']): Cell[][] {
  return [...groupedBy(proposals, ({ method }) => method.replace(NUMBER, '0'))].map(([, of]) => {
    const configurations = of.reduce((sum, { count }) => sum + count, 0);
    const method = withRanges(of.map((proposal) => proposal.method));
    return [String(configurations), `${method} (${counted(of.length, 'proposal')})`];
  });
}

const NUMBER = /\d+/g;

function withRanges(texts: readonly string[]): string {
  const numbers = texts.map((text) => Array.from(text.matchAll(NUMBER), ([digits]) => Number(digits)));
  let position = 0;
  return (texts[0] ?? '').replace(NUMBER, () => {
    const all = numbers.map((of) => of[position] ?? 0);
    position += 1;
    const [least, most] = [Math.min(...all), Math.max(...all)];
    return least === most ? String(least) : `${least} to ${most}`;
  });
}
