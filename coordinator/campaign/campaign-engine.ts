/** All campaigns in service: gives the dispatcher its work and takes in what the agents report. */

import type { StopReason } from '../../shared/domain/conversation.js';
import type { AttemptEvent, AttemptIds } from '../../shared/domain/event.js';
import type { CampaignId, TrialId } from '../../shared/domain/identity.js';
import type { Proposer } from '../../shared/domain/proposal.js';
import { isHandedBack } from '../../shared/domain/trial.js';
import type { Trial } from '../../shared/domain/trial.js';
import type { Clock } from '../../shared/runtime/clock.js';
import type { Log } from '../../shared/runtime/log.js';
import type { Dispatcher } from '../dispatch/dispatcher.js';
import type { LeaseState } from '../dispatch/lease-table.js';
import type { LeaseEnd, NewLease, SlotOffer, Work, WorkSource } from '../dispatch/work-source.js';
import type { Store } from '../store/store.js';
import { accountEvent, endLease, endUnaccountable } from './account.js';
import type { Accounted } from './account.js';
import { CampaignBook } from './campaign-book.js';
import { makeSnapshot } from './make-snapshot.js';
import { ServedCampaign } from './served-campaign.js';
import type { CampaignSnapshot } from './snapshot.js';
import { present } from '../../shared/domain/present.js';

export interface EngineOptions {
  readonly store: Store;
  readonly dispatcher: Dispatcher;
  /** One proposer serves all campaigns: requests carry everything. */
  readonly proposer: Proposer;
  readonly clock: Clock;
  readonly log: Log;
  readonly absenceSeconds: number;
  /** Called when a campaign cannot go on, such as when the disk is full. */
  readonly onFatal: (error: unknown) => void;
}

/** Interval of leases' expiry, of the active time and of the checks that time alone can trigger. */
const TICK_SECONDS = 1;

export class CampaignEngine implements WorkSource, Disposable {
  private readonly options: EngineOptions;
  private readonly served = new Map<CampaignId, ServedCampaign>();
  private readonly waiting = new Map<CampaignId, (snapshot: CampaignSnapshot) => void>();
  private readonly timer: Disposable;

  constructor(options: EngineOptions) {
    this.options = options;
    options.dispatcher.serve(this);
    this.timer = options.clock.every(TICK_SECONDS * 1000, () => this.guard(() => this.tick()));
  }

  /** Takes a campaign of the store into service; while `isReady` is false, no trial is planned or handed out. */
  serve(id: CampaignId, isReady: () => boolean = () => true): void {
    if (this.served.has(id)) return;
    const book = new CampaignBook(this.options.store, id);
    this.served.set(id, new ServedCampaign({ ...this.options, book, isReady }));
    this.fleetChanged();
  }

  /** Resolves when the campaign is closed. */
  closed(id: CampaignId): Promise<CampaignSnapshot> {
    const snapshot = this.snapshot(id);
    if (snapshot.state === 'closed') return Promise.resolve(snapshot);
    return new Promise((resolve) => this.waiting.set(id, resolve));
  }

  snapshot(id: CampaignId): CampaignSnapshot {
    const { book, planner } = present(this.served.get(id), 'served campaign');
    const { dispatcher, store, clock } = this.options;
    const nowNanoseconds = clock.monotonicNanoseconds();
    return makeSnapshot({ book, dispatcher, agents: store.agents(), nowNanoseconds, method: planner.method });
  }

  book(id: CampaignId): CampaignBook {
    return present(this.served.get(id), 'served campaign').book;
  }

  take(offer: SlotOffer): Work | undefined {
    for (const campaign of this.served.values()) {
      if (campaign.book.stored.state === 'closed') continue;
      const work = campaign.take(offer);
      if (work) return work;
    }
    return undefined;
  }

  grant({ lease, agent, slot, work }: NewLease): void {
    const { store, clock } = this.options;
    store.transaction(() => {
      const stored = present(store.trial(work.trial), 'trial');
      const trial: Trial = { ...stored.trial, state: 'leased', attempts: work.attempt, lease };
      store.saveTrial({ ...stored, trial });
      store.insertAttempt({
        trial: work.trial,
        attempt: work.attempt,
        lease,
        agent,
        slot: slot.id,
        devices: slot.devices,
        hardwareClass: work.hardwareClass,
        grantedMilliseconds: clock.wallMilliseconds(),
      });
    });
    this.bookOf(work.trial)?.refresh(work.trial);
  }

  end(end: LeaseEnd): void {
    const decision = endLease(this.options.store, end, this.options.clock.wallMilliseconds());
    if (!decision) return;
    this.bookOf(end.trial)?.refresh(end.trial);
    this.changed();
  }

