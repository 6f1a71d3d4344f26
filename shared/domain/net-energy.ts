/** Energy of a device above what it draws at idle: derived from two windows, never an objective's value. */

import { randomJoules, worstProvenance } from './measurement.js';
import type { DeviceEnergy, EnergyUncertainty, Provenance } from './measurement.js';
import { present } from './present.js';

/** Standard uncertainty of a difference, in joules: the window's own parts, and what the idle window adds. */
export interface NetUncertainty extends EnergyUncertainty {
  /** Of the idle energy that was taken off: what changes from window to window, over the length of the window. */
  readonly idleJoules: number;
}

/** Energy of one device above idle within one window. */
export type NetEnergy =
  | {
      readonly kind: 'usable';
      /** Reported as it came out, also below zero. */
      readonly joules: number;
      /** Mean power of the device in the idle window. */
      readonly idleWatts: number;
      readonly provenance: Provenance;
      readonly uncertainty: NetUncertainty;
      /** True when the window took less than the idle power over its length. */
      readonly belowIdle: boolean;
    }
  | { readonly kind: 'unusable'; readonly reason: string };

/** Lengths of the window and of the idle window, in seconds. */
export interface NetSeconds {
  readonly window: number;
  readonly idle: number;
}

/**
 * Energy of a window less the device's idle power over the same time.
 *
 * The sensor's gain is common to both windows, so that it acts on the difference; what is random adds in squares.
 * Unusable when either window is, and where no idle power belongs to the figure: a model, or a share of a device.
 */
export function netOfIdle(window: DeviceEnergy, idle: DeviceEnergy, seconds: NetSeconds): NetEnergy {
  const reason = whyNot(window, idle, seconds);
  if (reason !== undefined) return { kind: 'unusable', reason };
  if (window.kind === 'unusable') return { kind: 'unusable', reason: window.reason };
  if (idle.kind === 'unusable') return { kind: 'unusable', reason: `idle window: ${idle.reason}` };
  const idleJoules = Number(idle.microjoules) / 1e6;
  const ratio = seconds.window / seconds.idle;
  const joules = Number(window.microjoules) / 1e6 - idleJoules * ratio;
  return {
    kind: 'usable',
    joules,
    idleWatts: idleJoules / seconds.idle,
    provenance: present(worstProvenance([window.provenance, idle.provenance]), 'provenance'),
    uncertainty: {
      ...window.uncertainty,
      gainJoules: Math.abs(window.uncertainty.gainJoules - idle.uncertainty.gainJoules * ratio),
      idleJoules: randomJoules(idle.uncertainty) * ratio,
    },
    belowIdle: joules < 0,
  };
}

/** Standard uncertainty of a net figure that is drawn anew in each trial: everything but the gain. */
export const netRandomJoules = (uncertainty: NetUncertainty): number =>
  Math.hypot(randomJoules(uncertainty), uncertainty.idleJoules);

function whyNot(window: DeviceEnergy, idle: DeviceEnergy, seconds: NetSeconds): string | undefined {
  if (window.device !== idle.device || window.part !== idle.part || window.source !== idle.source)
    return `the idle window is of ${idle.device} by ${idle.source}`;
  if (!(seconds.window >= 0) || !(seconds.idle > 0)) return 'the idle window has no length';
  for (const one of [window, idle]) {
    if (one.kind === 'unusable') continue;
    if (one.provenance === 'model') return 'modelled energy has no idle power of its own';
    if (one.provenance === 'shared-estimate') return 'a share of a device has no idle power of its own';
  }
  return undefined;
}
