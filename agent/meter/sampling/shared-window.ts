/** The part of a shared device's window that one trial is charged with. */

import type { DeviceEnergy } from '../../../shared/domain/measurement.js';
import type { SharedEnergy } from './host-shares.js';

/**
 * Relative standard uncertainty of a second of processor time: work differs this much in the power it draws, by memory
 * traffic, vector units and clock.
 */
const SHARE_ESTIMATE = 0.2;
/** Time that is cut off to whole ticks is off by this much of one; processes tell user and system time apart. */
const CUT_OFF = 1 / Math.sqrt(12);
const TRIAL_TICKS = CUT_OFF * Math.sqrt(2);
/** The machine's busy time is the sum of six such times. */
const MACHINE_TICKS = CUT_OFF * Math.sqrt(6);

/**
 * Scales the figures of the whole device to the share s. If a second of the trial's processor time draws k times what
 * others' draws, its true part is s k / (s k + 1 - s): k off by 20 % moves it by 0.2 s (1 - s), which is nothing where the
 * trial was alone. A peak of the share is not known.
 */
export function shareOf(whole: DeviceEnergy & { readonly kind: 'usable' }, shared: SharedEnergy): DeviceEnergy {
  const { microjoules, unattributed } = shared;
  const { uncertainty, peakWatts: _peak, check: _check, ...rest } = whole;
  const share = whole.microjoules === 0n ? 0 : Math.min(1, Number(microjoules) / Number(whole.microjoules));
  const joules = Number(microjoules) / 1e6;
  const ticks = shared.joulesPerTick * Math.hypot(TRIAL_TICKS, share * MACHINE_TICKS);
  const counted = Math.min(ticks, Number(whole.microjoules) / 1e6 / Math.sqrt(3));
  return {
    ...rest,
    provenance: 'shared-estimate',
    microjoules,
    unattributedMicrojoules: unattributed,
    meanWatts: whole.meanWatts * share,
    uncertainty: {
      edgeJoules: share * uncertainty.edgeJoules,
      samplingJoules: Math.hypot(share * uncertainty.samplingJoules, SHARE_ESTIMATE * joules * (1 - share), counted),
      gapJoules: share * uncertainty.gapJoules,
      gainJoules: share * uncertainty.gainJoules,
    },
  };
}
