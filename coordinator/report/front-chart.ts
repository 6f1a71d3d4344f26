/** Charts of one group's outcomes, one for each pair of objectives: the front in colour, what it dominates behind it. */

import * as Plot from '@observablehq/plot';
import type { Objective } from '../../shared/domain/campaign.js';
import { chartAxis, fractionAlong, PLAIN, unitFormat, type Axis } from './chart-axis.js';
import { drawChart, PANEL } from './chart.js';
import type { Markup } from './html-text.js';
import type { FrontData, OutcomeFacts } from './report-data.js';
import type { FrontWords } from './summarise-front.js';
import { parameterText, shortNumber } from './value-text.js';

/** Bars span this many standard uncertainties to each side. */
const BAR_WIDTH = 2;

/** Every pair of objectives as a chart; a single objective is drawn over the trials. */
export function frontCharts(words: FrontWords, front: FrontData): Markup[] {
  const { objectives } = words;
  if (objectives.length === 1) return [singleChart(words, front)];
  return objectives.flatMap((_, j) =>
    objectives.slice(j + 1).map((_, k) => pairChart(words, front, pairOf(objectives, j, j + 1 + k))),
  );
}

/** Positions of the objectives on the x and y axis. */
interface AxisPair {
  readonly x: number;
  readonly y: number;
}

/** Energy goes along x, performance up y. */
function pairOf(objectives: readonly Objective[], j: number, k: number): AxisPair {
  return objectives[j]?.from === 'energy' && objectives[k]?.from !== 'energy' ? { x: j, y: k } : { x: k, y: j };
}

interface Dot {
  readonly x: number;
  readonly y: number;
  readonly x1: number;
  readonly x2: number;
  readonly y1: number;
  readonly y2: number;
  readonly title: string;
  readonly label: string;
  readonly outcome: OutcomeFacts;
}

function pairChart(words: FrontWords, front: FrontData, pair: AxisPair): Markup {
  const dots = front.outcomes.map((outcome) => dotOf(words, outcome, pair));
  const x = axisFor(words.objectives[pair.x], 'x', dots);
  const y = axisFor(words.objectives[pair.y], 'y', dots);
  const names = [words.objectives[pair.x]?.name ?? '', words.objectives[pair.y]?.name ?? ''];
  const best = dots.filter(({ outcome }) => outcome.rank !== undefined);
  return drawChart({
    ...CHART_FRAME,
    label: `${names[1]} against ${names[0]} on ${front.hardwareClass}: ${best.length} of ${dots.length} outcomes on the front`,
    xAxis: x,
    yAxis: y,
    marks: [
      ...(words.objectives.length === 2 ? [staircase(words, best, pair)] : []),
      ...dotMarks(dots, best),
      Plot.text(uncrowded(best, x, y), LABEL_STYLE),
    ],
  });
}

function singleChart(words: FrontWords, front: FrontData): Markup {
  const dots = front.outcomes.map((outcome) => ({
    ...dotOf(words, outcome, { x: 0, y: 0 }),
    x: outcome.index,
    x1: outcome.index,
    x2: outcome.index,
  }));
  const name = words.objectives[0]?.name ?? '';
  const trials = dots.map(({ x }) => x);
  const x = chartAxis({ name: 'trial', format: PLAIN, scale: 'linear', values: trials, direction: 'x' });
  const y = axisFor(words.objectives[0], 'y', dots);
  const best = dots.filter(({ outcome }) => outcome.rank !== undefined);
  return drawChart({
    ...CHART_FRAME,
    label: `${name} of each trial on ${front.hardwareClass}`,
    xAxis: x,
    yAxis: y,
    marks: dotMarks(dots, best),
  });
}

const CHART_FRAME = {
  marginLeft: 56,
  marginBottom: 44,
  marginTop: 18,
  marginRight: 18,
} as const;

const LABEL_STYLE = {
  x: 'x',
  y: 'y',
  text: 'label',
  dy: -11,
  fill: 'var(--ink)',
  stroke: 'var(--paper)',
  strokeWidth: 3,
  fontWeight: 600,
} as const;

function axisFor(objective: Objective | undefined, direction: 'x' | 'y', dots: readonly Dot[]): Axis {
  const { name = '', unit = '', scale = 'linear' } = objective ?? {};
  const values = dots.flatMap((dot) => (direction === 'x' ? [dot.x1, dot.x2] : [dot.y1, dot.y2]));
  return chartAxis({ name, format: unitFormat(values, unit), scale, values, direction });
}

