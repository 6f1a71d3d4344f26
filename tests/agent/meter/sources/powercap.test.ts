import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { deviceId, type DeviceId } from '../../../../shared/domain/identity.js';
import type { EnergySource } from '../../../../agent/meter/energy-source.js';
import { explainRefusal, powercapSource } from '../../../../agent/meter/sources/powercap-source.js';
import { ManualClock } from '../manual-clock.js';

interface Zone {
  readonly id: string;
  readonly name: string;
  readonly energy: string;
  readonly range?: string;
}

let root = '';
let clock = new ManualClock();
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ecopt-sysfs-'));
  clock = new ManualClock();
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const folder = (id: string): string => join(root, 'class/powercap', id);
const setEnergy = (id: string, energy: string): void => writeFileSync(join(folder(id), 'energy_uj'), `${energy}\n`);

/** As the kernel lays it out: every zone in the class folder, and sub-zones again inside their package. */
function plant(zones: readonly Zone[]): EnergySource {
  for (const { id, name, energy, range = '262143328850' } of zones) {
    mkdirSync(folder(id), { recursive: true });
    writeFileSync(join(folder(id), 'name'), `${name}\n`);
    writeFileSync(join(folder(id), 'max_energy_range_uj'), `${range}\n`);
    setEnergy(id, energy);
    const [driver, parent, child] = id.split(':');
    if (child !== undefined) symlinkSync(folder(id), join(folder(`${driver}:${parent}`), id));
  }
  return powercapSource({ clock, sysfsRoot: root, cpuProduct: 'Test CPU' });
}

const PACKAGE: Zone = { id: 'intel-rapl:0', name: 'package-0', energy: '1000' };
const found = (source: EnergySource): readonly string[] => source.probe().found.map(({ device }) => device.id);
const all = (source: EnergySource): Set<DeviceId> => new Set(source.probe().found.map(({ device }) => device.id));
const microjoules = (source: EnergySource, held: ReadonlySet<DeviceId>): readonly (bigint | string)[] =>
  source.sample(held, []).map((reading) => (reading.kind === 'energy' ? reading.microjoules : reading.kind));

describe('which zones are summed', () => {
  test('packages and DRAM of two sockets; not core, uncore, psys or the mmio twin', () => {
    const source = plant([
      PACKAGE,
      { id: 'intel-rapl:0:0', name: 'core', energy: '11' },
      { id: 'intel-rapl:0:1', name: 'uncore', energy: '12' },
      { id: 'intel-rapl:0:2', name: 'dram', energy: '13' },
      { id: 'intel-rapl:1', name: 'package-1', energy: '2000' },
      { id: 'intel-rapl:1:0', name: 'dram', energy: '23' },
      { id: 'intel-rapl:2', name: 'psys', energy: '99' },
      { id: 'intel-rapl-mmio:0', name: 'package-0', energy: '1003' },
    ]);
    expect(found(source)).toEqual(['cpu-package-0', 'dram-package-0', 'cpu-package-1', 'dram-package-1']);
    expect(source.probe().found.map(({ part, provenance }) => [part, provenance])).toContainEqual(['dram', 'counter']);
  });

  test('zone ids are hexadecimal, and packages beyond the tenth count', () => {
    const zones = Array.from({ length: 12 }, (_, i): Zone => ({
      id: `intel-rapl:${i.toString(16)}`,
      name: `package-${i}`,
      energy: String(1000 * (i + 1)),
    }));
    expect(found(plant(zones))).toHaveLength(12);
  });

  test('the mmio twin is used where it is all there is', () => {
    expect(found(plant([{ ...PACKAGE, id: 'intel-rapl-mmio:0' }]))).toEqual(['cpu-package-0']);
  });

  test('dies that mirror one counter are counted once, and the report says so', () => {
    const dies = [0, 1, 2, 3].map((die): Zone => ({
      id: `intel-rapl:${die}`,
      name: `package-0-die-${die}`,
      energy: '777',
    }));
    const source = plant(dies);
    expect(found(source)).toEqual(['cpu-package-0-die-0']);
    expect(source.probe().found[0]?.detail).toMatch(/package-0-die-3 left out/);
  });

  test('counters that stand at 0 are no mirror', () => {
    const dies = [0, 1].map((die): Zone => ({ id: `intel-rapl:${die}`, name: `package-${die}`, energy: '0' }));
    expect(found(plant(dies))).toHaveLength(2);
  });

  test('two zones of one name stay two', () => {
    const source = plant([PACKAGE, { ...PACKAGE, id: 'intel-rapl:1', energy: '5' }]);
    expect(found(source)).toEqual(['cpu-package-0', 'cpu-package-0-2']);
  });

  test('a machine without RAPL is told why for both parts', () => {
    const { found: none, missing } = plant([]).probe();
    expect(none).toEqual([]);
    expect(missing.map(({ part, available }) => [part, available])).toEqual([
      ['cpu', false],
      ['dram', false],
    ]);
  });
});

