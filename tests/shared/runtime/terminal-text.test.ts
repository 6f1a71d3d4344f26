import fc from 'fast-check';
import { expect, test } from 'vitest';

import {
  cutText,
  fillText,
  printable,
  renderLine,
  textWidth,
  wrapText,
} from '../../../shared/runtime/terminal-text.js';

const anyText = fc.string({ unit: 'binary', maxLength: 60 });
const graphemes = fc.array(fc.constantFrom('a', ' ', '—', '猫', '한', '🚀', 'e\u0301', '👩‍🔬', '\u001b', '\n'), {
  maxLength: 40,
});
const mixedText = graphemes.map((parts) => parts.join(''));

test.each([
  ['a\u001b[2Jb', 'a\\x1b[2Jb'],
  ['one\ntwo\r\tthree', 'one\\ntwo\\r\\tthree'],
  ['\u009b31m', '\\x9b31m'],
  ['abc\u202edef', 'abc\\u{202e}def'],
  ['\u2028', '\\u{2028}'],
  ['\ud800', '\\u{d800}'],
  ['Müller–猫 ±1 µJ 👩‍🔬', 'Müller–猫 ±1 µJ 👩‍🔬'],
])('%j is shown as %s', (text, shown) => {
  expect(printable(text)).toBe(shown);
});

test('printable text holds nothing that steers a terminal, and is printable already', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const shown = printable(text);
      expect(shown).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Surrogate}\u202a-\u202e\u2066-\u2069]/u);
      expect(printable(shown)).toBe(shown);
    }),
  );
});

test.each([
  ['', 0],
  ['plain ASCII', 11],
  ['±µ…█', 4],
  ['猫', 2],
  ['한글', 4],
  ['ｗ', 2],
  ['e\u0301', 1],
  ['🚀', 2],
  ['👩‍🔬', 2],
  ['🇩🇪', 2],
  ['❤\ufe0f', 2],
])('%s takes %i columns', (text, width) => {
  expect(textWidth(text)).toBe(width);
});

test('a cut text fits, is unchanged where it fits already, and ends in … otherwise', () => {
  fc.assert(
    fc.property(mixedText, fc.integer({ min: 0, max: 30 }), (text, width) => {
      const cut = cutText(text, width);
      expect(textWidth(cut)).toBeLessThanOrEqual(width);
      if (textWidth(text) <= width) expect(cut).toBe(text);
      else if (width > 0) expect(cut.endsWith('…') && text.startsWith(cut.slice(0, -1))).toBe(true);
    }),
  );
});

test('a filled text takes exactly the width', () => {
  fc.assert(
    fc.property(mixedText, fc.integer({ min: 0, max: 30 }), fc.constantFrom('left', 'right'), (text, width, align) => {
      expect(textWidth(fillText(text, width, align))).toBe(width);
    }),
  );
  expect(fillText('7', 3, 'right')).toBe('  7');
  expect(fillText('7', 3)).toBe('7  ');
});

test('wrapped lines fit and lose nothing but the spaces they were broken at', () => {
  fc.assert(
    fc.property(mixedText.map(printable), fc.integer({ min: 2, max: 30 }), (text, width) => {
      const lines = wrapText(text, width);
      expect(Math.max(...lines.map(textWidth))).toBeLessThanOrEqual(width);
      expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
    }),
  );
  expect(wrapText('one two three', 7)).toEqual(['one two', 'three']);
});

test('a line is cut across its pieces before they are coloured', () => {
  const style = (text: string): string => `<${text}>`;
  expect(renderLine([{ text: 'abc', style }, { text: 'def', style }, { text: 'ghi' }], 5)).toBe('<abc><d…>');
  expect(renderLine([{ text: 'a\u001b[1m', style }], 80)).toBe('<a\\x1b[1m>');
});
