import { expect, describe, test } from 'vitest';

import { deviceId } from '../../../../shared/domain/identity.js';
import { cpuModelSource, CPU_MODEL_DEVICE } from '../../../../agent/meter/sources/cpu-model-source.js';
import { corePower } from '../../../../agent/meter/sources/cpu-power-figures.js';
import type { TrialLoad } from '../../../../agent/meter/energy-source.js';
import { SIMULATED_MODELS } from '../../../../agent/meter/sources/simulated-devices.js';
import { simulatedSource } from '../../../../agent/meter/sources/simulated-source.js';
import { ManualClock } from '../manual-clock.js';
import { MS, SECOND } from '../sensors.js';

const SIM = deviceId('SIM-1');
const load = (atNanoseconds: bigint, cpuNanoseconds: bigint, trial = 1): TrialLoad => ({
  trial,
  devices: [SIM],
  cpuNanoseconds,
  atNanoseconds,
});

describe('the CPU model', () => {
  const source = cpuModelSource(corePower('AMD EPYC', 10), 'AMD EPYC');

  test('charges each trial with its processor time times the figure', () => {
    const readings = source.sample(new Set([CPU_MODEL_DEVICE]), [load(5n, 2n * SECOND, 1), load(6n, 3n * SECOND, 2)]);
    expect(readings).toMatchObject([
      { kind: 'energy', trial: 1, microjoules: 20_000_000n },
      { kind: 'energy', trial: 2, microjoules: 30_000_000n },
    ]);
    expect(source.sample(new Set(), [load(5n, 2n, 1)])).toEqual([]);
  });

  test('says that it is a model, with its figure and basis', () => {
    const [found] = source.probe().found;
    expect(found).toMatchObject({
      provenance: 'model',
      part: 'cpu',
      perTrial: true,
      device: { id: 'cpu', kind: 'cpu-host' },
    });
    expect(found?.detail).toMatch(/10\.0 W per busy core \(stated by the operator; ±30 %\)/);
    expect(source.isFallback).toBe(true);
  });
});

describe('watts per core', () => {
  test.each([
    ['AMD EPYC', 5.4, 0.31],
    ['Intel(R) Xeon(R) Gold 6248 CPU @ 2.50GHz', 5.4, 0.31],
    ['Intel(R) Core(TM) i7-8700 CPU @ 3.20GHz', 9.2, 0.35],
    ['AMD Ryzen 9 5950X 16-Core Processor', 9.2, 0.35],
    ['CPU', 5.4, 0.5],
  ])('%s', (product, watts, gain) => {
    const figure = corePower(product, undefined);
    expect(figure.wattsPerBusyCore).toBeCloseTo(watts, 1);
    expect(figure.gain).toBeCloseTo(gain, 1);
    expect(figure.basis).toMatch(/mean rated power per core of/);
  });

  test('the operator’s figure stands', () => {
    expect(corePower('AMD EPYC', 7.5)).toMatchObject({ wattsPerBusyCore: 7.5, gain: 0.3 });
  });
});

describe('a simulated device', () => {
  const open = (name: string) => {
    const model = SIMULATED_MODELS.find((one) => one.name === name)!;
    const source = simulatedSource({ clock: new ManualClock(), id: SIM, model });
    let spent = 0n;
    const at = (milliseconds: bigint, loads: readonly TrialLoad[]): number => {
      const [reading] = source.sample(new Set([SIM]), loads);
      if (reading?.kind !== 'energy') throw new Error('no reading');
      expect(reading.atNanoseconds).toBe(milliseconds * MS);
      const step = reading.microjoules - spent;
      spent = reading.microjoules;
      return Number(step) / 1e6;
    };
    return { source, at };
  };
  const step = (device: ReturnType<typeof open>, milliseconds: bigint, cpu: bigint): number =>
    device.at(milliseconds, [load(milliseconds * MS, cpu * MS)]);

  test('idle draws idle power, full load peak power, half load the middle', () => {
    const device = open('h100');
    step(device, 1000n, 0n);
    expect(step(device, 2000n, 0n)).toBeCloseTo(70, 6);
    expect(step(device, 3000n, 1000n)).toBeCloseTo(700, 6);
    expect(step(device, 4000n, 1500n)).toBeCloseTo(385, 6);
  });

  test('more than one busy core is no more than full load', () => {
    const device = open('a100');
    step(device, 0n, 0n);
    expect(step(device, 1000n, 8000n)).toBeCloseTo(400, 6);
  });

  test('ticks that are counted a little late are not lost', () => {
    const device = open('a100');
    step(device, 0n, 0n);
    const energies = [60n, 100n, 160n, 200n].map((cpu, i) => step(device, 50n * BigInt(i + 1), cpu));
    expect(energies.reduce((sum, joules) => sum + joules, 0)).toBeCloseTo(400 * 0.2, 6);
  });

  test('a trial on another device adds nothing', () => {
    const device = open('jetson-orin');
    step(device, 0n, 0n);
    const other = { ...load(1000n * MS, SECOND, 2), devices: [deviceId('SIM-2')] };
    expect(device.at(1000n, [load(1000n * MS, 0n), other])).toBeCloseTo(9, 6);
  });

  test('is labelled in device and sensor, for every model', () => {
    for (const { name, idleWatts, peakWatts } of SIMULATED_MODELS) {
      const [found] = open(name).source.probe().found;
      expect(found?.provenance).toBe('simulated');
      expect(found?.device.simulated).toMatch(new RegExp(`${idleWatts} W idle, ${peakWatts} W`));
      expect(found?.detail).toMatch(/simulated, not measured/);
      expect(idleWatts).toBeLessThan(peakWatts);
    }
  });
});
