/** One open campaign in service: which trial goes to which slot, when to plan more, when it is over. */

import type { AgentId, HardwareClassId, TrialId } from '../../shared/domain/identity.js';
import type { Proposer } from '../../shared/domain/proposal.js';
import type { Clock } from '../../shared/runtime/clock.js';
import type { Log } from '../../shared/runtime/log.js';
import type { Dispatcher } from '../dispatch/dispatcher.js';
import type { SlotOffer, Work } from '../dispatch/work-source.js';
import type { Store, StoredTrial } from '../store/store.js';
import { sealedMetrics } from '../../shared/domain/campaign.js';
import { endQueued } from './account.js';
import { limitReached, trialBudgetText } from './budget.js';
import type { CampaignBook } from './campaign-book.js';
import { CampaignPlanner } from './campaign-planner.js';
import { fitOf } from './fit.js';
import type { Fit } from './fit.js';
import { trialsEach } from './plan-trials.js';
import { reportingReference } from './reporting-reference.js';
import { StoppingWatch } from './stopping-watch.js';

export interface ServedCampaignOptions {
  readonly store: Store;
  readonly book: CampaignBook;
  readonly proposer: Proposer;
  readonly clock: Clock;
  readonly log: Log;
  readonly dispatcher: Pick<Dispatcher, 'connected' | 'offers' | 'match'>;
  /** A class whose last agent is gone for this long leaves its queued trials unpaired. */
  readonly absenceSeconds: number;
  readonly isReady: () => boolean;
}

export class ServedCampaign {
  readonly book: CampaignBook;
  readonly planner: CampaignPlanner;
  readonly stopping: StoppingWatch;
  private readonly options: ServedCampaignOptions;
  /** Instant since which each class with queued trials has no agent. */
  private readonly absentSince = new Map<HardwareClassId, bigint>();

  constructor(options: ServedCampaignOptions) {
    this.options = options;
    this.book = options.book;
    this.planner = new CampaignPlanner(options);
    this.stopping = new StoppingWatch(options);
  }

  /** The next queued trial for a slot. */
  take(offer: SlotOffer): Work | undefined {
    const fit = fitOf(this.campaign, offer);
    if (fit.kind === 'unfit' || !this.options.isReady() || this.limit() !== undefined) return undefined;
    const queued = this.queued().filter(
      ({ trial }) => (trial.hardwareClass ?? fit.hardwareClass) === fit.hardwareClass,
    );
    const chosen = queued.find((stored) => !this.shouldGoElsewhere(stored, offer.agent.id));
    return chosen && this.workOf(chosen, fit.hardwareClass);
  }

  /** Turns prepared configurations into trials for slots that stand idle, and prepares more ahead of need. */
  async replenish(): Promise<void> {
    // Slots may have become free, and results may have come, while more was prepared: go on until nothing is missing.
    while (this.book.stored.state === 'open' && this.options.isReady() && this.limit() === undefined) {
      this.backfill();
      const wanted = this.wanted();
      if (wanted > 0 && this.planner.take(wanted, this.classes())) {
        this.options.dispatcher.match();
        continue;
      }
      if (this.planner.isPreparing) return;
      const need = { wanted, reserve: this.reserve(), task: this.task() };
      if (!(await this.planner.prepare(need, this.classes()))) return;
    }
  }

  /** Breaks off what is being prepared. */
  stop(): void {
    this.planner.stop();
  }

  /** Closes the campaign when nothing is left to do; call after every change and about once a second. */
  settle(): void {
    if (this.book.stored.state === 'closed') return;
    this.freezeReference(false);
    const trials = this.book.trials();
    if (trials.some(({ trial }) => trial.state === 'leased')) return;
    const limit = this.limit();
    if (limit !== undefined) {
      this.end('cancelled');
      return this.close(limit);
    }
    this.giveUpAbsentClasses();
    if (this.queued().length > 0 || trials.length === 0) return;
    if (this.planner.isDone(this.classes())) this.close(this.doneReason());
  }

  /** Accumulates the time during which the campaign is served. */
  tick(seconds: number): void {
    if (this.book.stored.state === 'closed') return;
    this.book.change({ activeSeconds: this.book.stored.activeSeconds + seconds });
    this.settle();
  }

  private get campaign(): CampaignBook['stored']['campaign'] {
    return this.book.stored.campaign;
  }

  private queued(): readonly StoredTrial[] {
    return this.book.trials().filter(({ trial }) => trial.state === 'queued');
  }

  private limit(): string | undefined {
    const { activeSeconds } = this.book.stored;
    return limitReached(this.campaign.budget, { activeSeconds, joules: this.book.joules() });
  }

  /** A trial that failed on an agent goes to another one, while there is another one that could take it. */
  private shouldGoElsewhere({ avoid, trial }: StoredTrial, agent: AgentId): boolean {
    if (!avoid.includes(agent)) return false;
    return this.options.dispatcher.connected().some((other) => {
      if (avoid.includes(other.id) || other.quarantine !== undefined) return false;
      return other.machine.slots.some((slot) => {
        const fit = fitOf(this.campaign, { agent: other, slot });
        return fit.kind === 'fits' && (trial.hardwareClass ?? fit.hardwareClass) === fit.hardwareClass;
      });
    });
  }

  private workOf({ trial }: StoredTrial, hardwareClass: HardwareClassId): Work {
    const { workload, needs, measurement, limits, secrets, objectives, constraints, seed } = this.campaign;
    return {
      trial: trial.id,
      attempt: trial.attempts + 1,
      campaign: this.book.id,
      hardwareClass,
      configuration: trial.configuration,
      // Replicates differ by their seed alone; the same trial has the same seed on every class and attempt.
      seed: seed + trial.replicate,
      workload,
      needs,
      measurement,
      limits,
      secrets,
      sealedMetrics: [...sealedMetrics(this.campaign)],
      requiredMetrics: [
        ...new Set([
          ...objectives.flatMap((objective) => (objective.from === 'metric' ? [objective.metric] : [])),
          // A bound on an objective needs no metric of its name.
          ...constraints.map(({ metric }) => metric).filter((name) => !objectives.some((one) => one.name === name)),
        ]),
      ],
    };
  }

