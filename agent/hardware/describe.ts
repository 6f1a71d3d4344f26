/** Everything an agent tells of its machine when it registers. */

import type { BackendChoice, MachineDescription } from '../../shared/domain/hardware.js';
import type { Meter } from '../meter/meter.js';
import { gpuAdvice } from './gpu-advice.js';
import { readMachineFacts } from './machine-facts.js';
import { findPciGpus } from './pci-gpus.js';
import { findSlots } from './slots.js';

export interface DescribeOptions {
  readonly meter: Meter;
  readonly backend: BackendChoice;
  /** True when `backend` computes on a GPU. */
  readonly backendUsesGpu: boolean;
  /** Kinds of workload the operator allowed: `builtin`, `command`. */
  readonly allowedWorkloads: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** Names that the agent's policy offers; none by default. */
  readonly environments?: readonly string[];
  readonly dataSets?: readonly string[];
  /** Versions beside Node's and the drivers', such as ECOpt's own. */
  readonly versions?: Readonly<Record<string, string>>;
  /** Folders that stand for `/sys` and `/proc`. */
  readonly sysfsRoot?: string;
  readonly procRoot?: string;
  readonly machineIdFile?: string;
}

/** Describes this machine as it is now; call it once, after the meter is open. */
export async function describeMachine(options: DescribeOptions): Promise<MachineDescription> {
  const { meter, backend, backendUsesGpu, allowedWorkloads, labels, environments = [], dataSets = [] } = options;
  const { sysfsRoot = '/sys', procRoot = '/proc', machineIdFile = '/etc/machine-id' } = options;
  const facts = await readMachineFacts({ procRoot, machineIdFile });
  const { devices } = meter;
  const advice = gpuAdvice({ backend, backendUsesGpu, devices, pciGpus: findPciGpus(sysfsRoot) });
  const slots = findSlots({
    devices,
    cpuModel: facts.cpuModel,
    backend: backend.name,
    backendUsesGpu,
    allowedWorkloads,
  });
  return {
    ...facts,
    devices,
    sensors: await meter.currentSensors(),
    slots,
    backend: { name: backend.name, reason: backend.reason, ...(advice !== undefined && { gpuAdvice: advice }) },
    allowedWorkloads,
    labels,
    environments,
    dataSets,
    versions: { ...options.versions, node: process.versions.node, ...meter.versions },
  };
}
