/** Accounts for what agents report: each event once, outcome and trial state and lease in one transaction. */

import type { AttemptEvent } from '../../shared/domain/event.js';
import type { CampaignId, HardwareClassId, TrialId } from '../../shared/domain/identity.js';
import type { Observation, Trial, TrialState } from '../../shared/domain/trial.js';
import type { LeaseEnd } from '../dispatch/work-source.js';
import type { Attempt, AttemptEndReason, Store, StoredTrial } from '../store/store.js';
import { decideLoss, decideOutcome, HAND_BACK } from './outcome-decision.js';
import type { Decision } from './outcome-decision.js';
import { present } from '../../shared/domain/present.js';

/** What accounting for an event did. */
export type Accounted =
  | { readonly kind: 'duplicate' }
  | { readonly kind: 'recorded'; readonly event: AttemptEvent }
  /** The lease of the outcome is over. `extra`: another attempt had taken its place. */
  | { readonly kind: 'ended'; readonly event: AttemptEvent; readonly extra: boolean; readonly decision?: Decision }
  | { readonly kind: 'rejected'; readonly reason: string };

/** Must be called within a transaction of the store. */
export function accountEvent(store: Store, event: AttemptEvent, nowMilliseconds: number): Accounted {
  const attempt = store.attemptsOf(event.trial).find((one) => one.attempt === event.attempt);
  if (!attempt) return { kind: 'rejected', reason: 'no such attempt was granted' };
  if (attempt.lease !== event.lease || attempt.agent !== event.agent) {
    return { kind: 'rejected', reason: 'the attempt belongs to another lease or agent' };
  }
  if (!store.insertEvent(event, nowMilliseconds)) return { kind: 'duplicate' };
  if (event.body.kind === 'metered') store.saveAttemptEnergy(event, event.body.energy);
  if (event.body.kind !== 'observed') return { kind: 'recorded', event };
  return accountOutcome(store, { event, attempt, observation: event.body.observation }, nowMilliseconds);
}

interface Outcome {
  readonly event: AttemptEvent;
  readonly attempt: Attempt;
  readonly observation: Observation;
}

function accountOutcome(store: Store, { event, attempt, observation }: Outcome, nowMilliseconds: number): Accounted {
  const stored = present(store.trial(event.trial), 'trial');
  const { campaign } = present(store.campaign(stored.trial.campaign), 'campaign');
  store.saveAttemptEnergy(event, observation.energy);
  if (!isLost(observation)) store.markOutcomeKnown(event.trial, event.attempt);
  store.sealMetrics(stored.trial.campaign, event, observation.sealed);
  if (stored.trial.lease !== event.lease) {
    if (observation.end.kind === 'completed') store.insertObservation(event, false);
    return { kind: 'ended', event, extra: true };
  }
  const earlier = store.attemptsOf(event.trial).filter((one) => one.attempt < event.attempt);
  const decided = decideOutcome(campaign, { stored, earlier }, observation);
  if (decided.kind === 'complete' || decided.kind === 'stop-early') store.insertObservation(event, true);
  const decision = orEarlierResult(store, earlier, decided);
  const handedBack = decision === HAND_BACK;
  applyDecision(
    store,
    { stored, attempt, decision, ...(handedBack && { reason: 'released' as const }) },
    nowMilliseconds,
  );
  return { kind: 'ended', event, extra: false, decision };
}

/** Told by an agent that found the remains of its dead predecessor: what was spent after the last reading is unknown. */
const isLost = ({ end }: Observation): boolean => end.kind === 'failed' && end.failure.reason === 'lost';

/**
 * Ends a lease without an outcome and returns its trial to the queue, or fails it for good.
 *
 * @returns What was decided; `undefined` if the lease does not hold its trial any more.
 */
export function endLease(store: Store, lease: LeaseEnd, nowMilliseconds: number): Decision | undefined {
  return store.transaction(() => {
    const stored = store.trial(lease.trial);
    const attempts = store.attemptsOf(lease.trial);
    const attempt = attempts.find((one) => one.lease === lease.lease);
    if (!stored || !attempt || stored.trial.lease !== lease.lease) return undefined;
    const earlier = attempts.filter((one) => one !== attempt);
    const decision = orEarlierResult(store, earlier, decisionFor(store, { stored, lease, earlier }));
    applyDecision(store, { stored, attempt, decision, reason: lease.reason }, nowMilliseconds);
    return decision;
  });
}

