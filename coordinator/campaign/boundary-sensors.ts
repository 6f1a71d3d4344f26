/** Whether a machine's sensors cover a campaign's boundary on one of its slots, part by part. */

import type { Campaign } from '../../shared/domain/campaign.js';
import type { MachineDescription, SensorReport, Slot } from '../../shared/domain/hardware.js';
import { BOUNDARY_PARTS, boundaryFor, isMeasured, REQUIRED_PARTS } from '../../shared/domain/measurement.js';
import type { Boundary, Part } from '../../shared/domain/measurement.js';

export interface MeteredSlot {
  readonly machine: Pick<MachineDescription, 'sensors'>;
  readonly slot: Pick<Slot, 'devices'>;
}

/**
 * Why the energy of a campaign's trials cannot be told on this slot; undefined where it can, or where none is asked for.
 *
 * Every device that a trial holds needs a sensor, and so does every part that the boundary cannot do without. Where the
 * campaign requires measured energy, each figure that will be summed must be measured.
 */
export function sensorMissing(
  { objectives, measurement }: Campaign,
  { machine, slot }: MeteredSlot,
): string | undefined {
  if (!objectives.some(({ from }) => from === 'energy')) return undefined;
  const boundary = boundaryFor(measurement.boundary, slot.devices);
  const summed = summedSensors(machine.sensors, { boundary, slot });
  const lacking = lackingPart(summed, { boundary, slot });
  if (lacking !== undefined) {
    const nothing = lacking === 'accelerator' && slot.devices.length === 0 ? heldNone(machine.sensors) : undefined;
    const missing = machine.sensors.filter(({ part, available }) => part === lacking && !available);
    return `cannot meter the boundary ${boundary}, since ${lacking} has no sensor: ${nothing ?? detailOf(missing)}`;
  }
  const guessed = summed.filter(({ provenance }) => provenance === undefined || !isMeasured(provenance));
  const [first] = guessed;
  if (measurement.require !== 'measured' || !first) return undefined;
  const missing = machine.sensors.filter(({ part, available }) => part === first.part && !available);
  return `knows the energy of its ${first.part} only as ${first.provenance ?? 'unknown'}, and the campaign requires measured energy: ${detailOf([...missing, ...guessed])}`;
}

/** A GPU that is there and could not be read when the agent started is none that it offers later. */
function heldNone(sensors: readonly SensorReport[]): string {
  const unmetered = sensors.filter(({ part, isUnmetered }) => part === 'accelerator' && isUnmetered);
  const [first] = unmetered;
  if (!first) return 'the slot holds none';
  const why = unmetered.map(({ device, detail }) => `${device}: ${detail.replace(/\.$/, '')}`).join('; ');
  return `the slot holds none (${why}; start the agent again once that is mended)`;
}

/** The sensors whose figures make up the sum: of the devices that the slot holds, and of what all trials share. */
function summedSensors(sensors: readonly SensorReport[], { boundary, slot }: BoundarySlot): readonly SensorReport[] {
  return sensors.filter(
    ({ available, part, device }) =>
      available && BOUNDARY_PARTS[boundary].includes(part) && (part !== 'accelerator' || slot.devices.includes(device)),
  );
}

interface BoundarySlot {
  readonly boundary: Boundary;
  readonly slot: Pick<Slot, 'devices'>;
}

function lackingPart(summed: readonly SensorReport[], { boundary, slot }: BoundarySlot): Part | undefined {
  return REQUIRED_PARTS[boundary].find((wanted) => {
    if (wanted === 'accelerator') return !holdsOnlyMetered(summed, slot);
    return !summed.some(({ part, includes }) => part === wanted || includes?.includes(wanted));
  });
}

const holdsOnlyMetered = (summed: readonly SensorReport[], { devices }: Pick<Slot, 'devices'>): boolean =>
  devices.length > 0 && devices.every((held) => summed.some(({ device }) => device === held));

const detailOf = (sensors: readonly SensorReport[]): string =>
  [...new Set(sensors.map(({ detail }) => detail))].join('; ') || 'no such sensor was found';
