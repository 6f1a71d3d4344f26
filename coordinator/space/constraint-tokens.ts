/** Splits the text of a constraint into tokens. */

import { DomainError } from '../../shared/domain/errors.js';

export interface Token {
  readonly kind: 'number' | 'text' | 'name' | 'operator' | 'end';
  readonly text: string;
  /** Position in the text, counting from 1. */
  readonly column: number;
}

/** A constraint is one line; anything longer is a mistake, and a bound on the parser's depth. */
const LONGEST_TEXT = 1000;

const PATTERNS: readonly (readonly [Token['kind'], RegExp])[] = [
  ['number', /(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y],
  ['text', /"[^"]*"|'[^']*'/y],
  ['name', /[A-Za-z_][A-Za-z0-9_]*/y],
  ['operator', /\*\*|==|!=|<=|>=|[-+*/%()<>,]/y],
];

/** What people write from habit, and what it is here. */
const HINTS: readonly (readonly [RegExp, string])[] = [
  [/&&?/y, 'write "and"'],
  [/\|\|?/y, 'write "or"'],
  [/!(?!=)/y, 'write "not"'],
  [/=(?!=)/y, 'write "==" to compare'],
  [/\^/y, 'write "**" for a power'],
  [/["']/y, 'the quote is never closed'],
];

/**
 * The tokens of `text`, ending with one of kind `end`.
 *
 * @throws {DomainError} with `column` when a character begins no token.
 */
export function tokenise(text: string): Token[] {
  if (text.length > LONGEST_TEXT) throw constraintError(`is longer than ${LONGEST_TEXT} characters`, LONGEST_TEXT + 1);
  const tokens: Token[] = [];
  let position = skipSpace(text, 0);
  while (position < text.length) {
    const token = tokenAt(text, position);
    tokens.push(token);
    position = skipSpace(text, position + token.text.length);
  }
  return [...tokens, { kind: 'end', text: '', column: text.length + 1 }];
}

/** An error about a constraint, at a column. */
export const constraintError = (message: string, column: number): DomainError =>
  new DomainError(`${message} (column ${column})`, { column });

const skipSpace = (text: string, position: number): number => position + /^\s*/.exec(text.slice(position))![0].length;

function tokenAt(text: string, position: number): Token {
  for (const [kind, pattern] of PATTERNS) {
    const match = matchAt(pattern, text, position);
    if (match !== undefined) return { kind, text: match, column: position + 1 };
  }
  const hint = HINTS.find(([pattern]) => matchAt(pattern, text, position) !== undefined)?.[1];
  throw constraintError(`unexpected ${JSON.stringify(text[position])}${hint ? `; ${hint}` : ''}`, position + 1);
}

function matchAt(pattern: RegExp, text: string, position: number): string | undefined {
  pattern.lastIndex = position;
  return pattern.exec(text)?.[0];
}
