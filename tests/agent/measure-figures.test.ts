/** Figures, text and JSON of measurements whose numbers are known. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { boundaryOf, deviceFigures, netEnergy, runSum, type Measurement } from '../../agent/measure-figures.js';
import { measurementJson } from '../../agent/measure-json.js';
import type { MeasuredRun } from '../../agent/measure-run.js';
import { measurementText } from '../../agent/measure-text.js';
import { deviceId } from '../../shared/domain/identity.js';
import type { DeviceEnergy } from '../../shared/domain/measurement.js';
import { textWidth } from '../../shared/runtime/terminal-text.js';
import { carbonIntensity } from '../../shared/schema/carbon-intensity.js';

type UsableEnergy = DeviceEnergy & { readonly kind: 'usable' };

const gpu = (joules: number, more: Partial<UsableEnergy> = {}): UsableEnergy => ({
  kind: 'usable',
  device: deviceId('GPU-1'),
  part: 'accelerator',
  source: 'nvml',
  provenance: 'counter',
  microjoules: BigInt(Math.round(joules * 1e6)),
  meanWatts: joules / 10,
  peakWatts: 350,
  uncertainty: { edgeJoules: 3, samplingJoules: 4, gapJoules: 0, gainJoules: 12 },
  events: [],
  ...more,
});

const cpu = (joules: number, more: Partial<UsableEnergy> = {}): UsableEnergy =>
  gpu(joules, {
    device: deviceId('cpu-package-0'),
    part: 'cpu',
    source: 'powercap',
    provenance: 'shared-estimate',
    unattributedMicrojoules: 150_000_000n,
    uncertainty: { edgeJoules: 0, samplingJoules: 5, gapJoules: 0, gainJoules: 5 },
    ...more,
  });

const unusable = (reason: string): DeviceEnergy => ({
  kind: 'unusable',
  device: deviceId('GPU-1'),
  part: 'accelerator',
  source: 'nvml',
  reason,
});

const run = (devices: readonly DeviceEnergy[], more: Partial<MeasuredRun> = {}): MeasuredRun => ({
  end: { kind: 'code', code: 0 },
  startedUnixMilliseconds: 1_790_000_000_000,
  seconds: 10,
  devices,
  ...more,
});

const measurement = (runs: readonly MeasuredRun[], more: Partial<Measurement> = {}): Measurement => ({
  argv: ['python3', 'train.py', '--name', 'it is'],
  runs,
  devices: [
    { id: deviceId('GPU-1'), kind: 'gpu', product: 'NVIDIA H200' },
    { id: deviceId('cpu-package-0'), kind: 'cpu-package', product: 'Intel Xeon' },
  ],
  versions: { ecopt: '0.1.0' },
  ...more,
});

const plain = (one: Measurement, width = 100): string[] => measurementText(one, { color: false, width });

describe('the sum', () => {
  test('takes the parts that were seen one by one, else the machine', () => {
    const wall = gpu(1, { part: 'machine' });
    expect(boundaryOf([gpu(1), cpu(1), wall])).toBe('accelerator+cpu+dram');
    expect(boundaryOf([gpu(1), wall])).toBe('accelerator');
    expect(boundaryOf([cpu(1), wall])).toBe('cpu');
    expect(boundaryOf([wall])).toBe('machine');
  });

  test('adds joules, and is unknown when one of its parts is', () => {
    expect(runSum(run([gpu(3000), cpu(400)]))).toMatchObject({ kind: 'usable', joules: 3400 });
    expect(runSum(run([unusable('it fell off the bus'), cpu(400)]))).toEqual({
      kind: 'unusable',
      reason: 'GPU-1: it fell off the bus',
    });
  });
});

describe('net of idle', () => {
  const idle = { seconds: 5, devices: [gpu(350), cpu(100)] };

  test('is the energy less idle power times the length of the run', () => {
    expect(netEnergy(gpu(3000), 10, idle)).toMatchObject({ kind: 'usable', joules: 2300, idleWatts: 70 });
    expect(netEnergy(gpu(3000), 10, undefined)).toBeUndefined();
  });

  test('is unknown where others used the device meanwhile, and for shares', () => {
    const busy = { ...idle, devices: [gpu(350, { events: ['other-processes'] })] };
    expect(netEnergy(gpu(3000), 10, busy)).toEqual({
      kind: 'unusable',
      reason: 'other processes used the device in the idle window',
    });
    expect(netEnergy(cpu(400), 10, idle)).toMatchObject({ kind: 'unusable' });
  });
});

test('several runs are put together by device, unusable ones aside', () => {
  const [first, second] = deviceFigures(measurement([run([cpu(10), gpu(1)]), run([cpu(20), unusable('gone')])]));
  expect(first).toMatchObject({
    part: 'accelerator',
    product: 'NVIDIA H200',
    unusable: [{ reason: 'gone', runs: 1 }],
    statistics: { count: 1 },
  });
  expect(second).toMatchObject({ part: 'cpu', unusable: [], statistics: { count: 2, mean: 15, least: 10, most: 20 } });
});

describe('the text', () => {
  test('of one run shows each device, what its uncertainty is made of, the sum and the carbon', () => {
    const devices = [
      gpu(3000, {
        check: { source: 'nvml-power', microjoules: 2_970_000_000n },
        temperatureCelsius: { start: 34.2, end: 61 },
        events: ['power-capped'],
      }),
      cpu(400),
    ];
    const carbon = carbonIntensity({ kind: 'stated', gramsPerKilowattHour: 360 });
    expect(plain(measurement([run(devices)], { carbon, idle: { seconds: 5, devices: [gpu(350)] } }))).toEqual([
      "ecopt measure  python3 train.py --name 'it is'",
      '  Time        10 s',
      '  accelerator 3.000 ± 0.013 kJ  NVIDIA H200 GPU-1',
      '              counter (nvml): read from an energy counter',
      '              mean 300 W, peak 350 W, 34 to 61 °C',
      '              ± 5 J from window to window (edges 3 J, sampling 4 J), ± 12 J gain of the device',
      '              net of idle: 2.300 ± 0.016 kJ, idle being 70.0 ± 2.6 W',
      '              second reading (nvml-power): 2.97 kJ, 1 % less',
      '              clocks were held down by the power limit',
      '  cpu         400.0 ± 7.1 J  Intel Xeon cpu-package-0',
      '              shared-estimate (powercap): a share of a sensor, estimated by processor time',
      '              mean 40 W, peak 350 W',
      '              ± 5 J from window to window (sampling 5 J), ± 5 J gain of the device',
      '              of 550 J of the whole device; the rest is charged to nobody here',
      '  Sum         3.400 ± 0.015 kJ; counter and shared-estimate together count as shared-estimate',
      '  Carbon      340.0 ± 1.5 mg CO2e (360 g CO2e/kWh as stated)',
      '              Carbon intensity: 360 g CO2e/kWh, as stated',
    ]);
  });

  test('of repeats shows mean, interval, range and the gain beside it', () => {
    const runs = [980, 1000, 1020].map((joules) => run([gpu(joules)]));
    expect(plain(measurement(runs, { target: { relativeHalfWidth: 0.02, isReached: false } }))).toEqual([
      "ecopt measure  3 runs of python3 train.py --name 'it is'",
      '  Time        10 s each',
      '  Repeated    the mean is not known to ± 2 % (95 %) of the sum yet; allow more runs with --at-most',
      '  accelerator 1.000 ± 0.050 kJ (95 % interval of the mean of 3, ± 5 %)  NVIDIA H200 GPU-1',
      '              counter (nvml): read from an energy counter',
      '              from 980 J to 1.02 kJ, standard deviation 20 J',
      '              and ± 12 J gain beside it, which repeats do not lessen',
    ]);
  });

  test('of repeats takes idle power off each run', () => {
    const runs = [980, 1000, 1020].map((joules) => run([gpu(joules), cpu(5)]));
    const lines = plain(measurement(runs, { idle: { seconds: 5, devices: [gpu(350), cpu(1)] } }));
    expect(lines.join(' ').replace(/\s+/g, ' ')).toContain(
      'net of idle: 300 ± 50 J (95 % interval of the mean of 3, ± 17 %), idle being 70.0 ± 2.6 W',
    );
    expect(lines.join(' ')).toContain('net of idle: unknown, a share of a device has no idle power of its own');
  });

  test('says unknown with the reason, never 0', () => {
    const carbon = carbonIntensity({ kind: 'region', region: 'FRA' });
    const lines = plain(measurement([run([unusable('the counter was reset')])], { carbon }));
    expect(lines).toContain('  accelerator unknown  NVIDIA H200 GPU-1');
    expect(lines).toContain('              unknown: the counter was reset');
    expect(lines.join('\n')).toContain('Carbon      unknown, as the energy is (FRA, 44 g CO2e/kWh)');
    expect(lines.join('\n')).not.toMatch(/\b0 (J|g)\b/);
    expect(plain(measurement([run([])])).join('\n')).toContain('unknown: no sensor of this machine can be read');
  });

  test('says how a command ended that did not end well, and why one did not begin', () => {
    const failed = { end: { kind: 'signal', signal: 'SIGTERM' } } as const;
    expect(plain(measurement([run([gpu(5)], failed)]))).toContain('  Ended       by SIGTERM');
    expect(plain(measurement([run([gpu(5)]), run([gpu(5)], { end: { kind: 'code', code: 4 } })]))).toContain(
      '  Ended       run 2 with status 4',
    );
    const absent = { end: { kind: 'not-started', status: 127, reason: 'x: there is no such program' } } as const;
    expect(plain(measurement([run([], absent)]))).toEqual([
      "ecopt measure  python3 train.py --name 'it is'",
      '  Not run     x: there is no such program',
    ]);
  });

  test('says how far a series came, and how many runs are left out', () => {
    const first = run([gpu(5)], { end: { kind: 'code', code: 1 } });
    expect(plain(measurement([first], { runsWanted: 3 }))).toContain(
      '  Ended       the first run of 3 with status 1, so that no other followed',
    );
    const lines = plain(measurement([run([gpu(5), cpu(1)]), run([unusable('gone'), cpu(1)]), run([gpu(7), cpu(1)])]));
    expect(lines).toContain('              unknown in 1 of 3 runs: gone');
    expect(lines.join('\n')).toMatch(/Sum [^]*; 1 of 3 runs are left out, having no figure/);
  });

  test('of repeats that resolve nothing keeps the uncertainty of each', () => {
    const carbon = carbonIntensity({ kind: 'stated', gramsPerKilowattHour: 360 });
    const nothing = (uncertainty: UsableEnergy['uncertainty']): string =>
      plain(
        measurement(
          Array.from({ length: 4 }, () => run([cpu(0, { uncertainty })])),
          { carbon },
        ),
      ).join('\n');
    const none = { edgeJoules: 0, samplingJoules: 0, gapJoules: 0, gainJoules: 0 };
    const known = nothing({ ...none, edgeJoules: 0.02 });
    expect(known).toContain('0 ± 20 mJ (95 % interval of the mean of 4)');
    expect(known).toContain('0.0 ± 2.0 µg CO2e, 95 %');
    expect(nothing(none)).toContain('below 150 J in each of 4 runs');
    expect(nothing(none)).toContain('Carbon      below 15 mg CO2e');
    for (const text of [known, nothing(none)]) expect(text).not.toMatch(/\b0 (J|W|g)\b/);
  });

  test('the sum names only what is in it', () => {
    const wall = gpu(500, { part: 'machine', device: deviceId('wall-meter'), provenance: 'integrated' });
    const accuracy = { relative: 0.02, basis: 'assumed; state the meter’s own' };
    const devices = [{ id: deviceId('wall-meter'), kind: 'cpu-host', product: 'wall meter' }] as const;
    const one = plain(measurement([run([cpu(400), wall])], { devices, wallAccuracy: accuracy })).join('\n');
    expect(one).not.toContain('Sum');
    expect(one).toMatch(/machine {5}.* J {2}wall meter\n/);
    expect(one).toContain('gain of the wall meter known to 2 % (assumed; state the meter’s own)');
    const sum = plain(measurement([run([gpu(1), cpu(400), wall])])).find((line) => line.includes('Sum'));
    expect(sum).toMatch(/counter and shared-estimate together count as shared-estimate; the whole/);
  });

  test('labels what is modelled', () => {
    const modelled = gpu(5, { part: 'cpu', source: 'cpu-model', provenance: 'model' });
    expect(plain(measurement([run([modelled])]))).toContain('              model (cpu-model): modelled, not measured');
  });

  test('never exceeds the width', () => {
    const texts = fc.tuple(fc.integer({ min: 40, max: 140 }), fc.string(), fc.string());
    fc.assert(
      fc.property(texts, ([width, word, reason]) => {
        const one = measurement([run([gpu(3000, { events: [reason] }), cpu(4), unusable(reason)])], {
          argv: ['x', word],
        });
        for (const line of plain(one, width)) expect(textWidth(line)).toBeLessThanOrEqual(width);
      }),
    );
  });
});

describe('the JSON', () => {
  test('of repeats has gain and provenance; the parts that are in the sum', () => {
    const json = measurementJson(measurement([run([gpu(5), cpu(1)]), run([gpu(7), cpu(1)])], { runsWanted: 2 }));
    expect(json).toMatchObject({
      runsWanted: 2,
      runs: [{ sum: { boundary: 'accelerator+cpu+dram', parts: ['accelerator', 'cpu'] } }, {}],
      statistics: {
        sum: { provenance: 'shared-estimate', gainJoules: 13 },
        devices: [
          { provenance: 'counter', gainJoules: 12 },
          { provenance: 'shared-estimate', gainJoules: 5 },
        ],
      },
    });
  });

  test('has joules and grams as numbers, and no big integer', () => {
    const carbon = carbonIntensity({ kind: 'stated', gramsPerKilowattHour: 360 });
    const raw = gpu(3000, { rawMicrojoules: 2_900_000_000n, check: { source: 'nvml-power', microjoules: 1_000_000n } });
    const text = JSON.stringify(measurementJson(measurement([run([raw, cpu(400)])], { carbon })));
    expect(JSON.parse(text)).toMatchObject({
      command: ['python3', 'train.py', '--name', 'it is'],
      runs: [
        {
          seconds: 10,
          end: { kind: 'code', code: 0, status: 0 },
          devices: [
            {
              joules: 3000,
              rawJoules: 2900,
              check: { source: 'nvml-power', joules: 1 },
              uncertainty: { gainJoules: 12 },
            },
            { joules: 400, unattributedJoules: 150 },
          ],
          sum: { boundary: 'accelerator+cpu+dram', joules: 3400, gramsCo2e: 0.34 },
        },
      ],
      carbon: { gramsPerKilowattHour: 360 },
    });
    expect(text).not.toContain('icrojoules');
  });

  test('has reasons instead of numbers for what is unknown', () => {
    const carbon = carbonIntensity({ kind: 'region', region: 'FRA' });
    const json = measurementJson(measurement([run([unusable('gone')]), run([gpu(7)])], { carbon }));
    expect(json).toMatchObject({
      runs: [{ sum: { kind: 'unusable', reason: 'GPU-1: gone' } }, { sum: { joules: 7 } }],
      statistics: { sum: { count: 1, mean: 7 }, devices: [{ count: 1, unusable: [{ reason: 'gone', runs: 1 }] }] },
    });
    expect(JSON.stringify(json)).not.toMatch(/"gramsCo2e":(0|null)[,}]/);
  });
});
