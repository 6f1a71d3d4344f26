/**
 * Where each hyperparameter stands in `theta`, in which a fit moves: logarithms, and the directions of the tasks.
 *
 * theta = (log ℓ_1 .. log ℓ_d, parameters of B, log noise_1 .. log noise_T[, log v][, log w]).
 */

import type { Hyperparameters, Smoothness } from './kernel.js';
import { equalTasks, taskCovariance, taskParameterCount, type TaskCovariance } from './task-covariance.js';

export interface Layout {
  /** Features. */
  readonly d: number;
  readonly tasks: number;
  readonly hasDevices: boolean;
  /** Absent: Matern. It has no place in `theta`. */
  readonly smoothness?: Smoothness;
}

/** All hyperparameters in natural units. */
export interface JointHyperparameters {
  readonly lengthscales: Float64Array;
  readonly tasks: TaskCovariance;
  /** Inferred variance of the noise, one per task. */
  readonly noises: Float64Array;
  /** Variance v of the tasks' offsets; 0 with one task. */
  readonly offset: number;
  /** Variance w of the devices' offsets; 0 where no task has several. */
  readonly device: number;
  /** Absent: Matern. */
  readonly smoothness?: Smoothness;
}

/** First index of each group; `offset` and `device` are -1 where absent. */
export interface Positions {
  readonly tasks: number;
  readonly noises: number;
  readonly offset: number;
  readonly device: number;
  readonly length: number;
}

export function positionsOf({ d, tasks, hasDevices }: Layout): Positions {
  const noises = d + taskParameterCount(tasks);
  const afterNoises = noises + tasks;
  const hasOffset = tasks > 1;
  const device = hasDevices ? afterNoises + Number(hasOffset) : -1;
  return {
    tasks: d,
    noises,
    offset: hasOffset ? afterNoises : -1,
    device,
    length: afterNoises + Number(hasOffset) + Number(hasDevices),
  };
}

export function hyperparametersOf(theta: Float64Array, layout: Layout): JointHyperparameters {
  const { tasks, noises, offset, device } = positionsOf(layout);
  return {
    lengthscales: theta.slice(0, layout.d).map(Math.exp),
    tasks: taskCovariance(theta, tasks, layout.tasks),
    noises: theta.slice(noises, noises + layout.tasks).map(Math.exp),
    offset: offset < 0 ? 0 : Math.exp(theta[offset]!),
    device: device < 0 ? 0 : Math.exp(theta[device]!),
    ...(layout.smoothness && { smoothness: layout.smoothness }),
  };
}

export interface Start {
  readonly lengthscale: number;
  readonly noise: number;
  readonly correlation: number;
}

const START_OFFSET = 0.3;
const START_DEVICE = 0.01;

/** Where a climb begins. */
export function startAt(layout: Layout, { lengthscale, noise, correlation }: Start): Float64Array {
  const { d, tasks, hasDevices } = layout;
  return Float64Array.from([
    ...new Array<number>(d).fill(Math.log(lengthscale)),
    ...equalTasks(tasks, 1, correlation),
    ...new Array<number>(tasks).fill(Math.log(noise)),
    ...(tasks > 1 ? [Math.log(START_OFFSET)] : []),
    ...(hasDevices ? [Math.log(START_DEVICE)] : []),
  ]);
}

/** The hyperparameters as they look from one task. */
export const seenFrom = (joint: JointHyperparameters, task: number): Hyperparameters => ({
  lengthscales: joint.lengthscales,
  scale: joint.tasks.B[task * joint.tasks.count + task]!,
  noise: joint.noises[task]!,
  offset: joint.offset,
  ...(joint.smoothness && { smoothness: joint.smoothness }),
});
