/** What is known about the energy of a window: figures, uncertainty in parts, and where each came from. */

import type { DeviceId } from './identity.js';
import { present } from './present.js';

/**
 * How a figure came about, worst first. A sum takes the worst of its parts; different provenance is never mixed
 * unlabelled.
 */
export const PROVENANCES = ['simulated', 'model', 'shared-estimate', 'integrated', 'counter'] as const;
export type Provenance = (typeof PROVENANCES)[number];

/** The worst provenance of several; `undefined` for none. */
export function worstProvenance(all: readonly Provenance[]): Provenance | undefined {
  return PROVENANCES.find((provenance) => all.includes(provenance));
}

/** True for energy that rests on a sensor; a share of a sensor's reading does, a model does not. */
export const isMeasured = (provenance: Provenance): boolean => provenance !== 'simulated' && provenance !== 'model';

/** Which part of the machine a figure is about. */
export const PARTS = ['accelerator', 'cpu', 'dram', 'machine'] as const;
export type Part = (typeof PARTS)[number];

/** Which parts an energy objective sums. */
export const BOUNDARIES = ['accelerator', 'cpu', 'accelerator+cpu+dram', 'machine'] as const;
export type Boundary = (typeof BOUNDARIES)[number];

/** Parts summed by each boundary. `cpu` counts CPU packages and, where there is a sensor, DRAM. */
export const BOUNDARY_PARTS: Readonly<Record<Boundary, readonly Part[]>> = {
  accelerator: ['accelerator'],
  cpu: ['cpu', 'dram'],
  'accelerator+cpu+dram': ['accelerator', 'cpu', 'dram'],
  machine: ['machine'],
};

/** Parts without which a boundary cannot be told; DRAM has no sensor on many machines and is summed where it has one. */
export const REQUIRED_PARTS: Readonly<Record<Boundary, readonly Part[]>> = {
  accelerator: ['accelerator'],
  cpu: ['cpu'],
  'accelerator+cpu+dram': ['accelerator', 'cpu'],
  machine: ['machine'],
};

/** The boundary that a campaign chose, else `accelerator` for a trial that holds one, else `cpu`. */
export const boundaryFor = (chosen: Boundary | undefined, devices: readonly DeviceId[]): Boundary =>
  chosen ?? (devices.length > 0 ? 'accelerator' : 'cpu');

/** Kinds with a meaning of their own; others are allowed and carried along. */
export const WINDOW_KINDS = ['idle', 'warm-up', 'train', 'evaluate', 'infer', 'cool-down'] as const;
export type WindowKind = (typeof WINDOW_KINDS)[number] | (string & {});

/** What marks a window within one attempt. */
export interface WindowKey {
  readonly kind: WindowKind;
  readonly label: string;
  readonly ordinal: number;
}

/**
 * Standard uncertainty in joules, in parts that behave differently: `gain` is common to all windows of one card,
 * cancels within it and never shrinks with repeats; the rest is drawn anew in each window.
 */
export interface EnergyUncertainty {
  /** Where between two updates of the sensor the window begins and ends, and the counter's step. */
  readonly edgeJoules: number;
  /** Time at which the sensor does not look (part-time sampling, aliasing), and division by processor time. */
  readonly samplingJoules: number;
  /** Looks at the sensor that are too far apart to interpolate between. */
  readonly gapJoules: number;
  readonly gainJoules: number;
  /** In a sum over repeats of one window: what they differ by beyond the parts above; otherwise absent. */
  readonly spreadJoules?: number;
}

/**
 * What may happen to a device within a window, as words in {@link DeviceEnergy}. `disagrees`: a second reading of the
 * device differs by more than both can explain. `beats`: the load's period beats with a sensor that looks part of the time.
 */
export const WINDOW_EVENTS = [
  'counter-reset',
  'wrap',
  'gap',
  'read-failed',
  'stuck',
  'throttled',
  'power-capped',
  'above-power-limit',
  'other-processes',
  'other-processes-unknown',
  'beats',
  'disagrees',
  'device-lost',
  /** The figure is of more than the device: the whole module with its CPU, or the whole GPU of a MIG slice. */
  'module-scope',
  'mig-parent',
  'vgpu',
] as const;
export type WindowEvent = (typeof WINDOW_EVENTS)[number];

