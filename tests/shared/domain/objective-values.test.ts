import { expect, test } from 'vitest';

import type { Campaign, EnergySource } from '../../../shared/domain/campaign.js';
import { deviceId } from '../../../shared/domain/identity.js';
import { randomJoules, type DeviceEnergy, type WindowReading } from '../../../shared/domain/measurement.js';
import { isWorthMeasuringAgain, objectiveValues, summedWindows } from '../../../shared/domain/objective-values.js';
import type { Observation } from '../../../shared/domain/trial.js';
import { seededRandom } from '../../../shared/runtime/random.js';
import { sampleCampaign } from '../../support/sample-campaign.js';
import { sampleObservation } from '../../support/sample-domain.js';

const DECODE: EnergySource = { window: 'infer', label: 'decode', per: 'token' };

const campaignWith = (energy: EnergySource): Campaign => ({
  ...sampleCampaign,
  objectives: [{ name: 'e', goal: 'minimize', unit: 'J', scale: 'log', from: 'energy', energy }],
  measurement: { ...sampleCampaign.measurement, boundary: 'cpu' },
});

interface Reading {
  readonly joules?: number;
  readonly items?: number;
  readonly edgeJoules?: number;
  readonly part?: DeviceEnergy['part'];
  readonly window?: Partial<WindowReading>;
}

function device({ joules, edgeJoules = 0, part = 'cpu' }: Reading): DeviceEnergy {
  const core = { device: deviceId('d'), part, source: 's' };
  if (joules === undefined) return { ...core, kind: 'unusable', reason: 'contaminated by process 4711 (python)' };
  return {
    ...core,
    kind: 'usable',
    provenance: 'counter',
    microjoules: BigInt(Math.round(1e6 * joules)),
    meanWatts: joules,
    uncertainty: { edgeJoules, samplingJoules: 0, gapJoules: 0, gainJoules: 0.02 * joules },
    events: [],
  };
}

const observed = (...readings: Reading[]): Observation => ({
  ...sampleObservation,
  devices: [],
  windows: readings.map((reading, ordinal) => ({
    ...{ kind: 'infer', label: 'decode', ordinal, items: reading.items ?? 100, unit: 'token' },
    ...{ startNanoseconds: 0n, endNanoseconds: 1_000_000_000n, devices: [device(reading)] },
    ...reading.window,
  })),
});

function read(observation: Observation, energy: EnergySource = DECODE) {
  const { objectives, missing, energies } = objectiveValues(campaignWith(energy), observation);
  return { value: objectives['e'], missing: missing['e'], energy: energies['e']! };
}

/** Eight repeats with a mean of 10 J per 100 tokens. */
const SPREAD = [9, 11, 10, 10.5, 9.5, 10, 10.5, 9.5].map((joules) => ({ joules }));

test('the energy per item of repeats is total joules over total items, with their number and how well they agree', () => {
  const { value, energy } = read(observed({ joules: 10, items: 50 }, { joules: 30, items: 350 }));
  expect(value).toBe(40 / 400);
  expect(energy).toMatchObject({ kind: 'usable', joules: 40, items: 400, repeats: { count: 2, unusable: 0 } });
  expect(read(observed(...SPREAD)).energy).toMatchObject({ repeats: { count: 8 } });
});

test('what is told as noise is the larger of what the meter expects and what repeats differ by', () => {
  const random = (observation: Observation): number => {
    const { energy } = read(observation);
    return energy.kind === 'usable' ? randomJoules(energy.uncertainty) : expect.unreachable();
  };
  const spread = random(observed(...SPREAD));
  // Variance of the eight: 3 / 7; of their sum: 8 * 3 / 7.
  expect(spread).toBeCloseTo(Math.sqrt((8 * 3) / 7), 1);
  expect(random(observed(...SPREAD.map((one) => ({ ...one, edgeJoules: 0.1 }))))).toBeCloseTo(spread, 9);
  expect(random(observed(...SPREAD.map((one) => ({ ...one, edgeJoules: 2 }))))).toBeCloseTo(2 * Math.sqrt(8), 9);
});

test('the gain of the sensor stays beside it: repeats do not lessen it', () => {
  const { energy } = read(observed(...SPREAD));
  expect(energy).toMatchObject({ uncertainty: { gainJoules: expect.closeTo(1.6, 9) as number } });
});

