import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { deviceId, type DeviceId } from '../../../../shared/domain/identity.js';
import type { EnergySource } from '../../../../agent/meter/energy-source.js';
import { explainRefusal, powercapSource, psysSource } from '../../../../agent/meter/sources/powercap-source.js';
import { ENERGY_FILE, ZONE_ID } from '../../../../agent/meter/sources/powercap-zones.js';
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
  return powercapSource(options());
}

const options = () => ({ clock, sysfsRoot: root, cpuProduct: 'Test CPU' });

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

  test('dies of one package whose mirrors lag by a tick are counted once; two sockets that are as close are two', () => {
    const pair = (first: string, second: string): readonly Zone[] => [
      { id: 'intel-rapl:0', name: first, energy: '5000000777' },
      { id: 'intel-rapl:1', name: second, energy: '5000090777' },
    ];
    expect(found(plant(pair('package-0-die-0', 'package-0-die-1')))).toEqual(['cpu-package-0-die-0']);
    expect(found(plant(pair('package-0', 'package-1')))).toHaveLength(2);
  });

  test('a counter that stands at 0 does not count: it is reported, never metered as 0 J', () => {
    const source = plant([PACKAGE, { id: 'intel-rapl:0:0', name: 'dram', energy: '0' }]);
    expect(found(source)).toEqual(['cpu-package-0']);
    expect(source.probe().missing).toMatchObject([
      { device: 'dram-package-0', detail: expect.stringMatching(/stands at 0: this processor does not count it/) },
    ]);
  });

  test('where there is only a part of the package, or only the platform, the package is missing and says what there is', () => {
    const source = plant([
      { id: 'intel-rapl:0', name: 'psys', energy: '99' },
      { id: 'intel-rapl:0:0', name: 'core', energy: '11' },
    ]);
    expect(found(source)).toEqual([]);
    expect(source.probe().missing[0]?.detail).toMatch(
      /there is only psys, core, which is a part of it or more than it/,
    );
  });

  test('the platform is a fallback for the whole machine, in its own unit, and never part of the sum', () => {
    plant([PACKAGE, { id: 'intel-rapl:1', name: 'psys', energy: '990000000', range: '4294967295000000' }]);
    const source = psysSource(options());
    const { found: platform, missing } = source.probe();
    expect(platform).toMatchObject([
      { part: 'machine', source: 'psys', provenance: 'counter', traits: { quantumMicrojoules: 1_000_000 } },
    ]);
    expect([source.isFallback, missing]).toEqual([true, []]);
    rmSync(folder('intel-rapl:1'), { recursive: true });
    expect(psysSource(options()).probe()).toMatchObject({ found: [], missing: [] });
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
      { device: 'cpu-package-1', detail: expect.stringMatching(/cannot be read \(ENOENT\)/) },
    ]);
  });

  test('mode 0400 is explained with the remedy', () => {
    const detail = explainRefusal({ path: '/sys/x', code: 'EACCES' });
    // Not to everybody, which the rule warns of.
    expect(detail).toMatch(/sudo chgrp "\$\(id -gn\)" (\/sys\/x\/energy_uj) && sudo chmod g\+r \1`/);
    const rule = /deploy\/\S+\.rules/.exec(detail)?.[0];
    expect(readFileSync(rule ?? '', 'utf8')).toMatch(/CVE-2020-8694/);
  });

  test.skipIf(process.getuid?.() !== 0)('where a group may read it, it says to join that group', () => {
    const file = join(folder('intel-rapl:0'), 'energy_uj');
    mkdirSync(folder('intel-rapl:0'), { recursive: true });
    writeFileSync(file, '0\n');
    chownSync(file, 0, 54321);
    chmodSync(file, 0o440);
    const detail = explainRefusal({ path: folder('intel-rapl:0'), code: 'EACCES' });
    expect(detail).toMatch(/usermod --append --groups "\$\(getent group 54321 /);
    expect(detail).not.toContain('chmod');
  });

  test('the udev rule opens the file that is read, for every kind of zone', () => {
    const lines = readFileSync('deploy/udev/60-ecopt-powercap.rules', 'utf8').split('\n');
    const rules = lines.filter((line) => line !== '' && !line.startsWith('#'));
    expect(rules).toHaveLength(1);
    const [rule = ''] = rules;
    expect([...rule.matchAll(/\/sys%p\/(\w+)/g)].map(([, file]) => file)).toEqual(Array(3).fill(ENERGY_FILE));
    expect(rule).toMatch(/SUBSYSTEM=="powercap".*RUN\+="\/bin\/chgrp ecopt .*RUN\+="\/bin\/chmod g\+r /);
    const glob = /KERNEL=="([^"]+)"/.exec(rule)?.[1] ?? '';
    const pattern = new RegExp(`^${glob.replaceAll('*', '.*')}$`);
    const ids = ['intel-rapl:0', 'intel-rapl:a', 'intel-rapl:1:2', 'intel-rapl-mmio:0', 'intel-rapl', 'dtpm:0'];
    expect(ids.filter((id) => pattern.test(id))).toEqual(ids.filter((id) => ZONE_ID.test(id)));
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

  test.each(['abc', '-5', '1'.repeat(32), ''])('a counter that shows %j at the first look is not offered', (energy) => {
    const { found: zones, missing } = plant([{ ...PACKAGE, energy }]).probe();
    expect(zones).toEqual([]);
    expect(missing).toMatchObject([
      { device: 'cpu-package-0', detail: expect.stringMatching(/energy_uj cannot be read \(it holds no number\)/) },
      { device: 'dram' },
    ]);
  });

  test('a folder in place of the counter is not offered either', () => {
    const source = plant([PACKAGE]);
    refuse('intel-rapl:0');
    const { found: zones, missing } = source.probe();
    expect(zones).toEqual([]);
    expect(missing[0]?.detail).toMatch(/energy_uj cannot be read \(EISDIR\)/);
  });

  test('garbage is no number', () => {
    const source = plant([PACKAGE]);
    const held = all(source);
    for (const text of ['-5', '1e3', '0x10', 'nan', '12 34', '1'.repeat(21), '18446744073709551616']) {
      setEnergy('intel-rapl:0', text);
      expect(microjoules(source, held)).toEqual(['failed']);
    }
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
    // The unit is 65 532 610 987 / (2^32 - 1) = 15.26 microjoules: from the highest value to 0 is one unit.
    expect(await next('5000')).toMatchObject({ microjoules: 10_987n + 15n + 5000n, flag: 'wrap' });
    expect(await next('6000')).toMatchObject({ microjoules: 17_002n });
  });

  test('from the highest value to 0 is one unit', async () => {
    expect(await watch(range)('0')).toMatchObject({ microjoules: 15n, flag: 'wrap' });
    expect(await watch('262143328850', '262143328850')('0')).toMatchObject({ microjoules: 61n, flag: 'wrap' });
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
