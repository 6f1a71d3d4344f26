import { describe, expect, test } from 'vitest';

import { deviceEnergyJson, standardJoules } from '../../agent/energy-json.js';
import {
  energyText,
  netText,
  powerText,
  remarksOn,
  uncertainJoules,
  uncertaintyText,
} from '../../agent/energy-text.js';
import { objectivesText, observationJson, observationText } from '../../agent/try-text.js';
import { deviceId } from '../../shared/domain/identity.js';
import type { Objective } from '../../shared/domain/campaign.js';
import { WINDOW_EVENTS, type DeviceEnergy } from '../../shared/domain/measurement.js';
import type { Observation } from '../../shared/domain/trial.js';
import { windowEventText } from '../../shared/runtime/window-event-text.js';

const energy = {
  kind: 'usable',
  device: deviceId('GPU-1'),
  part: 'accelerator',
  source: 'nvml',
  provenance: 'counter',
  microjoules: 1_500_000_000n,
  meanWatts: 150,
  uncertainty: { edgeJoules: 3, samplingJoules: 4, gapJoules: 0, gainJoules: 12 },
  events: ['wrap'],
  rawMicrojoules: 1_400_000_000n,
  unattributedMicrojoules: 500_000_000n,
  check: { source: 'nvml-power', microjoules: 1_530_000_000n },
  temperatureCelsius: { start: 40, end: 40.2 },
} satisfies DeviceEnergy;

test('microjoules of every kind become joules', () => {
  const { microjoules: _1, rawMicrojoules: _2, unattributedMicrojoules: _3, ...rest } = energy;
  expect(deviceEnergyJson(energy)).toEqual({
    ...rest,
    joules: 1500,
    rawJoules: 1400,
    unattributedJoules: 500,
    check: { source: 'nvml-power', joules: 1530 },
  });
});

test('what is unknown keeps its reason and gets no number', () => {
  const unusable = {
    kind: 'unusable',
    device: energy.device,
    part: 'accelerator',
    source: 'nvml',
    reason: 'gone',
  } as const;
  expect(deviceEnergyJson(unusable)).toEqual(unusable);
});

test('an uncertainty by itself is what is random and the gain in squares', () => {
  expect(standardJoules(energy.uncertainty)).toBe(13);
});

describe('in words', () => {
  test('a figure and its uncertainty are in one unit', () => {
    expect(uncertainJoules(1500, 13)).toBe('1.500 ± 0.013 kJ');
    expect(uncertainJoules(0.0021, 0.0004)).toBe('2.10 ± 0.40 mJ');
  });

  test('0 is never exact: it carries its uncertainty, or what the device spent bounds it', () => {
    const nothing = { ...energy, microjoules: 0n, meanWatts: 0, unattributedMicrojoules: 120_000_000n };
    const none = { edgeJoules: 0, samplingJoules: 0, gapJoules: 0, gainJoules: 0 };
    expect(energyText({ ...nothing, uncertainty: { ...none, edgeJoules: 0.022 } })).toBe('0 ± 22 mJ');
    expect(energyText({ ...nothing, uncertainty: none })).toBe('below 120 J');
    const { unattributedMicrojoules: _, ...bare } = nothing;
    expect(energyText({ ...bare, uncertainty: none })).toBe('too little to be resolved');
    expect(powerText({ ...nothing, uncertainty: none })).toBe('40 °C');
    expect(uncertaintyText(none)).toBeUndefined();
    expect(deviceEnergyJson({ ...nothing, uncertainty: none })).toMatchObject({ joules: 0, belowJoules: 120 });
  });

  test('parts of the uncertainty that are 0 are not listed', () => {
    expect(uncertaintyText(energy.uncertainty)).toBe(
      '± 5 J from window to window (edges 3 J, sampling 4 J), ± 12 J gain of the device',
    );
  });

  test('what is not known of power and temperature is left out', () => {
    expect(powerText(energy)).toBe('mean 150 W, 40 °C');
    expect(powerText({ ...energy, peakWatts: 310, temperatureCelsius: { start: 40, end: 61.6 } })).toBe(
      'mean 150 W, peak 310 W, 40 to 62 °C',
    );
  });

  test('corrections, shares, second readings and events are remarks', () => {
    expect(remarksOn(energy)).toEqual([
      'corrected by its calibration; the sensor said 1.4 kJ',
      'of 2 kJ of the whole device; the rest is charged to nobody here',
      // Than the 1.4 kJ that were not corrected either.
      'second reading (nvml-power): 1.53 kJ, 9.3 % more than the sensor said',
      'the counter ran over, which was undone',
    ]);
  });

  test('energy below idle is told from noise about 0', () => {
    const uncertainty = { ...energy.uncertainty, gainJoules: 0, idleJoules: 0 };
    const net = { kind: 'usable', idleWatts: 70, provenance: 'counter', uncertainty, belowIdle: true } as const;
    expect(netText({ ...net, joules: -6 }, 2)).toBe(
      'net of idle: -6.0 ± 5.0 J, idle being 70.0 ± 2.0 W; it cannot be told from 0',
    );
    expect(netText({ ...net, joules: -60 }, 2)).toContain('below 0: it drew less than at rest before');
    expect(netText({ ...net, joules: 60, belowIdle: false }, 2)).toBe(
      'net of idle: 60.0 ± 5.0 J, idle being 70.0 ± 2.0 W',
    );
  });

  test('every event has its words, others are shown harmlessly', () => {
    for (const event of WINDOW_EVENTS) expect(windowEventText(event)).toMatch(/^[a-z].* /);
    expect(windowEventText('odd\u001b[2J')).toBe('odd\\x1b[2J');
    expect(windowEventText('constructor')).toBe('constructor');
  });
});

