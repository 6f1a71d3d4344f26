/** The energy of attempts that died with their agent, from the meter's journal. */

import type { DeviceId } from '../shared/domain/identity.js';
import type { AttemptEnergy } from '../shared/domain/measurement.js';
import { loadCalibrations } from './meter/calibration/calibration-files.js';
import { correctTotal, useOf } from './meter/calibration/calibration.js';
import { energySince, type JournalledEnergy } from './meter/journal/read-journal.js';

export interface EnergyFolders {
  readonly journalFolder: string;
  readonly calibrationFolder: string;
}

/** What of an attempt must be known. */
export interface LostAttempt {
  readonly devices: readonly DeviceId[];
  readonly startedUnixMilliseconds: number;
}

/**
 * Energy of the devices that an attempt held, from its start to the last reading before the agent died, corrected as its
 * own figures were. A device of which the journal does not know that is left out.
 */
export function lostEnergy({ journalFolder, calibrationFolder }: EnergyFolders) {
  const calibrations = loadCalibrations(calibrationFolder);
  const corrected = ({ energy, seconds, header }: JournalledEnergy): AttemptEnergy => {
    const calibration = calibrations.get(energy.device);
    return calibration !== undefined && useOf(calibration, header).applies
      ? correctTotal(energy, seconds, calibration)
      : energy;
  };
  return ({ devices, startedUnixMilliseconds }: LostAttempt): readonly AttemptEnergy[] =>
    devices.flatMap((device) => {
      const found = energySince(journalFolder, device, startedUnixMilliseconds);
      return found === undefined ? [] : [corrected(found)];
    });
}
