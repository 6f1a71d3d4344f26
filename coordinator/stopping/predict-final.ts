/** From a running trial's curve to its final values, by what became of the finished trials of the same campaign. */

import type { Objective, OutcomeConstraint } from '../../shared/domain/campaign.js';
import { present } from '../../shared/domain/present.js';
import { studentQuantile } from '../../shared/domain/student-t.js';
import { entry } from './entry.js';
import { fitFinalValues } from './final-value-model.js';
import type { UncertainValue } from './improvement-chance.js';
import { ascending, energyAtEnd, JOULES, seriesOf, stateAt, type CurvePoint } from './learning-curve.js';

/** A trial that ran to its end. */
export interface FinishedCurve {
  readonly points: readonly CurvePoint[];
  /** In user units, by the name of the objective. */
  readonly objectives: Readonly<Record<string, number>>;
  /** Last value of each metric. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Energy of the whole attempt; absent where it is not known. */
  readonly joules?: number;
}

/** What is predicted: an objective, the metric of an outcome constraint, or the energy of the attempt. */
export interface Target {
  readonly name: string;
  /** Series that becomes the final value itself; absent: none does. */
  readonly own?: string;
  readonly isLog: boolean;
  readonly finalOf: (curve: FinishedCurve) => number | undefined;
}

/** A final value on the scale of its model, and in user units. */
export interface PredictedFinal extends UncertainValue {
  readonly target: Target;
  readonly value: number;
  /** 95 % interval. */
  readonly low: number;
  readonly high: number;
}

export interface Prediction {
  /** Finished curves that it rests on. */
  readonly curves: number;
  readonly finals: readonly PredictedFinal[];
}

/** Fewer finished curves than this are no base for a decision. */
export const LEAST_CURVES = 8;
/** No more than so many of the latest curves are looked at, so that a decision takes milliseconds. */
const MOST_CURVES = 200;

/** Objectives, then the metrics of constraints. */
export const targetsOf = (
  objectives: readonly Objective[],
  constraints: readonly OutcomeConstraint[],
): readonly Target[] => [...objectives.map(objectiveTarget), ...constraints.map(constraintTarget)];

function objectiveTarget(objective: Objective): Target {
  const { name, scale } = objective;
  const finalOf = ({ objectives }: FinishedCurve): number | undefined => objectives[name];
  const isLog = scale === 'log';
  if (objective.from === 'metric') return { name, own: objective.metric, isLog, finalOf };
  // Energy per item does not grow with the work: energy so far only tells something of it.
  return { name, isLog, finalOf, ...(objective.energy.per === undefined && { own: JOULES }) };
}

const constraintTarget = ({ metric }: OutcomeConstraint): Target => ({
  name: metric,
  own: metric,
  isLog: false,
  finalOf: ({ objectives, metrics }) => objectives[metric] ?? metrics[metric],
});

/** Energy of the whole attempt. */
export const ATTEMPT_JOULES: Target = { name: JOULES, own: JOULES, isLog: true, finalOf: ({ joules }) => joules };

export interface PredictionQuestion {
  readonly targets: readonly Target[];
  readonly finished: readonly FinishedCurve[];
  readonly running: readonly CurvePoint[];
  /** At which the running trial is. */
  readonly fraction: number;
}

/** Final values of a running trial; `undefined` while fewer than {@link LEAST_CURVES} finished curves are of use. */
export function predictFinals(question: PredictionQuestion): Prediction | undefined {
  const { targets, fraction } = question;
  const running = ascending(question.running);
  const whole = question.finished.filter((curve) => targets.every(({ finalOf }) => isFinite(finalOf(curve) ?? NaN)));
  const latest = whole.slice(-MOST_CURVES).map((curve) => ({ ...curve, points: ascending(curve.points) }));
  const scales = targets.map((target) => ({ ...target, isLog: target.isLog && isPositive(target, latest, running) }));
  const read = scales.map((target) => readerOf(target, { finished: latest, running, fraction }));
  const here = known(read.map((features) => features(running)));
  const useful = latest.flatMap((curve) => {
    const states = known(read.map((features) => features(curve.points)));
    return states ? [{ curve, states }] : [];
  });
  if (useful.length < LEAST_CURVES || !here) return undefined;
  const finals = scales.map((target, t) =>
    predictFinal(target, {
      states: useful.map(({ states }) => present(states[t], 'state')),
      values: useful.map(({ curve }) => finalOnScale(target, curve)),
      here: present(here[t], 'state'),
    }),
  );
  return { curves: useful.length, finals };
}

/** All or none. */
const known = (states: readonly (Features | undefined)[]): readonly Features[] | undefined =>
  states.every((state) => state !== undefined) ? states : undefined;

/** Features of a curve at the fraction; `base` is what the final value is compared with. */
interface Features {
  readonly base: number;
  readonly row: readonly number[];
}

type Reader = (points: readonly CurvePoint[]) => Features | undefined;

