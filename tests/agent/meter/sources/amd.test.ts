import { describe, expect, test } from 'vitest';

import { deviceId } from '../../../../shared/domain/identity.js';
import type { EnergySource } from '../../../../agent/meter/energy-source.js';
import { amdIntegratedSource, amdSource } from '../../../../agent/meter/sources/amd-source.js';
import { ManualClock } from '../manual-clock.js';
import { gpuMetricsTable, metricsWithJoules } from './gpu-metrics-table.js';
import { foundIds, look, useSysfsTree } from './sysfs-tree.js';

const tree = useSysfsTree();
const ADDRESS = '0000:c1:00.0';
const DEVICE = deviceId(ADDRESS);
const HELD = new Set([DEVICE]);

interface Card {
  readonly address?: string;
  readonly index?: number;
  readonly model?: string;
  readonly joules?: number;
  /** Files of hwmon. */
  readonly hwmon?: Readonly<Record<string, string>>;
}

const folderOf = (address: string): string => `devices/pci/${address}`;

function plant({ address = ADDRESS, index = 0, model = '74a1', joules, hwmon }: Card): void {
  const folder = folderOf(address);
  tree.link(`class/drm/card${index}/device`, folder);
  tree.write({ [`${folder}/vendor`]: '0x1002', [`${folder}/device`]: `0x${model}` });
  tree.write({ [`class/drm/card${index}-DP-1/status`]: 'connected' });
  if (joules !== undefined) setJoules(joules, address);
  if (hwmon === undefined) return;
  tree.write({ [`${folder}/hwmon/hwmon${index + 3}/name`]: 'amdgpu' });
  for (const [file, text] of Object.entries(hwmon)) {
    tree.write({ [`${folder}/hwmon/hwmon${index + 3}/${file}`]: text });
  }
}

const setJoules = (joules: number, address = ADDRESS): void =>
  tree.write({ [`${folderOf(address)}/gpu_metrics`]: metricsWithJoules(joules) });
const setPower = (watts: number): void =>
  tree.write({ [`${folderOf(ADDRESS)}/hwmon/hwmon3/power1_average`]: String(watts * 1e6) });

/** Opens the source while the counter moves by `joules` in half a second. */
async function watched(joules: number, kind = amdSource) {
  const clock = new ManualClock();
  const source = kind({ clock, sysfsRoot: tree.root, procRoot: `${tree.root}/proc` });
  const prepared = source.prepare?.();
  setJoules(1000 + joules);
  await clock.advance(500);
  await prepared;
  const next = async (watts: number, total: number, milliseconds = 20) => {
    await clock.advance(milliseconds);
    setPower(watts);
    setJoules(total);
    return source.sample(HELD, []);
  };
  return { clock, source, next };
}

const POWER = { power1_average: '100000000', power1_cap: '300000000', temp1_input: '45000', freq1_input: '1700000000' };

describe('a counter that follows the power', () => {
  test('is used, with the power as its second reading', async () => {
    plant({ joules: 1000, hwmon: POWER });
    tree.write({ [`${folderOf(ADDRESS)}/unique_id`]: 'a1b2c3d4e5f60718' });
    tree.write({ [`${folderOf(ADDRESS)}/product_name`]: 'AMD Instinct MI300X' });
    const { source, next } = await watched(50);
    expect(source.probe().found).toMatchObject([
      {
        device: { id: ADDRESS, kind: 'gpu', product: 'AMD Instinct MI300X', powerLimitWatts: 300 },
        part: 'accelerator',
        provenance: 'counter',
        aliases: ['GPU-a1b2c3d4e5f60718'],
        check: { source: 'power1_average', traits: { reads: 'power' } },
      },
    ]);
    await next(100, 1050);
    expect(await next(120, 1052.5)).toMatchObject([
      { kind: 'energy', device: ADDRESS, microjoules: 2_500_000n },
      { kind: 'power', device: ADDRESS, microwatts: 120_000_000n, channel: 'check' },
    ]);
  });

  test('that goes back later leaves what was spent unknown', async () => {
    plant({ joules: 1000, hwmon: POWER });
    const { source, next } = await watched(50);
    source.probe();
    await next(100, 200_000);
    expect((await next(100, 10))[0]).toMatchObject({ kind: 'energy', flag: 'discontinuity', microjoules: 0n });
    expect((await next(100, 12))[0]).toMatchObject({ kind: 'energy', microjoules: 2_000_000n });
  });

  test('that wraps at 32 bits is followed', async () => {
    plant({ joules: 1000, hwmon: POWER });
    const { source, next } = await watched(50);
    source.probe();
    await next(100, 65_535);
    expect((await next(100, 1))[0]).toMatchObject({ kind: 'energy', flag: 'wrap', microjoules: 2_000_000n });
  });

  test('that freezes later fails instead of counting nothing, and recovers', async () => {
    plant({ joules: 1000, hwmon: POWER });
    const { source, next } = await watched(50);
    source.probe();
    await next(100, 1050);
    expect((await next(100, 1050, 900))[0]).toMatchObject({ kind: 'energy' });
    expect((await next(100, 1050, 200))[0]).toMatchObject({
      kind: 'failed',
      reason: expect.stringMatching(/stands still while/),
    });
    expect((await next(100, 1170))[0]).toMatchObject({ kind: 'energy', microjoules: 120_000_000n });
  });

  test('a card that is off may stand still', async () => {
    plant({ joules: 1000, hwmon: POWER });
    const { source, next } = await watched(50);
    source.probe();
    await next(0, 1050);
    expect((await next(0, 1050, 5000)).map(({ kind }) => kind)).toEqual(['energy', 'failed']);
  });
});

