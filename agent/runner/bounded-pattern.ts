/**
 * Regular expressions of campaign files, under a time limit: some take for ever on some texts, and a context of its own
 * is the one way to stop one.
 */

import { runInNewContext } from 'node:vm';

const MAX_LINE_LENGTH = 4096;
/** Time for one expression over all lines. */
const PATTERN_MILLISECONDS = 500;

export type PatternResult<T> =
  { readonly kind: 'result'; readonly value: T } | { readonly kind: 'fault'; readonly message: string };

const LAST_MATCH = `{
  const expression = new RegExp(pattern, 'g');
  let found;
  for (let i = lines.length - 1; i >= 0 && found === undefined; i--) {
    for (const match of lines[i].matchAll(expression)) {
      found = (match.groups && match.groups.value) ?? (match.length > 1 ? match[1] : match[0]);
    }
  }
  found;
}`;

/**
 * The group `value`, else the first group, else the whole, of the last match; `undefined` for none. Lines (ended by
 * newline or carriage return) are matched one by one, the first 4096 characters of each.
 */
export function lastMatch(pattern: string, text: string): PatternResult<string | undefined> {
  return run<string | undefined>(LAST_MATCH, pattern, text.split(/[\r\n]+/));
}

/** For each line, whether the expression is found in it. */
export function matchingLines(pattern: string, lines: readonly string[]): PatternResult<readonly boolean[]> {
  return run<readonly boolean[]>(`lines.map((line) => new RegExp(pattern).test(line))`, pattern, lines);
}

function run<T>(code: string, pattern: string, lines: readonly string[]): PatternResult<T> {
  try {
    const context = { pattern, lines: lines.map((line) => line.slice(0, MAX_LINE_LENGTH)) };
    return { kind: 'result', value: runInNewContext(code, context, { timeout: PATTERN_MILLISECONDS }) as T };
  } catch (error) {
    const timedOut = (error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
    return { kind: 'fault', message: timedOut ? 'takes too long to match' : 'is no regular expression' };
  }
}
