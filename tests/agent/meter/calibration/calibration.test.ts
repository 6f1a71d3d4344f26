import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { correct, correctTotal, useOf, type Calibration } from '../../../../agent/meter/calibration/calibration.js';
import { loadCalibrations, saveCalibration } from '../../../../agent/meter/calibration/calibration-files.js';
import { deviceId } from '../../../../shared/domain/identity.js';
import type { AttemptEnergy, DeviceEnergy } from '../../../../shared/domain/measurement.js';
import { temporaryFolder } from '../../temporary-folder.js';

const CARD = deviceId('GPU-1');
const CALIBRATION: Calibration = {
  device: CARD,
  source: 'nvml',
  gain: 1.05,
  offsetWatts: -4,
  uncertainty: { gain: 0.01, offsetWatts: 2, covariance: -0.015 },
  unixMilliseconds: Date.UTC(2026, 7, 1),
  method: 'made for this test',
  driver: '580.1',
  points: [{ level: 0.5, ramp: 'up', seconds: 30, sensorWatts: 250, wallWatts: 410, otherWatts: 60 }],
};
type Usable = DeviceEnergy & { readonly kind: 'usable' };
/** 200 W over 10 s. */
const WINDOW: Usable = {
  kind: 'usable',
  device: CARD,
  part: 'accelerator',
  source: 'nvml',
  provenance: 'counter',
  microjoules: 2_000_000_000n,
  meanWatts: 200,
  peakWatts: 300,
  uncertainty: { edgeJoules: 1, samplingJoules: 2, gapJoules: 3, gainJoules: 60 },
  events: ['throttled'],
  check: { source: 'nvml power', microjoules: 1_990_000_000n },
  temperatureCelsius: { start: 40, end: 50 },
};
const usable = (energy: DeviceEnergy): Usable => {
  if (energy.kind === 'unusable') throw new Error(energy.reason);
  return energy;
};

describe('the correction', () => {
  test('gain and offset on energy and power, the sensor’s own figure beside it, the calibration’s uncertainty', () => {
    expect(correct(WINDOW, 10, CALIBRATION)).toEqual({
      ...WINDOW,
      microjoules: 2_060_000_000n,
      rawMicrojoules: 2_000_000_000n,
      meanWatts: 206,
      peakWatts: 311,
      uncertainty: {
        edgeJoules: 1.05,
        samplingJoules: 2.1,
        gapJoules: expect.closeTo(3.15),
        // 20^2 for the gain, 20^2 for the offset, 2 x (-0.015) x 2000 x 10 together.
        gainJoules: expect.closeTo(Math.sqrt(400 + 400 - 600)),
      },
    });
  });

  test('the offset of a shared device goes to what no trial is charged for, its uncertainty too', () => {
    const share: DeviceEnergy = { ...WINDOW, part: 'cpu', unattributedMicrojoules: 1_000_000_000n };
    expect(correct(share, 10, CALIBRATION)).toMatchObject({
      microjoules: 2_100_000_000n,
      unattributedMicrojoules: 1_010_000_000n,
      meanWatts: 210,
      uncertainty: { gainJoules: expect.closeTo(20) },
    });
    expect(correct({ ...share, unattributedMicrojoules: 1n }, 10, CALIBRATION)).toMatchObject({
      unattributedMicrojoules: 0n,
    });
  });

  test('power that would become negative is no figure', () => {
    expect(correct({ ...WINDOW, microjoules: 1_000_000n, meanWatts: 0.1 }, 10, CALIBRATION)).toMatchObject({
      kind: 'unusable',
      reason: expect.stringMatching(/negative/),
    });
  });

  test('an unusable window stays as it is', () => {
    const { kind: _kind, device, part, source } = WINDOW;
    const energy: DeviceEnergy = { kind: 'unusable', device, part, source, reason: 'the counter was reset' };
    expect(correct(energy, 10, CALIBRATION)).toBe(energy);
  });

  test('totals', () => {
    const total: AttemptEnergy = {
      device: CARD,
      part: 'accelerator',
      provenance: 'counter',
      microjoules: 2_000_000_000n,
    };
    expect(correctTotal(total, 10, CALIBRATION)).toEqual({ ...total, microjoules: 2_060_000_000n });
    expect(correctTotal({ ...total, microjoules: 1n }, 10, CALIBRATION).microjoules).toBe(0n);
    expect(correctTotal({ ...total, unattributedMicrojoules: 1_000_000_000n }, 10, CALIBRATION)).toEqual({
      ...total,
      microjoules: 2_100_000_000n,
      unattributedMicrojoules: 1_010_000_000n,
    });
  });

  test('adjacent windows stay additive to a microjoule per window, however large the figures', () => {
    const figure = fc.bigInt({ min: 10n ** 9n, max: 10n ** 18n });
    const check = (first: bigint, second: bigint): void => {
      const [a, b, both] = [first, second, first + second].map(
        (microjoules, i) => usable(correct({ ...WINDOW, microjoules }, i === 2 ? 20 : 10, CALIBRATION)).microjoules,
      ) as [bigint, bigint, bigint];
      expect(both - a - b).toBeGreaterThanOrEqual(0n);
      expect(both - a - b).toBeLessThanOrEqual(1n);
    };
    fc.assert(fc.property(figure, figure, check));
  });
});

