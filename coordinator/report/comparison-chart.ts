/** Charts of paired energy between classes: the ratios with their intervals, and every configuration on both classes. */

import * as Plot from '@observablehq/plot';
import type { PairedComparison } from '../analysis/paired-energy.js';
import { chartAxis, PLAIN, unitFormat } from './chart-axis.js';
import { drawChart, PANEL } from './chart.js';
import type { Markup } from './html-text.js';
import { shortNumber } from './value-text.js';

interface RatioRow {
  readonly row: string;
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
  readonly lowWithGain: number;
  readonly highWithGain: number;
  readonly title: string;
}

/** All ratios below each other, numbered from `offset` + 1 as in the table; undefined when none could be computed. */
export function ratioChart(comparisons: readonly PairedComparison[], offset: number): Markup | undefined {
  const rows = comparisons.flatMap((comparison, i) => ratioRow(comparison, i + 1 + offset));
  if (rows.length === 0) return undefined;
  const singles = comparisons.flatMap((comparison, i) => singleRatios(comparison, i + 1 + offset));
  const bounds = rows.flatMap((row) => [row.lowWithGain, row.highWithGain]);
  const values = [1, ...singles.map(({ ratio }) => ratio), ...bounds];
  return drawChart({
    label: 'Energy ratios between classes with their intervals',
    width: 2.2 * PANEL.width,
    height: 76 + 36 * rows.length,
    marginLeft: 48,
    xAxis: chartAxis({ name: 'energy ratio', format: PLAIN, scale: 'log', values, direction: 'x' }),
    y: { label: null, domain: rows.map(({ row }) => row) },
    marks: [
      Plot.ruleX([1], { stroke: 'var(--muted)', strokeDasharray: '4 3' }),
      Plot.tickX(singles, {
        x: 'ratio',
        y: 'row',
        stroke: 'var(--faint)',
        insetTop: 9,
        insetBottom: 9,
        title: 'title',
      }),
      Plot.link(rows, { x1: 'lowWithGain', x2: 'highWithGain', y1: 'row', y2: 'row', ...THIN }),
      Plot.link(rows, { x1: 'low', x2: 'high', y1: 'row', y2: 'row', ...THICK }),
      Plot.dot(rows, { x: 'ratio', y: 'row', r: 5, fill: 'var(--front)', stroke: 'var(--paper)', title: 'title' }),
    ],
  });
}

const THIN = { stroke: 'var(--front)', strokeWidth: 2 } as const;
const THICK = { stroke: 'var(--front)', strokeWidth: 7, strokeOpacity: 0.45 } as const;

/** The ratio of every single configuration. */
function singleRatios(
  { outcome, pairs }: PairedComparison,
  number: number,
): { row: string; ratio: number; title: string }[] {
  if (outcome.kind === 'refused') return [];
  return pairs.map(({ a, b, index }) => {
    const ratio = b / a;
    return { row: rowName(number), ratio, title: `trial #${index}: ${shortNumber(ratio)}` };
  });
}

/** How a comparison is named in chart and table. */
export const rowName = (number: number): string => `R${number}`;

function ratioRow({ objective, a, b, outcome }: PairedComparison, number: number): RatioRow[] {
  if (outcome.kind === 'refused') return [];
  const { ratio, withGain } = outcome;
  return [
    {
      row: rowName(number),
      ratio: ratio.value,
      low: ratio.interval.low,
      high: ratio.interval.high,
      lowWithGain: withGain.low,
      highWithGain: withGain.high,
      title: `${objective}: ${b.hardwareClass} / ${a.hardwareClass} = ${shortNumber(ratio.value)}`,
    },
  ];
}

/** Energy of each shared configuration on one class against the other; on the dashed line both are equal. */
export function pairChart({ objective, unit, a, b, pairs }: PairedComparison): Markup {
  const both = pairs.flatMap((pair) => [pair.a, pair.b]);
  const format = unitFormat(both, unit);
  const axis = { format, scale: 'log', values: both } as const;
  const x = chartAxis({ ...axis, name: a.hardwareClass, direction: 'x' });
  const y = chartAxis({ ...axis, name: b.hardwareClass, direction: 'y' });
  const dots = pairs.map((pair) => ({
    ...pair,
    title: `trial #${pair.index}\n${shortNumber(pair.a)} and ${shortNumber(pair.b)} ${unit}`,
  }));
  const [low, high] = x.domain;
  return drawChart({
    label: `${objective} on ${b.hardwareClass} against ${a.hardwareClass}`,
    height: 350,
    marginLeft: 58,
    xAxis: x,
    yAxis: y,
    marks: [
      Plot.line(
        [
          [low, low],
          [high, high],
        ],
        { stroke: 'var(--muted)', strokeDasharray: '4 3' },
      ),
      Plot.dot(dots, { x: 'a', y: 'b', r: 4.5, fill: 'var(--front)', stroke: 'var(--paper)', title: 'title' }),
    ],
  });
}
