/** Charts of how the hypervolume of one class grew. */

import * as Plot from '@observablehq/plot';
import type { HistoryPoint, HypervolumeHistory } from '../analysis/hypervolume-history.js';
import { chartAxis, powerFormat, unitFormat } from './chart-axis.js';
import { drawChart } from './chart.js';
import type { Markup } from './html-text.js';

/** Hypervolume over finished trials and over the joules spent until then. */
export function progressCharts(history: HypervolumeHistory): Markup[] {
  const energyName = history.lowerBound ? 'search energy, at least' : 'search energy';
  return [
    progressChart(history, { of: 'trials', name: 'finished trials', unit: '' }),
    progressChart(history, { of: 'joules', name: energyName, unit: 'J' }),
  ];
}

const FELL = 'a repeated configuration came out worse: its mean, and with it the front, went back';

interface ProgressAxis {
  readonly of: 'trials' | 'joules';
  readonly name: string;
  readonly unit: string;
}

function progressChart({ hardwareClass, points }: HypervolumeHistory, wish: ProgressAxis): Markup {
  const steps = [{ trials: 0, joules: 0, hypervolume: 0 }, ...points];
  const at = (point: HistoryPoint): number => point[wish.of];
  const values = steps.map(at);
  const volumes = steps.map(({ hypervolume }) => hypervolume);
  const format = unitFormat(values, wish.unit);
  const x = chartAxis({ name: wish.name, format, scale: 'linear', values, direction: 'x', from: 0 });
  const y = chartAxis({
    name: 'hypervolume',
    format: powerFormat(volumes),
    scale: 'linear',
    values: volumes,
    direction: 'y',
    from: 0,
  });
  return drawChart({
    label: `Hypervolume over ${wish.name} on ${hardwareClass}`,
    height: 230,
    marginLeft: 52,
    marginRight: 18,
    xAxis: x,
    yAxis: y,
    marks: [
      Plot.ruleY([0], { stroke: 'var(--faint)' }),
      Plot.areaY(steps, { x: at, y: 'hypervolume', curve: 'step-after', fill: 'var(--front)', fillOpacity: 0.1 }),
      Plot.lineY(steps, { x: at, y: 'hypervolume', curve: 'step-after', stroke: 'var(--front)', strokeWidth: 2 }),
      Plot.dot(
        points.filter(({ fell }) => fell),
        { x: at, y: 'hypervolume', symbol: 'triangle', rotate: 180, r: 5, fill: 'var(--warn)', title: () => FELL },
      ),
    ],
  });
}
