/**
 * The leases of this agent: each is renewed at a third of its term until it is over, also while its outcome is on the way.
 *
 * A lease that the coordinator calls lost is not renewed any more, but its work goes on: a complete result is kept as an
 * extra observation. It is over once its outcome lies on the message server.
 */

import type { AgentMessage, HeldLease, LeasePhase } from '../../shared/domain/conversation.js';
import type { LeaseId } from '../../shared/domain/identity.js';
import type { Clock } from '../../shared/runtime/clock.js';

export interface LeaseHolderOptions {
  readonly clock: Clock;
  send(message: AgentMessage): void;
  /** Nothing is left to do for this lease. */
  onOver(lease: HeldLease): void;
}

interface Lease {
  held: HeldLease;
  lost: boolean;
  /** Since the outcome lies on the message server; absent: it does not. */
  deliveredNanoseconds?: bigint;
  /** Time for it to be accounted. */
  waitNanoseconds: bigint;
}

/** A coordinator that answers takes outcomes in within a second or so. */
const FIRST_WAIT_NANOSECONDS = 30n * 10n ** 9n;
const LAST_WAIT_NANOSECONDS = 600n * 10n ** 9n;

/** Shortest pause between two renewals, whatever term is asked for. */
const MIN_RENEWAL_MILLISECONDS = 100;

export class LeaseHolder {
  readonly #options: LeaseHolderOptions;
  readonly #leases = new Map<LeaseId, Lease>();
  #timer: Disposable | undefined;

  constructor(options: LeaseHolderOptions) {
    this.#options = options;
  }

  /** Leases to be named in `hello`. */
  held(): readonly HeldLease[] {
    return [...this.#leases.values()].filter(({ lost }) => !lost).map(({ held }) => held);
  }

  /** Leases that are not over, lost ones included. */
  get count(): number {
    return this.#leases.size;
  }

  /** True until the lease is over. */
  has(lease: LeaseId): boolean {
    return this.#leases.has(lease);
  }

  isLost(lease: LeaseId): boolean {
    return this.#leases.get(lease)?.lost === true;
  }

  /** A lease was granted, or is left from an earlier process. */
  take(held: HeldLease): void {
    this.#leases.set(held.lease, { held, lost: false, waitNanoseconds: FIRST_WAIT_NANOSECONDS });
  }

  /** Renews at a third of this term from now on. */
  setTerm(seconds: number): void {
    this.#timer?.[Symbol.dispose]();
    const milliseconds = Math.max((seconds * 1000) / 3, MIN_RENEWAL_MILLISECONDS);
    this.#timer = this.#options.clock.every(milliseconds, () => this.#renew());
  }

  setPhase(lease: LeaseId, phase: LeasePhase): void {
    const found = this.#leases.get(lease);
    if (found) found.held = { ...found.held, phase };
  }

  /** The coordinator gave these to others, or does not know them. */
  markLost(leases: readonly LeaseId[]): void {
    for (const id of leases) {
      const lease = this.#leases.get(id);
      if (!lease) continue;
      lease.lost = true;
      if (lease.deliveredNanoseconds !== undefined) this.#over(id);
    }
  }

  /** The outcome lies on the message server; only a lost lease is over with that. */
  markDelivered(id: LeaseId): void {
    const lease = this.#leases.get(id);
    if (!lease) return;
    lease.deliveredNanoseconds = this.#options.clock.monotonicNanoseconds();
    if (lease.lost) this.#over(id);
  }

  /**
   * Leases whose outcome was delivered long ago, while the coordinator still holds them to be out: what took it in has
   * lost it. Each is told once; if it is delivered again to no avail, after twice the time.
   */
  overdue(): readonly HeldLease[] {
    const now = this.#options.clock.monotonicNanoseconds();
    const late = [...this.#leases.values()].filter(
      ({ lost, deliveredNanoseconds: since, waitNanoseconds }) =>
        !lost && since !== undefined && now - since >= waitNanoseconds,
    );
    for (const lease of late) {
      lease.deliveredNanoseconds = now;
      const wait = 2n * lease.waitNanoseconds;
      lease.waitNanoseconds = wait < LAST_WAIT_NANOSECONDS ? wait : LAST_WAIT_NANOSECONDS;
    }
    return late.map(({ held }) => held);
  }

  /** The outcome was ingested. */
  markAccounted(id: LeaseId): void {
    this.#over(id);
  }

  /**
   * Hands the trial back unfinished.
   *
   * @param wasBegun - false: nothing of it was run or metered.
   */
  release(id: LeaseId, reason: string, wasBegun: boolean): void {
    const release = { kind: 'release', lease: id, reason, ...(!wasBegun && { notBegun: true }) } as const;
    if (this.#leases.has(id) && !this.isLost(id)) this.#options.send(release);
    this.#over(id);
  }

  /** Nothing of a trial that was to be stopped runs any more. */
  confirmStopped(id: LeaseId): void {
    this.#options.send({ kind: 'stopped', lease: id });
    this.#over(id);
  }

  close(): void {
    this.#timer?.[Symbol.dispose]();
  }

  #renew(): void {
    const leases = this.held().map(({ lease, phase }) => ({ lease, phase }));
    if (leases.length > 0) this.#options.send({ kind: 'renew', leases });
  }

  #over(id: LeaseId): void {
    const lease = this.#leases.get(id);
    if (this.#leases.delete(id) && lease) this.#options.onOver(lease.held);
  }
}