describe('whether it is applied', () => {
  const now = CALIBRATION.unixMilliseconds + 86_400_000;
  const SENSOR = { device: CARD, source: 'nvml', versions: { 'NVIDIA driver': '580.1' }, unixMilliseconds: now };

  test('to the same source under the same driver, with its date and gain', () => {
    expect(useOf(CALIBRATION, SENSOR)).toEqual({
      applies: true,
      note: 'corrected by the calibration of 2026-08-01: gain 1.0500 ± 0.0100',
    });
  });

  test('after two years too, and the report asks for a new one', () => {
    const later = useOf(CALIBRATION, { ...SENSOR, unixMilliseconds: now + 2 * 366 * 86_400_000 });
    expect(later).toMatchObject({ applies: true, note: expect.stringMatching(/over two years old/) });
  });

  test.each([
    ['under another driver', { versions: { 'NVIDIA driver': '590.2' } }, /driver was 580\.1, now it is 590\.2/],
    ['under an unknown driver', { versions: {} }, /now it is unknown/],
    ['to another device', { device: deviceId('GPU-2') }, /it is of GPU-1, though its file is named for this device/],
    ['to another source', { source: 'hwmon' }, /it is of nvml, and hwmon is read now/],
  ])('not %s', (_, sensor, why) => {
    const use = useOf(CALIBRATION, { ...SENSOR, ...sensor });
    expect(use).toEqual({ applies: false, note: expect.stringMatching(why) });
  });

  test('not when it was withheld', () => {
    const use = useOf({ ...CALIBRATION, withheld: 'the supply is unknown' }, SENSOR);
    expect(use).toEqual({ applies: false, note: 'calibration of 2026-08-01 not applied: the supply is unknown' });
  });

  test('sources without a driver of their own need none', () => {
    const { driver: _driver, ...rest } = CALIBRATION;
    expect(useOf({ ...rest, source: 'powercap' }, { ...SENSOR, source: 'powercap' }).applies).toBe(true);
  });
});