function dotMarks(dots: readonly Dot[], best: readonly Dot[]): Plot.Markish[] {
  const others = dots.filter((dot) => !best.includes(dot));
  const bars = (of: readonly Dot[], stroke: string): Plot.Markish[] => [
    Plot.link(of, { x1: 'x1', x2: 'x2', y1: 'y', y2: 'y', stroke }),
    Plot.link(of, { x1: 'x', x2: 'x', y1: 'y1', y2: 'y2', stroke }),
  ];
  const infeasible = others.filter(({ outcome }) => !outcome.feasible);
  const dominated = others.filter(({ outcome }) => outcome.feasible);
  return [
    ...bars(others, 'var(--faint)'),
    Plot.dot(dominated, { x: 'x', y: 'y', r: 3.5, stroke: 'var(--muted)', fill: 'var(--paper)', title: 'title' }),
    Plot.dot(infeasible, { x: 'x', y: 'y', r: 4, stroke: 'var(--muted)', symbol: 'times', title: 'title' }),
    ...bars(best, 'var(--front)'),
    Plot.dot(best, { x: 'x', y: 'y', r: 5, fill: 'var(--front)', stroke: 'var(--paper)', title: 'title' }),
  ];
}

/** The edge of what the front dominates: it runs through the worse corner between neighbours. */
function staircase({ objectives }: FrontWords, best: readonly Dot[], pair: AxisPair): Plot.Markish {
  const sign = objectives[pair.x]?.goal === 'maximize' ? -1 : 1;
  const ordered = [...best].sort((a, b) => sign * (a.x - b.x));
  const corners = ordered.flatMap((dot, i) => {
    const next = ordered[i + 1];
    return next
      ? [
          { x: dot.x, y: dot.y },
          { x: next.x, y: dot.y },
        ]
      : [{ x: dot.x, y: dot.y }];
  });
  return Plot.line(corners, { x: 'x', y: 'y', stroke: 'var(--front)', strokeWidth: 1.5, strokeOpacity: 0.55 });
}

function dotOf({ objectives, parameters }: FrontWords, outcome: OutcomeFacts, pair: AxisPair): Dot {
  const place = (j: number): readonly [number, number, number] => {
    const value = outcome.values[j];
    if (value?.kind !== 'known') return [Number.NaN, Number.NaN, Number.NaN];
    const half = BAR_WIDTH * (value.uncertainty?.random ?? 0);
    return [value.value, value.value - half, value.value + half];
  };
  const [[x, x1, x2], [y, y1, y2]] = [place(pair.x), place(pair.y)];
  const values = objectives.map(({ name, unit }, j) => `${name}: ${shortNumber(place(j)[0])} ${unit}`);
  const settings = parameters
    .filter(({ kind, name }) => kind !== 'constant' && outcome.configuration[name] !== undefined)
    .map(({ name }) => `${name} = ${parameterText(outcome.configuration[name])}`);
  const title = [`trial #${outcome.index}`, ...values, ...settings].join('\n');
  return { x, y, x1, x2, y1, y2, title, label: `#${outcome.index}`, outcome };
}

/** Pixels: half a label's width and height, how far it stands above its dot, and the radius that a dot keeps free. */
const LABEL = { halfWidth: 15, halfHeight: 7, above: 11, dot: 5 } as const;

/** Leaves out labels that would lie on another label or on another dot; the ends of the front always have theirs. */
function uncrowded(dots: readonly Dot[], x: Axis, y: Axis): Dot[] {
  const places = [...dots]
    .sort((a, b) => (a.outcome.rank ?? 0) - (b.outcome.rank ?? 0))
    .map((dot) => ({
      dot,
      left: fractionAlong(x, dot.x) * (PANEL.width - CHART_FRAME.marginLeft - CHART_FRAME.marginRight),
      up: fractionAlong(y, dot.y) * (PANEL.height - CHART_FRAME.marginTop - CHART_FRAME.marginBottom),
    }));
  const kept = [...new Set([...places.slice(0, 1), ...places.slice(-1)])];
  for (const place of places) {
    const { left, up } = place;
    const meets = (other: Place, room: Place): boolean =>
      Math.abs(other.left - left) < room.left && Math.abs(other.up - up) < room.up;
    const labels = { left: 2 * LABEL.halfWidth, up: 2 * LABEL.halfHeight };
    const dotRoom = { left: LABEL.halfWidth + LABEL.dot, up: LABEL.halfHeight + LABEL.dot };
    const covers = places.some(
      (other) => other !== place && meets({ left: other.left, up: other.up - LABEL.above }, dotRoom),
    );
    if (!covers && !kept.some((other) => meets(other, labels))) kept.push(place);
  }
  return kept.map(({ dot }) => dot);
}

interface Place {
  readonly left: number;
  readonly up: number;
}