describe('a counter that cannot be trusted gives way to the power, with the reason', () => {
  test.each([
    ['frozen', 0, /stands still; integrates power1_average/],
    ['backward', -5, /went back; integrates/],
    ['in another unit', 5000, /10000 W, more than any card draws; integrates/],
    ['too slow', 5, /shows 10\.0 W where its power is 100\.0 W; integrates/],
    ['too fast', 250, /shows 500\.0 W where its power is 100\.0 W; integrates/],
  ])('%s', async (_, joules, reason) => {
    plant({ joules: 1000, hwmon: POWER });
    const { source, next } = await watched(joules);
    expect(source.probe().found).toMatchObject([{ provenance: 'integrated', detail: expect.stringMatching(reason) }]);
    expect(source.probe().found[0]?.check).toBeUndefined();
    expect(await next(130, 1)).toMatchObject([{ kind: 'power', microwatts: 130_000_000n }]);
  });

  test('a counter that nobody watched is not trusted', () => {
    plant({ joules: 1000, hwmon: POWER });
    const source = amdSource({ clock: new ManualClock(), sysfsRoot: tree.root, procRoot: tree.root });
    expect(source.probe().found).toMatchObject([
      { provenance: 'integrated', detail: expect.stringMatching(/not been watched long enough/) },
    ]);
  });

  test('a table without a counter', () => {
    plant({ hwmon: { ...POWER, power1_input: '90000000' } });
    const table = gpuMetricsTable({ version: '1.3', size: 120, fields: [] });
    tree.write({ [`${folderOf(ADDRESS)}/gpu_metrics`]: table });
    const source = open();
    expect(source.probe().found).toMatchObject([
      { detail: expect.stringMatching(/the driver gives no energy counter; integrates power1_input/) },
    ]);
    expect(look(source, HELD)).toEqual([90_000_000n]);
  });
});

const open = (kind = amdSource): EnergySource =>
  kind({ clock: new ManualClock(), sysfsRoot: tree.root, procRoot: `${tree.root}/proc` });

test('0 W is no figure', () => {
  plant({ hwmon: POWER });
  const source = open();
  source.probe();
  setPower(0);
  expect(look(source, HELD)).toEqual(['the card gives no power now']);
});

test('a card that tells nothing is named with the reason', () => {
  plant({});
  expect(open().probe()).toMatchObject({
    found: [],
    missing: [
      { device: ADDRESS, available: false, detail: expect.stringMatching(/no energy counter, and it tells no power/) },
    ],
  });
});

test('cards of other vendors, and two-digit numbers', () => {
  plant({ index: 10, hwmon: POWER });
  plant({ address: '0000:41:00.0', index: 2, hwmon: POWER });
  tree.link('class/drm/card1/device', folderOf('0000:01:00.0'));
  tree.write({ [`${folderOf('0000:01:00.0')}/vendor`]: '0x10de' });
  expect([...foundIds(open())]).toEqual(['0000:41:00.0', ADDRESS]);
});

