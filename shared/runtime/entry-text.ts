/** Facts as a terminal shows them: a label in a column of its own, its text wrapped beside it. */

import pc from 'picocolors';

import { printable, renderLine, wrapText } from './terminal-text.js';

export interface TextOptions {
  readonly color: boolean;
  /** Columns that no line exceeds. */
  readonly width: number;
}

/** `good` for what is as one would have it, `caution` for what someone should look at, `quiet` for what may be passed over. */
export type Tone = 'plain' | 'good' | 'caution' | 'quiet';

export interface Entry {
  readonly label: string;
  readonly text: string;
  readonly tone?: Tone;
}

export interface EntryOptions extends TextOptions {
  readonly labelWidth: number;
  /** Columns before the label; 2 unless told. */
  readonly indent?: number;
}

/** Lines of one entry, each at most `width` columns, with everything in it made printable. */
export function entryLines(
  { label, text, tone = 'plain' }: Entry,
  { color, width, labelWidth, indent = 2 }: EntryOptions,
): string[] {
  const palette = pc.createColors(color);
  const style = { plain: undefined, good: palette.green, caution: palette.yellow, quiet: palette.dim }[tone];
  const lines = wrapText(printable(text), Math.max(1, width - indent - labelWidth - 1));
  return lines.map((line, index) =>
    renderLine(
      [
        { text: `${' '.repeat(indent)}${(index === 0 ? label : '').padEnd(labelWidth)} `, style: palette.dim },
        style ? { text: line, style } : { text: line },
      ],
      width,
    ),
  );
}

/** One line in bold, with what may follow it in plain letters. */
export const titleLine = (title: string, rest: string, { color, width }: TextOptions): string =>
  renderLine([{ text: title, style: pc.createColors(color).bold }, { text: rest }], width);
