/** The port that every energy source fulfils: say what can be read, then read it. */

import type { Device, SensorReport } from '../../shared/domain/hardware.js';
import type { DeviceId } from '../../shared/domain/identity.js';
import type { Part, Provenance, WindowEvent } from '../../shared/domain/measurement.js';

/**
 * `counter` sources read hardware at the full rate; `load` sources compute energy from the processor time of the
 * attached trials, whose own resolution is coarser, and run at a slower rate.
 */
export type SourcePace = 'counter' | 'load';

export interface EnergySource {
  /** Name in reports, such as `nvml`. */
  readonly name: string;
  readonly pace: SourcePace;
  /** Its devices are used only for parts that no earlier source reads; the others are reported as not used. */
  readonly isFallback?: boolean;
  /** True for a source whose answers come through the event loop, which must then not stand still. */
  readonly isAwaited?: boolean;
  /** Asks for what takes time to answer; called once, before `probe`. */
  prepare?(): Promise<void>;
  /** Finds what can be read, by reading each once; called once, before the first `sample`. */
  probe(): SourceProbe;
  /**
   * Looks at every device in `held` and keeps what it sees for the next `sample`, which then does not look itself: for
   * sources that can put off all but the look. Called at most 15 times before the next `sample`.
   */
  look?(held: ReadonlySet<DeviceId>): void;
  /**
   * Reads every device in `held`; a device that cannot be read now yields a `failed` reading, never a zero. Sources that
   * wait for an answer (an outside command, a smart plug) give what came since the last call, stamped when it was asked for.
   */
  sample(held: ReadonlySet<DeviceId>, loads: readonly TrialLoad[]): readonly Reading[];
  /** State of the held devices beside their energy; called once a second. Absent: the source knows nothing of it. */
  observe?(held: ReadonlySet<DeviceId>): readonly DeviceCondition[];
  close(): void;
}

export interface SourceProbe {
  readonly found: readonly ProbedDevice[];
  /** What cannot be read, why, and how to get it. */
  readonly missing: readonly SensorReport[];
  /** Versions of drivers and libraries, by name. */
  readonly versions: Readonly<Record<string, string>>;
}

/** One readable device with what the ledger must know of its sensor. */
export interface ProbedDevice {
  readonly device: Device;
  readonly part: Part;
  readonly source: string;
  readonly provenance: Provenance;
  /** One sentence for people: what is read and on what basis. */
  readonly detail: string;
  /** Other names a person may use for it, such as its PCI address. */
  readonly aliases: readonly string[];
  /** How CUDA counts an NVIDIA card; absent when its number cannot be told, and on other devices. */
  readonly cuda?: CudaNumber;
  /** True when there is no figure of the device as such, only one of each trial: its readings name their trial. */
  readonly perTrial: boolean;
  readonly traits: SensorTraits;
  /** The second reading of the same device, whose readings have `channel: 'check'`: recorded and compared, never summed. */
  readonly check?: { readonly source: string; readonly traits: SensorTraits };
  /** What holds for every window of this device, such as `module-scope`. */
  readonly marks?: readonly WindowEvent[];
  /** Parts whose energy is in this figure too: devices of these parts are not held beside it. */
  readonly includes?: readonly Part[];
}

/** Place of a card among those that CUDA sees, in the order of their PCI addresses. */
export interface CudaNumber {
  readonly number: number;
  /** True when all cards are of one product: then CUDA's own order, fastest first, is the same. */
  readonly isSameInAnyOrder: boolean;
}

/** How a sensor behaves; decides interpolation and uncertainty. */
export interface SensorTraits {
  /** `energy`: everything spent between two looks is in the figure; `power`: only what was seen at the looks. */
  readonly reads: 'energy' | 'power';
  /** True for a counter or power that stands still between updates: only changes are then instants of known energy. */
  readonly latched: boolean;
  /** Longest time between two updates of the sensor where it is documented, in nanoseconds; the true one is found. */
  readonly updateNanoseconds?: bigint;
  /** Length of the sensor's averaging window, in nanoseconds; 0 for none. */
  readonly averagingNanoseconds: bigint;
  /** Share of the time at which the sensor looks, in (0, 1], until it is found on the device; and what that rests on. */
  readonly coverage: { readonly share: number; readonly basis: string };
  /** Smallest step of the figure, in microjoules. */
  readonly quantumMicrojoules: number;
  /** Smallest step of a reading of power, in microwatts; absent for counters. */
  readonly quantumMicrowatts?: number;
  /** Standard uncertainty of the sensor's gain, relative: common to all windows of one device. */
  readonly gain: number;
  /** Standard uncertainty of an estimate that is drawn anew in each window, relative. */
  readonly estimate: number;
}

/** For sensors that count everything. */
export const FULL_COVERAGE: SensorTraits['coverage'] = { share: 1, basis: 'the counter counts all energy' };

/** One look at one device, stamped with CLOCK_MONOTONIC at the look itself. */
export type Reading = EnergyReading | PowerReading | FailedReading;

interface ReadingCore {
  readonly device: DeviceId;
  readonly atNanoseconds: bigint;
  /** Set when the figure belongs to one trial alone: the number under which the trial was attached. */
  readonly trial?: number;
  /** Set on the second reading of a device. */
  readonly channel?: 'check';
  /** A later look at which the figure was still that of the reading before, with no other in between. */
  readonly stoodUntilNanoseconds?: bigint;
}

/** Energy since an arbitrary origin of the sensor. */
export interface EnergyReading extends ReadingCore {
  readonly kind: 'energy';
  readonly microjoules: bigint;
  /** `wrap`: the source has already undone it; `discontinuity`: what was spent since the last look is unknown. */
  readonly flag?: 'wrap' | 'discontinuity';
}

/** Momentary (or averaged) power. */
export interface PowerReading extends ReadingCore {
  readonly kind: 'power';
  readonly microwatts: bigint;
}

/** The device was looked at and gave nothing. */
export interface FailedReading extends ReadingCore {
  readonly kind: 'failed';
  readonly reason: string;
  /** The device is gone for good, as when a GPU has fallen off the bus. */
  readonly isLost?: boolean;
}

/** State of one device beside its energy; absent figures are unknown, not zero. */
export interface DeviceCondition {
  readonly device: DeviceId;
  readonly atNanoseconds: bigint;
  readonly temperatureCelsius?: number;
  readonly powerLimitWatts?: number;
  readonly clockMegahertz?: number;
  /** Why the clocks are held down, in the words of {@link ThrottleReason}; empty: they are not. */
  readonly throttled?: readonly ThrottleReason[];
  /** Processes that use the device; `undefined`: the source cannot tell. Numbers as this machine's agents see them. */
  readonly processes?: readonly DeviceProcess[];
  /** Why `processes` is absent. */
  readonly processesUnknown?: string;
}

export type ThrottleReason = 'power-cap' | 'thermal' | 'hardware' | 'power-brake';

export interface DeviceProcess {
  readonly pid: number;
  readonly memoryBytes?: number;
}

/** Processor time of one attached trial, for sources that compute with it. */
export interface TrialLoad {
  readonly trial: number;
  readonly devices: readonly DeviceId[];
  /** Processor time since the trial was attached, over all its processes, dead ones included. */
  readonly cpuNanoseconds: bigint;
  readonly atNanoseconds: bigint;
}
