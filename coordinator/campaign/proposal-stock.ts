/** Proposals made ahead of need: few, kept through a crash, and made anew when a result has made them out of date. */

import type { Configuration } from '../../shared/domain/configuration.js';
import type { Proposer, ProposerObservation } from '../../shared/domain/proposal.js';
import type { PreparedProposal, Store } from '../store/store.js';
import type { CampaignBook } from './campaign-book.js';
import { requestOf } from './proposer-history.js';

export interface StockOptions {
  readonly store: Store;
  readonly book: CampaignBook;
  readonly proposer: Proposer;
}

/** What the campaign wants of its stock. */
export interface Need {
  /** Configurations for slots that stand idle now. */
  readonly wanted: number;
  /** Configurations to have ready beside. */
  readonly reserve: number;
  /** Class to ask for, in the words of the history; absent: the proposer's choice. */
  readonly task: string | undefined;
}

/** Where the campaign stands. */
export interface Standing {
  /** Configurations that have become trials. */
  readonly index: number;
  /** Configurations that still may. */
  readonly left: number;
  readonly history: readonly ProposerObservation[];
  /** Of trials that are not over. */
  readonly pending: readonly Configuration[];
}

/** A computation under way. */
interface Run {
  readonly controller: AbortController;
  /** True: it replaces the stock, and is out of date once something is taken from that. */
  readonly replaces: boolean;
}

/** What to ask the proposer for. */
interface Order {
  readonly count: number;
  readonly replaces: boolean;
}

export class ProposalStock {
  private readonly options: StockOptions;
  private prepared: readonly PreparedProposal[];
  private run: Run | undefined;
  private usedUp: boolean;
  private stopped = false;

  constructor(options: StockOptions) {
    this.options = options;
    this.prepared = options.store.prepared(options.book.id);
    const last = this.prepared[this.prepared.length - 1];
    this.usedUp = last !== undefined && last.skip + last.configurations.length < last.count;
  }

  /** True when it is empty and the space gives nothing more. */
  get isOver(): boolean {
    return this.usedUp && this.prepared.length === 0 && this.run === undefined;
  }

  /** True while something is being made. */
  get isBusy(): boolean {
    return this.run !== undefined;
  }

  /** Takes the first `count` configurations, each with what it was made from; {@link save} makes that last. */
  take(count: number): readonly PreparedProposal[] {
    const taken: PreparedProposal[] = [];
    const rest: PreparedProposal[] = [];
    let wanted = count;
    for (const proposal of this.prepared) {
      const { configurations, skip } = proposal;
      const part = Math.max(0, Math.min(wanted, configurations.length));
      wanted -= part;
      if (part > 0) taken.push({ ...proposal, configurations: configurations.slice(0, part) });
      if (part < configurations.length) {
        rest.push({ ...proposal, skip: skip + part, configurations: configurations.slice(part) });
      }
    }
    this.prepared = rest;
    // What would replace it was made without knowing what has just been taken.
    if (taken.length > 0 && this.run?.replaces) this.run.controller.abort();
    return taken;
  }

  save(): void {
    this.options.store.savePrepared(this.options.book.id, this.prepared);
  }

  /**
   * Fills the stock, or makes it anew where results have come since. Until the new one is there the old one may be taken
   * from: nobody waits for a better proposal where there is a good one.
   *
   * @returns true when the stock or its need has changed; false when there is nothing to make or it is being made.
   */
  async prepare(need: Need, standingNow: () => Standing): Promise<boolean> {
    if (this.run || this.stopped) return false;
    const standing = standingNow();
    const order = this.orderFor(need, standing);
    if (!order) return false;
    const run = { controller: new AbortController(), replaces: order.replaces };
    this.run = run;
    try {
      const made = await this.make(order, { need, standing, signal: run.controller.signal });
      if (run.controller.signal.aborted) return !this.stopped;
      this.keep(made, order.replaces);
      return true;
    } catch (error) {
      if (run.controller.signal.aborted) return !this.stopped;
      throw error;
    } finally {
      this.run = undefined;
    }
  }

  /** Breaks off what is being made, for good. */
  stop(): void {
    this.stopped = true;
    this.run?.controller.abort();
  }

  private get size(): number {
    return this.prepared.reduce((sum, { configurations }) => sum + configurations.length, 0);
  }

  private orderFor({ wanted, reserve }: Need, { left, history }: Standing): Order | undefined {
    const isFresh = this.prepared.every(({ historyVersion }) => historyVersion === history.length);
    if (!isFresh) return left > 0 ? { count: Math.min(left, reserve), replaces: true } : undefined;
    // Idle slots wait for what is asked: then no more than they need.
    const target = Math.min(left, this.size === 0 && wanted > 0 ? wanted : reserve);
    const count = target - this.size;
    return count > 0 && !this.usedUp ? { count, replaces: false } : undefined;
  }

  private async make({ count, replaces }: Order, { need, standing, signal }: Making): Promise<PreparedProposal> {
    const { book, proposer } = this.options;
    const ahead = replaces ? [] : this.prepared.flatMap(({ configurations }) => configurations);
    const basis = {
      index: standing.index + ahead.length,
      count,
      skip: 0,
      historyVersion: standing.history.length,
      pending: [...standing.pending, ...ahead],
      ...(need.task === undefined ? {} : { task: need.task }),
    };
    const proposal = await proposer.propose(requestOf(book.stored, basis, standing.history), signal);
    return { ...basis, ...proposal };
  }

  private keep(made: PreparedProposal, replaces: boolean): void {
    const before = replaces ? [] : this.prepared;
    this.prepared = made.configurations.length > 0 ? [...before, made] : before;
    this.usedUp = made.configurations.length < made.count;
    this.save();
  }
}

interface Making {
  readonly need: Need;
  readonly standing: Standing;
  readonly signal: AbortSignal;
}
