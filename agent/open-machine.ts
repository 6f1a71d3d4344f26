/** Finds out what this machine is: sensors, devices, trainer backend, slots; and takes its devices for this process. */

import { statSync } from 'node:fs';
import { tmpdir } from 'node:os';

import { UsageError } from '../shared/domain/errors.js';
import type { MachineDescription } from '../shared/domain/hardware.js';
import { ECOPT_VERSION } from '../shared/domain/version.js';
import type { AgentContext } from './agent-context.js';
import { describeMachine } from './hardware/describe.js';
import type { Meter } from './meter/meter.js';
import { openMeter, type OpenMeterOptions } from './meter/open-meter.js';
import type { WallMeterSettings } from './meter/sources/wall-meter-settings.js';
import { BACKEND_VARIABLE, TRAINER, probeBackend, type ProbedBackend } from './probe-backend.js';
import type { CommandPolicy } from './runner/command-policy.js';
import type { TrialHost } from './runner/trial-order.js';
import { trialEnvironment } from './trial-environment.js';

export interface MachineFlags {
  /** Every one stands for a device that this agent may hold; absent: all that are free. */
  readonly devices?: readonly string[];
  /** Name of a simulated device model. */
  readonly simulate?: string;
  readonly cpuWattsPerCore?: number;
  readonly wallMeter?: WallMeterSettings;
  readonly labels: Readonly<Record<string, string>>;
  readonly dataSets: Readonly<Record<string, string>>;
  readonly commands: CommandPolicy;
}

export interface OpenedMachine {
  readonly machine: MachineDescription;
  /** What trials are run with here. */
  readonly host: TrialHost;
  close(): Promise<void>;
}

/**
 * @throws {UsageError} for an unknown device or simulated model.
 * @throws {EnvironmentError} if a device is held by another process, or no trainer backend works.
 */
export async function openMachine(
  flags: MachineFlags,
  context: AgentContext,
  use: MeterUse & Required<Pick<MeterUse, 'calibrationFolder'>>,
): Promise<OpenedMachine> {
  const { environment, clock, workingFolder } = context;
  const forced = environment[BACKEND_VARIABLE];
  const surroundings = trialEnvironment(environment);
  const probing = { ...surroundings, ...(forced !== undefined && { [BACKEND_VARIABLE]: forced }) };
  const probe = probeBackend({ environment: probing, workingFolder, clock });
  probe.catch(() => undefined); // It is awaited below; a meter that does not open is told first.
  const meter = await openMeterWith(flags, context, use);
  try {
    const backend = await probe;
    const machine = await describe(flags, { meter, backend, sysfsRoot: environment[SYSFS_VARIABLE] });
    const provision = {
      environment: { ...surroundings, [BACKEND_VARIABLE]: backend.name },
      trainer: TRAINER,
      startFolder: workingFolder,
      dataSets: flags.dataSets,
      commands: flags.commands,
    };
    const { versions: trainerFacts } = backend;
    const facts = Object.fromEntries(Object.entries(machine.versions).filter(([name]) => !(name in trainerFacts)));
    const host = { meter, clock, provision, temporaryFolder: tmpdir(), facts, trainerFacts };
    return { machine, host, close: () => meter.close() };
  } catch (error) {
    await meter.close();
    throw error;
  }
}

/** What of the flags is about devices and their sensors. */
export type MeterFlags = Pick<MachineFlags, 'devices' | 'simulate' | 'cpuWattsPerCore' | 'wallMeter'>;

/** Whether devices are taken, what is kept, and which calibrations are applied. */
export type MeterUse = Pick<OpenMeterOptions, 'takeLocks' | 'journalFolder' | 'calibrationFolder'>;

/**
 * The meter alone, with what the environment says of it; figures are as the sensors give them unless `use` names a folder
 * of calibrations.
 *
 * @throws {UsageError} for an unknown device or simulated model, or a folder for `/sys` that is none.
 * @throws {EnvironmentError} if a device is held by another process.
 */
export async function openMeterWith(
  { devices, simulate, cpuWattsPerCore, wallMeter }: MeterFlags,
  { environment, clock }: AgentContext,
  use: MeterUse = {},
): Promise<Meter> {
  const nvmlLibrary = environment['ECOPT_NVML_LIBRARY'];
  const sysfsRoot = environment[SYSFS_VARIABLE];
  if (sysfsRoot && !isFolder(sysfsRoot)) {
    throw new UsageError(
      `${SYSFS_VARIABLE} ${sysfsRoot}: is no folder; name the one that stands for /sys, or unset it`,
    );
  }
  return openMeter({
    clock,
    ...use,
    visible: visibleDevices(environment),
    ...(devices && { devices }),
    ...(simulate !== undefined && { simulate }),
    ...(cpuWattsPerCore !== undefined && { cpuWattsPerCore }),
    ...(wallMeter && { wallMeter }),
    ...(nvmlLibrary && { nvmlLibrary }),
    ...(sysfsRoot && { sysfsRoot }),
  });
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/** Stands for `/sys` where it is somewhere else, as in a container. */
export const SYSFS_VARIABLE = 'ECOPT_SYSFS_ROOT';

export const VISIBLE_VARIABLE = 'CUDA_VISIBLE_DEVICES';

/** What CUDA programs started here would see of the GPUs. */
function visibleDevices(environment: AgentContext['environment']): { devices?: string; order?: string } {
  const devices = environment[VISIBLE_VARIABLE];
  const order = environment['CUDA_DEVICE_ORDER'];
  return { ...(devices !== undefined && { devices }), ...(order !== undefined && { order }) };
}

interface Described {
  readonly meter: Meter;
  readonly backend: ProbedBackend;
  readonly sysfsRoot: string | undefined;
}

const describe = (flags: MachineFlags, { meter, backend, sysfsRoot }: Described): Promise<MachineDescription> =>
  describeMachine({
    meter,
    backend,
    backendUsesGpu: backend.usesGpu,
    allowedWorkloads: ['builtin', ...(flags.commands.kind === 'none' ? [] : ['command'])],
    labels: flags.labels,
    dataSets: Object.keys(flags.dataSets),
    versions: { ecopt: ECOPT_VERSION, ...backend.versions },
    ...(sysfsRoot && { sysfsRoot }),
  });
