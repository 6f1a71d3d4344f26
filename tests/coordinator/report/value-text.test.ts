import { expect, test } from 'vitest';
import {
  change,
  columnTexts,
  parameterText,
  percent,
  powerText,
  shortNumber,
} from '../../../coordinator/report/value-text.js';

test('short numbers keep four digits, whole numbers all', () => {
  expect([0, 4.10412, 123456, 0.5, -2.25].map(shortNumber)).toEqual(['0', '4.104', '123456', '0.5', '-2.25']);
  expect([811400.3, 0.000012345, -1.5e-7].map(shortNumber)).toEqual(['8.114×10⁵', '1.234×10⁻⁵', '-1.5×10⁻⁷']);
});

test('what is no number is unknown, never 0', () => {
  expect([Number.NaN, Infinity, -Infinity].map(shortNumber)).toEqual(['unknown', 'unknown', 'unknown']);
  expect(columnTexts([{ kind: 'unknown', reason: 'x' }, undefined], 'J').texts).toEqual(['unknown', 'unknown']);
});

test('a column shows the whole uncertainty, gain included, as the terminal does', () => {
  const value = { kind: 'known', value: 1834.2, uncertainty: { random: 30, gain: 40 } } as const;
  expect(columnTexts([value], 'J')).toEqual({ unit: 'kJ', texts: ['1.834 ± 0.050'] });
});

test('relative changes carry their sign', () => {
  expect([change(0.37), change(1.042), change(1)]).toEqual(['−63\u00a0%', '+4.2\u00a0%', '+0\u00a0%']);
  expect(percent(0.017)).toBe('1.7\u00a0%');
});

test('parameters read as they were given, absent ones are a dash', () => {
  expect([0.001, 32, 'gelu', true, undefined].map(parameterText)).toEqual(['0.001', '32', 'gelu', 'true', '–']);
});

test('powers of ten are written as such', () => {
  expect([powerText(1e5), powerText(1e-12)]).toEqual(['10⁵', '10⁻¹²']);
});
