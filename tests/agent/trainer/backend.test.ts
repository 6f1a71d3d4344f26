import '@tensorflow/tfjs-layers';
import * as tf from '@tensorflow/tfjs-core';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { beforeAll, expect, test } from 'vitest';

import { BACKEND_NAMES, type LoadedBackend, chooseBackend, synchronise } from '../../../agent/trainer/backend.js';
import { isOutOfMemory } from '../../../agent/trainer/out-of-memory.js';
import { OutOfMemoryError } from '../../../agent/trainer/wasm-kernels/guarded-memory.js';
import { EnvironmentError, UsageError } from '../../../shared/domain/errors.js';

let chosen: LoadedBackend;
beforeAll(async () => void (chosen = await chooseBackend()));

test('without a word the best backend that works is chosen, and says why', () => {
  expect(BACKEND_NAMES).toContain(chosen.name);
  expect(chosen.reason.length).toBeGreaterThan(10);
  expect(chosen.versions).toMatchObject({ tfjs: '4.22.0', node: process.versions.node });
  // A backend further down the list was chosen for a stated reason.
  for (const better of BACKEND_NAMES.slice(0, BACKEND_NAMES.indexOf(chosen.name))) {
    expect(chosen.reason).toContain(better);
  }
});

test('advice on the GPU comes exactly when the GPU backend is not in use', () => {
  expect(chosen.gpuAdvice === undefined).toBe(chosen.usesGpu);
  if (chosen.gpuAdvice) expect(chosen.gpuAdvice).toContain('@tensorflow/tfjs-node-gpu');
});

test.each(['tfjs-wasm', 'tfjs-cpu'] as const)('%s is used when it is asked for', async (name) => {
  const backend = await chooseBackend(name);
  expect(backend).toMatchObject({ name, usesGpu: false });
  expect(backend.reason).toMatch(/^asked for; /);
  expect(tf.getBackend()).toBe(name.slice('tfjs-'.length));
});

test('a backend of another name is refused with the known ones', async () => {
  await expect(chooseBackend('cuda')).rejects.toThrow(UsageError);
  await expect(chooseBackend('cuda')).rejects.toThrow('use one of tfjs-node-gpu, tfjs-wasm, tfjs-cpu');
});

test.skipIf(await isInstalled('@tensorflow/tfjs-node-gpu'))(
  'asking for an absent GPU backend fails with why',
  async () => {
    await expect(chooseBackend('tfjs-node-gpu')).rejects.toThrow(EnvironmentError);
    await expect(chooseBackend('tfjs-node-gpu')).rejects.toThrow(
      /asked for .*tfjs-node-gpu: (not installed|installed, but)/,
    );
  },
);

test('waiting for the device leaves no tensor behind', async () => {
  const before = tf.memory().numTensors;
  await synchronise();
  expect(tf.memory().numTensors).toBe(before);
});

test('an output that does not fit fails as out of memory, and what fits still works', async () => {
  await chooseBackend('tfjs-wasm');
  const wasm = tf.backend() as BackendWasm;
  const moreThanHalf = wasm.makeOutput([600_000_000], 'float32');
  expect(() => wasm.makeOutput([600_000_000], 'float32')).toThrow(OutOfMemoryError);
  wasm.disposeData(moreThanHalf.dataId);
  expect(() => wasm.makeOutput([1_200_000_000], 'float32')).toThrow('no room for 4800000000 bytes');
  expect(isOutOfMemory(new OutOfMemoryError('no room'))).toBe(true);
  expect([...tf.add(tf.ones([3]), 1).dataSync()]).toEqual([2, 2, 2]);
});

test.each([
  ['RangeError: Array buffer allocation failed', true],
  ['OOM when allocating tensor with shape[8192,8192]', true],
  ['Aborted(Cannot enlarge memory arrays)', true],
  ['inner shapes (3) and (4) must match', false],
  ['the room is empty', false],
])('%s: out of memory is %s', (message, expected) => {
  expect(isOutOfMemory(new Error(message))).toBe(expected);
  expect(isOutOfMemory(message)).toBe(false);
});

async function isInstalled(name: string): Promise<boolean> {
  return import(name).then(
    () => true,
    () => false,
  );
}
