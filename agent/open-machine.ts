/** Finds out what this machine is: sensors, devices, trainer backend, slots; and takes its devices for this process. */

import { tmpdir } from 'node:os';

import type { MachineDescription } from '../shared/domain/hardware.js';
import { ECOPT_VERSION } from '../shared/domain/version.js';
import type { AgentContext } from './agent-context.js';
import { describeMachine } from './hardware/describe.js';
import type { Meter } from './meter/meter.js';
import { openMeter } from './meter/open-meter.js';
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
export async function openMachine(flags: MachineFlags, context: AgentContext): Promise<OpenedMachine> {
  const { environment, clock, workingFolder } = context;
  const forced = environment[BACKEND_VARIABLE];
  const surroundings = trialEnvironment(environment);
  const probing = { ...surroundings, ...(forced !== undefined && { [BACKEND_VARIABLE]: forced }) };
  const probe = probeBackend({ environment: probing, workingFolder, clock });
  probe.catch(() => undefined); // It is awaited below; a meter that does not open is told first.
  const meter = await openMeter({
    clock,
    ...(flags.devices && { devices: flags.devices }),
    ...(flags.simulate !== undefined && { simulate: flags.simulate }),
    ...(flags.cpuWattsPerCore !== undefined && { cpuWattsPerCore: flags.cpuWattsPerCore }),
    ...(environment['ECOPT_NVML_LIBRARY'] && { nvmlLibrary: environment['ECOPT_NVML_LIBRARY'] }),
  });
  try {
    const backend = await probe;
    const machine = await describe(flags, meter, backend);
    const provision = {
      environment: { ...surroundings, [BACKEND_VARIABLE]: backend.name },
      trainer: TRAINER,
      startFolder: workingFolder,
      dataSets: flags.dataSets,
      commands: flags.commands,
    };
    const host = { meter, clock, provision, temporaryFolder: tmpdir(), facts: machine.versions };
    return { machine, host, close: () => meter.close() };
  } catch (error) {
    await meter.close();
    throw error;
  }
}

const describe = (flags: MachineFlags, meter: Meter, backend: ProbedBackend): Promise<MachineDescription> =>
  describeMachine({
    meter,
    backend,
    backendUsesGpu: backend.usesGpu,
    allowedWorkloads: ['builtin', ...(flags.commands.kind === 'none' ? [] : ['command'])],
    labels: flags.labels,
    dataSets: Object.keys(flags.dataSets),
    versions: { ecopt: ECOPT_VERSION, ...backend.versions },
  });
