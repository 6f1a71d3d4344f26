import { expect, test } from 'vitest';
import { chartAxis, fractionAlong, PLAIN, powerFormat, unitFormat } from '../../../coordinator/report/chart-axis.js';

const axis = (values: readonly number[], scale: 'linear' | 'log', from?: number) =>
  chartAxis({ name: 'energy', format: PLAIN, scale, values, direction: 'x', ...(from !== undefined && { from }) });

test('linear ticks are round and within the domain', () => {
  const { ticks, domain } = axis([0.3, 9.7], 'linear');
  expect(ticks).toEqual([0, 2, 4, 6, 8, 10]);
  expect(domain[0]).toBeLessThan(0);
  expect(axis([0.1, 0.3], 'linear').ticks).toContain(0.3);
});

test('logarithmic ticks take decades first, then threes, then twos and fives', () => {
  expect(axis([1, 5000], 'log').ticks).toEqual([1, 10, 100, 1000]);
  expect(axis([2, 40], 'log').ticks).toEqual([3, 10, 30]);
  expect(axis([4, 25], 'log').ticks).toEqual([5, 10, 20]);
});

test('a narrow logarithmic axis has linear steps', () => {
  expect(axis([1, 1.5], 'log').ticks).toEqual([1, 1.1, 1.2, 1.3, 1.4, 1.5]);
});

test('values that have no logarithm get a linear axis', () => {
  expect(axis([0, 10], 'log').type).toBe('linear');
});

test('an axis may begin at a given value', () => {
  expect(axis([0, 0, 0], 'linear', 0).domain[0]).toBe(0);
  expect(axis([5, 10], 'linear', 0).ticks[0]).toBe(0);
});

test('ticks are written in the prefix of the median', () => {
  const format = unitFormat([900, 2_000, 40_000], 'J/token');
  const { label, ticks, text } = chartAxis({
    name: 'energy',
    format,
    scale: 'log',
    values: [900, 40_000],
    direction: 'x',
  });
  expect(label).toBe('energy (kJ/token)');
  expect(ticks.map(text)).toEqual(['1', '3', '10', '30']);
  expect(unitFormat([4000], 'nats')).toEqual({ unit: 'nats', factor: 1 });
});

test('large numbers without a prefix give up a power of ten', () => {
  expect(powerFormat([0, 250_000])).toEqual({ unit: '10⁵', factor: 1e5 });
  expect(powerFormat([0, 250])).toEqual(PLAIN);
});

test('fractions run from end to end on both scales', () => {
  for (const scale of ['linear', 'log'] as const) {
    const of = axis([1, 100], scale);
    expect(fractionAlong(of, of.domain[0])).toBeCloseTo(0, 12);
    expect(fractionAlong(of, of.domain[1])).toBeCloseTo(1, 12);
  }
  expect(fractionAlong(axis([1, 100], 'log'), 10)).toBeCloseTo(0.5, 12);
});
