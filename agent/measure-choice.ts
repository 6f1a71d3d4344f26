/** What one measurement is about: the devices that were named, or else all that are there, and the wall meter that was asked for. */

import type { SensorReport } from '../shared/domain/hardware.js';
import type { DeviceId } from '../shared/domain/identity.js';
import type { DeviceEnergy, Part } from '../shared/domain/measurement.js';
import type { Meter } from './meter/meter.js';
import { WALL_METER } from './meter/sources/wall-meter-source.js';
import type { MachineFlags } from './open-machine.js';

export type MeasureChoice = Pick<MachineFlags, 'devices' | 'wallMeter'> & {
  /** GPUs that the command sees (`CUDA_VISIBLE_DEVICES`); absent: all. */
  readonly visible?: string;
};

/** All sensors of the host together, as `--devices` names them. */
const HOST = 'cpu';

/**
 * The same meter, whose windows hold nothing that was not asked for.
 *
 * Named accelerators alone leave the host's sensors out. What belongs in a figure and cannot be metered is in each window
 * as unusable, with its reason: a wall meter that was asked for, and accelerators of which none was named.
 */
export function chosenMeter(meter: Meter, choice: MeasureChoice): Meter {
  const isChosen = chooser(meter.sensors, choice);
  const missing = [...unmetered(meter.sensors, choice), ...missingWallMeter(meter.sensors, choice)];
  return {
    ...delegated(meter),
    attach(asked) {
      const trial = meter.attach(asked);
      return {
        window: async (start, end) => [...(await trial.window(start, end)).filter(isChosen), ...missing],
        total: async (end) => (await trial.total(end)).filter(isChosen),
        tickSeconds: () => trial.tickSeconds(),
        close: () => trial.close(),
      };
    },
  };
}

function delegated(meter: Meter): Omit<Meter, 'attach'> {
  return {
    devices: meter.devices,
    sensors: meter.sensors,
    ...(meter.versions && { versions: meter.versions }),
    currentSensors: () => meter.currentSensors(),
    conditions: (devices) => meter.conditions(devices),
    strangers: (devices) => meter.strangers(devices),
    close: () => meter.close(),
  };
}

type Chooser = (energy: { readonly part: Part; readonly device: DeviceId }) => boolean;

function chooser(sensors: readonly SensorReport[], { devices, wallMeter }: MeasureChoice): Chooser {
  const accelerators = sensors.filter(({ part }) => part === 'accelerator');
  const namesHost = (name: string): boolean =>
    name === HOST || sensors.some(({ part, device }) => part !== 'accelerator' && device.startsWith(name));
  if (devices === undefined || accelerators.length === 0 || devices.some(namesHost)) return () => true;
  return ({ part, device }) => part === 'accelerator' || (wallMeter !== undefined && device === WALL_METER);
}

/** Why the wall meter that was asked for cannot be read; `undefined` if it can, or none was asked for. */
export function wallMeterFault(sensors: readonly SensorReport[], { wallMeter }: MeasureChoice): string | undefined {
  if (wallMeter === undefined) return undefined;
  const sensor = sensors.find(({ device }) => device === WALL_METER);
  return sensor?.available ? undefined : (sensor?.detail ?? 'there is no wall meter beside a simulated device');
}

/** A GPU that cannot be told from others by name is taken for one that the command sees, until it sees as many as it may. */
function unmetered(sensors: readonly SensorReport[], { devices, visible }: MeasureChoice): readonly DeviceEnergy[] {
  if (devices !== undefined) return [];
  const metered = sensors.filter(({ part, available }) => part === 'accelerator' && available).length;
  if (visible !== undefined && metered >= visible.split(',').filter((name) => name.trim() !== '').length) return [];
  return sensors
    .filter(({ isUnmetered }) => isUnmetered)
    .map(({ device, part, source, detail }) => ({
      kind: 'unusable',
      device,
      part,
      source,
      reason: detail.replace(/\.$/, ''),
    }));
}

function missingWallMeter(sensors: readonly SensorReport[], choice: MeasureChoice): readonly DeviceEnergy[] {
  const reason = wallMeterFault(sensors, choice);
  if (reason === undefined) return [];
  return [{ kind: 'unusable', device: WALL_METER, part: 'machine', source: 'wall-meter', reason }];
}