describe('the files', () => {
  test('what is saved is loaded again, one file per device, the later one in place of the earlier', () => {
    const folder = join(temporaryFolder(), 'state', 'calibration');
    expect(loadCalibrations(folder)).toEqual(new Map());
    const pci = { ...CALIBRATION, device: deviceId('0000:01:00.0'), withheld: 'kept only' };
    expect(saveCalibration(folder, CALIBRATION)).toEqual({ file: join(folder, 'GPU-1.json') });
    saveCalibration(folder, pci);
    const { file, earlier } = saveCalibration(folder, { ...CALIBRATION, gain: 1.06 });
    expect(file).toBe(join(folder, 'GPU-1.json'));
    expect(earlier?.calibration).toEqual(CALIBRATION);
    expect(JSON.parse(readFileSync(earlier!.file, 'utf8'))).toMatchObject({ gain: CALIBRATION.gain });
    expect(loadCalibrations(folder)).toEqual(
      new Map([
        [pci.device, pci],
        [CARD, { ...CALIBRATION, gain: 1.06 }],
      ]),
    );
    expect(readdirSync(folder).filter((name) => name.endsWith('.json'))).toHaveLength(2);
  });

  test('a file is of the device that it is named for, so that what lies under another name is told there', () => {
    const folder = temporaryFolder();
    const { file } = saveCalibration(folder, CALIBRATION);
    renameSync(file, join(folder, 'GPU-2.json'));
    writeFileSync(join(folder, 'GPU%.json'), readFileSync(join(folder, 'GPU-2.json')));
    const loaded = loadCalibrations(folder);
    expect([...loaded.keys()]).toEqual(['GPU%', 'GPU-2']);
    expect(loaded.get(deviceId('GPU-2'))?.device).toBe(CARD);
  });

  test('a pipe in place of a file is refused, and nobody is waited for', () => {
    const folder = temporaryFolder();
    execFileSync('mkfifo', [join(folder, 'GPU-1.json')]);
    expect(() => loadCalibrations(folder)).toThrow(
      /GPU-1\.json: cannot be read: it is a pipe, socket or device; remove it, and calibrate/,
    );
  });

  test('a name cannot leave the folder', () => {
    const folder = temporaryFolder();
    const { file } = saveCalibration(folder, { ...CALIBRATION, device: deviceId('../../x') });
    expect(file).toBe(join(folder, '..%2F..%2Fx.json'));
  });

  const good = (): Record<string, unknown> => {
    const folder = temporaryFolder();
    return JSON.parse(readFileSync(saveCalibration(folder, CALIBRATION).file, 'utf8')) as Record<string, unknown>;
  };
  test.each([
    ['torn', () => JSON.stringify(good()).slice(0, 40), /JSON/],
    ['empty', () => '', /JSON/],
    ['of another version', () => JSON.stringify({ ...good(), version: 2 }), /version/],
    ['without a gain', () => JSON.stringify({ ...good(), gain: undefined }), /gain/],
    ['with a gain of 0', () => JSON.stringify({ ...good(), gain: 0 }), /gain/],
    ['with a gain that is a text', () => JSON.stringify({ ...good(), gain: '1.05' }), /gain/],
    ['with an unknown key', () => JSON.stringify({ ...good(), gian: 1 }), /gian/],
    ['with negative uncertainty', () => JSON.stringify({ ...good(), uncertainty: { gain: -1 } }), /uncertainty/],
    ['with a gain of no sensor', () => JSON.stringify({ ...good(), gain: 1e300 }), /gain: /],
    ['with a gain that takes nearly all', () => JSON.stringify({ ...good(), gain: 0.01 }), /gain: /],
    ['with an offset of no device', () => JSON.stringify({ ...good(), offsetWatts: 1e12 }), /offsetWatts: /],
    ['of no date', () => JSON.stringify({ ...good(), unixMilliseconds: 1e300 }), /unixMilliseconds: /],
    [
      'with a covariance beyond its variances',
      () => JSON.stringify({ ...good(), uncertainty: { gain: 0.01, offsetWatts: 2, covariance: -0.021 } }),
      /uncertainty\.covariance: is more than/,
    ],
  ])('a file that is %s is named, with what to do', (_, text, why) => {
    const folder = temporaryFolder();
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'GPU-1.json'), text());
    const load = () => loadCalibrations(folder);
    expect(load).toThrow(why);
    expect(load).toThrow(/GPU-1\.json: is no calibration .* calibrate-meter/);
  });

  test('a folder that cannot be written or read is named', () => {
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, '');
    expect(() => saveCalibration(file, CALIBRATION)).toThrow(/cannot be written/);
    expect(() => loadCalibrations(file)).toThrow(/cannot be read: it is no folder$/);
  });
});
