/** Turns prepared proposals into trials when slots would stand idle, and journals each with what it was made from. */

import type { HardwareClassId, TrialId } from '../../shared/domain/identity.js';
import type { Proposer } from '../../shared/domain/proposal.js';
import { isFinal } from '../../shared/domain/trial.js';
import type { Trial } from '../../shared/domain/trial.js';
import type { Clock } from '../../shared/runtime/clock.js';
import type { Log } from '../../shared/runtime/log.js';
import type { PreparedProposal, Store } from '../store/store.js';
import { configurationsLeft } from './budget.js';
import type { CampaignBook } from './campaign-book.js';
import { planTrials, trialsEach } from './plan-trials.js';
import { ProposalStock } from './proposal-stock.js';
import type { Need, Standing } from './proposal-stock.js';

export interface PlannerOptions {
  readonly store: Store;
  readonly book: CampaignBook;
  readonly proposer: Proposer;
  readonly clock: Clock;
  readonly log: Log;
}

export class CampaignPlanner {
  private readonly options: PlannerOptions;
  private readonly stock: ProposalStock;
  private methodText: string | undefined;
  private configurations: number;

  constructor(options: PlannerOptions) {
    this.options = options;
    this.stock = new ProposalStock(options);
    const proposals = options.store.proposals(options.book.id);
    this.methodText = proposals[proposals.length - 1]?.method;
    this.configurations = proposals.reduce((sum, { configurations }) => sum + configurations.length, 0);
  }

  /** What made the last proposal. */
  get method(): string | undefined {
    return this.methodText;
  }

  get isPreparing(): boolean {
    return this.stock.isBusy;
  }

  /** True when nothing more will be proposed: the budget in trials is planned, or the space is used up. */
  isDone(classes: readonly HardwareClassId[]): boolean {
    return this.left(classes) <= 0 || this.stock.isOver;
  }

  /**
   * Turns up to `wanted` prepared configurations into trials, for the classes that are here when they are known.
   *
   * @returns true when new trials are queued.
   */
  take(wanted: number, classes: readonly HardwareClassId[]): boolean {
    const taken = this.stock.take(Math.min(wanted, this.left(classes)));
    if (taken.length === 0) return false;
    const { store, book } = this.options;
    const { campaign, id } = book.stored;
    const configurations = taken.flatMap((proposal) => proposal.configurations);
    const trials = planTrials({ id, campaign, classes, existing: book.trials().length }, configurations);
    store.transaction(() => {
      this.journal(taken);
      trials.forEach((trial) => store.insertTrial(trial));
      this.stock.save();
    });
    trials.forEach((trial) => book.refresh(trial.id));
    this.configurations += configurations.length;
    this.methodText = taken[taken.length - 1]?.method;
    return true;
  }

  /**
   * Makes ahead what is missing or out of date.
   *
   * @returns true when it is worth looking again; false when nothing is to be made, or it is being made already.
   */
  prepare(need: Need, classes: readonly HardwareClassId[]): Promise<boolean> {
    return this.stock.prepare(need, () => this.standing(classes));
  }

  /** Breaks off what is being made. */
  stop(): void {
    this.stock.stop();
  }

  /** Queues trials of earlier configurations for a class that joined late. */
  backfill(hardwareClass: HardwareClassId): readonly TrialId[] {
    const { store, book } = this.options;
    const { campaign, id } = book.stored;
    const trials = book.trials().map(({ trial }) => trial);
    const has = new Set(trials.filter((t) => t.hardwareClass === hardwareClass).map((t) => t.configurationHash));
    const owed = firstOfEach(trials).filter(({ configurationHash }) => !has.has(configurationHash));
    const plan = { id, campaign, classes: [hardwareClass], existing: trials.length };
    const added = planTrials(
      plan,
      owed.map(({ configuration }) => configuration),
    );
    store.transaction(() => added.forEach((trial) => store.insertTrial(trial)));
    added.forEach((trial) => book.refresh(trial.id));
    return added.map((trial) => trial.id);
  }

  private standing(classes: readonly HardwareClassId[]): Standing {
    const { book } = this.options;
    const trials = book.trials().map(({ trial }) => trial);
    // A trial that was stopped early has no outcome: as a pending one it is neither proposed again nor crowded around.
    const stopped = trials.filter(({ state }) => state === 'stopped-early');
    const unfinished = trials.filter(({ state }) => !isFinal(state));
    return {
      index: this.configurations,
      left: this.left(classes),
      history: book.history(),
      pending: [...stopped, ...unfinished].map(({ configuration }) => configuration),
    };
  }

  private left(classes: readonly HardwareClassId[]): number {
    const { campaign } = this.options.book.stored;
    const done = { configurations: this.configurations, trials: this.options.book.trials().length };
    return configurationsLeft(campaign.budget, done, trialsEach(campaign, classes));
  }

  private journal(taken: readonly PreparedProposal[]): void {
    const { store, book, clock, log } = this.options;
    const before = store.proposals(book.id).length;
    for (const [i, proposal] of taken.entries()) {
      const ordinal = before + i + 1;
      store.insertProposal({
        ...proposal,
        campaign: book.id,
        ordinal,
        createdMilliseconds: clock.wallMilliseconds(),
      });
      const { configurations, method } = proposal;
      log.info(
        { campaign: book.id, ordinal, configurations: configurations.length, method },
        'configurations proposed',
      );
    }
  }
}

/** The first trial of each configuration. */
const firstOfEach = (trials: readonly Trial[]): readonly Trial[] => [
  ...new Map([...trials].reverse().map((trial) => [trial.configurationHash, trial])).values(),
];
