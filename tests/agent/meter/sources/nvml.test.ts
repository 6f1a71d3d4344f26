import { afterAll, describe, expect, test } from 'vitest';

import { UsageError } from '../../../../shared/domain/errors.js';
import { loadNvml } from '../../../../agent/meter/sources/nvml-binding.js';
import { nvmlSource } from '../../../../agent/meter/sources/nvml-source.js';
import { cCompiler, type NvmlScenario } from '../../../support/fake-nvml.js';
import { ManualClock } from '../manual-clock.js';
import { CARD, cards, cardWithout, held, NvmlFixture, UUID } from './nvml-fixture.js';

const compiler = cCompiler();
if (compiler === undefined) console.log('SKIP: no C compiler, so NVML is not tried through its real binding');

describe.skipIf(compiler === undefined)('NVML through the real binding', () => {
  const nvml = new NvmlFixture(compiler ?? '');
  afterAll(() => nvml[Symbol.dispose]());

  test('a card with a counter: identity, limit, versions, and millijoules in microjoules', () => {
    const { source, only, missing, versions } = nvml.probe({ ...CARD, nvml: '12.550.54.15', cuda: 12_040 });
    expect(missing).toEqual([]);
    expect(versions).toEqual({ 'NVIDIA driver': '550.54.15', NVML: '12.550.54.15', 'CUDA driver': '12.4' });
    expect(only).toMatchObject({
      device: { id: UUID, kind: 'gpu', product: 'NVIDIA H200', memoryBytes: 150_754_820_096, powerLimitWatts: 700 },
      provenance: 'counter',
      aliases: ['00000000:3B:00.0', '0000:3b:00.0'],
      cuda: { number: 0, isSameInAnyOrder: true },
      traits: { latched: true, reads: 'energy' },
    });
    expect(only).not.toHaveProperty('marks');
    expect(only).not.toHaveProperty('check');
    expect(source.sample(held(UUID), [])).toMatchObject([{ kind: 'energy', device: UUID, microjoules: 5_000_000n }]);
    expect(source.sample(held(), [])).toEqual([]);
  });

  test.each([
    ['field 83', {}, []],
    ['nvmlDeviceGetTotalEnergyConsumption', { 'gpu0.field83.status': 3 }, []],
    ['nvmlDeviceGetTotalEnergyConsumption', {}, ['FIELDS']],
    ['field 83', {}, ['ENERGY']],
    ['field 191', { 'gpu0.field83.status': 3 }, ['ENERGY']],
  ])('a counter beyond 2^53 mJ keeps every digit: %s', (name, changes, without) => {
    const millijoules = 2n ** 53n + 3n;
    const { only, sample } = nvml.probe({ ...CARD, 'gpu0.energy': millijoules, ...changes }, { without });
    expect(only.detail).toContain(`(${name})`);
    expect(sample()).toMatchObject([{ microjoules: millijoules * 1000n }]);
  });

  test.each([
    ['field 186', { 'gpu0.field186': 250_000, 'gpu0.field185': 1, 'gpu0.power': 2 }, 250_000_000n],
    ['field 185', { 'gpu0.field186': 1, 'gpu0.field186.status': 3, 'gpu0.field185': 240_000 }, 240_000_000n],
    ['nvmlDeviceGetPowerUsage', { 'gpu0.power': 230_000 }, 230_000_000n],
    ['nvmlDeviceGetPowerUsage', { 'gpu0.field186': 0, 'gpu0.power': 230_000 }, 230_000_000n],
    ['nvmlDeviceGetPowerUsage', { 'gpu0.field186': 2 ** 32 - 1, 'gpu0.power': 230_000 }, 230_000_000n],
  ])('beside the counter, power is read to check it: %s', (name, power, microwatts) => {
    const { only, sample } = nvml.probe({ ...CARD, ...power });
    expect(only).toMatchObject({ provenance: 'counter', check: { source: expect.stringContaining(name) } });
    expect(only.check?.traits).toMatchObject({ reads: 'power' });
    const byChannel = Object.fromEntries(sample().map((reading) => [reading.channel ?? 'own', reading]));
    expect(byChannel).toMatchObject({
      own: { kind: 'energy', microjoules: 5_000_000n },
      check: { kind: 'power', microwatts },
    });
  });

  test.each([
    ['field 186', { 'gpu0.field186': 250_000, 'gpu0.power': 2 }, 250_000_000n],
    ['field 185', { 'gpu0.field185': 240_000 }, 240_000_000n],
    ['nvmlDeviceGetPowerUsage', { 'gpu0.power': 230_000 }, 230_000_000n],
  ])('without a counter, power is integrated: %s', (name, power, microwatts) => {
    const { only, sample } = nvml.probe({ ...CARD, 'gpu0.energy.status': 3, ...power });
    expect(only).toMatchObject({
      provenance: 'integrated',
      traits: { reads: 'power', latched: true, quantumMicrowatts: 1000 },
    });
    expect(only.detail).toContain(name);
    expect(only).not.toHaveProperty('check');
    expect(sample()).toMatchObject([{ kind: 'power', microwatts }]);
  });

  test('without a counter, the average checks the momentary power', () => {
    const power = { 'gpu0.field186': 250_000, 'gpu0.field185': 240_000 };
    const { only, sample } = nvml.probe({ ...cardWithout('gpu0.energy'), ...power });
    expect(only).toMatchObject({ provenance: 'integrated', check: { source: expect.stringContaining('185') } });
    expect(sample()).toMatchObject([
      { kind: 'power', microwatts: 250_000_000n },
      { kind: 'power', microwatts: 240_000_000n, channel: 'check' },
    ]);
  });

  test('each figure is stamped at the middle of its call, fields of one call alike', () => {
    const clock = new (class extends ManualClock {
      override monotonicNanoseconds = (): bigint => (this.now += 1000n);
    })();
    const sixteen = cards(16, (i) => ({ uuid: `GPU-${i}`, energy: i + 1, field186: 100_000 }));
    const { sample } = nvml.probe(sixteen, { clock });
    const start = clock.now;
    const stamps = sample().map(({ atNanoseconds }) => Number(atNanoseconds - start));
    expect(stamps).toEqual(Array.from({ length: 32 }, (_, i) => 1500 + Math.floor(i / 2) * 2000));
  });

  test('two-digit indices: sixteen cards are all found', () => {
    const { found, source } = nvml.probe(cards(16, (i) => ({ uuid: `GPU-${i}`, energy: i + 1 })));
    expect(found.map(({ device }) => device.id)).toEqual(Array.from({ length: 16 }, (_, i) => `GPU-${i}`));
    expect(source.sample(held('GPU-12'), [])).toMatchObject([{ microjoules: 13_000n }]);
  });

  test('CUDA counts by PCI address, passes over blocked cards, and is not guessed beside broken ones', () => {
    const cuda = (changes: NvmlScenario) =>
      nvml
        .probe({ ...cards(3, (i) => ({ uuid: `GPU-${i}`, name: 'A', pci: `0:${9 - i}:0`, energy: 1 })), ...changes })
        .found.map((one) => one.cuda);
    const alike = { isSameInAnyOrder: true };
    expect(cuda({})).toEqual([2, 1, 0].map((number) => ({ number, ...alike })));
    expect(cuda({ 'gpu1.status': 4 })).toEqual([1, 0].map((number) => ({ number, ...alike })));
    expect(cuda({ 'gpu1.status': 15 })).toEqual([undefined, undefined]);
    expect(cuda({ 'gpu1.name': 'B' })).toEqual([2, 1, 0].map((number) => ({ number, isSameInAnyOrder: false })));
  });

  test('of two cards with one UUID the second is not used', () => {
    const twins = cards(2, (i) => ({ uuid: 'GPU-same', pci: `00000000:0${i}:00.0`, energy: i + 1 }));
    const { sample, missing } = nvml.probe(twins);
    expect(sample()).toMatchObject([{ device: 'GPU-same', microjoules: 1000n }]);
    expect(missing).toMatchObject([{ device: '00000000:01:00.0', detail: expect.stringContaining('UUID of another') }]);
  });

  test('nothing is read before probing or after closing', () => {
    const { source, fake } = nvml.probe(CARD);
    source.close();
    expect(source.sample(held(UUID), [])).toEqual([]);
    expect(source.observe?.(held(UUID))).toEqual([]);
    expect(nvmlSource({ clock: new ManualClock(), library: fake.library }).sample(held(UUID), [])).toEqual([]);
  });
});

test('a named library that cannot be loaded is the operator’s fault; without one, there is no NVIDIA GPU', () => {
  const clock = new ManualClock();
  expect(() => nvmlSource({ clock, library: '/nowhere/libnvidia-ml.so.1' }).probe()).toThrow(UsageError);
  expect(() => nvmlSource({ clock, library: '/nowhere/libnvidia-ml.so.1' }).probe()).toThrow(/ECOPT_NVML_LIBRARY/);
  const loaded = loadNvml(['/nowhere/a.so', '/nowhere/b.so']);
  expect(loaded).toMatchObject({ reasons: [expect.stringContaining('a.so'), expect.stringContaining('b.so')] });
});
