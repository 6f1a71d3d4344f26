/** What the model that chose configurations says of itself: how well it predicts, and what it thinks matters. */

import { dataTable, type Cell, type TableColumn } from './data-table.js';
import { html, NOTHING, type Markup } from './html-text.js';
import type { ReportData } from './report-data.js';
import type { ModelNote } from './report-input.js';
import { shortNumber } from './value-text.js';

/** Nothing where no model chose. */
export function modelSection({ model = [] }: ReportData): Markup {
  if (model.length === 0) return NOTHING;
  return html`<section id="model">
    <h2>The model that chose</h2>
    <p>
      Each result is predicted from all others, with the model as it stands after them. About 68 % should lie within one
      predicted deviation and 95 % within two; an error of 1 is no better than the mean of the values.
    </p>
    ${dataTable(CALIBRATION, model.map(calibrationRow))}
    <p>
      Importance is the share of what the prediction varies by over the space: of a parameter alone, and with all that
      act together with it. Values resemble each other over a lengthscale, given in units of the parameter's range; a
      long one means that little changes.
    </p>
    ${model.map(parameterTable)}
  </section>`;
}

const CALIBRATION: readonly TableColumn[] = [
  { name: 'objective' },
  { name: 'class', align: 'long' },
  { name: 'results', align: 'number' },
  { name: 'within one deviation', align: 'number' },
  { name: 'within two', align: 'number' },
  { name: 'error', align: 'number' },
];

const calibrationRow = ({ objective, task, results, withinOne, withinTwo, error }: ModelNote): Cell[] => [
  objective,
  task ?? 'all',
  String(results),
  percent(withinOne),
  percent(withinTwo),
  shortNumber(Number(error.toPrecision(2))),
];

/** The most important parameter first. */
function parameterTable({ objective, task, parameters }: ModelNote): Markup {
  const rows = [...parameters]
    .sort((a, b) => b.together - a.together)
    .map(({ name, lengthscale, alone, together }) => [
      name,
      percent(alone),
      percent(together),
      shortNumber(Number(lengthscale.toPrecision(2))),
    ]);
  const caption = task === undefined ? objective : `${objective} on ${task}`;
  return dataTable(PARAMETERS, rows, { caption, rowHeads: true });
}

const PARAMETERS: readonly TableColumn[] = [
  { name: 'parameter' },
  { name: 'importance alone', align: 'number' },
  { name: 'with others', align: 'number' },
  { name: 'lengthscale', align: 'number' },
];

const percent = (share: number): string => `${Math.round(100 * share)} %`;
