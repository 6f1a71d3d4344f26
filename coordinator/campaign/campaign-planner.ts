/** Asks the proposer for more configurations when slots would stand idle, and journals what it said. */

import type { HardwareClassId, TrialId } from '../../shared/domain/identity.js';
import type { Proposer } from '../../shared/domain/proposal.js';
import { isFinal } from '../../shared/domain/trial.js';
import type { Trial } from '../../shared/domain/trial.js';
import type { Clock } from '../../shared/runtime/clock.js';
import type { Log } from '../../shared/runtime/log.js';
import type { Store } from '../store/store.js';
import { configurationsLeft } from './budget.js';
import type { CampaignBook } from './campaign-book.js';
import { planTrials, trialsEach } from './plan-trials.js';
import { requestOf } from './proposer-history.js';

export interface PlannerOptions {
  readonly store: Store;
  readonly book: CampaignBook;
  readonly proposer: Proposer;
  readonly clock: Clock;
  readonly log: Log;
}

export class CampaignPlanner {
  private readonly options: PlannerOptions;
  private busy: Promise<void> | undefined;
  private exhausted = false;
  private methodText: string | undefined;
  private configurations: number;

  constructor(options: PlannerOptions) {
    this.options = options;
    const proposals = options.store.proposals(options.book.id);
    this.methodText = proposals[proposals.length - 1]?.method;
    this.configurations = proposals.reduce((sum, { configurations }) => sum + configurations.length, 0);
  }

  /** What made the last proposal. */
  get method(): string | undefined {
    return this.methodText;
  }

  /** True when nothing more will be proposed: the budget in trials is planned, or the space is used up. */
  isDone(classes: readonly HardwareClassId[]): boolean {
    return this.busy === undefined && (this.exhausted || this.left(classes) <= 0);
  }

  /**
   * Plans up to `wanted` more configurations, for the classes that are here when they are known.
   *
   * @returns true when new trials are queued; false when there is nothing more to plan or planning is under way.
   */
  async plan(wanted: number, classes: () => readonly HardwareClassId[]): Promise<boolean> {
    const count = Math.min(wanted, this.left(classes()));
    if (this.busy || this.exhausted || count <= 0) return false;
    let planned = 0;
    this.busy = this.propose(count, classes).then((made) => void (planned = made));
    try {
      await this.busy;
    } finally {
      this.busy = undefined;
    }
    return planned > 0;
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

  private left(classes: readonly HardwareClassId[]): number {
    const { campaign } = this.options.book.stored;
    const done = { configurations: this.configurations, trials: this.options.book.trials().length };
    return configurationsLeft(campaign.budget, done, trialsEach(campaign, classes));
  }

  private async propose(count: number, classesNow: () => readonly HardwareClassId[]): Promise<number> {
    const { store, book, proposer, clock, log } = this.options;
    const { campaign, id } = book.stored;
    const history = book.history();
    const unfinished = book.trials().filter(({ trial }) => !isFinal(trial.state));
    const pending = unfinished.map(({ trial }) => trial.configuration);
    const basis = { index: this.configurations, count, historyVersion: history.length, pending };
    const { configurations, method } = await proposer.propose(requestOf(campaign, basis, history));
    // A class may have joined while the proposer was at work.
    const classes = classesNow();
    const trials = planTrials({ id, campaign, classes, existing: book.trials().length }, configurations);
    const ordinal = store.proposals(id).length + 1;
    const createdMilliseconds = clock.wallMilliseconds();
    store.transaction(() => {
      store.insertProposal({ campaign: id, ordinal, ...basis, configurations, method, createdMilliseconds });
      trials.forEach((trial) => store.insertTrial(trial));
    });
    trials.forEach((trial) => book.refresh(trial.id));
    this.configurations += configurations.length;
    this.exhausted = configurations.length < count;
    this.methodText = method;
    log.info({ campaign: id, ordinal, configurations: configurations.length, method }, 'configurations proposed');
    return configurations.length;
  }
}

/** The first trial of each configuration. */
const firstOfEach = (trials: readonly Trial[]): readonly Trial[] => [
  ...new Map([...trials].reverse().map((trial) => [trial.configurationHash, trial])).values(),
];
