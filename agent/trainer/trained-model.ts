/** Adam on one vector of all parameters: a dozen operations per step instead of a dozen per parameter. */

import * as tf from '@tensorflow/tfjs-core';

import { type ModelShape, type ParameterSpec, initialVector, parameterSpecs, sizeOf } from './model-shape.js';
import type { Random } from '../../shared/runtime/random.js';

/** Decay of the mean gradient and of the mean squared gradient; the second is short because runs have few steps. */
const BETA1 = 0.9;
const BETA2 = 0.98;
const EPSILON = 1e-8;

/** Gradients longer than this are shortened to it. */
const LARGEST_GRADIENT = 1;

/** A model in training. Holds tensors: dispose of it. */
export class TrainedModel implements Disposable {
  readonly shape: ModelShape;
  private readonly specs: readonly ParameterSpec[];
  private vector: tf.Tensor1D;
  private mean: tf.Tensor1D;
  private square: tf.Tensor1D;
  private parts: readonly tf.Tensor[];
  private steps = 0;

  constructor(shape: ModelShape, random: Random) {
    this.shape = shape;
    this.specs = parameterSpecs(shape);
    this.vector = tf.tensor1d(initialVector(shape, random));
    this.mean = tf.zerosLike(this.vector);
    this.square = tf.zerosLike(this.vector);
    this.parts = this.split(this.vector);
  }

  /** The parameters in the order of {@link parameterSpecs}; valid until the next step. */
  get weights(): readonly tf.Tensor[] {
    return this.parts;
  }

  /**
   * One step down the gradient of `loss`.
   *
   * @param rate - Step size of Adam.
   * @returns The loss before the step; the caller disposes of it.
   * Source: Kingma & Ba (2015), Algorithm 1, with the bias corrections folded into rate and epsilon.
   */
  step(rate: number, loss: (weights: readonly tf.Tensor[]) => tf.Scalar): tf.Scalar {
    this.steps++;
    const old = [this.vector, this.mean, this.square, ...this.parts];
    const next = tf.tidy(() => {
      const { value, grads } = tf.valueAndGrads((...weights: tf.Tensor[]) => loss(weights))([...this.parts]);
      const gradient = shortened(tf.concat1d(grads.map((part) => tf.reshape(part, [-1]))));
      const mean: tf.Tensor1D = tf.add(tf.mul(this.mean, BETA1), tf.mul(gradient, 1 - BETA1));
      const square: tf.Tensor1D = tf.add(tf.mul(this.square, BETA2), tf.mul(tf.square(gradient), 1 - BETA2));
      const root = Math.sqrt(1 - BETA2 ** this.steps);
      const direction = tf.div(mean, tf.add(tf.sqrt(square), EPSILON * root));
      const vector: tf.Tensor1D = tf.sub(this.vector, tf.mul(direction, (rate * root) / (1 - BETA1 ** this.steps)));
      return { value, mean, square, vector, parts: this.split(vector) };
    });
    tf.dispose(old);
    this.vector = next.vector;
    this.mean = next.mean;
    this.square = next.square;
    this.parts = next.parts;
    return next.value;
  }

  [Symbol.dispose](): void {
    tf.dispose([this.vector, this.mean, this.square, ...this.parts]);
  }

  private split(vector: tf.Tensor1D): tf.Tensor[] {
    return tf.tidy(() =>
      tf.split(vector, this.specs.map(sizeOf)).map((part, i) => tf.reshape(part, [...this.specs[i]!.shape])),
    );
  }
}

/** A gradient too long keeps its direction: g * limit / max(|g|, limit). */
function shortened(gradient: tf.Tensor1D): tf.Tensor1D {
  const norm = tf.sqrt(tf.sum(tf.square(gradient)));
  return tf.mul(gradient, tf.div(LARGEST_GRADIENT, tf.maximum(norm, LARGEST_GRADIENT)));
}
