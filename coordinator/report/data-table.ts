/** Tables of a report: numbers to the right, units in the head, wide ones scroll within themselves. */

import { html, NOTHING, type Markup } from './html-text.js';

export interface TableColumn {
  readonly name: string;
  readonly unit?: string;
  /** Figures to the right; long texts may break, and so may anything in a column that is to be brief. */
  readonly align?: 'number' | 'long' | 'brief';
}

export type Cell = string | Markup;

export interface TableOptions {
  /** Classes of the rows, by position. */
  readonly rowClasses?: readonly string[];
  readonly caption?: string;
  /** True: the first cell of each row names it. */
  readonly rowHeads?: boolean;
}

/** A table; no rows, no table. */
export function dataTable(
  columns: readonly TableColumn[],
  rows: readonly (readonly Cell[])[],
  options: TableOptions = {},
): Markup {
  if (rows.length === 0) return NOTHING;
  const head = columns.map(
    ({ name, unit, align }) =>
      html`<th scope="col" class="${align ?? ''}">
        ${name}${unit ? html` <span class="unit">${unit}</span>` : NOTHING}
      </th>`,
  );
  const body = rows.map(
    (cells, i) =>
      html`<tr class="${options.rowClasses?.[i] ?? ''}">
        ${cells.map((cell, j) => (j === 0 && options.rowHeads ? html`<th scope="row">${cell}</th>` : html`<td class="${columns[j]?.align ?? ''}">${cell}</td>`))}
      </tr>`,
  );
  const caption = options.caption
    ? html`<caption>
        ${options.caption}
      </caption>`
    : NOTHING;
  return html`<div class="scroll" tabindex="0">
    <table>
      ${caption}
      <thead>
        <tr>
          ${head}
        </tr>
      </thead>
      <tbody>
        ${body}
      </tbody>
    </table>
  </div>`;
}

/** A list of facts, name and value. */
export const factList = (facts: readonly (readonly [string, Cell])[]): Markup =>
  html`<dl>
    ${facts.map(
      ([name, value]) =>
        html`<dt>${name}</dt>
          <dd>${value}</dd>`,
    )}
  </dl>`;
