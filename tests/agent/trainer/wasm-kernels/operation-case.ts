/** What is known of one operation that a backend must compute as the CPU backend does. */

import * as tf from '@tensorflow/tfjs-core';

/** How an input is drawn: any sign, positive (for logarithms, roots and divisors), within (-1, 1), or 0, 1 and 2. */
export type Domain = 'normal' | 'positive' | 'unit' | 'ties';

export interface OperationCase {
  readonly name: string;
  readonly inputs: readonly (readonly number[])[];
  readonly domain?: Domain;
  readonly apply: (...inputs: tf.Tensor[]) => tf.Tensor;
  /** Present where no gradient is compared: a limit of the library on every backend, or an operation that has none. */
  readonly withoutGradient?: string;
  /** True where values saved for the gradient look like a leak to the library's own check. */
  readonly savesValues?: true;
}

export const DISCRETE = 'its result does not change smoothly';
export const CORE_LIMIT = 'tfjs-core 4.22 has no usable gradient on any backend: ';

export const int = (values: number[], shape?: number[]): tf.Tensor =>
  tf.tensor(values, shape ?? [values.length], 'int32');

/** The compiler knows ranks; these cases know their shapes. */
export const t1 = (x: tf.Tensor): tf.Tensor1D => x as tf.Tensor1D;
export const t2 = (x: tf.Tensor): tf.Tensor2D => x as tf.Tensor2D;
export const t3 = (x: tf.Tensor): tf.Tensor3D => x as tf.Tensor3D;
export const t4 = (x: tf.Tensor): tf.Tensor4D => x as tf.Tensor4D;