function decisionFor(
  store: Store,
  { stored, lease, earlier }: { stored: StoredTrial; lease: LeaseEnd; earlier: readonly Attempt[] },
): Decision {
  const { campaign } = present(store.campaign(stored.trial.campaign), 'campaign');
  return lease.reason === 'expired' ? decideLoss(campaign, { stored, earlier }) : HAND_BACK;
}

/** A trial that would fail for good, but ran to its end before and only gave no energy, is finished with what that gave. */
function orEarlierResult(store: Store, earlier: readonly Attempt[], decision: Decision): Decision {
  if (decision.kind !== 'fail') return decision;
  const [kept] = earlier.flatMap((attempt) => {
    const event = attempt.endReason === 'requeued' ? outcomeEvent(store, attempt) : undefined;
    return event?.body.kind === 'observed' && event.body.observation.end.kind === 'completed'
      ? [{ attempt, event }]
      : [];
  });
  if (!kept) return decision;
  store.insertObservation(kept.event, true);
  store.endAttempt({ ...kept.attempt, endReason: 'accounted' });
  return { kind: 'complete', attempt: kept.attempt.attempt };
}

interface Application {
  readonly stored: StoredTrial;
  readonly attempt: Attempt;
  readonly decision: Decision;
  readonly reason?: AttemptEndReason;
}

function applyDecision(store: Store, application: Application, nowMilliseconds: number): void {
  const { stored, attempt, decision, reason } = application;
  const { lease: _, ...rest } = stored.trial;
  const trial: Trial = {
    ...rest,
    state: stateAfter(decision, reason),
    ...(decision.kind === 'fail' ? { failure: decision.failure } : {}),
  };
  const requeued = decision.kind === 'requeue';
  const earlierCounts = decision.kind === 'complete' && decision.attempt !== undefined;
  store.saveTrial({
    ...stored,
    trial,
    remeasured: stored.remeasured + (requeued && decision.why === 'measure-again' ? 1 : 0),
    avoid: requeued && decision.avoidAgent ? [...new Set([...stored.avoid, attempt.agent])] : stored.avoid,
    ...(decision.kind === 'complete' ? { accountedAttempt: decision.attempt ?? attempt.attempt } : {}),
    ...(decision.kind === 'stop-early' ? { accountedAttempt: attempt.attempt } : {}),
  });
  store.endAttempt({
    trial: attempt.trial,
    attempt: attempt.attempt,
    endReason: reason ?? (requeued || earlierCounts ? 'requeued' : 'accounted'),
    endedMilliseconds: nowMilliseconds,
    ...signatureOf(store, application),
  });
  if (decision.kind === 'complete' || (decision.kind === 'fail' && decision.informs)) {
    store.appendHistory(trial.campaign, trial.id);
  }
}

/** The signature of a failed attempt, so that a second failure of the same kind is recognised. */
function signatureOf(store: Store, { attempt, decision }: Application): { readonly signature?: string } {
  if (decision.kind === 'fail') return { signature: decision.failure.signature };
  const last = outcomeEvent(store, attempt);
  const end = last?.body.kind === 'observed' ? last.body.observation.end : undefined;
  return end?.kind === 'failed' ? { signature: end.failure.signature } : {};
}

const outcomeEvent = (store: Store, { trial, attempt }: Attempt): AttemptEvent | undefined =>
  store.events(trial, ['observed']).find((event) => event.attempt === attempt);

function stateAfter(decision: Decision, reason: AttemptEndReason | undefined): TrialState {
  if (reason === 'cancelled') return 'cancelled';
  switch (decision.kind) {
    case 'complete':
      return 'completed';
    case 'stop-early':
      return 'stopped-early';
    case 'fail':
      return 'failed';
    case 'requeue':
      return 'queued';
  }
}

/** Ends queued trials that will not be run: all of them, or those of one class. */
export function endQueued(
  store: Store,
  campaign: CampaignId,
  { state, hardwareClass }: { state: 'cancelled' | 'unpaired'; hardwareClass: HardwareClassId | undefined },
): readonly TrialId[] {
  return store.transaction(() => {
    const queued = store.trials(campaign).filter(({ trial }) => {
      return trial.state === 'queued' && (hardwareClass === undefined || trial.hardwareClass === hardwareClass);
    });
    for (const stored of queued) store.saveTrial({ ...stored, trial: { ...stored.trial, state } });
    return queued.map(({ trial }) => trial.id);
  });
}
