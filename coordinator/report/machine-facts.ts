/** One agent's machine as plain JSON: its devices, its sensors and how it trains. */

import type { RegisteredAgent } from '../../shared/domain/hardware.js';
import type { MachineFacts } from './report-data.js';

/** What a report tells of a machine; its labels and policy stay at home. */
export function machineFacts({ id, name, machine }: RegisteredAgent): MachineFacts {
  const { backend, slots } = machine;
  const classes = slots.flatMap(({ classes: { builtin, command } }) => [builtin, command]);
  return {
    agent: id,
    name,
    hostName: machine.hostName,
    operatingSystem: machine.operatingSystem,
    cpuModel: machine.cpuModel,
    cores: machine.cores,
    memoryBytes: machine.memoryBytes,
    backend: backend.name,
    backendReason: backend.reason,
    ...(backend.gpuAdvice !== undefined && { gpuAdvice: backend.gpuAdvice }),
    classes: [...new Set(classes.filter((known) => known !== undefined))],
    devices: machine.devices,
    sensors: machine.sensors,
    versions: machine.versions,
  };
}