type Curves = Pick<PredictionQuestion, 'finished' | 'running' | 'fraction'>;

/**
 * How a target is told from curves: by its own series, else by the series that goes best with it, else not at all. A
 * series that few finished curves have at this fraction, such as the energy of short trials, would leave too few of them.
 */
function readerOf(target: Target, curves: Curves): Reader {
  const { fraction, running, finished } = curves;
  const own = ownReader(target, fraction);
  const known = own && finished.filter(({ points }) => own(points) !== undefined).length;
  if (own?.(running) && known !== undefined && known >= LEAST_CURVES) return (points) => withBase(own(points));
  const proxy = bestProxy(target, curves);
  return (points) => {
    if (!proxy) return { base: 0, row: [] };
    const row = proxy(points);
    return row && { base: 0, row };
  };
}

const ownReader = ({ own, isLog }: Target, fraction: number): RowReader | undefined => {
  if (own === undefined) return undefined;
  return own === JOULES ? energyReader(fraction, isLog) : stateReader(own, fraction, isLog);
};

type RowReader = (points: readonly CurvePoint[]) => readonly number[] | undefined;

const withBase = (row: readonly number[] | undefined): Features | undefined => row && { base: entry(row, 0), row };

function energyReader(fraction: number, isLog: boolean): RowReader {
  return (points) => {
    const total = energyAtEnd(seriesOf(points, JOULES), fraction);
    return total === undefined ? undefined : [isLog ? Math.log(total) : total];
  };
}

function stateReader(name: string, fraction: number, isLog: boolean): RowReader {
  return (points) => {
    const series = seriesOf(points, name);
    const onScale = isLog ? series.map((figure) => ({ ...figure, value: Math.log(figure.value) })) : series;
    const state = stateAt(onScale, fraction);
    return state && [state.level, state.slope];
  };
}

/** The level of the series that goes best with the final values of the finished curves. */
function bestProxy(target: Target, { finished, running, fraction }: Curves): RowReader | undefined {
  const names = [...new Set(running.flatMap(({ metrics }) => Object.keys(metrics)))].sort();
  const readers = [...names.map((name) => stateReader(name, fraction, false)), energyReader(fraction, true)].map(
    (read): RowReader =>
      (points) =>
        read(points)?.slice(0, 1),
  );
  let best: RowReader | undefined;
  let strongest = 0;
  for (const read of readers) {
    if (read(running) === undefined) continue;
    const pairs = finished.flatMap((curve) => {
      const row = read(curve.points);
      return row ? [[entry(row, 0), finalOnScale(target, curve)] as const] : [];
    });
    const strength = pairs.length === finished.length ? squaredCorrelation(pairs) : 0;
    if (strength > strongest) [best, strongest] = [read, strength];
  }
  return best;
}

function squaredCorrelation(pairs: readonly (readonly [number, number])[]): number {
  const meanOf = (k: 0 | 1): number => pairs.reduce((sum, pair) => sum + pair[k], 0) / pairs.length;
  const [a, b] = [meanOf(0), meanOf(1)];
  const sumOf = (pick: (x: number, y: number) => number): number =>
    pairs.reduce((sum, [x, y]) => sum + pick(x - a, y - b), 0);
  const spread = sumOf((x) => x * x) * sumOf((_, y) => y * y);
  return spread > 0 ? sumOf((x, y) => x * y) ** 2 / spread : 0;
}

interface Sample {
  readonly states: readonly Features[];
  readonly values: readonly number[];
  readonly here: Features;
}

/** What is fitted is the way that is left, so that a curve without any likeness is expected to stay where it is. */
function predictFinal(target: Target, { states, values, here }: Sample): PredictedFinal {
  const model = fitFinalValues(
    states.map(({ row }) => row),
    values.map((value, i) => value - present(states[i], 'state').base),
  );
  const { freedom, residuals } = model;
  const { mean, scale } = model.predict(here.row);
  const centre = here.base + mean;
  const half = scale * studentQuantile(0.975, freedom);
  const toUser = (value: number): number => (target.isLog ? Math.exp(value) : value);
  return {
    ...{ target, freedom, residuals, mean: centre, scale },
    value: toUser(centre),
    low: toUser(centre - half),
    high: toUser(centre + half),
  };
}

/** Of a curve whose final value is known. */
function finalOnScale({ isLog, finalOf }: Target, curve: FinishedCurve): number {
  const value = present(finalOf(curve), 'final value');
  return isLog ? Math.log(value) : value;
}

/** A logarithm can be taken of every figure that would be needed. */
function isPositive(
  { finalOf, own }: Target,
  finished: readonly FinishedCurve[],
  running: readonly CurvePoint[],
): boolean {
  const series =
    own === undefined || own === JOULES
      ? []
      : [running, ...finished.map(({ points }) => points)].flatMap((points) => seriesOf(points, own));
  return finished.every((curve) => (finalOf(curve) ?? 0) > 0) && series.every(({ value }) => value > 0);
}
