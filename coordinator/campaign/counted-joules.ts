/** The joules of several readings, none counted twice. */

import type { AttemptEnergy } from '../../shared/domain/measurement.js';

/** A reading of the whole machine includes the others, and counts only where there is no other. */
export function countedJoules(energy: readonly AttemptEnergy[]): number {
  const parts = energy.filter(({ part }) => part !== 'machine');
  const counted = parts.length > 0 ? parts : energy;
  return Number(counted.reduce((sum, { microjoules }) => sum + microjoules, 0n)) / 1e6;
}
