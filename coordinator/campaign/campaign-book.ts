/** A campaign in memory: a mirror of what the store holds, refreshed trial by trial after each transaction. */

import type { Campaign } from '../../shared/domain/campaign.js';
import type { AttemptEvent } from '../../shared/domain/event.js';
import type { CampaignId, HardwareClassId, LeaseId, TrialId } from '../../shared/domain/identity.js';
import type { ProposerObservation } from '../../shared/domain/proposal.js';
import { isFinal } from '../../shared/domain/trial.js';
import type { Failure, Observation, TrialResult } from '../../shared/domain/trial.js';
import type { AttemptRecord } from '../analysis/search-energy.js';
import type { Attempt, CampaignChange, Store, StoredCampaign, StoredTrial } from '../store/store.js';
import { objectiveValues } from '../../shared/domain/objective-values.js';
import { countedJoules } from './counted-joules.js';
import { finalResult } from './final-result.js';
import { observationOf } from './proposer-history.js';
import { present } from '../../shared/domain/present.js';

/** Last news of a running attempt. */
export interface Progress {
  readonly attempt: number;
  readonly step?: number;
  readonly fraction?: number;
  readonly metrics: Readonly<Record<string, number>>;
}

export class CampaignBook {
  readonly id: CampaignId;
  private readonly store: Store;
  private current: StoredCampaign;
  private readonly byId = new Map<TrialId, StoredTrial>();
  private readonly finished = new Map<TrialId, TrialResult>();
  private readonly known = new Map<TrialId, ProposerObservation>();
  private readonly attemptRecords = new Map<LeaseId, AttemptRecord>();
  private readonly news = new Map<TrialId, Progress>();

  constructor(store: Store, id: CampaignId) {
    this.store = store;
    this.id = id;
    this.current = present(store.campaign(id), 'campaign');
    const trials = store.trials(id).map(({ trial }) => trial.id);
    const ended = new Map(store.attempts(id).map(({ trial, endedMilliseconds }) => [trial, endedMilliseconds ?? 0]));
    for (const trial of trials.sort((a, b) => (ended.get(a) ?? 0) - (ended.get(b) ?? 0))) this.refresh(trial);
  }

  get stored(): StoredCampaign {
    return this.current;
  }

  change(change: CampaignChange): void {
    this.store.changeCampaign(this.id, change);
    this.current = { ...this.current, ...change };
  }

  /** In the order of proposal. */
  trials(): readonly StoredTrial[] {
    return [...this.byId.values()].sort((a, b) => a.trial.index - b.trial.index);
  }

  trial(id: TrialId): StoredTrial | undefined {
    return this.byId.get(id);
  }

  /** Trials in a final state, in the order in which they got there. */
  results(): readonly TrialResult[] {
    return [...this.finished.values()];
  }

  /** What the proposer may know, in the order of accounting. */
  history(): readonly ProposerObservation[] {
    return this.store.history(this.id).map((trial) => present(this.known.get(trial), 'observation'));
  }

  /** What the history calls a class: as its latest result does; `undefined` before its first. */
  taskOf(hardwareClass: HardwareClassId): string | undefined {
    const latest = this.results().findLast(
      ({ trial, observation }) => trial.state === 'completed' && observation?.hardwareClass === hardwareClass,
    );
    return latest && this.known.get(latest.trial.id)?.task;
  }

  attempts(): readonly AttemptRecord[] {
    return [...this.attemptRecords.values()];
  }

  /** Energy of all attempts, of all provenances. */
  joules(): number {
    return countedJoules(this.attempts().flatMap(({ energy }) => energy));
  }

  progress(trial: TrialId): Progress | undefined {
    return this.news.get(trial);
  }

  /** Takes note of a committed event that changed no trial. */
  note({ trial, attempt, lease, body }: AttemptEvent): void {
    if (body.kind === 'started') this.news.set(trial, { attempt, metrics: {} });
    if (body.kind === 'reported') {
      const { step, fraction } = body;
      const before = this.news.get(trial);
      const earlier = before?.attempt === attempt ? before.metrics : {};
      const metrics = { ...earlier, ...body.metrics };
      this.news.set(trial, { attempt, step, metrics, ...(fraction === undefined ? {} : { fraction }) });
    }
    const record = this.attemptRecords.get(lease);
    if (body.kind === 'metered' && record) this.attemptRecords.set(lease, { ...record, energy: body.energy });
  }

