/** What a machine offers: devices, slots, sensors and the classes they belong to. */

import type { AgentId, DeviceId, HardwareClassId, SlotId } from './identity.js';
import type { Part, Provenance } from './measurement.js';

export type DeviceKind = 'gpu' | 'cpu-package' | 'dram' | 'cpu-host';

/** One physical (or simulated) device of a machine. */
export interface Device {
  readonly id: DeviceId;
  readonly kind: DeviceKind;
  /** Product name, such as `NVIDIA H200` or the CPU's brand. */
  readonly product: string;
  readonly memoryBytes?: number;
  /** Power limit in watts as found when the agent started. */
  readonly powerLimitWatts?: number;
  /** Where figures of a simulated device come from; present exactly on simulated devices. */
  readonly simulated?: string;
}

/** How the energy of one device will be known, or why it will not. */
export interface SensorReport {
  readonly device: DeviceId;
  readonly part: Part;
  /** Name of the source, such as `nvml`, `powercap`, `cpu-model`. */
  readonly source: string;
  readonly available: boolean;
  /** Of a sensor that is not available: the device itself is there, and its energy is in no figure. */
  readonly isUnmetered?: boolean;
  readonly provenance?: Provenance;
  /** One sentence: what was found, or why it is missing and how to get it. */
  readonly detail: string;
  /** How the sensor was found to behave; absent while that is not known. */
  readonly quality?: SensorQuality;
  /** Other parts whose energy is in this figure too, as with a module that has one sensor for GPU and CPU. */
  readonly includes?: readonly Part[];
}

/** How a sensor behaves, found on the device itself. */
export interface SensorQuality {
  /** Mean time between two updates. */
  readonly updateMilliseconds: number;
  /** Share of the time at which the sensor looks, in (0, 1], and how that is known. */
  readonly coverage: number;
  readonly coverageBasis: string;
  /** Standard uncertainty to expect at the power and steadiness of the last minute, relative to the energy. */
  readonly expected: readonly {
    readonly seconds: number;
    /** Drawn anew in each window. */
    readonly random: number;
    /** Common to all windows of the device. */
    readonly gain: number;
  }[];
  /** Energy by the second reading of the device over that by the first, less 1; absent when there is only one. */
  readonly disagreement?: number;
}

/** What one trial can hold of this machine at a time. */
export interface Slot {
  readonly id: SlotId;
  /** Devices held exclusively; empty: the slot runs on the host's CPU. */
  readonly devices: readonly DeviceId[];
  /**
   * Hardware class of this slot for each kind of workload that it takes; a kind that is absent is not run here. A
   * machine whose GPU the built-in backend cannot use has a CPU slot for `builtin` and GPU slots for `command`.
   */
  readonly classes: { readonly builtin?: HardwareClassId; readonly command?: HardwareClassId };
}

/** The trainer backend chosen on this machine. */
export interface BackendChoice {
  readonly name: 'tfjs-node-gpu' | 'tfjs-wasm' | 'tfjs-cpu';
  readonly reason: string;
  /** Present when the machine has a GPU that this backend cannot use: what to do about it. */
  readonly gpuAdvice?: string;
}

/** Everything an agent tells about its machine when it registers. */
export interface MachineDescription {
  readonly machineId: string;
  readonly hostName: string;
  readonly bootId: string;
  readonly operatingSystem: string;
  readonly cpuModel: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly devices: readonly Device[];
  readonly sensors: readonly SensorReport[];
  readonly slots: readonly Slot[];
  readonly backend: BackendChoice;
  /** Kinds of workload the operator allowed: `builtin`, `command`. */
  readonly allowedWorkloads: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** Names of the environments and data sets that the agent's policy offers. */
  readonly environments: readonly string[];
  readonly dataSets: readonly string[];
  /** ECOpt, Node and driver versions. */
  readonly versions: Readonly<Record<string, string>>;
}

/** An agent as the coordinator knows it. */
export interface RegisteredAgent {
  readonly id: AgentId;
  readonly name: string;
  readonly machine: MachineDescription;
}
