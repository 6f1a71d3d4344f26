/** Accounts for what agents report: each event once, outcome and trial state and lease in one transaction. */

import type { Campaign } from '../../shared/domain/campaign.js';
import type { AttemptEvent, AttemptIds } from '../../shared/domain/event.js';
import type { CampaignId, HardwareClassId, TrialId } from '../../shared/domain/identity.js';
import type { Observation, Trial, TrialState } from '../../shared/domain/trial.js';
import type { LeaseEnd } from '../dispatch/work-source.js';
import type { Attempt, AttemptEndReason, Store, StoredTrial } from '../store/store.js';
import { countEarlierResult, earlierResult, outcomeEvent } from './earlier-result.js';
import type { EarlierResult } from './earlier-result.js';
import { decideEnd, decideOutcome, HAND_BACK } from './outcome-decision.js';
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
  const earlier = store.attemptsOf(event.trial).filter((one) => one.attempt !== event.attempt);
  const judged = decideOutcome(campaign, { stored, earlier }, observation);
  const decided = orStopped(store, attempt, judged);
  if (stored.trial.lease !== event.lease) {
    if (observation.end.kind !== 'completed') return { kind: 'ended', event, extra: true };
    store.insertObservation(event, false);
    // Nobody else has it yet: what came late spares another attempt.
    if (stored.trial.state !== 'queued' || decided.kind !== 'complete') return { kind: 'ended', event, extra: true };
    const decision = completeWithEarlier(store, stored, { attempt, event, isWhole: true });
    return { kind: 'ended', event, extra: false, decision };
  }
  const decision = orEarlierResult(store, { campaign, earlier }, decided);
  const isOver = decision.kind === 'complete' || decision.kind === 'stop-early';
  const counts = decision === decided;
  if (isOver && (counts || observation.end.kind === 'completed')) store.insertObservation(event, counts);
  const reason = judged === HAND_BACK ? ('released' as const) : undefined;
  applyDecision(store, { stored, attempt, decision, ...(reason && { reason }) }, nowMilliseconds);
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
    const held = heldBy(store, lease);
    if (!held) return undefined;
    const { attempt, campaign } = held;
    if (lease.notBegun && !isHeardOf(store, attempt)) store.markOutcomeKnown(attempt.trial, attempt.attempt);
    const decided = orStopped(store, attempt, decideEnd(campaign, held, lease.reason));
    const decision = orEarlierResult(store, held, decided);
    applyDecision(store, { ...held, decision, reason: lease.reason }, nowMilliseconds);
    return decision;
  });
}

/**
 * Ends a lease whose outcome has come, but cannot be taken in: running the trial once more would give another like it.
 *
 * @returns What was decided; `undefined` if the lease does not hold its trial any more.
 */
export function endUnaccountable(
  store: Store,
  outcome: AttemptIds,
  { reason, nowMilliseconds }: { readonly reason: string; readonly nowMilliseconds: number },
): Decision | undefined {
  return store.transaction(() => {
    const held = heldBy(store, outcome);
    if (held?.attempt.agent !== outcome.agent) return undefined;
    const message = `its outcome could not be taken in: ${reason.replace(/\s+/g, ' ').slice(0, SHOWN_REASON)}`;
    const failure = { kind: 'infrastructure', reason: 'unaccountable', message, signature: 'unaccountable' } as const;
    const decision = orEarlierResult(store, held, { kind: 'fail', failure, informs: false });
    applyDecision(store, { ...held, decision }, nowMilliseconds);
    return decision;
  });
}

const SHOWN_REASON = 300;

interface Held extends Before {
  readonly stored: StoredTrial;
  readonly attempt: Attempt;
}

/** A trial and the attempt that holds it by this lease. */
function heldBy(store: Store, { trial, lease }: Pick<LeaseEnd, 'trial' | 'lease'>): Held | undefined {
  const stored = store.trial(trial);
  const attempts = store.attemptsOf(trial);
  const attempt = attempts.find((one) => one.lease === lease);
  if (!stored || !attempt || stored.trial.lease !== lease) return undefined;
  const { campaign } = present(store.campaign(stored.trial.campaign), 'campaign');
  return { stored, attempt, campaign, earlier: attempts.filter((one) => one !== attempt) };
}

const isHeardOf = (store: Store, { trial, attempt }: Attempt): boolean =>
  store.events(trial, []).some((event) => event.attempt === attempt);

/** A trial that was to be stopped is not run once more: what its attempt came to is all there will be of it. */
function orStopped(store: Store, { trial, attempt }: Attempt, decision: Decision): Decision {
  const isToStop = store.stopDecisions(trial).some((one) => one.attempt === attempt && one.verdict === 'stop');
  if (decision.kind !== 'requeue' || !isToStop) return decision;
  return decision.why === 'measure-again' ? { kind: 'complete' } : { kind: 'stop-early' };
}

/**
 * A trial that would end without a result is finished with the one that it has from before, and so is one that would be
 * run again although it has a whole one.
 */
function orEarlierResult(store: Store, { campaign, earlier }: Before, decision: Decision): Decision {
  if (decision.kind === 'complete') return decision;
  const result = earlierResult(store, campaign, earlier);
  if (!result || (decision.kind === 'requeue' && !result.isWhole)) return decision;
  countEarlierResult(store, result);
  return { kind: 'complete', attempt: result.attempt.attempt };
}

interface Before {
  readonly campaign: Campaign;
  readonly earlier: readonly Attempt[];
}

/** Finishes a trial that nobody holds. */
function completeWithEarlier(store: Store, stored: StoredTrial, result: EarlierResult): Decision {
  const { attempt } = result.attempt;
  countEarlierResult(store, result);
  store.saveTrial({ ...stored, trial: { ...stored.trial, state: 'completed' }, accountedAttempt: attempt });
  store.appendHistory(stored.trial.campaign, stored.trial.id);
  return { kind: 'complete', attempt };
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
    state: stateAfter(decision),
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

function stateAfter(decision: Decision): TrialState {
  switch (decision.kind) {
    case 'cancel':
      return 'cancelled';
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

/** Ends queued trials that will not be run, all of them or those of one class; results that they have already count. */
export function endQueued(
  store: Store,
  id: CampaignId,
  { state, hardwareClass }: { state: 'cancelled' | 'unpaired'; hardwareClass: HardwareClassId | undefined },
): readonly TrialId[] {
  return store.transaction(() => {
    const { campaign } = present(store.campaign(id), 'campaign');
    const queued = store.trials(id).filter(({ trial }) => {
      return trial.state === 'queued' && (hardwareClass === undefined || trial.hardwareClass === hardwareClass);
    });
    for (const stored of queued) {
      const result = earlierResult(store, campaign, store.attemptsOf(stored.trial.id));
      if (result) completeWithEarlier(store, stored, result);
      else store.saveTrial({ ...stored, trial: { ...stored.trial, state } });
    }
    return queued.map(({ trial }) => trial.id);
  });
}