  /** Reads a trial and its attempts anew. */
  refresh(id: TrialId): void {
    const stored = present(this.store.trial(id), 'trial');
    this.byId.set(id, stored);
    this.refreshAttempts(stored);
    if (stored.trial.state !== 'leased') this.news.delete(id);
    if (!isFinal(stored.trial.state)) return;
    const result = finalResult(this.store, this.current.campaign, stored);
    this.finished.set(id, result);
    const known = observationOf(this.current.campaign, result, this.failedRun(stored));
    if (known) this.known.set(id, known);
  }

  /** What the attempt yielded with which a trial failed for good. */
  private failedRun({ trial }: StoredTrial): Observation | undefined {
    if (trial.state !== 'failed') return undefined;
    const last = this.store.events(trial.id, ['observed']).find(({ attempt }) => attempt === trial.attempts);
    return last?.body.kind === 'observed' ? last.body.observation : undefined;
  }

  private refreshAttempts({ trial, accountedAttempt }: StoredTrial): void {
    const outcomes = new Map<number, Observation>();
    const started = new Set<number>();
    for (const { attempt, body } of this.store.events(trial.id, ['started', 'observed'])) {
      if (body.kind === 'observed') outcomes.set(attempt, body.observation);
      else started.add(attempt);
    }
    const isAgain = (attempt: number): boolean => attempt < trial.attempts || !isFinal(trial.state);
    for (const attempt of this.store.attemptsOf(trial.id)) {
      const { agent, slot, hardwareClass, grantedMilliseconds, endedMilliseconds } = attempt;
      const energy = this.store.attemptEnergy(trial.id, attempt.attempt);
      const brokeOff = endedMilliseconds !== undefined && !attempt.outcomeKnown;
      this.attemptRecords.set(attempt.lease, {
        trial: trial.id,
        attempt: attempt.attempt,
        agent,
        slot,
        hardwareClass,
        end: endOf(this.current.campaign, attempt, {
          outcome: outcomes.get(attempt.attempt),
          isAgain: isAgain(attempt.attempt),
          failure: trial.failure,
        }),
        accounted: attempt.attempt === accountedAttempt,
        energy,
        tookNothing: energy.length === 0 && !started.has(attempt.attempt) && wasGivenBack(attempt),
        lowerBound: brokeOff || energy.some(({ isLowerBound }) => isLowerBound),
        grantedUnixMilliseconds: grantedMilliseconds,
        ...(endedMilliseconds === undefined ? {} : { endedUnixMilliseconds: endedMilliseconds }),
      });
    }
  }
}

/** Nothing more will be heard of what it spent. */
const wasGivenBack = ({ endReason, outcomeKnown }: Attempt): boolean =>
  outcomeKnown && (endReason === 'released' || endReason === 'cancelled');

interface AfterAttempt {
  readonly outcome: Observation | undefined;
  /** The trial was begun once more after it, or will be. */
  readonly isAgain: boolean;
  /** Why the trial has failed for good. */
  readonly failure: Failure | undefined;
}

function endOf(
  campaign: Campaign,
  attempt: Attempt,
  { outcome, isAgain, failure }: AfterAttempt,
): AttemptRecord['end'] {
  if (outcome?.end.kind === 'completed' && attempt.endReason === 'requeued' && isAgain) {
    return { kind: 'measured-again', reason: whyUnusable(campaign, outcome) };
  }
  if (outcome?.end.kind === 'failed' && attempt.endReason === 'released') {
    return { kind: 'handed-back', failure: outcome.end.failure };
  }
  if (outcome) return outcome.end;
  // It came, but could not be taken in.
  if (attempt.endReason === 'accounted' && failure) return { kind: 'failed', failure };
  if (attempt.endedMilliseconds === undefined) return { kind: 'running' };
  if (attempt.endReason === 'cancelled') return { kind: 'cancelled' };
  return { kind: attempt.endReason === 'released' ? 'handed-back' : 'lost' };
}

/** Which energies of an outcome could not be used, each with its reason. */
function whyUnusable(campaign: Campaign, outcome: Observation): string {
  const { missing, energies } = objectiveValues(campaign, outcome);
  const unusable = Object.entries(missing).filter(([name]) => energies[name]?.kind === 'unusable');
  return unusable.map(([name, reason]) => `${name}: ${reason}`).join('; ');
}
