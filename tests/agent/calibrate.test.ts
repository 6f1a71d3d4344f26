import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

import { calibrateSettings, loadAt } from '../../agent/calibrate-flags.js';
import { busyCores, commandLoad } from '../../agent/calibrate-load.js';
import { calibrationMethod } from '../../agent/calibrate-method.js';
import { measureSteps, othersOf, readSteps, statedGain, targetsOf } from '../../agent/calibrate-steps.js';
import { calibrateTable, resultText } from '../../agent/calibrate-text.js';
import type { Meter } from '../../agent/meter/meter.js';
import { WALL_METER } from '../../agent/meter/sources/wall-meter-source.js';
import type { SensorReport } from '../../shared/domain/hardware.js';
import { deviceId, type DeviceId } from '../../shared/domain/identity.js';
import type { DeviceEnergy, Part, Provenance } from '../../shared/domain/measurement.js';
import { ManualClock } from './meter/manual-clock.js';

const CARD = deviceId('GPU-12ab');
const TWIN = deviceId('GPU-12ac');
const PACKAGE = deviceId('cpu-package-0');

const sensor = (device: DeviceId, part: Part, provenance: Provenance = 'counter'): SensorReport => ({
  device,
  part,
  source: 'test',
  available: true,
  provenance,
  detail: 'made for this test',
});
const MACHINE = [
  sensor(CARD, 'accelerator'),
  sensor(TWIN, 'accelerator'),
  sensor(PACKAGE, 'cpu'),
  sensor(deviceId('dram-package-0'), 'dram'),
  sensor(WALL_METER, 'machine', 'integrated'),
];
const settings = (flags = {}) => calibrateSettings({ wallMeter: 'read-plug', ...flags });
const ids = (sensors: readonly SensorReport[]) => sensors.map(({ device }) => device);

describe('the flags', () => {
  test('five loads of 30 s after 5 s each, of the whole machine', () => {
    expect(settings()).toMatchObject({
      wall: { reads: 'command', command: 'read-plug', unit: 'W' },
      covers: 'machine',
      levels: [0, 0.25, 0.5, 0.75, 1],
      seconds: 30,
      restSeconds: 5,
    });
  });

  test.each(['0.92±0.02', '0.92+-0.02', '92%±2%', ' 92 % +/- 2 % '])('an efficiency of %s', (psuEfficiency) => {
    const { value, standardUncertainty } = settings({ psuEfficiency }).psuEfficiency ?? {};
    expect([value, standardUncertainty]).toEqual([expect.closeTo(0.92), expect.closeTo(0.02)]);
  });

  test('the load’s command at a load', () => {
    expect(loadAt('burn {level} --again {level}', 1 / 3)).toBe('burn 0.333 --again 0.333');
    expect(loadAt('burn {level}', 1)).toBe('burn 1');
  });

  test.each([
    [{ wallMeter: '' }, /--wall-meter: is empty/],
    [{ wallCovers: 'card' }, /--wall-covers card: must be machine or device/],
    [{ psuEfficiency: '0.92' }, /--psu-efficiency 0\.92: must be a share with its standard uncertainty/],
    [{ psuEfficiency: '92±2' }, /--psu-efficiency/],
    [{ psuEfficiency: '0.9.2±0.1' }, /--psu-efficiency/],
    [{ psuEfficiency: '0.92±0.02', wallCovers: 'device' }, /--psu-efficiency: is for a wall meter before/],
    [{ load: 'burn' }, /--load burn: has no \{level\}/],
    [{ device: '' }, /--device: is empty/],
    [{ levels: '2' }, /--levels 2: must be a whole number from 3 to 21/],
    [{ levels: '3.5' }, /--levels/],
    [{ seconds: '0' }, /--seconds 0: must be seconds from 1 to 3600/],
    [{ rest: '-1' }, /--rest -1: must be seconds from 0/],
    [{ rest: '' }, /--rest/],
  ])('%j is one clear line', (flags, why) => {
    expect(() => settings(flags)).toThrow(why);
  });
});

