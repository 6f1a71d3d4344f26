import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { chooseMeters } from '../../../../agent/meter/sources/acpi-meters.js';
import { acpiSource } from '../../../../agent/meter/sources/acpi-source.js';
import { ManualClock } from '../manual-clock.js';
import { foundIds, look, useSysfsTree } from './sysfs-tree.js';

const tree = useSysfsTree();

interface Meter {
  readonly label?: string;
  readonly microwatts?: string;
  readonly interval?: string;
  readonly isBattery?: boolean;
  /** Where the kernel has the files: older ones in the ACPI device. */
  readonly below?: '' | '/device';
}

function plant(meters: readonly Meter[]): void {
  for (const [
    i,
    { label, microwatts = '150000000', interval, isBattery = false, below = '/device' },
  ] of meters.entries()) {
    const folder = `class/hwmon/hwmon${i}${below}`;
    tree.write({ [`${folder}/name`]: 'power_meter', [`${folder}/power1_average`]: microwatts });
    tree.write({ [`${folder}/power1_is_battery`]: isBattery ? '1' : '0' });
    if (label !== undefined) tree.write({ [`${folder}/power1_oem_info`]: label });
    if (interval !== undefined) tree.write({ [`${folder}/power1_average_interval`]: interval });
  }
}

const open = (clock = new ManualClock()) => acpiSource({ clock, sysfsRoot: tree.root, cpuProduct: 'Test CPU' });
const named = (...labels: string[]) =>
  chooseMeters(labels.map((label) => ({ label, folder: label, isBattery: false })));

describe('a meter of the machine', () => {
  test.each(['', '/device'] as const)('is integrated over its own interval (files in hwmon%s)', (below) => {
    plant([{ label: 'Intel Node Manager', interval: '2000', below }]);
    tree.write({ 'class/hwmon/hwmon7/name': 'coretemp' });
    const source = open();
    expect(source.isFallback).toBe(true);
    expect(source.probe()).toMatchObject({
      found: [
        {
          device: { id: 'acpi-meter', product: 'Intel Node Manager' },
          part: 'machine',
          provenance: 'integrated',
          detail: expect.stringMatching(/averaged over 2000 ms/),
          traits: { reads: 'power', averagingNanoseconds: 2_000_000_000n, updateNanoseconds: 2_000_000_000n },
        },
      ],
      missing: [],
    });
    expect(look(source, foundIds(source))).toEqual([150_000_000n]);
  });

  test.each([undefined, '0', '4294967295', 'x'])('without a sensible interval (%s) has the usual one', (interval) => {
    plant([{ ...(interval !== undefined && { interval }) }]);
    expect(open().probe().found[0]?.traits.averagingNanoseconds).toBe(1_000_000_000n);
  });

  test('of a battery is none', () => {
    plant([{ isBattery: true }]);
    expect(open().probe()).toEqual({ found: [], missing: [], versions: {} });
  });

  test('that does not measure is named; later failures are no zeros', async () => {
    plant([{ microwatts: '4294967295000' }]);
    expect(open().probe()).toMatchObject({
      found: [],
      missing: [{ part: 'machine', detail: expect.stringMatching(/gives no power: the firmware/) }],
    });
    plant([{ microwatts: '90000000' }]);
    const clock = new ManualClock();
    const source = open(clock);
    const held = foundIds(source);
    look(source, held);
    plant([{ microwatts: '0' }]);
    await clock.advance(300);
    expect(look(source, held)).toEqual([expect.stringMatching(/power1_average gives no power now/)]);
  });

  test('beside another is ambiguous: none is used', () => {
    plant([{ label: 'PSU 1' }, {}]);
    expect(open().probe()).toMatchObject({
      found: [],
      missing: [
        { part: 'machine', detail: expect.stringMatching(/2 power meters \(PSU 1, without a name\).*wall meter/) },
      ],
    });
  });

  test('is asked four times in an interval, and at least four times a second', async () => {
    const looksIn2s = async (interval: string): Promise<number> => {
      plant([{ interval }]);
      const clock = new ManualClock();
      const source = open(clock);
      const held = foundIds(source);
      let looks = 0;
      for (let i = 0; i < 100; i++) {
        looks += source.sample(held, []).length;
        await clock.advance(20);
      }
      return looks;
    };
    expect(await looksIn2s('50')).toBe(100);
    expect(await looksIn2s('400')).toBe(20);
    expect(await looksIn2s('60000')).toBe(8);
  });
});

describe('Grace', () => {
  const uses = (...labels: string[]) => named(...labels).uses.map(({ name, part }) => `${name}: ${part}`);

  test('a socket’s total stands for its CPU and DRAM; its rails are in it', () => {
    expect(uses('Grace Power Socket 0', 'CPU Power Socket 0', 'SysIO Power Socket 0', 'Grace Power Socket 1')).toEqual([
      'cpu-package-0: cpu',
      'cpu-package-1: cpu',
    ]);
    expect(named('Grace Power Socket 0').uses).toMatchObject([{ includes: ['dram'] }]);
  });

  test('without the total the rails are summed', () => {
    expect(uses('CPU Power Socket 0', 'SysIO Power Socket 0')).toEqual([
      'cpu-package-0-cpu: cpu',
      'cpu-package-0-sysio: cpu',
    ]);
  });

  test('modules stand for the machine, unless a meter of the machine does', () => {
    expect(uses('Module Power Socket 0', 'Grace Power Socket 0')).toEqual(['module-0: machine', 'cpu-package-0: cpu']);
    expect(named('Module Power Socket 0').uses[0]?.marks).toEqual(['module-scope']);
    expect(uses('Module Power Socket 0', 'Grace Power Socket 0', 'Chassis')).toEqual([
      'cpu-package-0: cpu',
      'acpi-meter: machine',
    ]);
  });

  test('is a package by the kernel’s CPU name', () => {
    plant([{ label: 'Grace Power Socket 0', interval: '50' }]);
    expect(open().probe().found).toMatchObject([{ device: { kind: 'cpu-package', product: 'Test CPU' }, part: 'cpu' }]);
  });

  test('any labels: each part of the machine at most once', () => {
    const label = fc.oneof(
      fc.string({ maxLength: 10 }),
      fc
        .tuple(fc.constantFrom('Module', 'Grace', 'CPU', 'SysIO', 'grace'), fc.integer({ min: 0, max: 3 }))
        .map(([rail, socket]) => `${rail} Power Socket ${socket}`),
    );
    fc.assert(
      fc.property(fc.uniqueArray(label, { maxLength: 8, selector: (text) => text.toLowerCase() }), (labels) => {
        const chosen = named(...labels).uses;
        const names = chosen.map(({ name }) => name);
        expect(new Set(names).size).toBe(names.length);
        const machines = chosen.filter(({ part }) => part === 'machine');
        expect(machines.length <= 1 || machines.every(({ name }) => name.startsWith('module-'))).toBe(true);
      }),
    );
  });
});

test('any text in the files: nothing throws, nothing is negative', () => {
  const text = fc.oneof(fc.string({ maxLength: 24 }), fc.bigInt().map(String));
  fc.assert(
    fc.property(text, text, text, (label, microwatts, interval) => {
      plant([{ label, microwatts, interval }]);
      const source = open();
      const { found } = source.probe();
      expect(found.every(({ traits }) => traits.averagingNanoseconds > 0n)).toBe(true);
      expect(look(source, foundIds(source)).every((figure) => typeof figure === 'string' || figure > 0n)).toBe(true);
      source.close();
    }),
    { numRuns: 60 },
  );
});
