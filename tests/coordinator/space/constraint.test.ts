import { expect, test } from 'vitest';

import { parseConstraint } from '../../../coordinator/space/constraint.js';
import type { Configuration } from '../../../shared/domain/configuration.js';
import { DomainError } from '../../../shared/domain/errors.js';
import type { Parameter } from '../../../shared/domain/search-space.js';

const PARAMETERS: readonly Parameter[] = [
  { kind: 'integer', name: 'width', low: 8, high: 512, scale: 'linear' },
  { kind: 'integer', name: 'heads', low: 1, high: 8, scale: 'linear' },
  { kind: 'float', name: 'rate', low: -1, high: 1, scale: 'linear' },
  { kind: 'categorical', name: 'optimizer', values: ['adam', 'sgd'] },
  { kind: 'categorical', name: 'bias', values: [true, false] },
];
const EXAMPLE: Configuration = { width: 48, heads: 5, rate: 0.3, optimizer: 'adam', bias: true };

const holds = (text: string, configuration: Configuration = EXAMPLE): boolean =>
  parseConstraint(text, PARAMETERS).holds(configuration);

/** Each text holds for the example; values were worked out by hand or with Python. */
const TRUE_TEXTS = [
  'width % heads == 3',
  'width - heads - 3 == 40',
  'width - (heads - 3) == 46',
  '2 + 3 * 4 == 14',
  '(2 + 3) * 4 == 20',
  '2 ** 3 ** 2 == 512',
  '-2 ** 2 == -4',
  '2 ** -1 == 0.5',
  '7 % 3 * 2 == 2',
  '-7 % 3 == 2',
  '7 % -3 == -2',
  '12 / 3 / 2 == 2',
  '0.1 + 0.2 == rate',
  '0.1 + 0.2 <= rate and 0.1 + 0.2 >= rate',
  'not 0.1 + 0.2 > rate and not rate < 0.3',
  'rate != 0.30001',
  'min(width, heads, 7) == 5 and max(width, heads) == 48',
  'abs(-3) == 3 and floor(2.7) == 2 and ceil(2.1) == 3',
  'log(exp(2)) == 2',
  '1e3 == 1000 and .5 == 0.5 and 2. == 2',
  'optimizer == "adam"',
  "optimizer != 'sgd'",
  'bias',
  'bias == true',
  'not false',
  'heads < 2 or width > 40 and heads == 5',
  'not heads == 4',
  'optimizer == "sgd" or width <= 48',
];

for (const text of TRUE_TEXTS) {
  test(`"${text}" holds, and its negation does not`, () => {
    expect(holds(text)).toBe(true);
    expect(holds(`not (${text})`)).toBe(false);
  });
}

test('"and" binds closer than "or", and "not" closer than both', () => {
  expect(holds('true or false and false')).toBe(true);
  expect(holds('not true or true')).toBe(true);
});

test('a comparison with an undefined number does not hold, whichever it is', () => {
  for (const operator of ['==', '!=', '<', '<=', '>', '>=']) expect(holds(`0 / 0 ${operator} 1`)).toBe(false);
  expect(holds('log(-1) < 5')).toBe(false);
});

test('a constraint that names an inactive parameter does not apply', () => {
  const constraint = parseConstraint('width < 10 and heads > 0', PARAMETERS);
  expect(constraint.holds(EXAMPLE)).toBe(false);
  expect(constraint.holds({ heads: 5 })).toBe(true);
  expect(constraint.names).toEqual(['width', 'heads']);
});

test('a parameter may be called like a function or a word', () => {
  const max: Parameter = { kind: 'integer', name: 'max', low: 0, high: 9, scale: 'linear' };
  expect(parseConstraint('max == 3', [max]).holds({ max: 3 })).toBe(true);
});

/** Text, column and part of the message of each fault. */
const FAULTS: readonly (readonly [string, number, string])[] = [
  ['', 1, 'empty'],
  ['widht > 3', 1, 'did you mean "width"?'],
  ['width > zzz', 9, 'unknown parameter "zzz"'],
  ['width % heads', 1, 'no relation'],
  ['width = 3', 7, 'write "=="'],
  ['width > 3 && heads > 1', 11, 'write "and"'],
  ['width > 3 || heads > 1', 11, 'write "or"'],
  ['!(width > 3)', 1, 'write "not"'],
  ['1 < width < 10', 11, 'cannot be chained'],
  ['width >', 8, 'before the end'],
  ['(width > 3', 11, 'expected ")"'],
  ['width > 3)', 10, 'unexpected ")"'],
  ['sqrt(width) > 3', 1, 'unknown function "sqrt"'],
  ['abs(width, 2) > 3', 1, 'takes one value'],
  ['min() > 3', 5, 'before ")"'],
  ['optimizer > 3', 1, 'a number is needed'],
  ['optimizer + 1 == 2', 1, 'a number is needed'],
  ['optimizer == 1', 11, 'compares a text with a number'],
  ['bias and width', 10, 'a relation is needed'],
  ['optimizer == "adam', 14, 'quote is never closed'],
  ['width > 3 $', 11, 'unexpected "$"'],
  ['toString > 3', 1, 'unknown parameter'],
  ['constructor(3) > 3', 1, 'unknown function'],
  [`width > ${'('.repeat(2000)}`, 1001, 'longer than'],
];

for (const [text, column, message] of FAULTS) {
  test(`"${text.slice(0, 30)}" is refused at column ${column}: ${message}`, () => {
    const parse = (): unknown => parseConstraint(text, PARAMETERS);
    expect(parse).toThrow(DomainError);
    expect(parse).toThrow(message);
    expect(parse).toThrow(expect.objectContaining({ details: { column } }));
  });
}

test('names alone are enough where values are not known yet', () => {
  expect(parseConstraint('a + b <= 1', ['a', 'b']).holds({ a: 0.4, b: 0.5 })).toBe(true);
  expect(() => parseConstraint('a + c <= 1', ['a', 'b'])).toThrow('unknown parameter "c"');
});

test('the distance of a constraint is 0 exactly where it holds, and shrinks on the way there', () => {
  const texts = [
    'a <= b',
    'a == b',
    'a != b',
    'not (a < b or b > 3)',
    'a > 1 and (b < 2 or a == 4)',
    'a % b == 0',
    'not a % b == 0',
    'a / b > 1',
  ];
  for (const text of texts) {
    const constraint = parseConstraint(text, ['a', 'b']);
    for (let a = -4; a <= 4; a++) {
      for (let b = -4; b <= 4; b++) {
        const distance = constraint.distance({ a, b });
        expect(distance).toBeGreaterThanOrEqual(0);
        expect(distance === 0).toBe(constraint.holds({ a, b }));
      }
    }
  }
  const sum = parseConstraint('a + b <= 3', ['a', 'b']);
  expect([9, 6, 4].map((a) => sum.distance({ a, b: 0 }))).toEqual([6, 3, 1].map((gap) => expect.closeTo(gap, 6)));
  expect(sum.distance({ a: 9 })).toBe(0);
  expect(parseConstraint('a / a > 1', ['a']).distance({ a: 0 })).toBe(Infinity);
});
