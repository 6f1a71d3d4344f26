/** Keeps values of sealed metrics out of every text that leaves the trial's folder. */

import { matchingLines } from './bounded-pattern.js';

export interface SealedFigures {
  readonly names: readonly string[];
  /** Values as far as they are known. */
  readonly values: readonly number[];
  /** Expressions with which sealed metrics were found in the output. */
  readonly patterns: readonly string[];
}

const HIDDEN = '[sealed]';
const NUMBER = /[-+]?\d+(?:\.(\d+))?(?:e([-+]?\d+))?/gi;

/** The text with each line hidden that names a sealed metric or shows its value, rounded or in per cent too. */
export function withoutSealed(text: string, sealed: SealedFigures): string {
  if (sealed.names.length === 0) return text;
  const lines = text.split('\n');
  const matched = sealed.patterns.map((pattern) => matchingLines(pattern, lines));
  const hidden = (line: string, index: number): boolean =>
    betrays(line, sealed) || matched.some((found) => found.kind === 'fault' || found.value[index] === true);
  return lines.map((line, index) => (hidden(line, index) ? HIDDEN : line)).join('\n');
}

function betrays(line: string, { names, values }: SealedFigures): boolean {
  const lower = line.toLowerCase();
  if (names.some((name) => lower.includes(name.toLowerCase()))) return true;
  return [...line.matchAll(NUMBER)].some((match) => values.some((value) => shows(match, value)));
}

/** Numbers with fewer than two decimals say too little to be taken for a metric. */
function shows([text, decimals = '', exponent = '0']: RegExpMatchArray, value: number): boolean {
  if (decimals.length < 2) return text === String(value);
  const halfDigit = 0.5 * 10 ** (Number(exponent) - decimals.length) * (1 + 1e-9);
  const printed = Number(text);
  return [value, 100 * value].some((shown) => Math.abs(printed - shown) <= halfDigit);
}
