/** Columns of a table within a given width: the less important ones shrink first and then go. */

import { fillText, printable, textWidth, type Span } from '../../shared/runtime/terminal-text.js';

export interface Column {
  /** Lines over the cells; none in any column: the table has no head. */
  readonly head: readonly string[];
  readonly align: 'left' | 'right';
  /** One per row. */
  readonly cells: readonly Span[];
  /** 0 stays to the last; the largest goes first. */
  readonly rank: number;
  /** Columns of the terminal below which it does not shrink; absent: it never shrinks. */
  readonly least?: number;
  /** True: it goes before any other column is cut. */
  readonly dispensable?: boolean;
}

/** A column with the width it was given. */
export type PlacedColumn = Column & { readonly width: number };

export interface Room {
  readonly width: number;
  /** Between two columns, and before the first. */
  readonly gap: number;
  readonly indent: number;
}

/**
 * Gives each column its natural width where there is room.
 *
 * Else dispensable columns are left out until the others need not be cut; then all are cut down to their least width and
 * left out, from the highest rank on. The last one stays whatever the room, cut if need be.
 */
export function placeColumns(columns: readonly Column[], room: Room): PlacedColumn[] {
  let kept = columns.map((column) => ({ ...column, width: naturalWidth(column) }));
  const least = ({ width, least }: PlacedColumn): number => Math.min(width, least ?? width);
  const uncut = (column: PlacedColumn): number => (column.dispensable ? least(column) : column.width);
  while (kept.length > 1 && kept.some(({ dispensable }) => dispensable) && total(kept.map(uncut), room) > room.width) {
    kept = withoutLast(kept, ({ dispensable }) => dispensable === true);
  }
  while (kept.length > 1 && total(kept.map(least), room) > room.width) kept = withoutLast(kept, () => true);
  return shrunk(kept, room);
}

/** Without the column of the highest rank, the rightmost of several, among those that may go. */
function withoutLast(columns: readonly PlacedColumn[], mayGo: (column: PlacedColumn) => boolean): PlacedColumn[] {
  const rank = Math.max(...columns.filter(mayGo).map((column) => column.rank));
  const last = columns.findLastIndex((column) => mayGo(column) && column.rank === rank);
  return columns.filter((_, index) => index !== last);
}

/** A table in lines of at most `room.width` columns of the terminal. */
export interface TableLines {
  readonly head: readonly string[];
  readonly rows: readonly string[];
}

export function tableLines(columns: readonly Column[], room: Room, headStyle: (text: string) => string): TableLines {
  const placed = placeColumns(columns, room);
  const line = (cellOf: (column: PlacedColumn) => Span): string => joined(placed, cellOf, room);
  const most = (counts: readonly number[]): number[] => Array.from({ length: Math.max(0, ...counts) }, (_, i) => i);
  return {
    head: most(placed.map(({ head }) => head.length)).map((at) =>
      line(({ head }) => ({ text: head[at] ?? '', style: headStyle })),
    ),
    rows: most(placed.map(({ cells }) => cells.length)).map((at) => line(({ cells }) => cells[at] ?? { text: '' })),
  };
}

/** Columns of the terminal that the widest of several texts takes. */
export const widest = (texts: readonly string[]): number =>
  Math.max(0, ...texts.map((text) => textWidth(printable(text))));

const naturalWidth = ({ head, cells }: Column): number => widest([...head, ...cells.map(({ text }) => text)]);

const total = (widths: readonly number[], { indent, gap }: Room): number =>
  widths.reduce((sum, width) => sum + width, indent + gap * Math.max(0, widths.length - 1));

function shrunk(columns: readonly PlacedColumn[], room: Room): PlacedColumn[] {
  let excess = Math.max(
    0,
    total(
      columns.map(({ width }) => width),
      room,
    ) - room.width,
  );
  const widths = new Map<PlacedColumn, number>();
  for (const column of [...columns].sort((a, b) => b.rank - a.rank)) {
    const least = columns.length === 1 ? 0 : Math.min(column.width, column.least ?? column.width);
    const off = Math.min(excess, column.width - least);
    widths.set(column, column.width - off);
    excess -= off;
  }
  return columns.map((column) => ({ ...column, width: widths.get(column) ?? 0 }));
}

function joined(columns: readonly PlacedColumn[], cellOf: (column: PlacedColumn) => Span, room: Room): string {
  const cells = columns.map((column) => {
    const { text, style } = cellOf(column);
    const filled = fillText(printable(text), column.width, column.align);
    return style && text !== '' ? style(filled) : filled;
  });
  return (' '.repeat(Math.min(room.indent, room.width)) + cells.join(' '.repeat(room.gap))).trimEnd();
}
