import { describe, expect, test } from 'vitest';

import { openSources, type SourceSettings } from '../../../../agent/meter/sources/open-sources.js';
import { perfSource } from '../../../../agent/meter/sources/perf-source.js';
import { powercapSource } from '../../../../agent/meter/sources/powercap-source.js';
import { ReadSources } from '../../../../agent/meter/sampling/read-sources.js';
import { ManualClock } from '../manual-clock.js';
import { useSysfsTree } from './sysfs-tree.js';

const tree = useSysfsTree();
const clock = new ManualClock();

const settings = (more: Partial<SourceSettings> = {}): SourceSettings => ({
  sysfsRoot: tree.root,
  procRoot: `${tree.root}/proc`,
  ...more,
});
const names = (more: Partial<SourceSettings> = {}): readonly string[] =>
  openSources(settings(more), clock).map(({ name }) => name);

const WALL = {
  reads: 'command',
  command: 'true',
  unit: 'W',
  periodMilliseconds: 1000,
  accuracy: { relative: 0.01, basis: 'made for this test' },
} as const;

test('the order of preference: cards, packages, the whole machine from the wall inwards, the model last', () => {
  expect(names({ wallMeter: WALL })).toEqual([
    'nvml',
    'amdgpu',
    'intel-gpu',
    'ina3221',
    'amdgpu',
    'powercap',
    'perf',
    'wall-meter',
    'acpi',
    'psys',
    'perf',
    'cpu-model',
  ]);
  expect(names()).not.toContain('wall-meter');
  expect(names({ simulate: { model: 'h100', id: 'SIM' as never } })).toEqual(['simulated']);
});

test('what stands behind another is a fallback', () => {
  const sources = openSources(settings({ wallMeter: WALL }), clock);
  const first = sources.filter(({ isFallback }) => isFallback !== true).map(({ name }) => name);
  expect(first).toEqual(['nvml', 'amdgpu', 'intel-gpu', 'powercap', 'wall-meter']);
});

describe('a machine with everything', () => {
  const plant = (): void => {
    tree.write({ 'proc/cpuinfo': 'processor : 0\nmodel name\t: Test CPU @ 2 GHz' });
    for (const [zone, name] of [
      ['intel-rapl:0', 'package-0'],
      ['intel-rapl:1', 'psys'],
    ] as const) {
      tree.write({ [`class/powercap/${zone}/name`]: name, [`class/powercap/${zone}/energy_uj`]: '12345' });
    }
    const acpi = 'class/hwmon/hwmon0';
    tree.write({ [`${acpi}/name`]: 'power_meter', [`${acpi}/power1_average`]: '200000000' });
    const intel = 'devices/pci/0000:03:00.0';
    tree.link('class/drm/card0/device', intel);
    tree.write({ [`${intel}/vendor`]: '0x8086', [`${intel}/device`]: '0x56a0' });
    tree.write({ [`${intel}/hwmon/hwmon1/name`]: 'xe', [`${intel}/hwmon/hwmon1/energy1_input`]: '5' });
    const jetson = 'bus/i2c/drivers/ina3221/1-0040/hwmon/hwmon2';
    tree.write({ [`${jetson}/in1_label`]: 'VDD_IN', [`${jetson}/in1_input`]: '5000', [`${jetson}/curr1_input`]: '9' });
  };

  /** NVIDIA's are left out: the machine that runs the test may have some. */
  const probe = () => {
    const all = openSources(settings(), clock).filter(({ name }) => name !== 'nvml');
    return new ReadSources(all, clock).probe();
  };

  test('reads each part once, by the best source', async () => {
    plant();
    const { found } = await probe();
    expect(found.map(({ device, part, source }) => [part, source, device.product])).toEqual([
      ['accelerator', 'intel-gpu', 'Intel GPU (8086:56a0)'],
      ['cpu', 'powercap', 'Test CPU @ 2 GHz'],
      ['machine', 'acpi', 'power meter'],
    ]);
  });

  test('takes the next best where one is missing', async () => {
    plant();
    tree.remove('devices/pci');
    tree.remove('class/hwmon');
    tree.remove('class/powercap/intel-rapl:0');
    const { found } = await probe();
    expect(found.map(({ part, source }) => [part, source])).toEqual([
      ['accelerator', 'ina3221'],
      ['machine', 'psys'],
    ]);
  });
});

test('a package that two sources see is read once', async () => {
  tree.write({ 'class/powercap/intel-rapl:0/name': 'package-0', 'class/powercap/intel-rapl:0/energy_uj': '12345' });
  const pmu = 'bus/event_source/devices/power';
  tree.write({ [`${pmu}/type`]: '23', [`${pmu}/cpumask`]: '0', [`${pmu}/events/energy-pkg`]: 'event=0x02' });
  tree.write({ [`${pmu}/events/energy-pkg.scale`]: '2.3283064365386962890625e-10' });
  tree.write({ 'devices/system/cpu/cpu0/topology/physical_package_id': '0' });
  const files = { ...settings(), clock, cpuProduct: 'Test CPU' };
  const openEvents = () => ({ open: () => ({ read: () => 99n, close: () => undefined }) });
  const sources = new ReadSources([powercapSource(files), perfSource({ ...files, openEvents })], clock);
  const { found } = await sources.probe();
  expect(found).toMatchObject([{ source: 'powercap', device: { id: 'cpu-package-0' } }]);
  const readings = sources.sample('counter', new Set(found.map(({ device }) => device.id)), []);
  expect(readings).toMatchObject([{ device: 'cpu-package-0', microjoules: 0n }]);
});
