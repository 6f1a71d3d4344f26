import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { UsageError } from '../../../../shared/domain/errors.js';
import { deviceId } from '../../../../shared/domain/identity.js';
import { systemClock } from '../../../../shared/runtime/clock.js';
import { loadNvml } from '../../../../agent/meter/sources/nvml-binding.js';
import { nvmlSource } from '../../../../agent/meter/sources/nvml-source.js';
import {
  cCompiler,
  compileFakeNvml,
  startFakeNvml,
  type FakeNvml,
  type NvmlScenario,
} from '../../../support/fake-nvml.js';
import { ManualClock } from '../manual-clock.js';

const compiler = cCompiler();
if (compiler === undefined) console.log('SKIP: no C compiler, so NVML is not tried through its real binding');

const UUID = 'GPU-0a1b2c3d-0000-0000-0000-000000000001';
const CARD: NvmlScenario = {
  driver: '550.54.15',
  count: 1,
  'gpu0.uuid': UUID,
  'gpu0.name': 'NVIDIA H200',
  'gpu0.pci': '00000000:3B:00.0',
  'gpu0.memory': 150_754_820_096n,
  'gpu0.limit': 700_000,
  'gpu0.energy': 5_000,
};
const without = (...keys: readonly string[]): NvmlScenario =>
  Object.fromEntries(Object.entries(CARD).filter(([key]) => !keys.includes(key)));
const held = new Set([deviceId(UUID)]);

