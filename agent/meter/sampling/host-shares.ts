/** Divides the energy of a device that all trials share, by their processor time over that of the whole machine. */

import { TICK_NANOSECONDS } from '../processor-tick.js';
import type { LoadHistory } from './load-history.js';

/** What of the device's ledger the division needs. */
export interface SharedLedger {
  readonly lastKnotNanoseconds: bigint | undefined;
  energyAt(instant: bigint): bigint;
}

export interface HostSharesOptions {
  /** A trial that is alone on the machine is charged with everything, whatever it and others compute. */
  readonly wholeWhenAlone: boolean;
  /** Divisions kept before old ones are merged; a matter of memory. */
  readonly limit?: number;
}

/** Part of one trial in the energy of a device. */
export interface SharedEnergy {
  readonly microjoules: bigint;
  /** What no trial is charged for. */
  readonly unattributed: bigint;
  /** By which the charge moves when the processor time at either end is a tick off, in joules; both ends in squares. */
  readonly joulesPerTick: number;
  /** The trial was alone throughout and is charged with everything, as {@link HostSharesOptions} say. */
  readonly isWhole: boolean;
}

/** The energy of one stretch of time: what each trial was charged, and what it had been charged before. */
interface Division {
  readonly from: bigint;
  readonly to: bigint;
  /** Cumulative energy of the device at `from`. */
  readonly energy: bigint;
  readonly spent: bigint;
  readonly parts: ReadonlyMap<number, Part>;
  /** Divisions so far, this one included, whose energy was not charged whole to one trial. */
  readonly shared: number;
  readonly isShared: boolean;
  /** Energy of the device per tick of all processor time, in joules; 0 where that does not divide it. */
  readonly perTick: number;
  /** Sum of the squares of its changes from division to division so far: a tick that moves across loses that much. */
  readonly unrest: number;
}

interface Part {
  readonly before: bigint;
  readonly microjoules: bigint;
}

/** Processor time of each trial over that of the machine. */
interface Weights {
  readonly trials: readonly number[];
  readonly used: readonly bigint[];
  readonly busy: bigint;
}

/** All that a trial was charged, and where its first division begins. */
interface Charged {
  readonly from: bigint;
  readonly microjoules: bigint;
}

/** Processor time is counted in ticks: with fewer in a stretch, shares would be mostly rounding. */
const ENOUGH_NANOSECONDS = 20n * TICK_NANOSECONDS;
const SHORTEST_NANOSECONDS = 200_000_000n;
/** After this long a stretch is divided however few ticks it has. */
const LONGEST_NANOSECONDS = 1_000_000_000n;
/** Some two hours before stretches become coarser. */
const MOST_DIVISIONS = 1 << 15;

/**
 * Follows one shared device.
 *
 * What a trial is charged for is its processor time over the busy time of all processors; the rest, such as strangers'
 * work, and all of a stretch in which nothing was busy, is charged to nobody. Shares of all trials and what is charged to
 * nobody add up to the energy of the device exactly, in whole microjoules, at every instant.
 */
export class HostShares {
  readonly #ledger: SharedLedger;
  readonly #options: HostSharesOptions;
  #divisions: Division[] = [];
  /** Up to where has been divided; `undefined` while there is nobody to charge. */
  #at: bigint | undefined;
  /** Cumulative energy of the device there; `undefined` until it is known. */
  #energy: bigint | undefined;
  readonly #charged = new Map<number, Charged>();
  /** Trials that were attached at some time since the last division. */
  readonly #present = new Set<number>();
  #unattributed = 0n;

  constructor(ledger: SharedLedger, options: HostSharesOptions) {
    this.#ledger = ledger;
    this.#options = options;
  }

  /** True when windows that end at `instant` can be told. */
  covers(instant: bigint): boolean {
    return this.#at !== undefined && this.#at >= instant;
  }

  /** A trial has come: if there was none, what is divided begins here. */
  begin(instant: bigint): void {
    this.#at ??= instant;
  }

