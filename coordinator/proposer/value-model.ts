/** A Gaussian process over one measured value, with its units. */

import type { ProposerObservation } from '../../shared/domain/proposal.js';
import type { FeatureKind } from '../surrogate/features.js';
import { fitGaussianProcess, predict, type GaussianProcess } from '../surrogate/gaussian-process.js';
import { drawInOutliers } from './objective-scale.js';

/** A finished configuration as the models see it. */
export interface ModelPoint {
  readonly observation: ProposerObservation;
  readonly features: Float64Array;
  /** Hardware class, counting from 0. */
  readonly task: number;
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
  /** Task at which to predict. */
  readonly task: number;
  /** True for values that differ by a factor or offset between tasks, such as energy: each task is centred on its own. */
  readonly centreTasks: boolean;
}

/** Fits a model to at least one value. */
export function fitValueModel(values: readonly ModelValue[], options: ValueModelOptions): ValueModel {
  const raw = drawInOutliers(Float64Array.from(values, ({ value }) => value));
  const tasks = values.map(({ point }) => (options.centreTasks ? point.task : 0));
  const centres = centresOf(raw, tasks);
  const centred = raw.map((value, i) => value - centres.get(tasks[i]!)!);
  const scale = Math.sqrt(centred.reduce((sum, value) => sum + value * value, 0) / Math.max(1, raw.length - 1)) || 1;
  const set = {
    kinds: options.kinds,
    X: Float64Array.from(values.flatMap(({ point }) => Array.from(point.features))),
    y: centred.map((value) => value / scale),
    noise: Float64Array.from(values, ({ noise }) => (noise / scale) ** 2),
    task: Int32Array.from(values, ({ point }) => point.task),
  };
  const shift = centres.get(options.centreTasks ? options.task : 0) ?? mean(raw);
  return { process: fitGaussianProcess(set, options.task), shift, scale };
}

function centresOf(values: Float64Array, tasks: readonly number[]): Map<number, number> {
  const centres = new Map<number, number>();
  for (const task of new Set(tasks)) centres.set(task, mean(values.filter((_, i) => tasks[i] === task)));
  return centres;
}

const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** A value in minimised units, standardised. */
export const standardise = ({ shift, scale }: ValueModel, value: number): number => (value - shift) / scale;

/** Predicted mean in minimised units. */
export const predictedMean = ({ process, shift, scale }: ValueModel, features: Float64Array): number =>
  shift + scale * predict(process, features).mean;