describe.skipIf(compiler === undefined)('NVML through the real binding', () => {
  const compiled: Record<string, string> = {};
  const open: Disposable[] = [];
  beforeAll(() => {
    for (const part of ['', 'ENERGY', 'FIELDS']) {
      compiled[part] = compileFakeNvml(compiler ?? '', part === '' ? [] : [part]);
    }
  });
  afterAll(() => open.forEach((one) => one[Symbol.dispose]()));

  const start = (scenario: NvmlScenario, missing = ''): FakeNvml => {
    const fake = startFakeNvml(compiled[missing] ?? '', scenario);
    open.push(fake);
    return fake;
  };
  const probe = (scenario: NvmlScenario, missing = '') => {
    const fake = start(scenario, missing);
    const source = nvmlSource({ clock: new ManualClock(), library: fake.library });
    return { fake, source, ...source.probe() };
  };

  test('a card with a counter: identity, limit and millijoules in microjoules', () => {
    const { source, found, missing, versions } = probe(CARD);
    expect(missing).toEqual([]);
    expect(versions).toEqual({ 'NVIDIA driver': '550.54.15' });
    expect(found[0]).toMatchObject({
      device: { id: UUID, kind: 'gpu', product: 'NVIDIA H200', memoryBytes: 150_754_820_096, powerLimitWatts: 700 },
      provenance: 'counter',
      aliases: ['00000000:3B:00.0', '0000:3b:00.0'],
      traits: { latched: true, reads: 'energy' },
    });
    expect(source.sample(held, [])).toMatchObject([{ kind: 'energy', device: UUID, microjoules: 5_000_000n }]);
    expect(source.sample(new Set(), [])).toEqual([]);
  });

  test('a counter beyond 2^53 mJ keeps every digit', () => {
    const millijoules = 2n ** 53n + 3n;
    const { source } = probe({ ...CARD, 'gpu0.energy': millijoules });
    expect(source.sample(held, [])).toMatchObject([{ microjoules: millijoules * 1000n }]);
  });

  test('two-digit indices: sixteen cards are all found', () => {
    const cards = Array.from({ length: 16 }, (_, i) => ({ [`gpu${i}.uuid`]: `GPU-${i}`, [`gpu${i}.energy`]: i + 1 }));
    const { found, source } = probe(Object.assign({ count: 16 }, ...cards) as NvmlScenario);
    expect(found.map(({ device }) => device.id)).toEqual(Array.from({ length: 16 }, (_, i) => `GPU-${i}`));
    expect(source.sample(new Set([deviceId('GPU-12')]), [])).toMatchObject([{ microjoules: 13_000n }]);
  });

  test('one failing card does not hide the other', () => {
    const { found, missing } = probe({ ...CARD, count: 2, 'gpu1.status': 15 });
    expect(found).toHaveLength(1);
    expect(missing).toMatchObject([{ available: false, detail: expect.stringMatching(/GPU 1.*fallen off the bus/) }]);
  });

  test.each([
    ['field 186', { 'gpu0.field186': 250_000, 'gpu0.field185': 1, 'gpu0.power': 2 }, 250_000_000n],
    [
      'field 185 when 186 fails',
      { 'gpu0.field186': 1, 'gpu0.field186.status': 3, 'gpu0.field185': 240_000 },
      240_000_000n,
    ],
    ['PowerUsage when no field answers', { 'gpu0.power': 230_000 }, 230_000_000n],
    ['the next one when a field says 0 mW', { 'gpu0.field186': 0, 'gpu0.power': 230_000 }, 230_000_000n],
  ])('without a counter, power is integrated: %s', (_, power, microwatts) => {
    const { found, source } = probe({ ...CARD, 'gpu0.energy.status': 3, ...power });
    expect(found[0]).toMatchObject({ provenance: 'integrated', traits: { reads: 'power', latched: false } });
    expect(source.sample(held, [])).toMatchObject([{ kind: 'power', microwatts }]);
  });

  test('0 mW is no sample, and neither is an error', () => {
    const { fake, source } = probe({ ...without('gpu0.energy'), 'gpu0.field186': 250_000 });
    fake.set({ ...CARD, 'gpu0.field186': 0 });
    expect(source.sample(held, [])).toMatchObject([{ kind: 'failed', reason: 'no data' }]);
    fake.set({ ...CARD, 'gpu0.field186': 1, 'gpu0.field186.status': 10 });
    expect(source.sample(held, [])).toMatchObject([{ kind: 'failed', reason: expect.stringMatching(/in time/) }]);
  });

  test('a card that is lost gives failed readings with the reason', () => {
    const { fake, source } = probe(CARD);
    fake.set({ ...CARD, 'gpu0.energy.status': 15 });
    expect(source.sample(held, [])).toMatchObject([{ kind: 'failed', reason: expect.stringMatching(/reboot/) }]);
  });

  test('a card with neither counter nor power is missing with a reason', () => {
    const { found, missing } = probe(without('gpu0.energy'));
    expect(found).toEqual([]);
    expect(missing).toMatchObject([{ device: UUID, detail: expect.stringMatching(/not supported/) }]);
  });

  test('an old driver lacks functions: the others still work', () => {
    expect(probe({ ...CARD, 'gpu0.field186': 9_000 }, 'ENERGY').found).toMatchObject([{ provenance: 'integrated' }]);
    const noFields = probe({ ...without('gpu0.energy'), 'gpu0.power': 8_000 }, 'FIELDS');
    expect(noFields.source.sample(held, [])).toMatchObject([{ microwatts: 8_000_000n }]);
  });

  test.each([
    [18, /different versions: reboot/],
    [9, /kernel driver is not loaded/],
    [4242, /NVML error 4242/],
  ])('NVML that does not start (%i) is a reason with a remedy', (status, reason) => {
    const { found, missing } = probe({ ...CARD, init: status });
    expect(found).toEqual([]);
    expect(missing).toMatchObject([{ part: 'accelerator', detail: expect.stringMatching(reason) }]);
  });

  test('a driver without GPUs is a reason', () => {
    expect(probe({ driver: '1', count: 0 }).missing).toMatchObject([{ detail: expect.stringMatching(/sees no GPU/) }]);
  });

  test('the first library that loads is taken', () => {
    const fake = start(CARD);
    const loaded = loadNvml(['/nowhere/libnvidia-ml.so.1', fake.library]);
    expect('binding' in loaded && loaded.binding.library).toBe(fake.library);
  });
});

test('a machine without the library says how to get it', () => {
  const loaded = loadNvml(['/nowhere/a.so', '/nowhere/b.so']);
  expect('reasons' in loaded && loaded.reasons).toHaveLength(2);
});

test('a library that was named and cannot be loaded is the operator’s to mend', () => {
  const source = nvmlSource({ clock: systemClock, library: '/nowhere/libnvidia-ml.so.1' });
  expect(() => source.probe()).toThrow(UsageError);
  expect(() => source.probe()).toThrow(/ECOPT_NVML_LIBRARY: \/nowhere/);
});