test('of a package with two dies the first stands for both', async () => {
  plant({ joules: 1000, model: '740c', hwmon: POWER });
  plant({ address: '0000:c6:00.0', index: 1, model: '740c', joules: 0, hwmon: { power1_average: '0' } });
  const { source } = await watched(50);
  const { found, missing } = source.probe();
  expect(found).toMatchObject([
    { device: { id: ADDRESS }, marks: ['module-scope'], detail: expect.stringMatching(/both dies/) },
  ]);
  expect(missing).toMatchObject([{ device: '0000:c6:00.0', detail: expect.stringMatching(/second die/) }]);
});

test('a package of CPU, GPU and memory is one figure, and says so', () => {
  plant({ model: '74a0', hwmon: POWER });
  expect(open().probe().found).toMatchObject([
    { marks: ['module-scope'], includes: ['cpu', 'dram'], detail: expect.stringMatching(/with its CPU and memory/) },
  ]);
});

describe('graphics within a processor', () => {
  const plantApu = (table: Buffer): void => {
    plant({ hwmon: { power1_input: '15000000' } });
    tree.write({ [`${folderOf(ADDRESS)}/gpu_metrics`]: table });
  };

  test('with a power of its own is a fallback source, whose 0 W is a figure', () => {
    const table = (milliwatts: bigint) =>
      gpuMetricsTable({ version: '3.0', size: 264, fields: [{ at: 124, bits: 32, value: milliwatts }] });
    plantApu(table(8000n));
    expect(open().probe()).toMatchObject({ found: [], missing: [] });
    const source = open(amdIntegratedSource);
    expect(source.isFallback).toBe(true);
    expect(source.probe().found).toMatchObject([
      { provenance: 'integrated', detail: expect.stringMatching(/its own power/) },
    ]);
    expect(look(source, HELD)).toEqual([8_000_000n]);
    tree.write({ [`${folderOf(ADDRESS)}/gpu_metrics`]: table(0n) });
    expect(look(source, HELD)).toEqual([0n]);
  });

  test('without is no accelerator: the figure would be the processor’s', () => {
    plantApu(gpuMetricsTable({ version: '2.1', size: 120, fields: [] }));
    expect(open(amdIntegratedSource).probe()).toMatchObject({
      found: [],
      missing: [{ detail: expect.stringMatching(/only the power of both together/) }],
    });
    tree.remove(`${folderOf(ADDRESS)}/gpu_metrics`);
    expect([...foundIds(open()), ...foundIds(open(amdIntegratedSource))]).toEqual([]);
  });
});

describe('the state of a card', () => {
  const observed = () => {
    const source = open();
    source.probe();
    return source.observe?.(HELD)[0];
  };

  test('temperature, limit, clock, throttling', () => {
    plant({ joules: 5, hwmon: POWER });
    expect(observed()).toMatchObject({
      device: ADDRESS,
      temperatureCelsius: 45,
      powerLimitWatts: 300,
      clockMegahertz: 1700,
      throttled: [],
      processesUnknown: expect.stringMatching(/amdkfd/),
    });
  });

  test('who computes on it, by the memory that they hold there', () => {
    plant({ hwmon: POWER });
    const nodes = 'class/kfd/kfd/topology/nodes';
    tree.write({ [`${nodes}/0/gpu_id`]: '0', [`${nodes}/0/properties`]: 'cpu_cores_count 64' });
    tree.write({ [`${nodes}/1/gpu_id`]: '51234', [`${nodes}/1/properties`]: 'location_id 49408\ndomain 0' });
    tree.write({ 'class/kfd/kfd/proc/77/vram_51234': '4096', 'class/kfd/kfd/proc/88/vram_51234': '0' });
    tree.write({ 'class/kfd/kfd/proc/99/vram_1': '4096' });
    for (const pid of [77, 88, 99]) tree.write({ [`proc/${pid}/stat`]: '' });
    expect(observed()?.processes).toEqual([{ pid: 77, memoryBytes: 4096 }]);
  });

  test('processes that are not seen from here accuse nobody', () => {
    plant({ hwmon: POWER });
    tree.write({ 'class/kfd/kfd/proc/77/vram_51234': '4096' });
    expect(observed()).toMatchObject({ processesUnknown: expect.stringMatching(/not seen from here/) });
    expect(observed()?.processes).toBeUndefined();
  });
});