  stopReason({ trial, attempt }: Pick<LeaseState, 'trial' | 'attempt'>): StopReason | undefined {
    const decision = this.options.store.stopDecisions(trial).find((one) => one.attempt === attempt);
    return decision?.verdict === 'stop' ? 'stopped-early' : undefined;
  }

  fleetChanged(): void {
    this.changed();
  }

  /**
   * Accounts for a batch of events in one transaction.
   *
   * @returns One entry per event; they may be acknowledged once this has returned.
   */
  ingest(events: readonly AttemptEvent[]): readonly Accounted[] {
    const { store, clock } = this.options;
    const accounted = store.transaction(() =>
      events.map((event) => accountEvent(store, event, clock.wallMilliseconds())),
    );
    // The store holds the whole batch: so must every book, before anything is decided on it.
    for (const one of accounted) this.mirror(one);
    const ended = accounted.filter((one) => one.kind === 'ended');
    for (const one of ended) this.takeNote(one);
    if (ended.length > 0) this.changed();
    this.considerStops();
    return accounted;
  }

  /** Fails the trial of an outcome that cannot be accounted for, if that still holds it; its lease is over. */
  giveUp(outcome: AttemptIds, reason: string): void {
    const { store, clock, dispatcher, log } = this.options;
    const decision = endUnaccountable(store, outcome, { reason, nowMilliseconds: clock.wallMilliseconds() });
    if (!decision) return;
    const { trial, attempt, lease, agent } = outcome;
    log.error({ trial, attempt, agent, reason, decision: decision.kind }, 'outcome given up');
    this.bookOf(trial)?.refresh(trial);
    dispatcher.accounted(lease, agent);
    this.changed();
  }

  [Symbol.dispose](): void {
    this.timer[Symbol.dispose]();
    for (const campaign of this.served.values()) campaign.stop();
  }

  private mirror(accounted: Accounted): void {
    if (accounted.kind === 'recorded') {
      const campaign = this.servedWith(accounted.event.trial);
      campaign?.book.note(accounted.event);
      campaign?.stopping.note(accounted.event);
    }
    if (accounted.kind === 'ended') this.bookOf(accounted.event.trial)?.refresh(accounted.event.trial);
  }

  private takeNote({ event, extra, decision }: Extract<Accounted, { kind: 'ended' }>): void {
    const { dispatcher, log } = this.options;
    dispatcher.accounted(event.lease, event.agent);
    const end = event.body.kind === 'observed' ? event.body.observation.end : undefined;
    const fields = { trial: event.trial, attempt: event.attempt, agent: event.agent, extra };
    log.info({ ...fields, outcome: end?.kind, decision: decision?.kind }, 'outcome accounted');
    if (end && isHandedBack(end)) return;
    const blamesMachine = end?.kind === 'failed' && end.failure.kind !== 'configuration';
    dispatcher.noteOutcome({
      agent: event.agent,
      trial: event.trial,
      failure: blamesMachine ? end.failure.message : undefined,
      configurationIsToBlame: decision?.kind === 'fail' && decision.informs,
    });
  }

  private servedWith(trial: TrialId): ServedCampaign | undefined {
    return [...this.served.values()].find(({ book }) => book.trial(trial) !== undefined);
  }

  private bookOf(trial: TrialId): CampaignBook | undefined {
    return this.servedWith(trial)?.book;
  }

  /** Keeps a decision before its agent hears of it; what gets lost on the way is said again when the lease is renewed. */
  private considerStops(): void {
    const { store, dispatcher, log } = this.options;
    for (const { stopping } of this.served.values()) {
      const decision = stopping.consider();
      if (!decision) continue;
      store.insertStopDecision(decision);
      const { trial, attempt, verdict, estimate } = decision;
      log.info({ trial, attempt, verdict, estimate }, 'early stop decided');
      const lease = dispatcher.leases.all().find((one) => one.trial === trial && one.attempt === attempt);
      if (verdict === 'stop' && lease) dispatcher.stop(lease, 'stopped-early');
    }
  }

  /** Something moved: close what is done, hand out what is there, plan what is missing. */
  private changed(): void {
    this.guard(() => {
      this.options.dispatcher.match();
      for (const campaign of this.served.values()) {
        campaign.settle();
        campaign.replenish().then(
          () => this.guard(() => this.settled(campaign)),
          (error: unknown) => this.options.onFatal(error),
        );
      }
    });
  }

  private settled(campaign: ServedCampaign): void {
    campaign.settle();
    const { id, stored } = campaign.book;
    if (stored.state !== 'closed') return;
    this.waiting.get(id)?.(this.snapshot(id));
    this.waiting.delete(id);
  }

  private tick(): void {
    this.options.dispatcher.expire();
    this.considerStops();
    for (const campaign of this.served.values()) {
      campaign.tick(TICK_SECONDS);
      this.settled(campaign);
    }
  }

  private guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.options.onFatal(error);
    }
  }
}
