import { describe, expect, test } from 'vitest';

import { AVERAGE_POWER_FIELD, GPU_SCOPE, INSTANT_POWER_FIELD } from '../../../../agent/meter/sources/nvml-fields.js';
import type { NvmlMethod } from '../../../../agent/meter/sources/nvml-methods.js';
import { traitsOf } from '../../../../agent/meter/sources/nvml-traits.js';

const COUNTER: NvmlMethod = { kind: 'function', name: 'counter', quantity: 'energy' };
const USAGE: NvmlMethod = { kind: 'function', name: 'usage', quantity: 'power' };
const field = (id: number): NvmlMethod => ({ kind: 'field', name: '', quantity: 'power', field: id, scope: GPU_SCOPE });

/** Product, architecture, update in ms, averaging of field 186 and of PowerUsage in ms, coverage. */
const CARDS: readonly [string, number | undefined, number, number, number, number][] = [
  ['Tesla K40m', 2, 100, 100, 1000, 1],
  ['Tesla V100-SXM2-16GB', 5, 20, 20, 20, 1],
  ['Tesla V100-SXM2-16GB', undefined, 20, 20, 20, 1],
  ['Tesla T4', 6, 100, 100, 1000, 1],
  ['NVIDIA A100-SXM4-80GB', 7, 100, 25, 25, 0.25],
  ['NVIDIA A100 80GB PCIe', undefined, 100, 25, 25, 0.25],
  ['NVIDIA A30', 7, 100, 25, 25, 0.25],
  ['NVIDIA A800-SXM4-80GB', 7, 100, 25, 25, 0.25],
  ['GRID A100D-10C', 7, 100, 25, 25, 0.25],
  ['NVIDIA RTX A3000 Laptop GPU', 7, 100, 100, 1000, 1],
  ['NVIDIA A10', 7, 100, 100, 1000, 1],
  ['NVIDIA GeForce RTX 3090', 7, 100, 100, 1000, 1],
  ['NVIDIA GeForce RTX 4090', 8, 100, 100, 1000, 1],
  ['NVIDIA H100 80GB HBM3', 9, 100, 25, 1000, 0.25],
  ['NVIDIA H200', 9, 100, 25, 1000, 0.25],
  ['NVIDIA GH200 480GB', undefined, 100, 25, 1000, 0.25],
  ['NVIDIA B200', 10, 100, 25, 1000, 0.25],
  ['NVIDIA GB300', 10, 100, 25, 1000, 0.25],
  ['NVIDIA GB10', 10, 100, 100, 1000, 1],
  ['NVIDIA GeForce RTX 5090', 10, 100, 100, 1000, 1],
];

describe.each(CARDS)('%s (architecture %s)', (...card) => {
  const [product, architecture, update, instant, usage, share] = card;
  const chip = { product, ...(architecture !== undefined && { architecture }) };
  const milliseconds = (method: NvmlMethod): number => Number(traitsOf(method, chip).averagingNanoseconds) / 1e6;

  test('updates, averages and looks as was found on its kind', () => {
    const counter = traitsOf(COUNTER, chip);
    expect(counter).toMatchObject({ reads: 'energy', latched: true, averagingNanoseconds: 0n, coverage: { share } });
    expect(Number(counter.updateNanoseconds) / 1e6).toBe(update);
    expect([INSTANT_POWER_FIELD, AVERAGE_POWER_FIELD].map((id) => milliseconds(field(id)))).toEqual([instant, 1000]);
    expect(milliseconds(USAGE)).toBe(usage);
    expect(traitsOf(USAGE, chip).coverage).toMatchObject({ share });
  });
});

test('what the coverage rests on is said: a finding, an assumption, or nothing', () => {
  const basis = (product: string, architecture: number): string =>
    traitsOf(COUNTER, { product, architecture }).coverage.basis;
  expect(basis('NVIDIA A100-SXM4-80GB', 7)).toMatch(/2312\.02741.*counter is taken to rest on the power sensor/);
  expect(basis('NVIDIA B200', 10)).toMatch(/nothing is known of this chip; taken like those before it/);
  expect(basis('NVIDIA GeForce RTX 3090', 7)).toMatch(/GPU_Power_Benchmark/);
  expect(basis('NVIDIA GeForce RTX 5090', 10)).toMatch(/nothing is known of this chip; taken as looking all/);
});
