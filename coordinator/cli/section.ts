/** A part of the live view, before it is known how much of it there is room for. */

import type pc from 'picocolors';

import { renderLine, type Span } from '../../shared/runtime/terminal-text.js';
import type { Column } from './column-layout.js';

export type Palette = ReturnType<typeof pc.createColors>;

export interface SectionOptions {
  readonly width: number;
  readonly palette: Palette;
}

/** Lines that belong together. `head` is shown whole or not at all; `rows` are shown from the first on. */
export interface Section {
  readonly head: readonly string[];
  readonly rows: readonly string[];
  /** Rows without which the section is not worth its head. */
  readonly fewestRows: number;
  /** 0 stays to the last. */
  readonly rank: number;
  /** Set apart by an empty line where there is room. */
  readonly apart: boolean;
}

/** A section of one line. */
export const lineSection = (spans: readonly Span[], rank: number, { width }: SectionOptions): Section => ({
  head: [renderLine(spans, width)],
  rows: [],
  fewestRows: 0,
  rank,
  apart: false,
});

/** Where the rows of a section begin, and what lies between their columns. */
export const rowRoom = ({ width }: SectionOptions): { width: number; gap: number; indent: number } => ({
  width,
  gap: 2,
  indent: 2,
});

/** A column without a head; absent `least`: it never shrinks. */
export const textColumn = (cells: readonly Span[], rank: number, least?: number): Column => ({
  head: [],
  align: 'left',
  cells,
  rank,
  ...(least !== undefined && { least }),
});