test('a trial with second readings can be written as JSON and as text', () => {
  const window = { kind: 'train', label: '', ordinal: 0, startNanoseconds: 0n, endNanoseconds: 10_000_000_000n };
  const observation = {
    ...{ end: { kind: 'completed' }, metrics: {}, sealed: {}, energy: [], devices: [], durationSeconds: 10 },
    windows: [{ ...window, devices: [energy] }],
  } as unknown as Observation;
  const names = { all: [], sealed: [] };
  expect(JSON.parse(JSON.stringify(observationJson(observation, {}, names)))).toMatchObject({
    windows: [{ seconds: 10, devices: [{ joules: 1500, check: { joules: 1530 } }] }],
  });
  expect(observationText(observation, names).join('\n')).toContain('1.500 ± 0.013 kJ');
});

describe('what a trial yielded', () => {
  const window = {
    ...{ kind: 'train', label: '', ordinal: 0, items: 500, unit: 'step' },
    ...{ startNanoseconds: 0n, endNanoseconds: 10_000_000_000n, devices: [energy] },
  };
  const failure = { kind: 'unknown', reason: 'exit-code', message: 'it ended with status 3', signature: 'x' };
  const observation = {
    ...{ end: { kind: 'failed', failure }, metrics: { loss: 2.8203169341285372 }, sealed: {} },
    ...{ energy: [], devices: [], durationSeconds: 10, windows: [window] },
  } as unknown as Observation;

  test('has an uncertainty per item too, metrics of a sensible length, and a reason that says something', () => {
    const text = observationText(observation, { all: ['loss'], sealed: [] }).join('\n');
    expect(text).toContain('1.500 ± 0.013 kJ, 3.000 ± 0.026 J per step');
    expect(text).toMatch(/loss +2\.820$/m);
    expect(text).toContain('Failed (exit-code): it ended with status 3;');
  });

  const objectives = [
    { name: 'energy', unit: 'J/step' },
    { name: 'loss', unit: '' },
  ] as unknown as Objective[];
  const summed = (joules: number, edgeJoules: number) => ({
    kind: 'usable' as const,
    provenance: 'model' as const,
    ...{ joules, items: 500 },
    uncertainty: { edgeJoules, samplingJoules: 0, gapJoules: 0, gainJoules: 0 },
  });

  test('shows energy objectives with uncertainty and provenance, and 0 never as exact', () => {
    const values = {
      objectives: { energy: 3 },
      missing: { loss: 'not reported' },
      energies: { energy: summed(1500, 13) },
    };
    const lines = objectivesText(objectives, values, { windows: [window], durationSeconds: 11 });
    expect(lines).toContain('  energy  3.000 ± 0.026 J/step  model: modelled, not measured');
    expect(lines.slice(-2)).toEqual(['', 'The program marked the windows train']);
    const unmarked = objectivesText(objectives, values, { windows: [window], durationSeconds: 10 });
    expect(unmarked.at(-1)).toBe('The program marked no windows: its whole run counts as train');
    const zero = { objectives: { energy: 0 }, missing: {}, energies: { energy: summed(0, 0) } };
    expect(objectivesText(objectives, zero, { windows: [window], durationSeconds: 11 }).join('\n')).toContain(
      'energy  below 4 J/step  model',
    );
  });
});
