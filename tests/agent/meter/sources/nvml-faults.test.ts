import { afterAll, describe, expect, test } from 'vitest';

import { loadNvml } from '../../../../agent/meter/sources/nvml-binding.js';
import { nvmlSource } from '../../../../agent/meter/sources/nvml-source.js';
import { cCompiler } from '../../../support/fake-nvml.js';
import { ManualClock } from '../manual-clock.js';
import { CARD, cards, cardWithout, NvmlFixture, UUID } from './nvml-fixture.js';

const compiler = cCompiler();

describe.skipIf(compiler === undefined)('NVML when things go wrong', () => {
  const nvml = new NvmlFixture(compiler ?? '');
  afterAll(() => nvml[Symbol.dispose]());
  const POWER = { ...cardWithout('gpu0.energy'), 'gpu0.field186': 250_000 };

  describe('at the start', () => {
    test.each([
      [18, /different versions: reboot/],
      [9, /kernel driver is not loaded.*modprobe/],
      [12, /reinstall/],
      [4242, /NVML error 4242/],
    ])('NVML that does not start (%i) is a reason with a remedy', (status, reason) => {
      const { found, missing } = nvml.probe({ ...CARD, init: status });
      expect(found).toEqual([]);
      expect(missing).toMatchObject([{ part: 'accelerator', detail: expect.stringMatching(reason) }]);
    });

    test('no GPUs, or GPUs that cannot be counted, are a reason; versions stay', () => {
      expect(nvml.probe({ driver: '1', count: 0 }).missing).toMatchObject([
        { detail: expect.stringMatching(/sees no GPU/) },
      ]);
      const uncounted = nvml.probe({ ...CARD, 'count.status': 999 });
      expect(uncounted.missing).toMatchObject([{ detail: expect.stringMatching(/cannot count the GPUs/) }]);
      expect(uncounted.versions).toEqual({ 'NVIDIA driver': '550.54.15' });
    });

    test.each([
      [4, /GPU 1: no permission: run the agent as a user/],
      [17, /GPU 1: .*cgroup.*give the container access/],
      [15, /GPU 1: .*fallen off the bus: reboot/],
    ])('a GPU that cannot be opened (%i) does not hide the other', (status, reason) => {
      const { found, missing } = nvml.probe({ ...CARD, count: 2, 'gpu1.status': status });
      expect(found).toHaveLength(1);
      expect(missing).toMatchObject([
        { device: 'gpu-index-1', available: false, detail: expect.stringMatching(reason) },
      ]);
    });

    test('a GPU that tells no UUID, or neither energy nor power, is missing with a reason', () => {
      expect(nvml.probe(cardWithout('gpu0.uuid')).missing).toMatchObject([
        { detail: expect.stringMatching(/tells no UUID: not supported/) },
      ]);
      const denied = nvml.probe({ ...CARD, 'gpu0.energy.status': 4 });
      expect(denied.found).toEqual([]);
      expect(denied.missing).toMatchObject([
        { device: UUID, detail: expect.stringMatching(/can be read: no permission/) },
      ]);
    });

    test.each([
      [{ init: 18 }, 'gpu', true],
      [{ init: 999 }, 'gpu', true],
      [{ 'count.status': 999 }, 'gpu', true],
      [{ count: 2, 'gpu1.status': 15 }, 'gpu-index-1', true],
      [{ 'gpu0.energy.status': 3 }, UUID, true],
      [{ init: 9 }, 'gpu', undefined],
      [{ count: 0 }, 'gpu', undefined],
      [{ count: 2, 'gpu1.status': 17 }, 'gpu-index-1', undefined],
    ] as const)('%j: %s is there without a meter: %s', (changes, device, isUnmetered) => {
      const { missing } = nvml.probe({ ...CARD, ...changes });
      expect(missing.map((one) => [one.device, one.isUnmetered])).toEqual([[device, isUnmetered]]);
    });

    test('a card whose only figure is a power of 0 is asked again, and believed when it has one', async () => {
      const dark = { ...cardWithout('gpu0.energy'), now_ms: 0, 'gpu0.power': 0 };
      const fake = nvml.start(dark);
      const clock = new ManualClock();
      const source = nvmlSource({ clock, library: fake.library });
      const prepared = source.prepare?.();
      await clock.advance(60);
      fake.set({ ...dark, 'gpu0.power': 200_000 });
      await clock.advance(60);
      await prepared;
      expect(source.probe()).toMatchObject({ found: [{ device: { id: UUID } }], missing: [] });
      source.close();
    });

    test('a power that stays 0 is no figure, and the reason says so', async () => {
      const fake = nvml.start({ ...cardWithout('gpu0.energy'), now_ms: 0, 'gpu0.power': 0 });
      const clock = new ManualClock();
      const source = nvmlSource({ clock, library: fake.library });
      const prepared = source.prepare?.();
      for (let i = 0; i < 4; i++) await clock.advance(60);
      await prepared;
      const { found, missing } = source.probe();
      expect(found).toEqual([]);
      expect(missing).toMatchObject([
        { device: UUID, isUnmetered: true, detail: expect.stringMatching(/power of 0 mW/) },
      ]);
      source.close();
    });

    test('a second reading of 0 is asked for again too, and told when it stays so', async () => {
      const dark = { ...CARD, now_ms: 0, 'gpu0.field186': 0 };
      const probeAfter = async (ms: number, milliwatts: number) => {
        const fake = nvml.start(dark);
        const clock = new ManualClock();
        const source = nvmlSource({ clock, library: fake.library });
        const prepared = source.prepare?.();
        await clock.advance(ms);
        fake.set({ ...dark, 'gpu0.field186': milliwatts });
        for (let i = 0; i < 4; i++) await clock.advance(60);
        await prepared;
        const [found] = source.probe().found;
        source.close();
        return found;
      };
      expect((await probeAfter(60, 200_000))?.check?.source).toBe('nvml field 186 (momentary power)');
      const stayed = await probeAfter(60, 0);
      expect(stayed?.check).toBeUndefined();
      expect(stayed?.detail).toMatch(/no second reading: it shows a power of 0 mW/);
    });

    test('an old driver lacks functions: the others still work', () => {
      const old = ['ENERGY', 'FIELDS', 'TEMPERATURE_V', 'EVENT_REASONS', 'PROCESSES_V3', 'MIG'];
      const { only, sample } = nvml.probe({ ...CARD, 'gpu0.power': 8_000 }, { without: old });
      expect(only).toMatchObject({ provenance: 'integrated', device: { product: 'NVIDIA H200' } });
      expect(sample()).toMatchObject([{ microwatts: 8_000_000n }]);
    });

    test('the first library that loads is taken', () => {
      const { library } = nvml.start(CARD);
      const loaded = loadNvml(['/nowhere/libnvidia-ml.so.1', library]);
      expect('binding' in loaded && loaded.binding.library).toBe(library);
    });
  });

  describe('a reading that fails', () => {
    test.each([
      [10, /in time/],
      [999, /unknown error/],
    ])('once (%i) is one failed reading, for its own channel', (status, reason) => {
      const both = { ...CARD, 'gpu0.field186': 250_000 };
      const { sample, at } = nvml.probe(both);
      at(20, { 'gpu0.field83.status': status });
      expect(sample()).toMatchObject([{ kind: 'failed', reason: expect.stringMatching(reason) }, { kind: 'power' }]);
      at(40, { 'gpu0.field186.status': status });
      expect(sample()).toMatchObject([
        { kind: 'energy' },
        { kind: 'failed', channel: 'check', reason: expect.stringMatching(reason) },
      ]);
      at(60);
      expect(sample().map(({ kind }) => kind)).toEqual(['energy', 'power']);
    });

    test('each entry has its own return code, and one device’s failure is not another’s', () => {
      const two = cards(2, (i) => ({ uuid: `GPU-${i}`, energy: 1, field186: 100_000 }));
      const { sample, at } = nvml.probe(two);
      at(20, { 'gpu1.field83.status': 999 });
      expect(sample().map(({ device, kind }) => [device, kind])).toEqual([
        ['GPU-0', 'energy'],
        ['GPU-0', 'power'],
        ['GPU-1', 'failed'],
        ['GPU-1', 'power'],
      ]);
    });

    test.each([
      ['0 mW', { 'gpu0.field186': 0 }],
      ['NOT_SUPPORTED', { 'gpu0.field186.status': 3 }],
    ])('%s now and then is no sample, and power is asked for less often from then on', (_, glitch) => {
      const { sample, at } = nvml.probe(POWER);
      const answersAt = (ms: number, changes = {}): boolean => {
        at(ms, changes);
        return sample().length > 0;
      };
      expect([0, 20, 40].map((ms) => answersAt(ms))).toEqual([true, true, true]);
      expect(answersAt(60, glitch)).toBe(false);
      expect([80, 100, 120, 140, 160, 180].map((ms) => answersAt(ms))).toEqual([
        false,
        false,
        true,
        false,
        false,
        true,
      ]);
      expect(answersAt(240, glitch)).toBe(false);
      expect([260, 320, 340, 360, 440].map((ms) => answersAt(ms))).toEqual([false, false, true, false, true]);
    });

    test('patience counts from the last answer', () => {
      const { sample, at } = nvml.probe(POWER);
      sample();
      at(5000);
      expect(sample()).toMatchObject([{ kind: 'power' }]);
      at(5100, { 'gpu0.field186': 0 });
      expect(sample()).toEqual([]);
    });

    test('a glitch that lasts is a failure, and so is a counter that falls silent', () => {
      const { sample, at } = nvml.probe(POWER);
      expect(sample()).toMatchObject([{ kind: 'power' }]);
      const kinds = [20, 500, 1000, 1600, 2400].map((ms) => {
        at(ms, { 'gpu0.field186': 0 });
        return sample().map(({ kind }) => kind);
      });
      expect(kinds).toEqual([[], [], ['failed'], ['failed'], ['failed']]);
      const counter = nvml.probe(CARD);
      counter.sample();
      counter.at(20, { 'gpu0.field83.status': 3 });
      expect(counter.sample()).toEqual([]);
      counter.at(1020, { 'gpu0.field83.status': 3 });
      expect(counter.sample()).toMatchObject([{ kind: 'failed', reason: expect.stringMatching(/not supported/) }]);
    });
  });

  describe.each([
    [15, /reboot/],
    [16, /nvidia-smi --gpu-reset/],
  ])('a lost GPU (%i)', (status, reason) => {
    test('is said to be lost, is asked once a second, and may come back', () => {
      const scenario = { ...CARD, 'gpu0.field186': 1_000, 'gpu0.field83.status': `0,${status}@100,0@1500` };
      const { sample, at } = nvml.probe(scenario);
      at(80);
      expect(sample()).toMatchObject([{ kind: 'energy' }, { kind: 'power' }]);
      at(100);
      const lost = { kind: 'failed', isLost: true, reason: expect.stringMatching(reason) };
      expect(sample()).toMatchObject([lost]);
      at(1000, { 'gpu0.field83.status': 0 });
      expect(sample()).toMatchObject([lost]);
      at(1100);
      expect(sample()).toMatchObject([lost]);
      at(2100);
      expect(sample()).toMatchObject([{ kind: 'energy' }, { kind: 'power' }]);
    });
  });

  test('return codes may depend on the number of calls', () => {
    const { sample } = nvml.probe({ ...CARD, 'gpu0.field83.status': '0,999@#2,0@#3' });
    expect([sample(), sample(), sample()].map(([reading]) => reading?.kind)).toEqual(['energy', 'failed', 'energy']);
  });
});
