/** The port that every energy source fulfils: say what can be read, then read it. */

import type { Device, SensorReport } from '../../shared/domain/hardware.js';
import type { DeviceId } from '../../shared/domain/identity.js';
import type { Part, Provenance } from '../../shared/domain/measurement.js';

/**
 * `counter` sources read hardware at the full rate; `load` sources compute energy from the processor time of the
 * attached trials, whose own resolution is coarser, and run at a slower rate.
 */
export type SourcePace = 'counter' | 'load';

export interface EnergySource {
  /** Name in reports, such as `nvml`. */
  readonly name: string;
  readonly pace: SourcePace;
  /** Used only where no other source can read this part. */
  readonly fallbackFor?: Part;
  /** Finds what can be read, by reading each once; called once, before the first `sample`. */
  probe(): SourceProbe;
  /** Reads every device in `held`; a device that cannot be read now yields a `failed` reading, never a zero. */
  sample(held: ReadonlySet<DeviceId>, loads: readonly TrialLoad[]): readonly Reading[];
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
  /** True when there is no figure of the device as such, only one of each trial: its readings name their trial. */
  readonly perTrial: boolean;
  readonly traits: SensorTraits;
}

/** How a sensor behaves; decides interpolation and uncertainty. */
export interface SensorTraits {
  /** `energy`: everything spent between two looks is in the figure; `power`: only what was seen at the looks. */
  readonly reads: 'energy' | 'power';
  /** True for a counter that stands still between updates: only changes are then instants of known energy. */
  readonly latched: boolean;
  /** Longest time between two updates of the sensor where it is known, in nanoseconds. */
  readonly updateNanoseconds?: bigint;
  /** Length of the sensor's averaging window, in nanoseconds; 0 for none. */
  readonly averagingNanoseconds: bigint;
  /** Smallest step of the figure, in microjoules. */
  readonly quantumMicrojoules: number;
  /** Standard uncertainty of the sensor's gain, relative: common to all windows of one device. */
  readonly gain: number;
  /** Standard uncertainty of an estimate that is drawn anew in each window, relative. */
  readonly estimate: number;
}

/** One look at one device, stamped with CLOCK_MONOTONIC at the look itself. */
export type Reading = EnergyReading | PowerReading | FailedReading;

interface ReadingCore {
  readonly device: DeviceId;
  readonly atNanoseconds: bigint;
  /** Set when the figure belongs to one trial alone: the number under which the trial was attached. */
  readonly trial?: number;
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
}

/** Processor time of one attached trial, for sources that compute with it. */
export interface TrialLoad {
  readonly trial: number;
  readonly devices: readonly DeviceId[];
  /** Processor time since the trial was attached, over all its processes, dead ones included. */
  readonly cpuNanoseconds: bigint;
  readonly atNanoseconds: bigint;
}
