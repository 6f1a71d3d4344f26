import { expect, test } from 'vitest';

import { decideStop, SPARED_SHARE, type StoppingQuestion } from '../../../coordinator/stopping/decide-stop.js';
import type { CurvePoint } from '../../../coordinator/stopping/learning-curve.js';
import { LEAST_CURVES, type FinishedCurve } from '../../../coordinator/stopping/predict-final.js';
import type { Objective } from '../../../shared/domain/campaign.js';
import { seededRandom } from '../../../shared/runtime/random.js';
import { OBJECTIVES } from './replay.js';

/** The error falls by a fifth of itself at every doubling; energy is spent evenly. */
const pointsOf = (last: number, joules: number, to = 1): CurvePoint[] =>
  Array.from({ length: Math.round(20 * to) }, (_, i) => {
    const fraction = (i + 1) / 20;
    return { fraction, metrics: { error: last * fraction ** -0.3 }, joules: joules * fraction };
  });

const random = seededRandom('decide-stop');
const finishedOf = (count: number): FinishedCurve[] =>
  Array.from({ length: count }, () => {
    const error = 0.3 + 0.3 * random.uniform();
    const joules = 100 + 400 * random.uniform();
    const noisy = error * (1 + 0.02 * random.normal());
    return {
      ...{ points: pointsOf(error, joules), joules },
      objectives: { error: noisy, energy: joules },
      metrics: { error: noisy },
    };
  });

const QUESTION: StoppingQuestion = {
  objectives: OBJECTIVES,
  constraints: [],
  settings: { chance: 0.05, grace: 0.25 },
  finished: finishedOf(12),
  running: pointsOf(0.45, 300, 0.5),
  front: [
    [0.3, 400],
    [0.35, 200],
    [0.5, 100],
  ],
  reference: [1, 1000],
  lot: 0.5,
};

test('a trial that heads for a dominated end is stopped, and what it would have come to is told', () => {
  const answer = decideStop(QUESTION);
  if (answer.kind !== 'stop') throw new Error(answer.kind);
  const { chance, fraction, curves, finals, joules } = answer.estimate;
  expect(chance).toBeLessThan(0.05);
  expect({ fraction, curves }).toEqual({ fraction: 0.5, curves: 12 });
  const [error, energy] = finals;
  expect(error).toMatchObject({ name: 'error' });
  expect(Math.abs(error!.value - 0.45)).toBeLessThan(0.03);
  expect(error!.low).toBeLessThan(0.45);
  expect(error!.high).toBeGreaterThan(0.45);
  expect(energy!.value).toBeCloseTo(300, 0);
  expect(joules!.value).toBeCloseTo(300, 0);
});

test.each([
  ['a better error', pointsOf(0.25, 300, 0.5)],
  ['less energy', pointsOf(0.5, 60, 0.5)],
])('a trial that heads for %s goes on', (_, running) => {
  const answer = decideStop({ ...QUESTION, running });
  expect(answer).toMatchObject({ kind: 'go-on' });
});

test('one in ten is spared, by its lot', () => {
  expect(decideStop({ ...QUESTION, lot: SPARED_SHARE - 1e-9 }).kind).toBe('spare');
  expect(decideStop({ ...QUESTION, lot: SPARED_SHARE }).kind).toBe('stop');
});

test.each<[string, Partial<StoppingQuestion>]>([
  ['within the grace', { running: pointsOf(0.45, 300, 0.2) }],
  ['at its end', { running: pointsOf(0.45, 300, 1) }],
  ['without reports', { running: [] }],
  ['without fractions', { running: pointsOf(0.45, 300, 0.5).map((point) => ({ ...point, fraction: 0 })) }],
  ['without a front', { front: [] }],
  ['with too few finished curves', { finished: finishedOf(LEAST_CURVES - 1) }],
])('nothing is decided %s', (_, change) => {
  expect(decideStop({ ...QUESTION, ...change }).kind).toBe('too-early');
});

test('nothing is decided without a reference', () => {
  const { reference: _, ...rest } = QUESTION;
  expect(decideStop(rest).kind).toBe('too-early');
});

