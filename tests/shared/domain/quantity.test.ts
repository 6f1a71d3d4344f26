import { describe, expect, test } from 'vitest';

import {
  formatColumn,
  formatDuration,
  formatMeasure,
  formatNumber,
  formatQuantity,
  formatUncertain,
} from '../../../shared/domain/quantity.js';

test.each([
  [undefined, 'unknown'],
  [Number.NaN, 'unknown'],
  [Infinity, 'unknown'],
  [0, '0 J'],
  [1834.2, '1.83 kJ'],
  [999.6, '1 kJ'],
  [-0.0021, '-2.1 mJ'],
  [4e-8, '0.04 µJ'],
  [5e12, '5000 GJ'],
])('formatQuantity(%s) is %s', (value, text) => {
  expect(formatQuantity(value, 'J')).toBe(text);
});

test.each([
  [undefined, 'unknown'],
  [Number.NaN, 'unknown'],
  [0, '0'],
  [3.19812, '3.198'],
  [3, '3'],
  [1_234_567, '1234567'],
  [123_456.7, '123457'],
  [0.000123456, '0.0001235'],
  [0.0000123456, '1.23e-5'],
  [12_345_678, '1.23e7'],
  [-2.5, '-2.500'],
])('formatNumber(%s) is %s', (value, text) => {
  expect(formatNumber(value)).toBe(text);
});

test.each([
  [1834.2, 'J', '1.83 kJ'],
  [0.0046, 'J/token', '4.6 mJ/token'],
  [250, 'W', '250 W'],
  [1834.2, 'nats', '1834 nats'],
  [1834.2, 'Words', '1834 Words'],
  [0.93, '', '0.9300'],
  [undefined, 'nats', 'unknown'],
  [undefined, 'J', 'unknown'],
])('formatMeasure(%s, %j) is %s', (value, unit, text) => {
  expect(formatMeasure(value, unit)).toBe(text);
});

test.each([
  [1.8342, 0.0213, '1.834 ± 0.021'],
  [1834, 250, '1834 ± 250'],
  [1834, 2.5, '1834.0 ± 2.5'],
  [3, undefined, '3'],
  [3, 0, '3'],
  [undefined, 1, 'unknown'],
  [-0.4, 137, '0 ± 137'],
  [-0.0001, 0.022, '0.000 ± 0.022'],
  [-1.2, 2.3, '-1.2 ± 2.3'],
])('formatUncertain(%s, %s) is %s', (value, uncertainty, text) => {
  expect(formatUncertain(value, uncertainty)).toBe(text);
});

test.each([
  [4.2, '4.2 s'],
  [41.3, '41 s'],
  [185, '3 min 5 s'],
  [8070, '2 h 14 min'],
  [Number.NaN, 'unknown'],
])('formatDuration(%s) is %s', (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text);
});

describe('a column', () => {
  test('has one unit, and decimals after its median', () => {
    expect(formatColumn([[812], [1834.2], [12_345]], 'J')).toEqual({ unit: 'kJ', texts: ['0.812', '1.834', '12.345'] });
    expect(formatColumn([[3.19812], [4], [undefined]], 'nats')).toEqual({
      unit: 'nats',
      texts: ['3.198', '4.000', 'unknown'],
    });
  });

  test('of whole numbers has no decimals', () => {
    expect(formatColumn([[140], [84]], 'J')).toEqual({ unit: 'J', texts: ['140', '84'] });
  });

  test('shows what its decimals would hide', () => {
    expect(formatColumn([[100.5], [200.5], [0.0004]], 'x').texts).toEqual(['100.5', '200.5', '0.0004000']);
  });

  test('shows uncertainty in the same unit', () => {
    expect(formatColumn([[1834.2, 21.3], [2000]], 'J').texts).toEqual(['1.834 ± 0.021', '2.000']);
  });

  test('of nothing known is unknown in its own unit', () => {
    expect(formatColumn([[undefined], [Number.NaN]], 'J')).toEqual({ unit: 'J', texts: ['unknown', 'unknown'] });
    expect(formatColumn([[0]], 'J')).toEqual({ unit: 'J', texts: ['0'] });
  });
});
