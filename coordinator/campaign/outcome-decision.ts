/** What becomes of a trial when an attempt on it has ended. */

import type { Campaign } from '../../shared/domain/campaign.js';
import { isHandedBack } from '../../shared/domain/trial.js';
import type { Failure, Observation } from '../../shared/domain/trial.js';
import type { LeaseEnd } from '../dispatch/work-source.js';
import type { Attempt, StoredTrial } from '../store/store.js';
import { isWorthMeasuringAgain } from '../../shared/domain/objective-values.js';

export type Decision =
  /** `attempt`: an earlier one whose observation counts; absent: the one that has ended. */
  | { readonly kind: 'complete'; readonly attempt?: number }
  | { readonly kind: 'stop-early' }
  /** Back to the queue; `avoidAgent`: elsewhere, if there is an elsewhere. */
  | {
      readonly kind: 'requeue';
      readonly why: 'measure-again' | 'failed' | 'lost' | 'handed-back';
      readonly avoidAgent: boolean;
    }
  /** For good. `informs`: the proposer learns that this configuration cannot be run. */
  | { readonly kind: 'fail'; readonly failure: Failure; readonly informs: boolean }
  /** For good: it was stopped as asked for. */
  | { readonly kind: 'cancel' };

/** As if the attempt had not been begun: it counts as no loss, and its agent may get the trial again. */
export const HAND_BACK: Decision = { kind: 'requeue', why: 'handed-back', avoidAgent: false };

/** A trial with the attempts on it that ended before the one to be decided on. */
export interface PastAttempts {
  readonly stored: StoredTrial;
  readonly earlier: readonly Attempt[];
}

/** The accounted outcome of the attempt that holds the trial. */
export function decideOutcome(campaign: Campaign, past: PastAttempts, observation: Observation): Decision {
  const { stored } = past;
  const { end } = observation;
  if (end.kind === 'stopped-early') return { kind: 'stop-early' };
  if (isHandedBack(end)) return HAND_BACK;
  if (end.kind === 'failed') return decideFailure(campaign, past, end.failure);
  const again = stored.remeasured < campaign.measurement.remeasure && isWorthMeasuringAgain(campaign, observation);
  return again ? { kind: 'requeue', why: 'measure-again', avoidAgent: false } : { kind: 'complete' };
}

/** A lease that is over without an outcome. */
export function decideEnd(campaign: Campaign, past: PastAttempts, reason: LeaseEnd['reason']): Decision {
  if (reason === 'cancelled') return { kind: 'cancel' };
  return reason === 'released' ? HAND_BACK : decideLoss(campaign, past);
}

/** An attempt whose machine or lease was lost. */
function decideLoss(campaign: Campaign, past: PastAttempts): Decision {
  const failure: Failure = {
    kind: 'infrastructure',
    reason: 'lost',
    message: 'its agent went away before the trial was finished',
    signature: 'lost',
  };
  return retryOrFail(campaign, past, failure);
}

function decideFailure(campaign: Campaign, past: PastAttempts, failure: Failure): Decision {
  if (failure.kind === 'configuration') return { kind: 'fail', failure, informs: true };
  const seenBefore = past.earlier.some(({ signature }) => signature === failure.signature);
  if (failure.kind === 'unknown' && seenBefore) {
    const message = `${failure.message} (twice alike, so the configuration is to blame)`;
    return { kind: 'fail', failure: { ...failure, kind: 'configuration', message }, informs: true };
  }
  return retryOrFail(campaign, past, failure);
}

/** Measuring again is no loss: it has a limit of its own. */
function retryOrFail(campaign: Campaign, { stored, earlier }: PastAttempts, failure: Failure): Decision {
  const unfinished = earlier.filter(({ endReason }) => endReason === 'expired' || endReason === 'requeued').length;
  const lost = 1 + unfinished - stored.remeasured;
  if (lost >= campaign.limits.attempts) return { kind: 'fail', failure, informs: false };
  return { kind: 'requeue', why: failure.reason === 'lost' ? 'lost' : 'failed', avoidAgent: true };
}