  /**
   * Divides what the device has spent since the last division, if enough processor time has passed meanwhile.
   *
   * @param attached - The trials that are attached now.
   * @param isAwaited - Somebody waits for it: any busy tick is enough.
   */
  divide(history: LoadHistory, attached: readonly number[], isAwaited: boolean): void {
    for (const trial of attached) this.#present.add(trial);
    const trials = [...this.#present];
    if (trials.length === 0) return this.#rest();
    const to = least(this.#ledger.lastKnotNanoseconds, history.lastNanoseconds);
    const from = this.#at;
    if (from === undefined || to === undefined || to <= from) return;
    const used = trials.map((trial) => atLeastZero(history.trialAt(trial, to) - history.trialAt(trial, from)));
    const counted = history.busyAt(to) - history.busyAt(from);
    const busy = greatest(counted, sum(used));
    const elapsed = to - from;
    const isEnough = busy >= ENOUGH_NANOSECONDS && elapsed >= SHORTEST_NANOSECONDS;
    if (!isEnough && elapsed < LONGEST_NANOSECONDS && !(isAwaited && busy > 0n)) return;
    const alone = this.#options.wholeWhenAlone && trials.length === 1;
    this.#charge(to, alone ? { trials, used: [1n], busy: 1n } : { trials, used, busy }, !alone);
    this.#present.clear();
  }

  /** Charges of one trial between two instants; what lies beyond the last division is not in it. */
  between(trial: number, start: bigint, end: bigint): SharedEnergy {
    const [first, last] = [this.#find(start), this.#find(end)];
    return {
      microjoules: this.#chargedAt(trial, end, last) - this.#chargedAt(trial, start, first),
      joulesPerTick: perTickBetween(first, last),
      unattributed: atLeastZero(this.#unattributedAt(end, last) - this.#unattributedAt(start, first)),
      isWhole:
        this.#options.wholeWhenAlone &&
        first !== undefined &&
        last !== undefined &&
        last.shared === first.shared - (first.isShared ? 1 : 0),
    };
  }

  forgetBefore(instant: bigint): void {
    const keep = this.#divisions.findIndex(({ to }) => to >= instant);
    if (keep > 0) this.#divisions = this.#divisions.slice(keep);
  }

  /** Nobody is there to be charged or to ask. */
  #rest(): void {
    this.#at = undefined;
    this.#energy = undefined;
    this.#divisions = [];
    this.#charged.clear();
  }

  #charge(to: bigint, weights: Weights, isShared: boolean): void {
    const { trials, used, busy } = weights;
    const from = this.#at ?? to;
    const energy = this.#energy ?? this.#ledger.energyAt(from);
    const spent = atLeastZero(this.#ledger.energyAt(to) - energy);
    const parts = new Map<number, Part>();
    let left = spent;
    for (const [i, trial] of trials.entries()) {
      const earlier = this.#charged.get(trial) ?? { from, microjoules: 0n };
      const microjoules = busy === 0n ? 0n : (spent * (used[i] ?? 0n)) / busy;
      parts.set(trial, { before: earlier.microjoules, microjoules });
      this.#charged.set(trial, { from: earlier.from, microjoules: earlier.microjoules + microjoules });
      left -= microjoules;
    }
    parts.set(NOBODY, { before: this.#unattributed, microjoules: left });
    this.#unattributed += left;
    const last = this.#divisions.at(-1);
    const shared = (last?.shared ?? 0) + (isShared ? 1 : 0);
    const perTick = isShared ? Number(spent) / 1e6 / Math.max(1, Number(busy) / Number(TICK_NANOSECONDS)) : 0;
    const unrest = last === undefined ? 0 : last.unrest + (perTick - last.perTick) ** 2;
    this.#divisions.push({ from, to, energy, spent, parts, shared, isShared, perTick, unrest });
    this.#at = to;
    this.#energy = energy + spent;
    if (this.#divisions.length > (this.#options.limit ?? MOST_DIVISIONS)) this.#thin();
  }

  /** The division in which an instant lies; the nearest one for instants outside all. */
  #find(instant: bigint): Division | undefined {
    let low = 0;
    let high = this.#divisions.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#divisions[middle]?.to ?? 0n) >= instant) high = middle;
      else low = middle + 1;
    }
    return this.#divisions[low];
  }

  #chargedAt(trial: number, instant: bigint, division: Division | undefined): bigint {
    const part = division?.parts.get(trial);
    if (division !== undefined && part !== undefined) {
      return part.before + partial(part, division, this.#spentAt(instant, division));
    }
    // It had not come yet, or has left.
    const charged = this.#charged.get(trial);
    return charged === undefined || instant <= charged.from ? 0n : charged.microjoules;
  }

  #unattributedAt(instant: bigint, division: Division | undefined): bigint {
    if (division === undefined) return 0n;
    const spent = this.#spentAt(instant, division);
    let left = spent;
    for (const [trial, part] of division.parts) if (trial !== NOBODY) left -= partial(part, division, spent);
    return (division.parts.get(NOBODY)?.before ?? 0n) + left;
  }

  /** Energy of the device from the division's beginning to an instant, no more than was divided. */
  #spentAt(instant: bigint, { from, to, energy, spent }: Division): bigint {
    if (instant <= from) return 0n;
    if (instant >= to) return spent;
    return greatest(0n, least(this.#ledger.energyAt(instant) - energy, spent) ?? 0n);
  }

  /** Merges pairs of the older half: sums stay exact, edges in old history become coarser. */
  #thin(): void {
    const half = this.#divisions.length >> 1;
    const merged: Division[] = [];
    for (let i = 0; i < half; i += 2) {
      const [a, b] = [this.#divisions[i], this.#divisions[i + 1]];
      if (a !== undefined && b !== undefined) merged.push(merge(a, b));
    }
    this.#divisions = [...merged, ...this.#divisions.slice(half + (half % 2))];
  }
}

/** Trials are numbered from 1. */
const NOBODY = 0;

const partial = ({ microjoules }: Part, division: Division, spent: bigint): bigint =>
  division.spent === 0n ? 0n : (spent * microjoules) / division.spent;

function merge(a: Division, b: Division): Division {
  const parts = new Map(a.parts);
  for (const [trial, part] of b.parts) {
    const earlier = a.parts.get(trial);
    parts.set(trial, earlier ? { ...earlier, microjoules: earlier.microjoules + part.microjoules } : part);
  }
  return {
    ...b,
    from: a.from,
    energy: a.energy,
    spent: a.spent + b.spent,
    parts,
    isShared: a.isShared || b.isShared,
    perTick: Math.max(a.perTick, b.perTick),
  };
}

const perTickBetween = (first: Division | undefined, last: Division | undefined): number =>
  first === undefined || last === undefined
    ? 0
    : Math.sqrt(first.perTick ** 2 + last.perTick ** 2 + last.unrest - first.unrest);

const sum = (values: readonly bigint[]): bigint => values.reduce((total, value) => total + value, 0n);
const greatest = (a: bigint, b: bigint): bigint => (a > b ? a : b);
const atLeastZero = (value: bigint): bigint => greatest(value, 0n);
function least(a: bigint | undefined, b: bigint | undefined): bigint | undefined {
  return a === undefined || b === undefined ? undefined : a < b ? a : b;
}
