import { afterAll, describe, expect, test } from 'vitest';

import { cCompiler, type NvmlScenario } from '../../../support/fake-nvml.js';
import { CARD, cards, cardWithout, NvmlFixture, UUID } from './nvml-fixture.js';

const compiler = cCompiler();

describe.skipIf(compiler === undefined)('what NVML figures are about', () => {
  const nvml = new NvmlFixture(compiler ?? '');
  afterAll(() => nvml[Symbol.dispose]());

  describe('a module of GPU, CPU and memory', () => {
    const HOPPER: NvmlScenario = { ...CARD, 'gpu0.name': 'NVIDIA GH200 480GB', 'gpu0.architecture': 9 };
    const MODULE = { marks: ['module-scope'], includes: ['cpu', 'dram'] };

    test('where only the module’s power answers, the counter is the module’s too', () => {
      const { only, sample } = nvml.probe({ ...HOPPER, 'gpu0.field186.status': 3, 'gpu0.field186@1': 600_000 });
      expect(only).toMatchObject({ ...MODULE, provenance: 'counter' });
      expect(only.detail).toMatch(/of the whole module, with its CPU and memory/);
      expect(sample()).toMatchObject([
        { kind: 'energy', microjoules: 5_000_000n },
        { kind: 'power', channel: 'check', microwatts: 600_000_000n },
      ]);
    });

    test('so it is where both powers answer, and the module’s is the one that checks it', () => {
      const { only, sample } = nvml.probe({ ...HOPPER, 'gpu0.field186': 400_000, 'gpu0.field186@1': 600_000 });
      expect(only).toMatchObject(MODULE);
      expect(sample()).toMatchObject([{ kind: 'energy' }, { microwatts: 600_000_000n }]);
    });

    test('its own counter comes before the driver’s', () => {
      const { only, sample } = nvml.probe({ ...HOPPER, 'gpu0.field191.status': 3, 'gpu0.field191@1': 6_000 });
      expect(only).toMatchObject(MODULE);
      expect(sample()).toMatchObject([{ microjoules: 6_000_000n }]);
    });

    test('a counter of the GPU alone, told apart from the module’s, is the GPU’s', () => {
      const apart = { 'gpu0.field191': 5_000_000, 'gpu0.field191@1': 8_000_000 };
      const power = { 'gpu0.field186': 400_000, 'gpu0.field186@1': 600_000 };
      const { only, sample } = nvml.probe({ ...HOPPER, ...apart, ...power });
      expect(only).not.toHaveProperty('marks');
      expect(only).not.toHaveProperty('includes');
      expect(sample()).toMatchObject([{ microjoules: 5_000_000_000n }, { microwatts: 400_000_000n }]);
    });

    test('one counter under both names, an update apart, is the module’s', () => {
      const same = { 'gpu0.field191': 5_000_000, 'gpu0.field191@1': 5_060_000 };
      expect(nvml.probe({ ...HOPPER, ...same }).only).toMatchObject(MODULE);
    });

    test('without a counter, the GPU’s power is better than the module’s', () => {
      const power = { ...cardWithout('gpu0.energy'), 'gpu0.field185@1': 600_000 };
      expect(nvml.probe(power).only).toMatchObject({ ...MODULE, provenance: 'integrated' });
      const both = nvml.probe({ ...power, 'gpu0.field186': 400_000 });
      expect(both.only).not.toHaveProperty('marks');
      expect(both.sample()).toMatchObject([{ microwatts: 400_000_000n }]);
    });
  });

  describe('modules with several GPUs', () => {
    /** Two modules of two GPUs. */
    const grace = (changes: NvmlScenario = {}): NvmlScenario => ({
      ...cards(4, (i) => ({
        uuid: `GPU-${i}`,
        energy: i < 2 ? 7_000_000 + i * 50_000 : 9_000_000,
        field186: 500_000 + i,
        'field186@1': 1_300_000,
      })),
      ...changes,
    });

    test('are not charged once for each GPU: each GPU’s own power is read', () => {
      const { found, sample } = nvml.probe(grace());
      expect(found.map(({ marks, provenance }) => [marks, provenance])).toEqual(
        Array.from({ length: 4 }, () => [undefined, 'integrated']),
      );
      expect(found[0]?.detail).toMatch(/counter is of a module that other GPUs share; integrates field 186/);
      expect(sample().map((reading) => reading.kind === 'power' && reading.microwatts)).toEqual(
        [0n, 1n, 2n, 3n].map((i) => (500_000n + i) * 1000n),
      );
    });

    test('without power of its own such a GPU is missing; one with a counter of its own keeps it', () => {
      const { found, missing } = nvml.probe(grace({ 'gpu0.field186.status': 3, 'gpu3.energy': 20_000_000 }));
      expect(missing).toMatchObject([
        { device: 'GPU-0', detail: expect.stringMatching(/module that other GPUs share/) },
      ]);
      expect(found.map(({ provenance }) => provenance)).toEqual(['integrated', 'counter', 'counter']);
    });
  });

  describe('MIG', () => {
    const mig = (...slots: readonly number[]): NvmlScenario => ({
      ...CARD,
      'gpu0.mig': 1,
      'gpu0.mig.max': 7,
      ...Object.fromEntries(slots.map((slot) => [`gpu0.mig.${slot}.uuid`, `MIG-${slot}`])),
    });

    test.each([
      [[], 'no instances'],
      [[6], '1 instance: MIG-6'],
      [[0, 2, 5], '3 instances: MIG-0, MIG-2, MIG-5'],
      [[0, 1, 2, 3, 4, 5, 6], '7 instances: MIG-0,'],
    ])('the whole GPU is metered once, and its instances are listed: %j', (slots, said) => {
      const { only, sample } = nvml.probe(mig(...slots));
      expect(only.marks).toEqual(['mig-parent']);
      expect(only.detail).toContain(`figures are of the whole GPU; ${said}`);
      expect(only.aliases.filter((alias) => alias.startsWith('MIG-'))).toEqual(slots.map((slot) => `MIG-${slot}`));
      expect(sample()).toHaveLength(1);
    });

    test.each([
      ['off', { 'gpu0.mig': 0, 'gpu0.mig.max': 7, 'gpu0.mig.0.uuid': 'MIG-0' }, []],
      ['unknown to the card', {}, []],
      ['unknown to the driver', { 'gpu0.mig': 1 }, ['MIG']],
    ])('is not mentioned where it is %s', (_, changes, without) => {
      const { only } = nvml.probe({ ...CARD, ...changes }, { without });
      expect(only).not.toHaveProperty('marks');
      expect(only.detail).not.toMatch(/MIG/);
    });
  });

  describe('virtual GPUs', () => {
    test('a guest that can read something says that its host decides what', () => {
      const { only } = nvml.probe({ ...CARD, 'gpu0.virtualization': 2 });
      expect(only.marks).toEqual(['vgpu']);
      expect(only.detail).toMatch(/virtual GPU: its host decides/);
    });

    test('a guest that can read nothing is missing, with a remedy', () => {
      const { found, missing } = nvml.probe({ ...cardWithout('gpu0.energy'), 'gpu0.virtualization': 2 });
      expect(found).toEqual([]);
      expect(missing).toMatchObject([{ device: UUID, detail: expect.stringMatching(/Meter on the host/) }]);
    });

    test.each([
      [3, ['vgpu']],
      [4, ['vgpu']],
      [1, undefined],
      [0, undefined],
    ])('mode %i', (mode, marks) => {
      expect(nvml.probe({ ...CARD, 'gpu0.virtualization': mode }).only.marks).toEqual(marks);
    });
  });
});
