/** The sensors on which the energy of a trial rests here. */

import type { SensorReport } from '../../shared/domain/hardware.js';
import type { DeviceId } from '../../shared/domain/identity.js';
import { BOUNDARY_PARTS, isMeasured, type Boundary, type Provenance } from '../../shared/domain/measurement.js';

/** Provenances within a boundary, for a trial that holds these devices; none where nothing is read. */
export function boundaryProvenances(
  sensors: readonly SensorReport[],
  boundary: Boundary,
  devices: readonly DeviceId[],
): readonly Provenance[] {
  const parts = BOUNDARY_PARTS[boundary];
  return sensors.flatMap(({ available, provenance, part, device }) => {
    const isCovered = parts.includes(part) && (part !== 'accelerator' || devices.includes(device));
    return available && provenance && isCovered ? [provenance] : [];
  });
}

/** A window that is repeated should be long beside the update period and the noise of usual sensors. */
const MEASURED_WINDOW_SECONDS = 1;
/** Processor time, from which energy is modelled, is looked at about 20 times a second. */
const MODELLED_WINDOW_SECONDS = 0.25;

/** Seconds that a window to be repeated should last. */
export const windowSeconds = (provenances: readonly Provenance[]): number =>
  provenances.length > 0 && provenances.every(isMeasured) ? MEASURED_WINDOW_SECONDS : MODELLED_WINDOW_SECONDS;
