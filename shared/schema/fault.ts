/** Faults of a file that a person wrote: where, what is wrong, and what would be right. */

import { distance } from 'fastest-levenshtein';

/** Keys and indices that lead from the top of the file to a value. */
export type FaultPath = readonly (string | number)[];

/** A fault before its place in the text is known. */
export interface PathFault {
  readonly path: FaultPath;
  /** Which end of the entry is at fault; `key` for names that should not be there. */
  readonly at: 'key' | 'value';
  /** What is wrong, as a clause without its subject: `is 0, but a log scale needs > 0`. */
  readonly problem: string;
  /** What would be right: one or two sentences. */
  readonly remedy: string;
}

/** One fault with its place in the text; lines and columns count from 1. */
export interface Fault {
  readonly line: number;
  readonly column: number;
  /** Such as `space.learning_rate.low` or `constraints[0]`; empty for the file as a whole. */
  readonly path: string;
  readonly problem: string;
  readonly remedy: string;
}

/** A fault of the value at `path`. */
export const valueFault = (path: FaultPath, problem: string, remedy: string): PathFault => ({
  path,
  at: 'value',
  problem,
  remedy,
});

/** A fault of the name that ends `path`. */
export const keyFault = (path: FaultPath, problem: string, remedy: string): PathFault => ({
  path,
  at: 'key',
  problem,
  remedy,
});

/** One line for one fault, such as `a.yaml:12:3  space.lr.low: is 0, but a log scale needs > 0. Write a positive number.` */
export function renderFault(fileName: string, { line, column, path, problem, remedy }: Fault): string {
  return harmless(`${fileName}:${line}:${column}  ${path === '' ? '' : `${path}: `}${problem}. ${remedy}`);
}

/** Control characters in names are shown as codes: a terminal must not obey them. */
const harmless = (text: string): string =>
  text.replace(/\p{Cc}/gu, (letter) => `\\x${letter.charCodeAt(0).toString(16).padStart(2, '0')}`);

/** Path as it is shown to people. */
export const pathText = (path: FaultPath): string =>
  path.map((key, i) => (typeof key === 'number' ? `[${key}]` : i === 0 ? key : `.${key}`)).join('');

/** The known word that was probably meant; `undefined` when none is near. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const typed = normal(word);
  const [best] = known
    .map((candidate) => ({ candidate, far: distance(typed, normal(candidate)) }))
    .sort((a, b) => a.far - b.far);
  if (best && isSlip(typed, best)) return best.candidate;
  return known.find((candidate) => begins(normal(candidate), typed) || begins(typed, normal(candidate)));
}

const normal = (text: string): string => text.toLowerCase().replaceAll(/[_\s]/g, '-');

/** Whether a word differs by a few edits only: two letters swapped are two edits; short words must begin alike. */
function isSlip(typed: string, { candidate, far }: { readonly candidate: string; readonly far: number }): boolean {
  if (candidate.length < 4) return far <= 1 && normal(candidate)[0] === typed[0];
  return far <= Math.max(2, Math.floor(candidate.length / 3));
}

const SHORTEST_BEGINNING = 3;

const begins = (word: string, start: string): boolean => start.length >= SHORTEST_BEGINNING && word.startsWith(start);

/** `Did you mean "low"?` where a known word is near, else the known words. */
export function suggestion(word: string, known: readonly string[], noun: string): string {
  const near = nearest(word, known);
  if (near !== undefined) return `Did you mean "${near}"?`;
  return known.length === 0 ? `There is no ${noun}.` : `Known here: ${known.join(', ')}.`;
}

const SHOWN_LENGTH = 60;

/** A value as it is quoted in a fault: short, on one line. */
export function shown(value: unknown): string {
  if (value === null || value === undefined) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  const text = typeof value === 'number' ? String(value) : JSON.stringify(value);
  return text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH - 1)}…` : text;
}
