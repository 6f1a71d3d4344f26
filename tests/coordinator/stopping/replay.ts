/**
 * Campaigns whose learning curves and ends are known beforehand, and what early stopping makes of them.
 *
 * Synthetic: two objectives, error and energy. A larger model takes more energy and ends lower; its curve falls like a
 * power law or an exponential, at a pace of its own, so that curves cross; reports carry noise.
 */

import type { Objective } from '../../../shared/domain/campaign.js';
import { seededRandom, type Random } from '../../../shared/runtime/random.js';
import { decideStop } from '../../../coordinator/stopping/decide-stop.js';
import type { CurvePoint } from '../../../coordinator/stopping/learning-curve.js';
import type { FinishedCurve } from '../../../coordinator/stopping/predict-final.js';
import { nonDominated } from '../../../coordinator/pareto/dominance.js';
import { hypervolume } from '../../../coordinator/pareto/hypervolume.js';

export const OBJECTIVES: readonly Objective[] = [
  { name: 'error', goal: 'minimize', unit: '', scale: 'linear', from: 'metric', metric: 'error' },
  { name: 'energy', goal: 'minimize', unit: 'J', scale: 'log', from: 'energy', energy: { window: 'train' } },
];

/** A trial with its whole life. */
export interface KnownTrial {
  readonly points: readonly CurvePoint[];
  readonly error: number;
  readonly joules: number;
}

const REPORTS = 32;

/** Draws one trial; `noise` is of each report. */
function knownTrial(random: Random, noise: number): KnownTrial {
  const size = random.uniform();
  const luck = random.uniform();
  const joules = 100 * 30 ** size * Math.exp(0.3 * random.normal());
  const end = 0.1 + 0.25 * (1 - size) ** 2 + 0.5 * luck ** 2;
  const drop = 0.3 + 0.6 * random.uniform();
  const pace = Math.exp(1.2 * random.normal());
  const isPower = random.uniform() < 0.5;
  const curve = (f: number): number =>
    isPower
      ? end + drop * ((1 + 20 * pace * f) ** -0.7 - (1 + 20 * pace) ** -0.7)
      : end + drop * (Math.exp(-3 * pace * f) - Math.exp(-3 * pace));
  const drift = 0.1 * random.normal();
  const energy = (f: number): number => joules * f * (1 + drift * (1 - f)) * Math.exp(0.01 * random.normal());
  const points = Array.from({ length: REPORTS }, (_, i): CurvePoint => {
    const fraction = (i + 1) / REPORTS;
    return { fraction, metrics: { error: curve(fraction) + noise * random.normal() }, joules: energy(fraction) };
  });
  const last = points[REPORTS - 1]!;
  return { points, error: last.metrics['error']!, joules: last.joules! };
}

export function knownCampaign(seed: number, trials: number): readonly KnownTrial[] {
  const random = seededRandom(`replay/${seed}`);
  const noise = 0.002 * 10 ** random.uniform();
  return Array.from({ length: trials }, () => knownTrial(random, noise));
}

export interface ReplayOptions {
  readonly chance: number;
  readonly grace: number;
  /** Trials that run at the same time. */
  readonly slots: number;
  /** Reports between two questions. */
  readonly every: number;
}

export interface ReplayResult {
  readonly stopped: number;
  /** Stopped trials that would have joined the front with which the campaign ended. */
  readonly wrong: number;
  /** Final hypervolume over that of running every trial to its end. */
  readonly volumeRatio: number;
  readonly joules: number;
  /** Of running every trial to its end. */
  readonly joulesWithout: number;
  /** As the decisions estimate it, and its standard uncertainty. */
  readonly savedEstimate: number;
  readonly savedStandard: number;
}

interface RunningTrial {
  readonly known: KnownTrial;
  readonly lot: number;
  report: number;
  isSpared: boolean;
}

/** Replays a campaign; every step, each running trial reports once more. */
export function replay(seed: number, trials: readonly KnownTrial[], options: ReplayOptions): ReplayResult {
  const reference = [1.2, 1e4];
  const queue = trials.map((known, i): RunningTrial => {
    return { known, lot: seededRandom(`${seed}/lot/${i}`).uniform(), report: 0, isSpared: false };
  });
  const running: RunningTrial[] = [];
  const finished: FinishedCurve[] = [];
  const stopped: KnownTrial[] = [];
  let [joules, saved, variance] = [0, 0, 0];
  while (queue.length + running.length > 0) {
    while (running.length < options.slots && queue.length > 0) running.push(queue.shift()!);
    for (const trial of [...running]) {
      trial.report += 1;
      const { known } = trial;
      if (trial.report === REPORTS) {
        running.splice(running.indexOf(trial), 1);
        finished.push(finishedCurve(known));
        joules += known.joules;
        continue;
      }
      if (trial.isSpared || trial.report % options.every !== 0) continue;
      const answer = decideStop({
        ...{ objectives: OBJECTIVES, constraints: [], settings: options, finished, reference, lot: trial.lot },
        running: known.points.slice(0, trial.report),
        front: frontOf(finished.map(valuesOf)),
      });
      if (answer.kind === 'spare') trial.isSpared = true;
      if (answer.kind !== 'stop') continue;
      running.splice(running.indexOf(trial), 1);
      stopped.push(known);
      const spent = known.points[trial.report - 1]!.joules!;
      joules += spent;
      saved += answer.estimate.joules!.value - spent;
      variance += answer.estimate.joules!.standard ** 2;
    }
  }
  const kept = finished.map(valuesOf);
  const front = frontOf(kept);
  const wrong = stopped.filter(({ error, joules: all }) => !front.some(([e, j]) => e! <= error && j! <= all)).length;
  return {
    ...{ stopped: stopped.length, wrong, joules, savedEstimate: saved, savedStandard: Math.sqrt(variance) },
    volumeRatio:
      volumeOf(kept, reference) /
      volumeOf(
        trials.map(({ error, joules: j }) => [error, j]),
        reference,
      ),
    joulesWithout: trials.reduce((sum, trial) => sum + trial.joules, 0),
  };
}

const finishedCurve = ({ points, error, joules }: KnownTrial): FinishedCurve => ({
  ...{ points, joules },
  objectives: { error, energy: joules },
  metrics: { error },
});

const valuesOf = ({ objectives }: FinishedCurve): number[] => [objectives['error']!, objectives['energy']!];

const frontOf = (values: readonly number[][]): number[][] =>
  nonDominated(Float64Array.from(values.flat()), 2).map((i) => values[i]!);

/** In user units. */
const volumeOf = (values: readonly number[][], reference: readonly number[]): number =>
  hypervolume(Float64Array.from(values.flat()), 2, Float64Array.from(reference));