/** Energy of one device within one window. */
export type DeviceEnergy =
  | {
      readonly kind: 'usable';
      readonly device: DeviceId;
      readonly part: Part;
      readonly source: string;
      readonly provenance: Provenance;
      readonly microjoules: bigint;
      readonly meanWatts: number;
      /**
       * Highest power that was surely reached: the mean over three updates of a counter, or a reading of power; never below
       * `meanWatts`, and absent when the window holds no such stretch.
       */
      readonly peakWatts?: number;
      readonly uncertainty: EnergyUncertainty;
      /** What happened meanwhile: {@link WINDOW_EVENTS}; others are carried along. */
      readonly events: readonly string[];
      /** The sensor's own figure, where `microjoules` is corrected by a calibration. */
      readonly rawMicrojoules?: bigint;
      /** Energy of the same device and window by another reading of it; never summed. */
      readonly check?: { readonly source: string; readonly microjoules: bigint };
      /** Where the trial is charged a share of the device: what no trial is charged for, such as strangers' work. */
      readonly unattributedMicrojoules?: bigint;
      /** Of the device at the edges of the window, in degrees Celsius. */
      readonly temperatureCelsius?: { readonly start: number; readonly end: number };
    }
  | {
      readonly kind: 'unusable';
      readonly device: DeviceId;
      readonly part: Part;
      readonly source: string;
      readonly reason: string;
    };

/** One closed window of an attempt with the energy of every device that was metered for it. */
export interface WindowReading extends WindowKey {
  readonly startNanoseconds: bigint;
  readonly endNanoseconds: bigint;
  /** Samples, tokens or the like processed in the window; absent when the program did not say. */
  readonly items?: number;
  readonly unit?: string;
  readonly devices: readonly DeviceEnergy[];
}

/** Energy summed over devices, within a boundary. */
export type SummedEnergy =
  | {
      readonly kind: 'usable';
      readonly joules: number;
      readonly provenance: Provenance;
      readonly uncertainty: EnergyUncertainty;
      /** Of windows that were repeated. */
      readonly repeats?: RepeatSummary;
    }
  | { readonly kind: 'unusable'; readonly reason: string };

/** How well the energy per item is known from repeats of one window. */
export interface RepeatSummary {
  /** Repeats with a usable figure. */
  readonly count: number;
  /** Repeats without one, which are left out. */
  readonly unusable: number;
  /** Half the width of the 95 % interval of the energy per item, relative to it; the gain is no part of it. */
  readonly relativeHalfWidth: number;
}

/**
 * Sums the device energies that a boundary covers.
 *
 * Unusable as a whole when one covered device is unusable, or when a part that the boundary cannot do without has no
 * figure: unknown is never 0. A figure of a whole module stands for its CPU too.
 * Random parts add in squares; gain adds linearly within one device and in squares between devices.
 */
export function sumWithin(devices: readonly DeviceEnergy[], boundary: Boundary): SummedEnergy {
  const covered = devices.filter(({ part }) => BOUNDARY_PARTS[boundary].includes(part));
  const usable = covered.filter((device) => device.kind === 'usable');
  const bad = covered.find((device) => device.kind === 'unusable');
  if (bad) return { kind: 'unusable', reason: `${bad.device}: ${bad.reason}` };
  const hasModule = usable.some(({ events }) => events.includes('module-scope'));
  const lacking = REQUIRED_PARTS[boundary].find(
    (part) => !usable.some((device) => device.part === part) && !(part === 'cpu' && hasModule),
  );
  if (lacking) return { kind: 'unusable', reason: `no sensor of ${lacking} within the boundary ${boundary}` };
  const root = (pick: (u: EnergyUncertainty) => number): number =>
    Math.sqrt(usable.reduce((sum, { uncertainty }) => sum + pick(uncertainty) ** 2, 0));
  return {
    kind: 'usable',
    joules: Number(usable.reduce((sum, { microjoules }) => sum + microjoules, 0n)) / 1e6,
    provenance: present(worstProvenance(usable.map(({ provenance }) => provenance)), 'provenance'),
    uncertainty: {
      edgeJoules: root((u) => u.edgeJoules),
      samplingJoules: root((u) => u.samplingJoules),
      gapJoules: root((u) => u.gapJoules),
      gainJoules: root((u) => u.gainJoules),
    },
  };
}

/** Standard uncertainty of what changes from window to window: everything but the gain. */
export const randomJoules = ({ edgeJoules, samplingJoules, gapJoules, spreadJoules = 0 }: EnergyUncertainty): number =>
  Math.hypot(edgeJoules, samplingJoules, gapJoules, spreadJoules);

/** Cumulative energy of an attempt on one device since the attempt began; readings of dead attempts are lower bounds. */
export interface AttemptEnergy {
  readonly device: DeviceId;
  readonly part: Part;
  readonly provenance: Provenance;
  readonly microjoules: bigint;
  /** Where the trial is charged a share of the device: what no trial was charged for meanwhile. */
  readonly unattributedMicrojoules?: bigint;
  /** The sensor was not read throughout (reset, lost, stuck, gap): the trial used at least this much, be it 0. */
  readonly isLowerBound?: true;
}
