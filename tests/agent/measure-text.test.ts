import { expect, test } from 'vitest';

import type { Measurement } from '../../agent/measure-figures.js';
import { measurementText } from '../../agent/measure-text.js';
import { deviceId } from '../../shared/domain/identity.js';
import type { DeviceEnergy } from '../../shared/domain/measurement.js';

const uncertainty = { edgeJoules: 1, samplingJoules: 0, gapJoules: 0, gainJoules: 1 };
const DEVICES: readonly DeviceEnergy[] = [
  {
    ...{ kind: 'usable', device: deviceId('GPU-1'), part: 'accelerator', source: 'nvml', provenance: 'counter' },
    ...{ microjoules: 100_000_000n, meanWatts: 100, uncertainty, events: [] },
  },
  { kind: 'unusable', device: deviceId('gpu-index-1'), part: 'accelerator', source: 'nvml', reason: 'it is lost' },
  {
    ...{ kind: 'usable', device: deviceId('cpu'), part: 'cpu', source: 'cpu-model', provenance: 'model' },
    ...{ microjoules: 5_000_000n, meanWatts: 5, uncertainty, events: [] },
  },
];

function sumOf(devices: readonly DeviceEnergy[]): string | undefined {
  const run = { end: { kind: 'code', code: 0 }, startedUnixMilliseconds: 0, seconds: 1, devices };
  const measurement = { argv: ['true'], runs: [run], devices: [], versions: {} } as unknown as Measurement;
  return measurementText(measurement, { color: false, width: 200 }).find((line) => line.includes('Sum'));
}

test('a sum that is unknown says why, and nothing of the figures that it would have been made of', () => {
  expect(sumOf(DEVICES)?.trim()).toMatch(/^Sum +unknown: gpu-index-1: it is lost$/);
  expect(sumOf(DEVICES.filter(({ kind }) => kind === 'usable'))).toMatch(/counter and model together count as model$/);
});

test('what only one of several runs has keeps the uncertainty of that run', () => {
  const [card, , processor] = DEVICES;
  const run = { end: { kind: 'code', code: 0 }, startedUnixMilliseconds: 0, seconds: 1 };
  const lost = { kind: 'unusable', device: 'GPU-1', part: 'accelerator', source: 'nvml', reason: 'it is lost' };
  const idle = { seconds: 10, devices: [{ ...card, microjoules: 200_000_000n }] };
  const runs = [
    { ...run, devices: [card, processor] },
    { ...run, devices: [lost, processor] },
  ];
  const measurement = { argv: ['true'], runs, idle, devices: [], versions: {} } as unknown as Measurement;
  const lines = measurementText(measurement, { color: false, width: 200 }).map((line) => line.trim());
  expect(lines).toContain('accelerator 100.0 ± 1.4 J (one run of 2)  GPU-1');
  expect(lines).toContain('± 1 J from window to window (edges 1 J), ± 1 J gain of the device');
  expect(lines.find((line) => line.startsWith('net of idle'))).toMatch(/^net of idle: 80\.0 ± 1\.\d J, idle being 20/);
  expect(lines.find((line) => line.startsWith('Sum'))).toMatch(/^Sum +105\.0 ± 2\.0 J \(one run of 2\); /);
});

test('a program that stood still itself says so of the time', () => {
  const run = { end: { kind: 'code', code: 0 }, startedUnixMilliseconds: 0, seconds: 5.36 };
  const linesOf = (stood: object) => {
    const runs = [{ ...run, ...stood, devices: DEVICES }];
    const measurement = { argv: ['true'], runs, devices: [], versions: {} } as unknown as Measurement;
    return measurementText(measurement, { color: false, width: 200 }).map((line) => line.trim());
  };
  const lines = linesOf({ stoodSeconds: 3.1 });
  const time = lines.findIndex((line) => /^Time +5\.36 s$/.test(line));
  expect(lines[time + 1]).toMatch(/^ecopt itself stood still for 3\.1 s of it, .* ended up to that much earlier$/);
  expect(linesOf({}).join()).not.toContain('stood still');
});

test('what the command left running is named', () => {
  const left = [{ pid: 1, name: 'a' }, { pid: 2 }, { pid: 3, name: 'c' }, { pid: 4, name: 'd' }];
  const run = {
    end: { kind: 'code', code: 0 },
    startedUnixMilliseconds: 0,
    seconds: 1,
    devices: [],
  };
  const textOf = (leftBehind: readonly object[]): string | undefined => {
    const measurement = { argv: ['true'], runs: [{ ...run, leftBehind }], devices: [], versions: {} };
    const lines = measurementText(measurement as unknown as Measurement, { color: false, width: 200 });
    return lines.find((line) => line.includes('Left'))?.replace(/ +/g, ' ');
  };
  expect(textOf(left)).toBe(
    ' Left processes 1 (a), 2, 3 (c) and 1 more still ran after the command; what they spend then is in no figure',
  );
  expect(textOf(left.slice(1, 2))).toBe(
    ' Left process 2 still ran after the command; what it spends then is in no figure',
  );
  expect(textOf([])).toBeUndefined();
});
