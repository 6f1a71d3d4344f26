/** What people are told of the sensors: which are read, which are not and why, and how good they are. */

import type { SensorReport } from '../../shared/domain/hardware.js';
import type { DeviceId } from '../../shared/domain/identity.js';
import type { ProbedDevice } from './energy-source.js';
import type { HeldDevices } from './held-devices.js';
import type { SensorState } from './sampling/sampler.js';

export interface FoundSensors {
  readonly devices: HeldDevices;
  readonly missing: readonly SensorReport[];
}

/** @param note - What is to be added on a device, such as its calibration. */
export function sensorReports(
  { devices, missing }: FoundSensors,
  states: readonly SensorState[],
  note: (device: DeviceId) => string,
): readonly SensorReport[] {
  const { held, leftOut, yielded, yieldedTo } = devices;
  const holder = yieldedTo === undefined ? 'another process' : `process ${yieldedTo}`;
  const elsewhere = `held by ${holder}, which meters the host; this agent meters its accelerators only.`;
  return [
    ...held.map((probed) => readReport(probed, states, note)),
    ...leftOut.map(({ probed, reason }) => notRead(probed, reason)),
    ...yielded.map((probed) => notRead(probed, elsewhere)),
    ...missing,
  ];
}

function readReport(
  { device, part, source, provenance, detail, includes }: ProbedDevice,
  states: readonly SensorState[],
  note: (device: DeviceId) => string,
): SensorReport {
  const state = states.find((one) => one.device === device.id);
  return {
    device: device.id,
    part,
    source,
    available: state?.isLost !== true,
    provenance,
    detail: [detail + note(device.id), ...(state?.remark === undefined ? [] : [state.remark])].join('; '),
    ...(state?.quality && { quality: state.quality }),
    ...(includes && { includes }),
  };
}

const notRead = ({ device, part, source }: ProbedDevice, detail: string): SensorReport => ({
  device: device.id,
  part,
  source,
  available: false,
  detail,
});
