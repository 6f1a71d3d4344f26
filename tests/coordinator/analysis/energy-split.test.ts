import { expect, test } from 'vitest';
import { energySplit } from '../../../coordinator/analysis/energy-split.js';
import { deviceId } from '../../../shared/domain/identity.js';
import type { DeviceEnergy, WindowReading } from '../../../shared/domain/measurement.js';
import type { TrialResult } from '../../../shared/domain/trial.js';
import { accuracyCampaign, energyResult, reading } from '../../support/energy-results.js';

const usable = (joules: number, change: object = {}): DeviceEnergy => ({
  ...{ kind: 'usable', device: deviceId('GPU-1'), part: 'accelerator', source: 'nvml', provenance: 'counter' },
  ...{ microjoules: BigInt(joules * 1e6), meanWatts: 1, events: [] },
  uncertainty: { edgeJoules: 1, samplingJoules: 0, gapJoules: 0, gainJoules: 0.05 * joules },
  ...change,
});

const train = (from: number, to: number, devices: readonly DeviceEnergy[]): WindowReading => ({
  ...{ kind: 'train', label: '', ordinal: from, devices },
  ...{ startNanoseconds: BigInt(from), endNanoseconds: BigInt(to) },
});

function resultWith(windows: readonly WindowReading[], energy = [reading(100)]): TrialResult {
  const result = energyResult({ index: 1, joules: 1 });
  return { ...result, observation: { ...result.observation!, windows, energy } };
}

test('what windows of objectives took is told apart from the rest of their trials, with the gain of the sensors', () => {
  const idle = { ...train(0, 9, [usable(7)]), kind: 'idle' };
  expect(energySplit(accuracyCampaign, [resultWith([idle, train(10, 20, [usable(60)])])])).toEqual([
    { provenance: 'counter', windowJoules: 60, trialJoules: 100, gainRelative: 0.05 },
  ]);
});

test('provenances stand for themselves, the whole machine and trials without a result are left out', () => {
  const cpu = { part: 'cpu', provenance: 'model' } as const;
  const machine = { part: 'machine' } as const;
  const windows = [train(0, 1, [usable(60), usable(10, cpu), usable(80, machine)])];
  const energy = [reading(100), reading(30, cpu), reading(200, machine)];
  const good = resultWith(windows, energy);
  const failed = { ...good, trial: { ...good.trial, state: 'failed' as const } };
  expect(energySplit(accuracyCampaign, [good, failed])).toMatchObject([
    { provenance: 'counter', windowJoules: 60, trialJoules: 100 },
    { provenance: 'model', windowJoules: 10, trialJoules: 30 },
  ]);
});

test('a stretch of time that two windows share counts once', () => {
  const windows = [train(0, 10, [usable(60)]), train(2, 5, [usable(20)])];
  expect(energySplit(accuracyCampaign, [resultWith(windows)])).toMatchObject([{ windowJoules: 60 }]);
});

test('without a usable window nothing is told', () => {
  const gone = {
    kind: 'unusable',
    device: deviceId('GPU-1'),
    part: 'accelerator',
    source: 'x',
    reason: 'gap',
  } as const;
  expect(energySplit(accuracyCampaign, [resultWith([train(0, 10, [gone])])])).toEqual([]);
  expect(energySplit(accuracyCampaign, [])).toEqual([]);
});
