/** A Gaussian process over one measured value, with its units. */

import type { ProposerObservation } from '../../shared/domain/proposal.js';
import type { FeatureKind } from '../surrogate/features.js';
import { fitGaussianProcess, predict, type GaussianProcess } from '../surrogate/gaussian-process.js';
import { MOST_TASKS } from '../surrogate/training-set.js';
import { standardiseTasks } from './standardise-tasks.js';

/** A finished configuration as the models see it. */
export interface ModelPoint {
  readonly observation: ProposerObservation;
  readonly features: Float64Array;
  /** Hardware class, counting from 0; those of earlier campaigns have numbers of their own. */
  readonly task: number;
  /** True for a trial of an earlier campaign: a further task of every model. */
  readonly isEarlier?: boolean;
}

/** One value of one point, in minimised units. */
export interface ModelValue {
  readonly point: ModelPoint;
  readonly value: number;
  /** Known standard uncertainty; 0 where unknown. */
  readonly noise: number;
}

/** A process over standardised values, and the way between both units at its task. */
export interface ValueModel {
  readonly process: GaussianProcess;
  readonly shift: number;
  readonly scale: number;
}

export interface ValueModelOptions {
  readonly kinds: readonly FeatureKind[];
  /** Task at which to predict; it need not be observed. */
  readonly task: number;
  /**
   * True for values that depend on the hardware class, such as energy: each class is a task with a centre and spread of
   * its own. False: all classes of this campaign are one task.
   */
  readonly centreTasks: boolean;
  /** True for values whose level means the same in every task, such as failed or not: all have one centre and spread. */
  readonly sharesScale?: boolean;
  /** Fit to much the same values, from which this one begins. */
  readonly warm?: ValueModel;
}

/** Known noise above this many standard deviations tells nothing more. */
const MOST_NOISE = 1e3;

/** Fits a model to at least one value. */
export function fitValueModel(values: readonly ModelValue[], options: ValueModelOptions): ValueModel {
  const { kinds, sharesScale, centreTasks, warm } = options;
  const task = tasksOf(values, options);
  const count = task.reduce((most, each) => Math.max(most, each), 0) + 1;
  const raw = Float64Array.from(values, ({ value }) => value);
  const group = sharesScale ? new Int32Array(raw.length) : task;
  const { y, units } = standardiseTasks(raw, group, sharesScale ? 1 : count);
  const device = centreTasks ? devicesOf(values) : undefined;
  const set = {
    kinds,
    X: Float64Array.from(values.flatMap(({ point }) => Array.from(point.features))),
    y,
    noise: Float64Array.from(values, ({ noise }, i) => Math.min(MOST_NOISE, noise / units[group[i]!]!.scale) ** 2),
    task,
    ...(device && { device }),
  };
  return { process: fitGaussianProcess(set, 0, warm?.process), ...units[0]! };
}

/**
 * The task of each value as the process counts them: 0 is the one where it predicts, the others follow by how often
 * they were observed, and the last of those that fit takes in the rest.
 */
function tasksOf(values: readonly ModelValue[], { task, centreTasks }: ValueModelOptions): Int32Array {
  const names = values.map(({ point }) => {
    if (centreTasks) return point.task;
    return point.isEarlier ? 1 : 0;
  });
  const target = centreTasks ? task : 0;
  const counts = new Map<number, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  counts.delete(target);
  const order = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]).map(([name]) => name);
  return Int32Array.from(names, (name) => (name === target ? 0 : Math.min(order.indexOf(name) + 1, MOST_TASKS - 1)));
}

/** A number for each device of a class with several, -1 for the others; `undefined` where no class has several. */
function devicesOf(values: readonly ModelValue[]): Int32Array | undefined {
  const byTask = new Map<number, Set<string>>();
  for (const { point } of values) {
    const { device } = point.observation;
    if (device === undefined) continue;
    byTask.set(point.task, (byTask.get(point.task) ?? new Set()).add(device));
  }
  const several = [...byTask].filter(([, devices]) => devices.size > 1);
  if (several.length === 0) return undefined;
  const names = several.flatMap(([task, devices]) => [...devices].map((device) => `${task}/${device}`));
  const numbers = new Map(names.map((name, i) => [name, i]));
  return Int32Array.from(values, ({ point }) => numbers.get(`${point.task}/${point.observation.device}`) ?? -1);
}

/** A value in minimised units, standardised. */
export const standardise = ({ shift, scale }: ValueModel, value: number): number => (value - shift) / scale;

/** Predicted mean in minimised units. */
export const predictedMean = ({ process, shift, scale }: ValueModel, features: Float64Array): number =>
  shift + scale * predict(process, features).mean;
