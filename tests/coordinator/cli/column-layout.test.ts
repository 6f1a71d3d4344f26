import fc from 'fast-check';
import { expect, test } from 'vitest';

import { placeColumns, tableLines, type Column } from '../../../coordinator/cli/column-layout.js';
import { textWidth } from '../../../shared/runtime/terminal-text.js';

const plain = (text: string): string => text;
const column = (rank: number, texts: readonly string[], more: Partial<Column> = {}): Column => ({
  head: [],
  align: 'left',
  cells: texts.map((text) => ({ text })),
  rank,
  ...more,
});

const anyColumns = fc.array(
  fc.record({
    rank: fc.integer({ min: 0, max: 9 }),
    least: fc.integer({ min: 1, max: 10 }),
    dispensable: fc.boolean(),
    texts: fc.array(fc.string({ unit: fc.constantFrom('a', '猫', ' ', '\n'), maxLength: 20 }), {
      minLength: 3,
      maxLength: 3,
    }),
  }),
  { minLength: 1, maxLength: 8 },
);

test('no line is ever wider than the room', () => {
  fc.assert(
    fc.property(anyColumns, fc.integer({ min: 4, max: 100 }), (specs, width) => {
      const columns = specs.map(({ rank, texts, ...more }) => column(rank, texts, { ...more, head: ['head'] }));
      const { head, rows } = tableLines(columns, { width, gap: 2, indent: 2 }, plain);
      expect(rows).toHaveLength(3);
      expect(Math.max(...[...head, ...rows].map(textWidth))).toBeLessThanOrEqual(width);
    }),
  );
});

test('with room enough each column has its natural width', () => {
  const { head, rows } = tableLines(
    [column(0, ['1', '10'], { align: 'right', head: ['n'] }), column(1, ['ab', 'c'], { head: ['name', 'unit'] })],
    { width: 80, gap: 2, indent: 1 },
    plain,
  );
  expect([...head, ...rows]).toEqual(['  n  name', '     unit', '  1  ab', ' 10  c']);
});

const ranks = (columns: readonly Column[], width: number): number[] =>
  placeColumns(columns, { width, gap: 1, indent: 0 }).map(({ rank }) => rank);

test('columns go from the highest rank on, the rightmost of equals first', () => {
  const columns = [column(0, ['aaaa']), column(2, ['bbbb']), column(1, ['cccc'])];
  expect(ranks(columns, 14)).toEqual([0, 2, 1]);
  expect(ranks(columns, 13)).toEqual([0, 1]);
  expect(ranks(columns, 8)).toEqual([0]);
});

test('a column that may shrink shrinks before any goes', () => {
  const columns = [column(0, ['aaaa']), column(1, ['bbbbbbbb'], { least: 3 })];
  const widths = placeColumns(columns, { width: 9, gap: 1, indent: 0 }).map(({ width }) => width);
  expect(widths).toEqual([4, 4]);
});

test('a dispensable column goes before another is cut', () => {
  const columns = [column(0, ['aaaaaaaa'], { least: 2 }), column(9, ['bbbb'], { dispensable: true })];
  expect(ranks(columns, 12)).toEqual([0]);
  expect(ranks(columns, 13)).toEqual([0, 9]);
});

test('the last column is cut to whatever room there is', () => {
  expect(tableLines([column(0, ['abcdef'])], { width: 4, gap: 2, indent: 0 }, plain).rows).toEqual(['abc…']);
});
