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
 * Gives each column its natural width, shrinks from the highest rank on, then leaves columns out from the highest rank on.
 *
 * The first of several columns of the lowest rank always stays, cut if need be.
 */
export function placeColumns(columns: readonly Column[], room: Room): PlacedColumn[] {
  let kept = columns.map((column) => ({ ...column, width: naturalWidth(column) }));
  while (kept.length > 1 && leastWidth(kept, room) > room.width) {
    const rank = Math.max(...kept.map((column) => column.rank));
    const last = kept.findLastIndex((column) => column.rank === rank);
    kept = kept.filter((_, index) => index !== last);
  }
  return shrunk(kept, room);
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

function leastWidth(columns: readonly PlacedColumn[], room: Room): number {
  const widths = columns.map(({ width, least }) => Math.min(width, least ?? width));
  return room.indent + widths.reduce((sum, width) => sum + width, 0) + room.gap * (columns.length - 1);
}

function shrunk(columns: readonly PlacedColumn[], room: Room): PlacedColumn[] {
  const taken = columns.reduce((sum, { width }) => sum + width, room.indent + room.gap * (columns.length - 1));
  let excess = Math.max(0, taken - room.width);
  const widths = columns.map(({ width }) => width);
  const order = columns.map((_, index) => index).sort((a, b) => (columns[b]?.rank ?? 0) - (columns[a]?.rank ?? 0));
  for (const index of order) {
    const { width = 0, least = width } = columns[index] ?? {};
    const off = Math.min(excess, Math.max(0, width - (columns.length === 1 ? 0 : least)));
    widths[index] = width - off;
    excess -= off;
  }
  return columns.map((column, index) => ({ ...column, width: widths[index] ?? 0 }));
}

function joined(columns: readonly PlacedColumn[], cellOf: (column: PlacedColumn) => Span, room: Room): string {
  const cells = columns.map((column) => {
    const { text, style } = cellOf(column);
    const filled = fillText(printable(text), column.width, column.align);
    return style && text !== '' ? style(filled) : filled;
  });
  return (' '.repeat(Math.min(room.indent, room.width)) + cells.join(' '.repeat(room.gap))).trimEnd();
}
