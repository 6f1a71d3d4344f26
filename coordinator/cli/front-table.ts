/** The front as a ruled table; columns that find no room beside the objectives follow below it, trial by trial. */

import Table from 'cli-table3';

import type { TrialResult } from '../../shared/domain/trial.js';
import { cutText, printable, textWidth, wrapText } from '../../shared/runtime/terminal-text.js';
import { placeColumns, widest, type Column, type PlacedColumn, type Room } from './column-layout.js';
import { frontColumns, type FrontColumnsOptions } from './front-columns.js';

export interface FrontTableOptions extends FrontColumnsOptions {
  readonly width: number;
}

/** Lines of at most `width` columns of the terminal. */
export function frontTable(results: readonly TrialResult[], options: FrontTableOptions): string[] {
  const columns = frontColumns(results, options).map(withWholeWords);
  const placed = placeColumns(columns, roomWithRules(options.width));
  const heads = new Set(placed.map(({ head }) => head));
  const left = columns.filter(({ head }) => !heads.has(head));
  return [...ruledTable(placed), ...leftLines(results, left, options.width)];
}

/** Each cell has a space on either side and a rule between; the outermost rules take the rest. */
const roomWithRules = (width: number): Room => ({ width, gap: 3, indent: 4 });

function ruledTable(columns: readonly PlacedColumn[]): string[] {
  const table = new Table({
    head: columns.map(({ head, width }) => headLines(head, width).join('\n')),
    colWidths: columns.map(({ width }) => width + 2),
    colAligns: columns.map(({ align }) => align),
    style: { head: [], border: [], compact: true },
  });
  const rows = columns[0]?.cells.length ?? 0;
  for (let row = 0; row < rows; row++) {
    table.push(columns.map(({ cells, width }) => cutText(printable(cells[row]?.text ?? ''), width)));
  }
  return table.toString().split('\n');
}

/** Parts between which a name may be broken: each ends in `_`, `-`, `/` or a space. */
const partsOf = (name: string): readonly string[] => printable(name).match(/[^_\-/ ]+[_\-/ ]?|[_\-/ ]/g) ?? [];

/** The head goes over several lines before a word of it is broken. */
function withWholeWords(column: Column): Column {
  const [name = '', ...units] = column.head;
  return { ...column, least: widest([...partsOf(name), ...units, ...column.cells.map(({ text }) => text)]) };
}

/** A name in as many lines as it needs, then its unit. */
function headLines([name = '', ...units]: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const part of partsOf(name)) {
    const last = lines.at(-1);
    if (last !== undefined && textWidth(last + part.trimEnd()) <= width) lines[lines.length - 1] = last + part;
    else lines.push(part);
  }
  const names = lines.flatMap((line) => wrapText(line.trimEnd(), width));
  return [...names, ...units.map((unit) => cutText(printable(unit), width))];
}

/** `trial 3: heads 4; lr 0.003`. */
function leftLines(results: readonly TrialResult[], columns: readonly Column[], width: number): string[] {
  if (columns.length === 0) return [];
  return results.flatMap(({ trial }, row) => {
    const texts = columns.map(({ head: [name = '', unit = ''], cells }) =>
      `${name} ${cells[row]?.text ?? ''} ${unit}`.trim(),
    );
    return wrapText(printable(`trial ${trial.index}: ${texts.join('; ')}`), width);
  });
}
