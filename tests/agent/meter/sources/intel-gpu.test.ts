import { expect, test } from 'vitest';

import { intelGpuSource } from '../../../../agent/meter/sources/intel-gpu-source.js';
import { ManualClock } from '../manual-clock.js';
import { foundIds, look, useSysfsTree } from './sysfs-tree.js';

const tree = useSysfsTree();
const ADDRESS = '0000:03:00.0';
const FOLDER = `devices/pci/${ADDRESS}`;

function plant(hwmons: Readonly<Record<string, Readonly<Record<string, string>>>>, address = ADDRESS, index = 0): void {
  const folder = `devices/pci/${address}`;
  tree.link(`class/drm/card${index}/device`, folder);
  tree.write({ [`${folder}/vendor`]: '0x8086', [`${folder}/device`]: '0x56a0' });
  for (const [hwmon, files] of Object.entries(hwmons)) {
    for (const [file, text] of Object.entries(files)) tree.write({ [`${folder}/hwmon/${hwmon}/${file}`]: text });
  }
}

const open = () => intelGpuSource({ clock: new ManualClock(), sysfsRoot: tree.root });
const setEnergy = (energy: string, hwmon = 'hwmon2'): void =>
  tree.write({ [`${FOLDER}/hwmon/${hwmon}/energy1_input`]: energy });

test('i915: the card counts, its tiles lie within it and are not added', () => {
  plant({
    hwmon1: { name: 'i915_gt0', energy1_input: '400' },
    hwmon2: { name: 'i915', energy1_input: '1000', power1_max: '190000000' },
    hwmon3: { name: 'i915_gt1', energy1_input: '500' },
  });
  const source = open();
  expect(source.probe()).toMatchObject({
    found: [
      {
        device: { id: ADDRESS, product: 'Intel GPU (8086:56a0)', powerLimitWatts: 190 },
        provenance: 'counter',
        detail: 'energy counter of the driver i915, of the card',
      },
    ],
    missing: [],
  });
  const held = foundIds(source);
  expect(look(source, held)).toEqual([0n]);
  setEnergy('1900');
  expect(look(source, held)).toEqual([900n]);
});

test('xe: the card, else its package, and no limit is no limit of 0 W', () => {
  plant({ hwmon2: { name: 'xe', energy1_input: '1', energy2_input: '2', power1_max: '0', temp2_input: '51000' } });
  const source = open();
  const [found] = source.probe().found;
  expect(found?.detail).toMatch(/xe, of the card$/);
  expect(found?.device.powerLimitWatts).toBeUndefined();
  expect(source.observe?.(foundIds(source))).toMatchObject([{ temperatureCelsius: 51, device: ADDRESS }]);
  tree.remove(`${FOLDER}/hwmon/hwmon2/energy1_input`);
  expect(open().probe().found[0]?.detail).toMatch(/package, without the rest of the card/);
});

test('a drop closes the segment: no wrap, no underflow', () => {
  plant({ hwmon2: { name: 'i915', energy1_input: '22000000000000' } });
  const source = open();
  const held = foundIds(source);
  look(source, held);
  setEnergy('200000000');
  expect(source.sample(held, [])).toMatchObject([{ kind: 'energy', microjoules: 0n, flag: 'discontinuity' }]);
  setEnergy('200000700');
  expect(look(source, held)).toEqual([700n]);
});

test('a failed read is no zero', () => {
  plant({ hwmon2: { name: 'xe', energy1_input: '5' } });
  const source = open();
  const held = foundIds(source);
  look(source, held);
  setEnergy('garbage');
  expect(look(source, held)).toEqual([
    expect.stringMatching(/energy1_input cannot be read now \(it holds no number\)/),
  ]);
  setEnergy('9');
  expect(look(source, held)).toEqual([4n]);
});

test('graphics within a processor are passed over; a card without a counter is named', () => {
  plant({});
  plant({ hwmon4: { name: 'xe', power1_max: '5' } }, '0000:04:00.0', 1);
  expect(open().probe()).toMatchObject({
    found: [],
    missing: [{ device: '0000:04:00.0', detail: expect.stringMatching(/xe gives no energy of this card: .*6\.5/) }],
  });
});