  private isIdle(offer: SlotOffer): boolean {
    return fitOf(this.campaign, offer).kind === 'fits' && this.take(offer) === undefined;
  }

  /** Configurations for the slots that stand idle. */
  private wanted(): number {
    const idle = this.options.dispatcher.offers().filter((offer) => this.isIdle(offer)).length;
    return this.campaign.hardware.policy === 'compare' ? Math.min(idle, 1) : idle;
  }

  /** Configurations to have ready: as many as the slots that may become free at once. */
  private reserve(): number {
    const slots = this.fits().length / trialsEach(this.campaign, this.classes());
    return Math.min(MOST_PREPARED, Math.max(LEAST_PREPARED, Math.ceil(slots)));
  }

  /** The class to propose for, in the words of the history. */
  private task(): string | undefined {
    const asking = this.campaign.hardware.policy === 'compare' ? this.furthestBehind() : this.mostFree();
    return asking && this.book.taskOf(asking);
  }

  private furthestBehind(): HardwareClassId | undefined {
    const counts = countsOf(
      this.book.results().flatMap(({ observation }) => (observation ? [observation.hardwareClass] : [])),
    );
    return least(this.classes(), (one) => counts.get(one) ?? 0);
  }

  /** Of classes with equally many free slots, the one with the most slots. */
  private mostFree(): HardwareClassId | undefined {
    const free = countsOf(this.options.dispatcher.offers().flatMap((offer) => classIn(fitOf(this.campaign, offer))));
    const all = this.fits();
    const slots = countsOf(all);
    return least(this.classes(), (one) => -(free.get(one) ?? 0) - (slots.get(one) ?? 0) / (all.length + 1));
  }

  /** The class of each slot that is here and fits. */
  private fits(): readonly HardwareClassId[] {
    return this.options.dispatcher
      .connected()
      .filter(({ quarantine }) => quarantine === undefined)
      .flatMap((agent) => agent.machine.slots.flatMap((slot) => classIn(fitOf(this.campaign, { agent, slot }))));
  }

  /** Classes of the agents that are here and fit, in a stable order. */
  private classes(): readonly HardwareClassId[] {
    return [...new Set(this.fits())].sort();
  }

  private backfill(): void {
    const { policy, backfill } = this.campaign.hardware;
    if (policy !== 'compare' || !backfill) return;
    for (const hardwareClass of this.classes()) {
      if (this.planner.backfill(hardwareClass).length > 0) this.options.dispatcher.match();
    }
  }

  /** `compare`: a class whose machines have gone for good must not hang the campaign. */
  private giveUpAbsentClasses(): void {
    const present = new Set(this.classes());
    if (present.size === 0) return this.absentSince.clear();
    const now = this.options.clock.monotonicNanoseconds();
    const bound = this.queued().flatMap(({ trial }) => (trial.hardwareClass ? [trial.hardwareClass] : []));
    for (const hardwareClass of new Set(bound)) {
      const since = this.absentSince.get(hardwareClass);
      if (present.has(hardwareClass)) this.absentSince.delete(hardwareClass);
      else if (since === undefined) this.absentSince.set(hardwareClass, now);
      else if (now - since >= BigInt(this.options.absenceSeconds) * 1_000_000_000n) {
        this.end('unpaired', hardwareClass);
        this.options.log.warn({ campaign: this.book.id, hardwareClass }, 'class given up');
      }
    }
  }

  private end(state: 'cancelled' | 'unpaired', hardwareClass?: HardwareClassId): void {
    const ended: readonly TrialId[] = endQueued(this.options.store, this.book.id, { state, hardwareClass });
    ended.forEach((trial) => this.book.refresh(trial));
  }

  private freezeReference(final: boolean): void {
    if (this.book.stored.reference) return;
    const reference = reportingReference(this.campaign, this.book.results(), final);
    if (reference) this.book.change({ reference });
  }

  private doneReason(): string {
    const { trials, counts } = this.campaign.budget;
    const used = this.book.trials().length;
    if (trials !== undefined && (counts === 'configurations' || used >= trials)) {
      return `budget: ${trialBudgetText(trials, counts)}`;
    }
    return trials !== undefined && this.campaign.hardware.policy === 'compare'
      ? `budget: ${used} of ${trials} trials; the rest is less than one configuration on every class`
      : 'the search space is used up';
  }

  private close(closeReason: string): void {
    this.freezeReference(true);
    const closedMilliseconds = this.options.clock.wallMilliseconds();
    this.book.change({ state: 'closed', closeReason, closedMilliseconds });
    this.stop();
    this.options.log.info({ campaign: this.book.id, closeReason }, 'campaign closed');
  }
}

/** Enough for a slot that becomes free while the stock is made anew. */
const LEAST_PREPARED = 2;
/** More would grow old before they are taken. */
const MOST_PREPARED = 32;

const classIn = (fit: Fit): readonly HardwareClassId[] => (fit.kind === 'fits' ? [fit.hardwareClass] : []);

function countsOf<T>(items: readonly T[]): ReadonlyMap<T, number> {
  const counts = new Map<T, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  return counts;
}

/** The first of those with the least figure. */
const least = <T>(items: readonly T[], figure: (item: T) => number): T | undefined =>
  [...items].sort((a, b) => figure(a) - figure(b))[0];
