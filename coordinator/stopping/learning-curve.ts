/** Learning curves: what a trial had reported, and the energy it had taken, at fractions of its work. */

import { present } from '../../shared/domain/present.js';

/** One report. */
export interface CurvePoint {
  /** Of the whole work, in (0, 1]. */
  readonly fraction: number;
  /** Last value of each metric; finite. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Energy of the attempt so far; absent where it was not known. */
  readonly joules?: number;
}

/** What a curve says of one series at a fraction, on the scale on which the series is modelled. */
export interface CurveState {
  /** Value there, smoothed over the second half of the way. */
  readonly level: number;
  /** Change per unit of the fraction's logarithm: a power law is nearly straight in it. */
  readonly slope: number;
}

/** Name of the series of energies among those of metrics; no metric can be called so. */
export const JOULES = ' joules';

/** A known figure of a curve; a series is a list of them in ascending order of fractions. */
export interface CurveFigure {
  readonly fraction: number;
  readonly value: number;
}

/** Points in ascending order of fractions, the latest of equal ones; what goes back is from before a restart and left out. */
export function ascending(points: readonly CurvePoint[]): readonly CurvePoint[] {
  const kept: CurvePoint[] = [];
  for (const point of points) {
    if (!(point.fraction > 0 && point.fraction <= 1)) continue;
    while ((kept.at(-1)?.fraction ?? 0) >= point.fraction) kept.pop();
    kept.push(point);
  }
  return kept;
}

/** The points of a curve at which a metric, or the energy, is known. */
export const seriesOf = (points: readonly CurvePoint[], name: string): readonly CurveFigure[] =>
  points.flatMap(({ fraction, metrics, joules }) => {
    const value = name === JOULES ? joules : metrics[name];
    return value !== undefined && Number.isFinite(value) ? [{ fraction, value }] : [];
  });

/** Fewer points than this in the second half of the way are no base for a line. */
const LEAST_POINTS = 4;

/**
 * State of a series at a fraction, from what was known up to there; `undefined` while it has no point at or before it.
 *
 * A straight line over the logarithm of the fraction is put through the points of the second half of the way; through
 * its ends alone where there are few.
 */
export function stateAt(series: readonly CurveFigure[], fraction: number): CurveState | undefined {
  const [first] = series;
  if (!first || first.fraction > fraction) return undefined;
  const recent = series.filter((figure) => figure.fraction >= fraction / 2 && figure.fraction <= fraction);
  if (recent.length >= LEAST_POINTS) return lineThrough(recent, fraction);
  const level = valueAt(series, fraction);
  const before = Math.max(fraction / 2, first.fraction);
  const span = Math.log(fraction / before);
  return { level, slope: span > 0 ? (level - valueAt(series, before)) / span : 0 };
}

/** Least squares over the logarithm of the fraction. */
function lineThrough(figures: readonly CurveFigure[], fraction: number): CurveState {
  const pairs = figures.map((figure) => ({ x: Math.log(figure.fraction / fraction), y: figure.value }));
  const meanX = pairs.reduce((sum, { x }) => sum + x, 0) / pairs.length;
  const meanY = pairs.reduce((sum, { y }) => sum + y, 0) / pairs.length;
  const spread = pairs.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0);
  const slope = pairs.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0) / spread;
  return { level: meanY - slope * meanX, slope };
}

/** Between two figures on a straight line; beyond them the nearest. */
function valueAt(series: readonly CurveFigure[], fraction: number): number {
  const index = series.findIndex((figure) => figure.fraction >= fraction);
  const before = index < 0 ? series.at(-1) : series[index - 1];
  const after = series[index];
  if (!after || !before) return present(after ?? before, 'figure').value;
  const share = (fraction - before.fraction) / (after.fraction - before.fraction);
  return before.value + share * (after.value - before.value);
}

/**
 * Energy of the whole attempt if it went on as over the second half of its way so far; `undefined` where too little is
 * known. The energy is often known up to an earlier fraction only than the last report.
 */
export function energyAtEnd(series: readonly CurveFigure[], fraction: number): number | undefined {
  const known = series.filter((figure) => figure.fraction <= fraction);
  const [first] = known;
  const last = known.at(-1);
  if (!first || !last || first === last) return undefined;
  const before = Math.max(first.fraction, last.fraction / 2);
  const perFraction = (last.value - valueAt(known, before)) / (last.fraction - before);
  const total = last.value + Math.max(0, perFraction) * (1 - last.fraction);
  return total > 0 ? total : undefined;
}
