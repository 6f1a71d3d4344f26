/** Each operation, forward and gradient, on mended WebAssembly against the CPU backend. */

import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, expect, test } from 'vitest';

import { startMendedWasm } from '../../../../agent/trainer/wasm-kernels/mended-wasm.js';
import { seededRandom } from '../../../../shared/runtime/random.js';
import { ARITHMETIC_CASES } from './arithmetic-cases.js';
import type { Domain, OperationCase } from './operation-case.js';
import { STRUCTURE_CASES } from './structure-cases.js';

const OPERATION_CASES = [...ARITHMETIC_CASES, ...STRUCTURE_CASES];

const FORWARD_TOLERANCE = 1e-4;
const GRADIENT_TOLERANCE = 1e-3;

beforeAll(async () => {
  expect(await startMendedWasm()).toBe(true);
});

afterEach(() => {
  // Kernels that fall back on the CPU backend clear up there too.
  expect(tf.findBackend('cpu').numDataIds()).toBe(0);
});

test('at least 75 operations are compared', () => {
  expect(OPERATION_CASES.length).toBeGreaterThanOrEqual(75);
  expect(new Set(OPERATION_CASES.map(({ name }) => name)).size).toBe(OPERATION_CASES.length);
});

for (const operation of OPERATION_CASES) {
  test(`${operation.name}: the values are those of the CPU backend`, async () => {
    const [wasm, cpu] = [await valuesOn('wasm', operation), await valuesOn('cpu', operation)];
    expect(wasm.length).toBe(cpu.length);
    expectClose(wasm, cpu, FORWARD_TOLERANCE);
  });
}

for (const operation of OPERATION_CASES.filter(({ withoutGradient }) => !withoutGradient)) {
  test(`${operation.name}: the gradient by each input is that of the CPU backend`, async () => {
    const [wasm, cpu] = [await gradientsOn('wasm', operation), await gradientsOn('cpu', operation)];
    expect(wasm.length).toBe(operation.inputs.length);
    wasm.forEach((gradient, i) => expectClose(gradient, cpu[i]!, GRADIENT_TOLERANCE));
  });
}

async function valuesOn(backend: string, operation: OperationCase): Promise<Float32Array> {
  await tf.setBackend(backend);
  checkForLeaks(true);
  return tf.tidy(() => operation.apply(...drawInputs(operation)).dataSync<'float32'>());
}

/** Gradients of the output's sum under weights that differ: equal ones would hide permuted or partly lost gradients. */
async function gradientsOn(backend: string, operation: OperationCase): Promise<Float32Array[]> {
  await tf.setBackend(backend);
  checkForLeaks(!operation.savesValues);
  return tf.tidy(() => {
    const weighted = (...inputs: tf.Tensor[]): tf.Tensor => {
      const output = operation.apply(...inputs);
      return tf.sum(tf.mul(output, draw(output.shape, 'normal', `${operation.name}/weights`)));
    };
    return tf
      .grads(weighted)(drawInputs(operation))
      .map((gradient) => gradient.dataSync<'float32'>()) as never;
  });
}

/** In this mode the library throws when a kernel leaves data behind. */
const checkForLeaks = (isOn: boolean): void => tf.env().set('IS_TEST', isOn);

const drawInputs = ({ inputs, domain = 'normal', name }: OperationCase): tf.Tensor[] =>
  inputs.map((shape, i) => draw(shape, domain, `${name}/${i}`));

function draw(shape: readonly number[], domain: Domain, seed: string): tf.Tensor {
  const random = seededRandom(seed);
  const next = {
    normal: random.normal,
    positive: () => 0.5 + random.uniform(),
    unit: () => 1.8 * random.uniform() - 0.9,
    ties: () => random.integer(3),
  };
  const size = shape.reduce((product, side) => product * side, 1);
  return tf.tensor(Float32Array.from({ length: size }, next[domain]), [...shape] as [number]);
}

/** Written so that NaN cannot pass. */
function expectClose(actual: Float32Array, expected: Float32Array, tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  const worst = actual.reduce((largest, value, i) => Math.max(largest, Math.abs(value - expected[i]!)), 0);
  expect(worst <= tolerance, `largest difference ${worst}`).toBe(true);
}