describe('files that cannot be read', () => {
  /** Root reads everything: a folder in place of the file refuses everyone. */
  const refuse = (id: string): void => {
    rmSync(join(folder(id), 'energy_uj'));
    mkdirSync(join(folder(id), 'energy_uj'));
  };

  test('one refused package withdraws all: part of a sum is not offered as the sum', () => {
    const source = plant([
      PACKAGE,
      { id: 'intel-rapl:0:0', name: 'dram', energy: '5' },
      { id: 'intel-rapl:1', name: 'package-1', energy: '7' },
    ]);
    rmSync(join(folder('intel-rapl:1'), 'energy_uj'));
    const { found: rest, missing } = source.probe();
    expect(rest.map(({ device }) => device.id)).toEqual(['dram-package-0']);
    expect(missing).toMatchObject([
      { device: 'cpu-package-1', detail: expect.stringMatching(/cannot be opened \(ENOENT\)/) },
    ]);
  });

  test('mode 0400 is explained with the remedy', () => {
    expect(explainRefusal({ path: '/sys/x', code: 'EACCES' })).toMatch(/sudo chmod a\+r \/sys\/x\/energy_uj/);
  });

  test('a read that fails gives no reading, and the next one continues from the last good value', () => {
    const source = plant([PACKAGE]);
    const held = all(source);
    expect(microjoules(source, held)).toEqual([0n]);
    setEnergy('intel-rapl:0', '');
    expect(microjoules(source, held)).toEqual(['failed']);
    setEnergy('intel-rapl:0', '1600');
    expect(microjoules(source, held)).toEqual([600n]);
  });

  test('a read error at the first look keeps the zone', () => {
    const source = plant([PACKAGE]);
    refuse('intel-rapl:0');
    const held = all(source);
    expect(microjoules(source, held)).toEqual(['failed']);
  });
});

describe('wraps', () => {
  const range = '65532610987';
  const watch = (energy: string, zoneRange = range) => {
    const source = plant([{ ...PACKAGE, energy, range: zoneRange }]);
    const held = all(source);
    source.sample(held, []);
    const next = async (value: string, milliseconds = 20) => {
      await clock.advance(milliseconds);
      setEnergy('intel-rapl:0', value);
      return source.sample(held, [])[0];
    };
    return next;
  };

  test('a wrap is undone with the range of the file', async () => {
    const next = watch('65532600000');
    expect(await next('5000')).toMatchObject({ microjoules: 15_987n, flag: 'wrap' });
    expect(await next('6000')).toMatchObject({ microjoules: 16_987n });
  });

  test('a value exactly at the range wraps to 0 without a step', async () => {
    expect(await watch(range)('0')).toMatchObject({ microjoules: 0n, flag: 'wrap' });
  });

  test('a step back that no power could explain is a restart, not 65 kJ', async () => {
    expect(await watch('1000000000')('10')).toMatchObject({ microjoules: 0n, flag: 'discontinuity' });
  });

  test('a pause in which the counter may have gone round more than once is unknown', async () => {
    expect(await watch('1000')('2000', 60_000)).toMatchObject({ microjoules: 0n, flag: 'discontinuity' });
  });

  test('without a readable range a step back is unknown', async () => {
    expect(await watch('65532600000', 'nonsense')('5000')).toMatchObject({ microjoules: 0n, flag: 'discontinuity' });
  });
});

test('only held zones are read', () => {
  const source = plant([PACKAGE]);
  source.probe();
  expect(source.sample(new Set([deviceId('other')]), [])).toEqual([]);
});