describe('what is calibrated', () => {
  test('processors by busy processes, accelerators by the operator’s load', () => {
    expect(ids(targetsOf(MACHINE, settings()))).toEqual([PACKAGE]);
    expect(ids(targetsOf(MACHINE, settings({ load: 'burn {level}' })))).toEqual([CARD, TWIN]);
  });

  test('one device by its id or the beginning of it', () => {
    const load = 'burn {level}';
    expect(ids(targetsOf(MACHINE, settings({ device: 'GPU-12ab', load })))).toEqual([CARD]);
    expect(ids(targetsOf(MACHINE, settings({ device: 'dram' })))).toEqual(['dram-package-0']);
    const longer = sensor(deviceId('GPU-12ab-more'), 'accelerator');
    expect(ids(targetsOf([...MACHINE, longer], settings({ device: 'GPU-12ab', load })))).toEqual([CARD]);
  });

  test.each([
    [{ device: 'GPU-12' }, /fits several devices; there are: GPU-12ab, GPU-12ac, cpu-package-0/],
    [{ device: 'wall' }, /fits no device with a sensor/],
    [{ device: 'GPU-12ab' }, /an accelerator is loaded by a program of yours: give --load/],
    [{ load: 'burn {level}', wallCovers: 'device' }, /say with --device which one it is: GPU-12ab, GPU-12ac/],
  ])('%j is refused', (flags, why) => {
    expect(() => targetsOf(MACHINE, settings(flags))).toThrow(why);
  });

  test('a model and a simulation are no sensors', () => {
    const modelled = [sensor(deviceId('cpu'), 'cpu', 'model'), sensor(CARD, 'accelerator')];
    expect(() => targetsOf(modelled, settings())).toThrow(/a model is no sensor.*for GPU-12ab give --load/);
    const simulated = [sensor(CARD, 'accelerator', 'simulated')];
    expect(() => targetsOf(simulated, settings({ load: 'burn {level}' }))).toThrow(/no accelerator here/);
    const beside = othersOf([...MACHINE, sensor(deviceId('cpu'), 'cpu', 'model')], sensor(CARD, 'accelerator'));
    expect(ids(beside)).toEqual([TWIN, PACKAGE, 'dram-package-0']);
  });
});

/** Of a window of 10 s. */
const energyOf = (device: DeviceId, watts: number, more: Partial<DeviceEnergy> = {}): DeviceEnergy =>
  ({
    kind: 'usable',
    device,
    part: 'accelerator',
    source: 'test',
    provenance: 'counter',
    microjoules: BigInt(watts) * 10_000_000n,
    meanWatts: watts,
    uncertainty: { edgeJoules: 3, samplingJoules: 4, gapJoules: 0, gainJoules: 0.3 * watts },
    events: [],
    ...more,
  }) as DeviceEnergy;

describe('what is read from a step', () => {
  const step = (devices: readonly DeviceEnergy[]) => ({ level: 0.5, ramp: 'up', seconds: 10, devices }) as const;
  const READ = { target: CARD, wall: WALL_METER, others: [PACKAGE] };
  const share = { part: 'cpu', provenance: 'shared-estimate', unattributedMicrojoules: 200_000_000n } as const;

  test('mean powers with their noise; a shared device as a whole, whose noise only the scatter tells', () => {
    const devices = [energyOf(CARD, 250), energyOf(WALL_METER, 400), energyOf(PACKAGE, 40, share)];
    expect(readSteps([step(devices)], READ)).toEqual({
      steps: [
        {
          ...{ level: 0.5, ramp: 'up', seconds: 10 },
          sensor: { watts: 250, noise: 0.5 },
          wall: { watts: 400, noise: 0.5 },
          others: [{ watts: 60, noise: 0 }],
        },
      ],
      faults: [],
    });
  });

  test('a step in which one of them has no figure is left out, with the reason', () => {
    const lost: DeviceEnergy = { kind: 'unusable', device: PACKAGE, part: 'cpu', source: 'test', reason: 'it is gone' };
    const devices = [energyOf(CARD, 250), energyOf(WALL_METER, 400), lost];
    expect(readSteps([step(devices)], READ)).toEqual({ steps: [], faults: ['up, 50 %: cpu-package-0: it is gone'] });
    expect(readSteps([step(devices.slice(1))], READ).faults).toEqual(['up, 50 %: GPU-12ab was not metered']);
  });

  test('the gain that the meter states', () => {
    const none = energyOf(CARD, 0);
    expect(statedGain([step([none]), step([energyOf(CARD, 250)])], CARD)).toBeCloseTo(0.03, 9);
    expect(statedGain([step([none])], CARD)).toBeUndefined();
  });
});

describe('going through the loads', () => {
  const meterOf = (windows: [bigint, bigint][]): Meter => ({
    devices: [{ id: CARD, kind: 'gpu', product: 'card' }],
    sensors: MACHINE,
    attach: ({ devices }) => {
      expect(devices).toEqual([CARD]);
      return {
        window: async (start, end) => {
          windows.push([start, end]);
          return [energyOf(CARD, 100)];
        },
        total: () => Promise.resolve([]),
        tickSeconds: () => Promise.resolve(0),
        close: () => Promise.resolve(),
      };
    },
    currentSensors: () => Promise.resolve(MACHINE),
    conditions: () => Promise.resolve([]),
    strangers: () => Promise.resolve({ kind: 'none' }),
    close: () => Promise.resolve(),
  });
  const options = (clock: ManualClock, load: string) => ({
    settings: settings({ levels: '3', seconds: '10', rest: '2', load }),
    clock,
    interrupted: new AbortController().signal,
    cores: 4,
    onStep: () => undefined,
  });

  test('up and down, each load settled before its window', async () => {
    const clock = new ManualClock();
    const windows: [bigint, bigint][] = [];
    const begin = clock.now;
    const measured = measureSteps(meterOf(windows), options(clock, 'sleep 60 # {level}'));
    for (let step = 0; step < 6; step++) await clock.advance(12_000);
    expect((await measured).map(({ level, ramp, seconds }) => [level, ramp, seconds])).toEqual([
      [0, 'up', 10],
      [0.5, 'up', 10],
      [1, 'up', 10],
      [1, 'down', 10],
      [0.5, 'down', 10],
      [0, 'down', 10],
    ]);
    const seconds = windows.map(([from, to]) => [Number(from - begin) / 1e9, Number(to - begin) / 1e9]);
    expect(seconds.slice(0, 2)).toEqual([
      [2, 12],
      [14, 24],
    ]);
  });

  test('a load that ends by itself is an error, not a low power', async () => {
    const clock = new ManualClock();
    const measured = measureSteps(meterOf([]), options(clock, 'exit 3 # {level}'));
    const outcome = expect(measured).rejects.toThrow('the load (exit 3 # 0.5) ended by itself, with status 3');
    await clock.advance(12_000);
    await outcome;
  });
});

