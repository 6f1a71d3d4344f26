/** What a trial has from an earlier attempt that ran to its end: one that is to be measured again, or that came late. */

import type { Campaign } from '../../shared/domain/campaign.js';
import type { AttemptEvent } from '../../shared/domain/event.js';
import { isWorthMeasuringAgain } from '../../shared/domain/objective-values.js';
import type { Attempt, Store } from '../store/store.js';

export interface EarlierResult {
  readonly attempt: Attempt;
  /** With its observation. */
  readonly event: AttemptEvent;
  /** False: an energy that was asked for could not be used. */
  readonly isWhole: boolean;
}

/** The latest whole result of these attempts on one trial, else the latest; `undefined`: none of them ran to its end. */
export function earlierResult(
  store: Store,
  campaign: Campaign,
  attempts: readonly Attempt[],
): EarlierResult | undefined {
  const outcomes = attempts[0] ? store.events(attempts[0].trial, ['observed']) : [];
  const results = attempts.flatMap((attempt): EarlierResult[] => {
    const event = outcomes.find((one) => one.attempt === attempt.attempt);
    if (event?.body.kind !== 'observed' || event.body.observation.end.kind !== 'completed') return [];
    return [{ attempt, event, isWhole: !isWorthMeasuringAgain(campaign, event.body.observation) }];
  });
  return results.filter(({ isWhole }) => isWhole).at(-1) ?? results.at(-1);
}

/** Makes it the one that counts. */
export function countEarlierResult(store: Store, { attempt, event }: EarlierResult): void {
  store.insertObservation(event, true);
  store.endAttempt({ ...attempt, endReason: 'accounted' });
}

/** The event with which the attempt ended. */
export const outcomeEvent = (store: Store, { trial, attempt }: Attempt): AttemptEvent | undefined =>
  store.events(trial, ['observed']).find((event) => event.attempt === attempt);
