/** Lines at the end of a terminal that are replaced in place: only what changed is written. */

import { stripVTControlCharacters } from 'node:util';

import { textWidth } from '../../shared/runtime/terminal-text.js';

/** The cursor stands at the start of the line below the picture. */
export interface Picture {
  readonly lines: readonly string[];
  /** Columns and rows of the terminal on which it was drawn. */
  readonly width: number;
  readonly rows: number;
}

const ERASE_BELOW = '\u001B[J';
const ERASE_TO_END = '\u001B[K';

/** What turns one picture on the screen into another; neither may be wider than the terminal, nor as high as it. */
export function redrawing(before: Picture, next: Picture): string {
  const fresh = before.lines.length === 0;
  if (fresh || before.width !== next.width || before.rows !== next.rows)
    return erasing(before, next.width) + text(next.lines);
  if (sameLines(before.lines, next.lines)) return '';
  const lines = next.lines.map((line, at) => (line === before.lines[at] ? '\n' : `${line}${ERASE_TO_END}\n`));
  return linesUp(before.lines.length) + lines.join('') + (next.lines.length < before.lines.length ? ERASE_BELOW : '');
}

/** What removes a picture from a terminal that is `width` columns wide by now, and has wrapped it anew if that changed. */
export function erasing({ lines, width: drawn }: Picture, width: number): string {
  if (lines.length === 0) return '';
  const height = width === drawn ? lines.length : lines.reduce((sum, line) => sum + wrappedHeight(line, width), 0);
  return linesUp(height) + ERASE_BELOW;
}

const text = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');

const sameLines = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((line, at) => line === b[at]);

const linesUp = (count: number): string => `\r\u001B[${count}A`;

const wrappedHeight = (line: string, width: number): number =>
  Math.max(1, Math.ceil(textWidth(stripVTControlCharacters(line)) / Math.max(1, width)));
