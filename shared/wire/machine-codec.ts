/** Machine descriptions <-> their plain wire form. */

import { z } from 'zod';

import type { MachineDescription, SensorReport, Slot } from '../domain/hardware.js';
import type { DeviceId, HardwareClassId, SlotId } from '../domain/identity.js';
import { PARTS, PROVENANCES } from '../domain/measurement.js';
import { double, id, name, texts } from './field-schemas.js';

const deviceSchema = z.object({
  id: name<DeviceId>(),
  kind: z.enum(['gpu', 'cpu-package', 'dram', 'cpu-host']),
  product: z.string(),
  memoryBytes: double.exactOptional(),
  powerLimitWatts: double.exactOptional(),
  simulated: z.string().exactOptional(),
});

const sensorSchema = z
  .object({
    device: name<DeviceId>(),
    part: z.enum(PARTS),
    source: z.string(),
    available: z.boolean(),
    provenance: z.enum(PROVENANCES).exactOptional(),
    detail: z.string(),
    quality: z
      .object({
        updateMilliseconds: double,
        coverage: double,
        coverageBasis: z.string(),
        expected: z.array(z.object({ seconds: double, random: double, gain: double })),
        disagreement: double.exactOptional(),
      })
      .exactOptional(),
    includes: z.array(z.enum(PARTS)),
  })
  .transform(({ includes, ...rest }): SensorReport => (includes.length === 0 ? rest : { ...rest, includes }));

const slotSchema = z
  .object({
    id: id<SlotId>(),
    devices: z.array(name<DeviceId>()),
    builtinClass: name<HardwareClassId>().exactOptional(),
    commandClass: name<HardwareClassId>().exactOptional(),
  })
  .transform(({ builtinClass, commandClass, ...rest }): Slot => {
    const builtin = builtinClass === undefined ? {} : { builtin: builtinClass };
    const command = commandClass === undefined ? {} : { command: commandClass };
    return { ...rest, classes: { ...builtin, ...command } };
  });

export const machineSchema: z.ZodType<MachineDescription> = z.object({
  machineId: z.string(),
  hostName: z.string(),
  bootId: z.string(),
  operatingSystem: z.string(),
  cpuModel: z.string(),
  cores: z.number(),
  memoryBytes: double,
  devices: z.array(deviceSchema),
  sensors: z.array(sensorSchema),
  slots: z.array(slotSchema),
  backend: z.object({
    name: z.enum(['tfjs-node-gpu', 'tfjs-wasm', 'tfjs-cpu']),
    reason: z.string(),
    gpuAdvice: z.string().exactOptional(),
  }),
  allowedWorkloads: z.array(z.string()),
  labels: texts,
  environments: z.array(z.string()),
  dataSets: z.array(z.string()),
  versions: texts,
});

export const plainMachine = (machine: MachineDescription): object => ({
  ...machine,
  slots: machine.slots.map(({ classes, ...slot }) => ({
    ...slot,
    builtinClass: classes.builtin,
    commandClass: classes.command,
  })),
});
