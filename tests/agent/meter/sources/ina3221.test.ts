import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { jetsonSource } from '../../../../agent/meter/sources/ina3221-source.js';
import { ManualClock } from '../manual-clock.js';
import { foundIds, look, useSysfsTree } from './sysfs-tree.js';

const tree = useSysfsTree();
const NEW = 'bus/i2c/drivers/ina3221';
const OLD = 'bus/i2c/drivers/ina3221x';

function plantModel(model = 'NVIDIA Jetson AGX Orin Developer Kit', serial = '1421723000123'): void {
  tree.write({ 'firmware/devicetree/base/model': Buffer.from(`${model}\0`) });
  tree.write({ 'firmware/devicetree/base/serial-number': Buffer.from(`${serial}\0`) });
}

/** Rails by label with millivolts and milliamperes. */
function plantNew(chip: string, rails: Readonly<Record<string, readonly [string, string]>>, update = '40'): string {
  const folder = `${NEW}/${chip}/hwmon/hwmon3`;
  tree.write({ [`${folder}/update_interval`]: update });
  for (const [i, [label, [voltage, current]]] of Object.entries(rails).entries()) {
    tree.write({
      [`${folder}/in${i + 1}_label`]: label,
      [`${folder}/in${i + 1}_input`]: voltage,
      [`${folder}/curr${i + 1}_input`]: current,
    });
  }
  return folder;
}

const open = (clock = new ManualClock()) => jetsonSource({ clock, sysfsRoot: tree.root });

describe('JetPack 5 and later', () => {
  test('the total rail stands alone, as the whole module', () => {
    plantModel('NVIDIA Jetson Orin NX');
    plantNew('1-0040', { VDD_IN: ['5000', '2000'], VDD_CPU_GPU_CV: ['5000', '700'], VDD_SOC: ['5000', '300'] });
    const source = open();
    const { found, missing } = source.probe();
    expect(missing).toEqual([]);
    expect(found).toMatchObject([
      {
        device: { id: 'JETSON-1421723000123', kind: 'gpu', product: 'NVIDIA Jetson Orin NX' },
        part: 'accelerator',
        provenance: 'integrated',
        marks: ['module-scope'],
        includes: ['cpu', 'dram'],
        traits: { averagingNanoseconds: 40_000_000n },
      },
    ]);
    expect(found[0]?.detail).toMatch(/\(VDD_IN\), with its CPU and DRAM/);
    expect(look(source, foundIds(source))).toEqual([10_000_000n]);
  });

  test('without a total the rails are summed; unused channels and sums of shunts are not rails', () => {
    plantModel();
    const folder = plantNew('1-0040', {
      VDD_GPU_SOC: ['20000', '100'],
      VDD_CPU_CV: ['20000', '200'],
      VIN_SYS_5V0: ['5000', '400'],
    });
    tree.write({ [`${folder}/in7_label`]: 'sum of shunt voltages', [`${folder}/in7_input`]: '9999' });
    tree.write({ [`${folder}/in4_label`]: 'shunt', [`${folder}/in4_input`]: '77', [`${folder}/curr4_input`]: '700' });
    plantNew('1-0041', { NC: ['20000', '50'], VDDQ_VDD2_1V8AO: ['5000', '80'] });
    const source = open();
    const held = foundIds(source);
    expect(look(source, held)).toEqual([2_000_000n + 4_000_000n + 2_000_000n + 400_000n]);
    expect(source.probe().found[0]?.traits.gain).toBeCloseTo(0.1);
  });

  test('a little below 0 is the offset of an idle rail, more is a failure', () => {
    plantModel();
    const folder = plantNew('1-0040', { VDD_IN: ['5000', '-8'] });
    const clock = new ManualClock();
    const source = open(clock);
    const held = foundIds(source);
    expect(look(source, held)).toEqual([0n]);
    clock.now += 100_000_000n;
    tree.write({ [`${folder}/curr1_input`]: '-5000' });
    expect(look(source, held)).toEqual(['rail VDD_IN cannot be read now']);
  });

  test('the slow bus is asked only when the sensor has something new', async () => {
    plantModel();
    plantNew('1-0040', { VDD_IN: ['5000', '8'] });
    const clock = new ManualClock();
    const source = open(clock);
    const held = foundIds(source);
    const counts: number[] = [];
    for (let i = 0; i < 5; i++) {
      counts.push(source.sample(held, []).length);
      await clock.advance(20);
    }
    expect(counts).toEqual([1, 0, 1, 0, 1]);
  });
});

test('JetPack 4: milliwatts by rail, the board’s input as total', () => {
  plantModel('NVIDIA Jetson Nano Developer Kit', '');
  for (const [i, [label, power]] of [
    ['POM_5V_IN', '2500'],
    ['POM_5V_GPU', '40'],
    ['POM_5V_CPU', '400'],
  ].entries()) {
    tree.write({ [`${OLD}/6-0040/iio:device0/rail_name_${i}`]: label ?? '' });
    tree.write({ [`${OLD}/6-0040/iio:device0/in_power${i}_input`]: power ?? '' });
  }
  const source = open();
  expect([...foundIds(source)]).toEqual(['JETSON']);
  expect(look(source, foundIds(source))).toEqual([2_500_000n]);
});

test('a Jetson whose rails are hidden is told why, and other boards with this sensor nothing', () => {
  plantNew('1-0040', { '+V3.3': ['3300', '500'] });
  expect(open().probe()).toEqual({ found: [], missing: [], versions: {} });
  plantModel();
  tree.remove(NEW);
  expect(open().probe()).toMatchObject({
    found: [],
    missing: [{ part: 'accelerator', detail: expect.stringMatching(/no power rail of this module can be read/) }],
  });
});

test('any labels and figures: nothing throws, and no power is negative', () => {
  plantModel();
  const text = fc.oneof(fc.string({ maxLength: 12 }), fc.integer().map(String), fc.constantFrom('NC', 'VDD_IN', '-'));
  fc.assert(
    fc.property(text, text, text, (label, voltage, current) => {
      plantNew('1-0040', { [label]: [voltage, current] });
      const source = open();
      const figures = look(source, foundIds(source));
      expect(figures.every((figure) => typeof figure === 'string' || figure >= 0n)).toBe(true);
      source.close();
    }),
    { numRuns: 60 },
  );
});