describe('the loads', () => {
  const processorTicks = (pid: number): number | undefined => {
    try {
      const [, , , , , , , , , , , user = '0'] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
      return Number(user);
    } catch {
      return undefined;
    }
  };

  test('a busy core is busy, and is gone with its load', async () => {
    const before = children();
    const load = busyCores(1);
    const [pid = 0] = children().filter((child) => !before.includes(child));
    await expect.poll(() => processorTicks(pid) ?? 0, { timeout: 20_000 }).toBeGreaterThan(5);
    load[Symbol.dispose]();
    await expect(load.ended).resolves.toMatch(/SIGKILL/);
    expect(processorTicks(pid)).toBeUndefined();
  });

  test('a command ends with all that it started; no core is no load', async () => {
    const load = commandLoad('sleep 60 & sleep 60');
    load[Symbol.dispose]();
    await expect(load.ended).resolves.toMatch(/SIGKILL/);
    busyCores(0)[Symbol.dispose]();
  });

  const children = (): readonly number[] =>
    readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
});

describe('what is shown', () => {
  const quality = {
    rSquared: 0.9998,
    rampDifference: -0.004,
    rampShift: 0.011,
    restWatts: [90, 2],
    residualWatts: [1, -2.5],
  } as const;
  const method = (flags: object, others: readonly DeviceId[] = []) =>
    calibrationMethod(settings(flags), { others, quality });

  test('the method states what is assumed, and holds no command', () => {
    const stated = method({ psuEfficiency: '0.92±0.02', load: 'burn --token s3cret {level}' }, [PACKAGE]);
    expect(stated).toMatch(/lets 92 % ± 2 % through \(stated\)\. The power of cpu-package-0 was taken off/);
    expect(stated).toMatch(/drew 90\.0 ± 2\.0 W and is taken to be constant: fans/);
    expect(stated).toMatch(/gain known to 2 %, assumed/);
    expect(stated).not.toMatch(/s3cret|read-plug/);
    expect(method({})).toMatch(/its loss is in the gain/);
    expect(method({ wallCovers: 'device' })).toMatch(/sees the device alone \(stated\)/);
  });

  test('a table and what became of each device, no line wider than the terminal', () => {
    const width = 72;
    const table = calibrateTable([MACHINE[0]!], settings(), { color: false, width });
    const row = table.row({ level: 0.25, ramp: 'down', seconds: 10, devices: [energyOf(CARD, 250)] });
    expect(row.trim().split(/ {2,}/)).toEqual(['↓ 25 %', '250.0 W', 'unknown']);
    const calibration = {
      ...{ device: CARD, source: 'nvml', gain: 1.04, offsetWatts: 0, unixMilliseconds: 0, points: [] },
      uncertainty: { gain: 0.012, offsetWatts: 2, covariance: 0 },
      method: method({}),
    };
    const results = [
      { kind: 'fitted', device: CARD, faults: ['up, 0 %: gone'], quality, calibration, file: '/state/x.json' },
      {
        kind: 'fitted',
        device: TWIN,
        faults: [],
        quality,
        calibration: { ...calibration, withheld: 'no supply' },
        file: `/${'y'.repeat(width)}`,
        earlier: { file: '/z.json.then', calibration },
      },
      { kind: 'refused', device: PACKAGE, faults: [], reason: 'it did not move' },
    ] as const;
    const lines = [...table.head, row, ...resultText(results, { color: false, width })];
    const wrapped = lines.filter((line) => !line.includes('/'));
    expect(Math.max(...wrapped.map((line) => line.length))).toBeLessThanOrEqual(width);
    const text = lines.join('\n');
    expect(text).toMatch(/gain +1\.0400 ± 0\.0120/);
    expect(text).toMatch(/left out +up, 0 %: gone/);
    expect(text).toMatch(/not applied no supply\./);
    // A path in pieces is no path.
    expect(lines).toContain(`  kept        /${'y'.repeat(width)}`);
    expect(text.replace(/\s+/g, ' ')).toContain(
      'replaced the calibration of 1970-01-01, gain 1.0400 ± 0.0120, which was applied and no longer is; to have it back, copy this over the file above: /z.json.then',
    );
    expect(text).toMatch(/refused +it did not move\./);
  });
});