test('repeats without a figure are left out while most have one', () => {
  const { value, energy } = read(observed({ joules: 10 }, {}, { joules: 12 }));
  expect(value).toBe(22 / 200);
  expect(energy).toMatchObject({ items: 200, repeats: { count: 2, unusable: 1 } });
  expect(read(observed({ joules: 10 }, {}))).toMatchObject({ value: undefined, energy: { kind: 'unusable' } });
});

test('windows that are no repeats are summed, and each must have its figure', () => {
  const sum = { window: 'infer', label: 'decode' };
  expect(read(observed({ joules: 10 }, { joules: 12 }), sum).value).toBe(22);
  expect(read(observed({ joules: 10 }, { joules: 12 }), sum).energy).not.toHaveProperty('repeats');
  expect(read(observed({ joules: 10 }, { joules: 12 }, {}), sum).missing).toContain('contaminated');
  const labels = observed({ joules: 10 }, { joules: 90, window: { label: 'prefill' } });
  expect(read(labels, { window: 'infer', per: 'token' }).energy).not.toHaveProperty('repeats');
  expect(read(observed({ joules: 10 })).energy).not.toHaveProperty('repeats');
});

test('more repeats know more', () => {
  const random = seededRandom('more');
  const width = (count: number): number => {
    const { energy } = read(observed(...Array.from({ length: count }, () => ({ joules: 10 + random.normal() }))));
    return (energy.kind === 'usable' && energy.repeats?.relativeHalfWidth) || expect.unreachable();
  };
  expect(width(64)).toBeLessThan(width(8));
});

test('a contaminated window is worth measuring again; its accuracy is read all the same', () => {
  const campaign = campaignWith(DECODE);
  expect(isWorthMeasuringAgain(campaign, observed({}))).toBe(true);
  const both = { ...campaign, objectives: [...campaign.objectives, sampleCampaign.objectives[0]!] };
  const { objectives, missing } = objectiveValues(both, { ...observed({}), metrics: { validation_loss: 2.5 } });
  expect(objectives).toEqual({ 'validation loss': 2.5 });
  expect(missing).toEqual({ e: expect.stringContaining('contaminated by process 4711') as string });
});

test.each([
  ['the figure is there', observed({ joules: 1 })],
  ['enough repeats have one', observed({ joules: 1 }, { joules: 1 }, {})],
  ['the program marked no such window', observed({ window: { kind: 'train' } })],
  ['no sensor reads the boundary', observed({ part: 'accelerator' })],
  ['the program counted nothing', observed({ joules: 1, items: 0 })],
])('nothing is measured again when %s', (_, observation) => {
  expect(isWorthMeasuringAgain(campaignWith(DECODE), observation)).toBe(false);
});

test('a sum over windows of which some were left out is not known, and measuring again would not mend it', () => {
  const cut: Observation = { ...observed({ joules: 10 }, { joules: 12 }, {}), windowsLeftOut: 7 };
  const reason = /^7 windows did not fit into the trial's last message, so that the sum over infer is not known$/;
  const sum = read(cut, { window: 'infer' });
  expect(sum.value).toBeUndefined();
  expect(sum.missing).toMatch(reason);
  expect(sum.energy.kind).toBe('unusable');
  expect(summedWindows(cut, { window: 'infer' }, 'cpu')).toEqual([]);
  expect(isWorthMeasuringAgain(campaignWith({ window: 'infer' }), cut)).toBe(false);
  // All of them may be among those left out.
  expect(read(cut, { window: 'train' }).missing).toMatch(/sum over train is not known/);
  expect(read(cut, { window: 'train', per: 'token' }).missing).toMatch(/sum over train is not known/);
  const labels = observed({ joules: 10 }, { joules: 20, window: { label: 'prefill' } });
  expect(read({ ...labels, windowsLeftOut: 1 }, { window: 'infer', per: 'token' }).value).toBeUndefined();
});

test('energy per item of one label is known from the windows that are left', () => {
  const all = observed(...SPREAD);
  expect(read({ ...all, windowsLeftOut: 7 })).toEqual(read(all));
  expect(read({ ...all, windowsLeftOut: 0 }, { window: 'infer' })).toEqual(read(all, { window: 'infer' }));
});
