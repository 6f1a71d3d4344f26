import { expect, test } from 'vitest';

import { nearest, pathText, renderFault, shown, suggestion } from '../../../shared/schema/fault.js';

test('a fault is one line with file, place, path, problem and remedy', () => {
  const fault = {
    line: 12,
    column: 3,
    path: 'space.learning_rate.low',
    problem: 'is 0, but a log scale needs > 0',
    remedy: 'Write a positive number, such as 1e-4.',
  };
  expect(renderFault('file.yaml', fault)).toBe(
    'file.yaml:12:3  space.learning_rate.low: is 0, but a log scale needs > 0. Write a positive number, such as 1e-4.',
  );
  expect(renderFault('f', { line: 1, column: 1, path: '', problem: 'is empty', remedy: 'Fill it.' })).toBe(
    'f:1:1  is empty. Fill it.',
  );
});

test('paths show indices in brackets', () => {
  expect(pathText(['proposer', 'first', 2, 'lr'])).toBe('proposer.first[2].lr');
});

test.each([
  ['sede', 'seed'],
  ['hihg', 'high'],
  ['Scale', 'scale'],
  ['outcome_constraints', 'outcome-constraints'],
  ['objective', 'objectives'],
  ['min', 'minimize'],
  ['lo', 'low'],
])('%s is taken for %s', (typed, meant) => {
  expect(nearest(typed, ['low', 'high', 'scale', 'seed', 'outcome-constraints', 'objectives', 'minimize'])).toBe(meant);
});

test('a word that resembles none gets the list', () => {
  expect(nearest('optimizer', ['low', 'high'])).toBeUndefined();
  expect(suggestion('optimizer', ['low', 'high'], 'key')).toBe('Known here: low, high.');
  expect(suggestion('optimizer', [], 'parameter')).toBe('There is no parameter.');
});

test('values are quoted briefly and on one line', () => {
  expect([null, [1], { a: 1 }, 'a\nb', 1e-4, true].map(shown)).toEqual([
    'empty',
    'a list',
    'a mapping',
    '"a\\nb"',
    '0.0001',
    'true',
  ]);
  expect(shown(Infinity)).toBe('Infinity');
  expect(shown('x'.repeat(1000))).toHaveLength(60);
});

test('control characters of a file do not reach the terminal', () => {
  const fault = { line: 1, column: 1, path: 'objectives.\u001b[31m', problem: 'is "\u0007"', remedy: 'Mend it.' };
  expect(renderFault('a.yaml', fault)).toBe('a.yaml:1:1  objectives.\\x1b[31m: is "\\x07". Mend it.');
});
