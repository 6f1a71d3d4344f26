import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';

import { cCompiler, type NvmlScenario } from '../../../support/fake-nvml.js';
import { CARD, cards, NvmlFixture, UUID, type ProbeOptions } from './nvml-fixture.js';

const compiler = cCompiler();

describe.skipIf(compiler === undefined)('the state of a GPU', () => {
  const nvml = new NvmlFixture(compiler ?? '');
  const folders: string[] = [];
  afterAll(() => {
    nvml[Symbol.dispose]();
    for (const folder of folders) rmSync(folder, { recursive: true });
  });

  /** A `/proc` in which this process belongs to the given namespace. */
  const procIn = (namespace: string): string => {
    const folder = mkdtempSync(join(tmpdir(), 'ecopt-proc-'));
    folders.push(folder);
    mkdirSync(join(folder, 'self/ns'), { recursive: true });
    symlinkSync(namespace, join(folder, 'self/ns/pid'));
    return folder;
  };
  const HOST = procIn('pid:[4026531836]');
  const observe = (changes: NvmlScenario, options: ProbeOptions = {}) => {
    const [condition] = nvml.probe({ ...CARD, ...changes }, { procRoot: HOST, ...options }).observe();
    return condition;
  };

  test('is stamped and complete where the driver tells all', () => {
    const told = { 'gpu0.temperature': 41, 'gpu0.clock': 1980, 'gpu0.reasons': 0, 'gpu0.processes': 'none' };
    const { observe: look, at } = nvml.probe({ ...CARD, ...told }, { procRoot: HOST });
    const [first] = look();
    at(1000);
    expect(look()).toEqual([
      {
        device: UUID,
        atNanoseconds: (first?.atNanoseconds ?? 0n) + 1_000_000_000n,
        temperatureCelsius: 41,
        clockMegahertz: 1980,
        powerLimitWatts: 700,
        throttled: [],
        processes: [],
      },
    ]);
  });

  test('leaves out what the driver does not tell', () => {
    const state = observe({ 'gpu0.limit.status': 3 });
    expect(Object.keys(state ?? {}).sort()).toEqual(['atNanoseconds', 'device', 'processesUnknown']);
    expect(state?.processesUnknown).toMatch(/does not list the processes: not supported/);
  });

  test('is read with the older functions where the newer ones are missing or fail', () => {
    const told = { 'gpu0.temperature': 55, 'gpu0.reasons': 4, 'gpu0.processes': '7:1000' };
    const expected = { temperatureCelsius: 55, throttled: ['power-cap'], processes: [{ pid: 7, memoryBytes: 1000 }] };
    const without = ['TEMPERATURE_V', 'EVENT_REASONS', 'PROCESSES_V3'];
    expect(observe(told, { without })).toMatchObject(expected);
    expect(observe({ ...told, 'gpu0.temperature_v.status': 25 })).toMatchObject(expected);
  });

  test.each([
    ['0x0', []],
    ['0x1', []],
    ['0x102', []],
    ['0x4', ['power-cap']],
    ['0x8', ['hardware']],
    ['0x20', ['thermal']],
    ['0x48', ['thermal']],
    ['0x88', ['power-brake']],
    ['0xec', ['power-cap', 'thermal', 'power-brake']],
  ])('clock event reasons %s', (bits, reasons) => {
    expect(observe({ 'gpu0.reasons': bits })?.throttled).toEqual(reasons);
  });

  describe('processes', () => {
    test('are listed with their memory where it is known, one entry each', () => {
      expect(observe({ 'gpu0.processes': '100:5000 200 100:7000' })?.processes).toEqual([
        { pid: 100, memoryBytes: 12_000 },
        { pid: 200 },
      ]);
    });

    test.each([31, 32, 33, 90])('are all listed: %i of them', (count) => {
      const pids = Array.from({ length: count }, (_, i) => 1000 + i);
      const found = observe({ 'gpu0.processes': pids.join(' ') })?.processes;
      expect(found?.map(({ pid }) => pid)).toEqual(pids);
    });

    test('are told right by drivers that write longer entries', () => {
      const long = { 'gpu0.processes': '100:5000 200:6000 300:7000', 'gpu0.processes.stride': 32 };
      expect(observe(long)?.processes?.map(({ pid }) => pid)).toEqual([100, 200, 300]);
    });

    test('are unknown without permission', () => {
      const state = observe({ 'gpu0.processes': '1', 'gpu0.processes.status': 4 });
      expect(state).not.toHaveProperty('processes');
      expect(state?.processesUnknown).toMatch(/no permission/);
    });

    test('are unknown in a container, where the host’s numbers would be false strangers', () => {
      const state = observe({ 'gpu0.processes': '1' }, { procRoot: procIn('pid:[4026532201]') });
      expect(state).not.toHaveProperty('processes');
      expect(state?.processesUnknown).toMatch(/container.*--pid=host/);
    });

    test('are unknown where it cannot be told what the numbers mean', () => {
      const state = observe({ 'gpu0.processes': '1' }, { procRoot: '/nowhere' });
      expect(state?.processesUnknown).toMatch(/cannot be told.*\/nowhere\/self\/ns\/pid/);
    });
  });

  test('is that of the held devices alone', () => {
    const { source, found } = nvml.probe(cards(3, (i) => ({ uuid: `GPU-${i}`, energy: 1, temperature: 30 + i })));
    const second = found.flatMap(({ device }) => (device.id === 'GPU-1' ? [device.id] : []));
    expect(source.observe?.(new Set(second))).toMatchObject([{ device: 'GPU-1', temperatureCelsius: 31 }]);
  });
});
