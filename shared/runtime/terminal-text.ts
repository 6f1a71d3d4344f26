/** Text for a terminal: what a name may contain, how many columns it takes, and how it is cut, filled and wrapped. */

/** A piece of a line with its colour; `style` is applied after cutting, so that no colour code is ever cut in half. */
export interface Span {
  readonly text: string;
  readonly style?: (text: string) => string;
}

/**
 * The text with everything made visible that could steer a terminal: control characters, line ends, direction overrides.
 *
 * Whatever comes from a user, a program or the wire goes through here before it is shown.
 */
export function printable(text: string): string {
  return text.replace(STEERING, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return NAMED_ESCAPES[character] ?? (code < 0x100 ? `\\x${hex(code, 2)}` : `\\u{${hex(code, 4)}}`);
  });
}

/** Columns that a text takes on a terminal: 2 for East Asian wide characters and emoji, 0 for combining marks. */
export function textWidth(text: string): number {
  if (SIMPLE.test(text)) return text.length;
  let width = 0;
  for (const { segment } of segmenter.segment(text)) width += graphemeWidth(segment);
  return width;
}

/** The text, cut to `width` columns with `…` where it is longer. */
export function cutText(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  if (width < 1) return '';
  if (SIMPLE.test(text)) return `${text.slice(0, width - 1)}…`;
  return `${headOf(text, width - 1)}…`;
}

/** The text, cut or filled with spaces to exactly `width` columns. */
export function fillText(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const cut = cutText(text, width);
  const space = ' '.repeat(Math.max(0, width - textWidth(cut)));
  return align === 'left' ? cut + space : space + cut;
}

/** The text in lines of at most `width` columns, broken at spaces where there are any; at least one line. */
export function wrapText(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ').flatMap((word) => pieces(word, width))) {
    if (line !== '' && textWidth(line) + 1 + textWidth(word) > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

/** One line of at most `width` columns from styled pieces, each made printable. */
export function renderLine(spans: readonly Span[], width: number): string {
  let left = width;
  let line = '';
  for (const { text, style } of spans) {
    const cut = cutText(printable(text), left);
    left -= textWidth(cut);
    line += style && cut !== '' ? style(cut) : cut;
    if (left <= 0) break;
  }
  return line;
}

const NAMED_ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** C0, DEL, C1; zero-width space, direction marks, overrides and isolates; line and paragraph separators; lone surrogates. */
const STEERING = /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]|\p{Surrogate}/gu;

/** One column per code unit: ASCII, Latin, dashes, ellipses, arrows, rules and blocks; the usual case, and the fast one. */
const SIMPLE = /^[\u0020-\u007e\u00a0-\u00ac\u00ae-\u02ff\u2010-\u2027\u2190-\u21ff\u2500-\u259f]*$/;

/** East Asian Width W and F of Unicode 16, in the blocks that are wide as a whole. */
const WIDE =
  /^[\u1100-\u115f\u2329\u232a\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18aff}\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}]/u;
const EMOJI = /^\p{Emoji_Presentation}|\ufe0f/u;
const INVISIBLE = /^[\p{Mark}\p{Default_Ignorable_Code_Point}]+$/u;

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

function graphemeWidth(grapheme: string): number {
  if (INVISIBLE.test(grapheme)) return 0;
  return WIDE.test(grapheme) || EMOJI.test(grapheme) ? 2 : 1;
}

function headOf(text: string, width: number): string {
  let head = '';
  let left = width;
  for (const { segment } of segmenter.segment(text)) {
    left -= graphemeWidth(segment);
    if (left < 0) break;
    head += segment;
  }
  return head;
}

/** A word that is wider than a line, in parts that are not. */
function pieces(word: string, width: number): string[] {
  const parts: string[] = [];
  let rest = word;
  while (textWidth(rest) > width) {
    const head = headOf(rest, width) || rest.slice(0, 1);
    parts.push(head);
    rest = rest.slice(head.length);
  }
  return [...parts, rest];
}

const hex = (code: number, digits: number): string => code.toString(16).padStart(digits, '0');
