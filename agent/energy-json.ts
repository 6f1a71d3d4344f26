/** Energy of devices as JSON: joules as numbers, absent what is unknown, never 0 for it. */

import { randomJoules, type DeviceEnergy, type EnergyUncertainty } from '../shared/domain/measurement.js';

/** Joules from microjoules. */
export const joulesOf = (microjoules: bigint): number => Number(microjoules) / 1e6;

/** One standard uncertainty of a figure by itself: what is random and the gain together. */
export const standardJoules = (uncertainty: EnergyUncertainty): number =>
  Math.hypot(randomJoules(uncertainty), uncertainty.gainJoules);

/** The energy of one device in one window; where it is 0 without a stated uncertainty, with what bounds it. */
export function deviceEnergyJson(energy: DeviceEnergy): object {
  if (energy.kind === 'unusable') return energy;
  const { microjoules, rawMicrojoules, unattributedMicrojoules, check, ...rest } = energy;
  return {
    ...rest,
    joules: joulesOf(microjoules),
    ...belowJoules(energy),
    ...(rawMicrojoules !== undefined && { rawJoules: joulesOf(rawMicrojoules) }),
    ...(unattributedMicrojoules !== undefined && { unattributedJoules: joulesOf(unattributedMicrojoules) }),
    ...(check && { check: { source: check.source, joules: joulesOf(check.microjoules) } }),
  };
}

function belowJoules({ microjoules, unattributedMicrojoules = 0n, uncertainty }: UsableEnergy): object {
  const isExact = microjoules === 0n && standardJoules(uncertainty) === 0;
  return isExact && unattributedMicrojoules > 0n ? { belowJoules: joulesOf(unattributedMicrojoules) } : {};
}

type UsableEnergy = DeviceEnergy & { readonly kind: 'usable' };