test('what is maximised is the mirror image of what is minimised', () => {
  const flip = (points: readonly CurvePoint[]): CurvePoint[] =>
    points.map((point) => ({ ...point, metrics: { error: -point.metrics['error']! } }));
  const mirrored: StoppingQuestion = {
    ...QUESTION,
    objectives: [{ ...OBJECTIVES[0]!, goal: 'maximize' }, OBJECTIVES[1]!],
    finished: QUESTION.finished.map((curve) => ({
      ...curve,
      points: flip(curve.points),
      objectives: { ...curve.objectives, error: -curve.objectives['error']! },
    })),
    running: flip(QUESTION.running),
    front: QUESTION.front.map(([error, energy]) => [-error!, energy!]),
    reference: [-1, 1000],
  };
  const [plain, turned] = [decideStop(QUESTION), decideStop(mirrored)];
  if (plain.kind === 'too-early' || turned.kind === 'too-early') throw new Error('too early');
  expect(turned.kind).toBe(plain.kind);
  expect(Math.abs(turned.estimate.chance - plain.estimate.chance)).toBeLessThan(0.01);
});

test('an end outside of the reference improves nothing', () => {
  const answer = decideStop({ ...QUESTION, running: pointsOf(0.25, 300, 0.5), reference: [0.2, 1000] });
  expect(answer.kind).toBe('stop');
});

test('a trial that will not meet an outcome constraint improves nothing', () => {
  const constraints = [{ metric: 'latency', relation: '<=', bound: 5 }] as const;
  const late = (points: readonly CurvePoint[], latency: number): CurvePoint[] =>
    points.map((point) => ({ ...point, metrics: { ...point.metrics, latency } }));
  const finished = QUESTION.finished.map((curve, i) => ({
    ...curve,
    points: late(curve.points, 2 + i),
    metrics: { ...curve.metrics, latency: 2 + i + 0.1 * (i % 3) },
  }));
  const ask = (latency: number) =>
    decideStop({ ...QUESTION, constraints, finished, running: late(pointsOf(0.2, 300, 0.5), latency) }).kind;
  expect(ask(3)).toBe('go-on');
  expect(ask(9)).toBe('stop');
});

test('an objective that is only known at the end is told by the metric that goes with it', () => {
  const objectives: Objective[] = [{ ...OBJECTIVES[0]!, from: 'metric', metric: 'validation' }, OBJECTIVES[1]!];
  const stop = decideStop({ ...QUESTION, objectives });
  expect(stop.kind).toBe('stop');
  expect(decideStop({ ...QUESTION, objectives, running: pointsOf(0.2, 300, 0.5) }).kind).toBe('go-on');
});

test('where the energy of few finished trials is known at this fraction, their ends tell what it may come to', () => {
  const silent = (points: readonly CurvePoint[]): CurvePoint[] =>
    points.map(({ fraction, metrics }) => ({ fraction, metrics }));
  const finished = QUESTION.finished.map((curve, i) => (i < 9 ? { ...curve, points: silent(curve.points) } : curve));
  const front = [...QUESTION.front, [0.31, 1]];
  const answer = decideStop({ ...QUESTION, finished, front });
  if (answer.kind !== 'stop') throw new Error(answer.kind);
  expect(answer.estimate.curves).toBe(12);
  expect(answer.estimate.finals[1]!.high - answer.estimate.finals[1]!.low).toBeGreaterThan(100);
});

test('figures of any size give a chance', () => {
  for (const size of [1e-300, 1e150]) {
    const scale = (points: readonly CurvePoint[]): CurvePoint[] =>
      points.map((point) => ({ ...point, metrics: { error: size * point.metrics['error']! } }));
    const answer = decideStop({
      ...QUESTION,
      finished: QUESTION.finished.map((curve) => ({
        ...curve,
        points: scale(curve.points),
        objectives: { ...curve.objectives, error: size * curve.objectives['error']! },
      })),
      running: scale(QUESTION.running),
      front: QUESTION.front.map(([error, energy]) => [size * error!, energy!]),
      reference: [size, 1000],
    });
    expect(answer.kind).toBe('stop');
  }
});
