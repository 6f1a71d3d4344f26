import { describe, expect, test } from 'vitest';

import type { Device } from '../../../shared/domain/hardware.js';
import { deviceId } from '../../../shared/domain/identity.js';
import { findSlots, type SlotOptions } from '../../../agent/hardware/slots.js';

const H200: Device = { id: deviceId('GPU-1'), kind: 'gpu', product: 'NVIDIA H200', powerLimitWatts: 700 };
const OTHER: Device = { id: deviceId('GPU-2'), kind: 'gpu', product: 'Tesla K40m' };
const SIMULATED: Device = { ...H200, id: deviceId('SIM-1'), product: 'NVIDIA H100', simulated: 'stated figures' };
const HOST: Device = { id: deviceId('cpu'), kind: 'cpu-host', product: 'AMD EPYC' };

const classes = (options: Partial<SlotOptions>) =>
  findSlots({
    devices: [HOST],
    cpuModel: 'AMD EPYC 9454',
    backend: 'tfjs-wasm',
    backendUsesGpu: false,
    allowedWorkloads: ['builtin', 'command'],
    ...options,
  }).map(({ id, devices, classes: found }) => [id, devices.length, found.builtin, found.command]);

describe('slots and classes', () => {
  test('no accelerator: one slot on the processor, for both kinds', () => {
    expect(classes({})).toEqual([['cpu', 0, 'AMD EPYC 9454 / tfjs-wasm', 'AMD EPYC 9454 / command']]);
  });

  test('GPUs that the backend uses: a slot each, and none on the processor', () => {
    expect(classes({ devices: [H200, OTHER, HOST], backend: 'tfjs-node-gpu', backendUsesGpu: true })).toEqual([
      ['GPU-1', 1, 'NVIDIA H200 x1 @700 W / tfjs-node-gpu', 'NVIDIA H200 x1 @700 W / command'],
      ['GPU-2', 1, 'Tesla K40m x1 / tfjs-node-gpu', 'Tesla K40m x1 / command'],
    ]);
  });

  test('a GPU that the backend cannot use: outside programs on it, built-in trainers on the processor', () => {
    expect(classes({ devices: [H200, HOST] })).toEqual([
      ['GPU-1', 1, undefined, 'NVIDIA H200 x1 @700 W / command'],
      ['cpu', 0, 'AMD EPYC 9454 / tfjs-wasm', undefined],
    ]);
  });

  test('what the operator did not allow has no class, and a slot without any is none', () => {
    expect(classes({ devices: [H200, HOST], allowedWorkloads: ['builtin'] })).toEqual([
      ['cpu', 0, 'AMD EPYC 9454 / tfjs-wasm', undefined],
    ]);
    expect(classes({ devices: [H200, HOST], allowedWorkloads: [] })).toEqual([]);
  });

  test('a simulated device takes both kinds and says what it is', () => {
    expect(classes({ devices: [SIMULATED] })).toEqual([
      ['SIM-1', 1, 'Simulated NVIDIA H100 x1 @700 W / tfjs-wasm', 'Simulated NVIDIA H100 x1 @700 W / command'],
    ]);
  });

  test('without the host’s sensors there is no slot on the processor', () => {
    expect(classes({ devices: [H200] })).toEqual([['GPU-1', 1, undefined, 'NVIDIA H200 x1 @700 W / command']]);
  });
});
