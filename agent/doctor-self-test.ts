/** Five seconds of metering that test the sensors against themselves: two readings of a device, and parts against the whole. */

import type { DeviceId } from '../shared/domain/identity.js';
import { isMeasured, randomJoules, type DeviceEnergy, type Part } from '../shared/domain/measurement.js';
import type { Clock } from '../shared/runtime/clock.js';
import { joulesOf } from './energy-json.js';
import { acceleratorsOf } from './measure-run.js';
import type { Meter } from './meter/meter.js';

export interface SelfTest {
  readonly seconds: number;
  readonly devices: readonly DeviceTest[];
}

/** What the test found of one device. */
export interface DeviceTest {
  readonly device: DeviceId;
  readonly part: Part;
  readonly energy: DeviceEnergy;
  /** Mean power of the whole device, what is charged to nobody included; absent when it is not measured. */
  readonly meanWatts?: number;
  /** The second reading over the first, less 1; or why there is none to compare. */
  readonly comparison:
    { readonly kind: 'compared'; readonly difference: number } | { readonly kind: 'untested'; readonly reason: string };
  /** The two halves of the test add up to the whole, but for rounding; absent when one of them is unknown. */
  readonly addsUp?: boolean;
}

/** Beyond this two readings of one device contradict each other; so counters and integrals differ at worst that are sound. */
const WORST_DIFFERENCE = 0.05;

export const TEST_SECONDS = 5;

/** Meters the machine as it is, twice half the time and once as a whole. */
export async function selfTest(meter: Meter, clock: Clock, signal: AbortSignal): Promise<SelfTest> {
  const trial = meter.attach({ devices: acceleratorsOf(meter), toleratesStrangers: true });
  try {
    const start = clock.monotonicNanoseconds();
    await clock.sleep(1000 * TEST_SECONDS, signal).catch(() => undefined);
    const end = clock.monotonicNanoseconds();
    const middle = start + (end - start) / 2n;
    const [whole, first, second] = await Promise.all([
      trial.window(start, end),
      trial.window(start, middle),
      trial.window(middle, end),
    ]);
    const seconds = Number(end - start) / 1e9;
    return { seconds, devices: whole.map((energy) => testOf(energy, { first, second, seconds })) };
  } finally {
    await trial.close();
  }
}

/** Microjoules: a calibrated figure is rounded by itself. */
const ROUNDING = 2n;

interface Halves {
  readonly first: readonly DeviceEnergy[];
  readonly second: readonly DeviceEnergy[];
  readonly seconds: number;
}

function testOf(energy: DeviceEnergy, { first, second, seconds }: Halves): DeviceTest {
  const { device, part } = energy;
  const core = { device, part, energy };
  if (energy.kind === 'unusable') return { ...core, comparison: { kind: 'untested', reason: energy.reason } };
  if (!isMeasured(energy.provenance)) {
    return {
      ...core,
      comparison: { kind: 'untested', reason: 'its energy is not measured, so there is nothing to test' },
    };
  }
  const whole = wholeMicrojoules(energy);
  const halves = [first, second].map((all) => all.find((one) => one.device === device && one.part === part));
  const sum = halves.reduce<bigint | undefined>((total, half) => {
    return total === undefined || half?.kind !== 'usable' ? undefined : total + wholeMicrojoules(half);
  }, 0n);
  return {
    ...core,
    meanWatts: joulesOf(whole) / seconds,
    comparison: comparisonOf(energy),
    ...(sum !== undefined && { addsUp: sum - whole <= ROUNDING && whole - sum <= ROUNDING }),
  };
}

type UsableEnergy = DeviceEnergy & { readonly kind: 'usable' };

const wholeMicrojoules = ({ microjoules, unattributedMicrojoules = 0n }: UsableEnergy): bigint =>
  microjoules + unattributedMicrojoules;

function comparisonOf({ check, microjoules, rawMicrojoules }: UsableEnergy): DeviceTest['comparison'] {
  if (!check) return { kind: 'untested', reason: 'it has no second reading to compare with' };
  const own = joulesOf(rawMicrojoules ?? microjoules);
  if (own === 0) return { kind: 'untested', reason: 'it spent nothing that its sensor resolves' };
  return { kind: 'compared', difference: joulesOf(check.microjoules) / own - 1 };
}

/** Whether the two readings differ by more than they may, given how well a window of this length is known. */
export function contradicts({ energy, comparison }: DeviceTest): boolean {
  if (comparison.kind === 'untested' || energy.kind === 'unusable') return false;
  const joules = Math.max(joulesOf(energy.microjoules), Number.EPSILON);
  const allowed = Math.hypot(WORST_DIFFERENCE, (2 * randomJoules(energy.uncertainty)) / joules);
  return Math.abs(comparison.difference) > allowed;
}
