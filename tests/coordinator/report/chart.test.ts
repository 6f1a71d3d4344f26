import * as Plot from '@observablehq/plot';
import { expect, test } from 'vitest';
import { chartAxis, PLAIN } from '../../../coordinator/report/chart-axis.js';
import { drawChart } from '../../../coordinator/report/chart.js';

const axis = (direction: 'x' | 'y') =>
  chartAxis({ name: `the ${direction} axis`, format: PLAIN, scale: 'log', values: [0.7, 1.9], direction });

const dots = [
  { x: 0.8123456, y: 1.1, title: 'rate = 0.00123456 of <1.98765>' },
  { x: 1.7, y: 0.9, title: 'x="3.14159265"' },
];
const chart = drawChart({
  label: 'a "chart" of <two> dots, 0.00123456 apart',
  xAxis: axis('x'),
  yAxis: axis('y'),
  marks: [Plot.dot(dots, { x: 'x', y: 'y', title: 'title' })],
}).text;

test('coordinates are rounded, texts never', () => {
  expect(chart).not.toMatch(/c[xy]="\d+\.\d{3,}"/);
  expect(chart).toContain('rate = 0.00123456 of &lt;1.98765&gt;');
  expect(chart).toContain('3.14159265');
  expect(chart).toContain('0.00123456 apart');
});

test('its label cannot break out', () => {
  expect(chart).toContain('<figure role="img" aria-label="a &quot;chart&quot; of &lt;two&gt; dots');
});

test('every tick of a narrow logarithmic axis has its text', () => {
  const { ticks, text } = axis('x');
  expect(ticks.map(text)).toEqual(['0.7', '1', '1.5', '2']);
  for (const tick of ticks) expect(chart.split(`>${text(tick)}</text>`).length - 1).toBe(2);
});

test('it brings no style and no identifiers of its own', () => {
  expect(chart).not.toMatch(/<style| id="/);
});
