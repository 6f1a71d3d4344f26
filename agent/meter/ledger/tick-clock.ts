/** Finds when a sensor updates from the looks between which its figure was seen to change. */

import { present } from '../../../shared/domain/present.js';
import type { Timing } from './knot-store.js';
import { advance, confine, fitOf, rhythmsWithin, type Bracket, type Rhythms, type TickFit } from './tick-fit.js';

/** When an update happened, as well as it can be told. */
export interface Placement extends Timing {
  readonly atNanoseconds: bigint;
}

export interface TickClockOptions {
  /** Longest time between two updates where it is documented, in nanoseconds. */
  readonly documentedNanoseconds?: number;
  /** What was found on this device before, in nanoseconds. */
  readonly knownNanoseconds?: number;
}

/** What a regular sensor is known to do. */
interface Beat {
  readonly rhythms: Rhythms;
  readonly fit: TickFit;
  /** By how much single updates may be off the rhythm, in nanoseconds. */
  readonly slack: number;
}

/** Brackets kept, which must agree after one has contradicted the rhythm. */
const MEMORY = 64;
/** So many unclear looks in a row are left out; then one is placed between the updates in question. */
const MOST_UNCLEAR = 2;
/** No phase is off by more standard deviations than this: they are those of polygons. */
const FARTHEST = 2.5;
/** Changes after which a common period is looked for. */
const ENOUGH = 12;
/** Looks must be this much denser than the updates for their period to be found. */
const RESOLVED = 0.75;
/** Jitter of the updates that is tried, in shares of a bracket. With more a rhythm says no more than the brackets do. */
const SLACKS = [0, 0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.14, 0.2, 0.25] as const;
/** Updates without a contradiction after which less jitter is tried at the next one. */
const CALM = 256;
/** A rhythm whose phase has become uncertain by this share of the period is lost. */
const LOST_SHARE = 0.2;
/** A found period may be short by this share of it. */
const PERIOD_ROOM = 0.02;

/**
 * A change seen at one look and not at the one before happened in between: a bracket. When all brackets admit common
 * periods and phases, every update is placed where they all agree, far better than half a look; what is left of the
 * phase is common to all updates. Brackets that admit none are taken one by one, in their middles.
 */
export class TickClock {
  readonly #documented: number | undefined;
  #origin: bigint | undefined;
  #brackets: Bracket[] = [];
  #beat: Beat | undefined;
  #found: number | undefined;
  #rhythm = 0;
  /** Number of the last update in its rhythm. */
  #tick = 0;
  #unclear = 0;
  /** Least entry of {@link SLACKS} that is tried: what was needed before, forgotten while nothing contradicts. */
  #jitter = 0;
  #calm = 0;

  constructor({ documentedNanoseconds, knownNanoseconds }: TickClockOptions = {}) {
    this.#documented = documentedNanoseconds;
    this.#found = knownNanoseconds;
  }

  /** Mean time between two updates as found on the device, in nanoseconds. */
  get periodNanoseconds(): number | undefined {
    return this.#found;
  }

  /** True while the updates come at a fixed interval. */
  get isRegular(): boolean {
    return this.#beat !== undefined;
  }

  /** Longest time that passes between two updates as far as is known, in nanoseconds. */
  get longestNanoseconds(): number | undefined {
    return this.#found ?? this.#documented;
  }

  /**
   * Places the last update that happened after the look at `after` and not after the one at `by`.
   *
   * `undefined` when the look fell so close to an update that it cannot be told whether that one was seen: what the look
   * showed then counts with the next.
   */
  place(after: bigint, by: bigint): Placement | undefined {
    this.#origin ??= by;
    const [low, high] = [Number(after - this.#origin), Number(by - this.#origin)];
    const beat = this.#beat === undefined ? undefined : this.#follow(this.#beat, low, high);
    const longest = this.#found === undefined ? (this.#documented ?? Infinity) : this.#found * (1 + PERIOD_ROOM);
    const half = Math.min(high - low, longest) / 2;
    const middle = { atNanoseconds: by - BigInt(Math.round(half)), commonNanoseconds: 0, drift: 0, rhythm: 0 };
    if (beat === 'unclear') {
      if (this.#unclear++ < MOST_UNCLEAR) return undefined;
      this.#unclear = 0;
      return { ...middle, ownNanoseconds: half };
    }
    if (beat !== undefined) return this.#placement(beat, low, high);
    this.#seek(low, high);
    return { ...middle, ownNanoseconds: half / Math.sqrt(3) };
  }

  /** Goes on with a rhythm; `undefined` when it is lost, `'unclear'` when it cannot be told which update it was. */
  #follow({ fit, rhythms, slack }: Beat, low: number, high: number): Beat | 'unclear' | undefined {
    const missOf = (ticks: number): number => {
      const instant = fit.phase + ticks * fit.period;
      return Math.max(0, low - instant, instant - high);
    };
    const place = (high - fit.phase) / fit.period;
    const whole = Math.max(1, Math.floor(place));
    const ticks = missOf(whole + 1) < missOf(whole) ? whole + 1 : whole;
    const spread = fit.phaseError + ticks * fit.periodError;
    if (spread > LOST_SHARE * fit.period) return this.#lose();
    const margin = FARTHEST * spread + slack;
    // Brackets shorter than a period hold one update; others end with the last of several, which must be told from the next.
    const isTelling = fit.period - (high - low) > 2 * margin;
    const toNext = Math.abs(place - Math.round(place)) * fit.period;
    if (!isTelling && toNext < margin) return 'unclear';
    this.#unclear = 0;
    this.#tick += ticks;
    const later = advance(rhythms, ticks);
    if (!isTelling) return this.#keep({ rhythms: later, fit: fitOf(later) ?? fit, slack });
    this.#remember({ tick: this.#tick, low, high });
    const left = confine(later, { low: low - slack, high: high + slack });
    const narrowed = fitOf(left);
    if (narrowed === undefined) return this.#begin(this.#brackets, fit.period);
    if (++this.#calm % CALM === 0) this.#jitter = Math.max(0, this.#jitter - 1);
    return this.#keep({ rhythms: left, fit: narrowed, slack });
  }

  /**
   * Makes a rhythm from brackets, with little more jitter than they ask for: with just enough the rhythm would seem to be
   * known exactly. `undefined` when there is none.
   */
  #begin(brackets: readonly Bracket[], guess: number): Beat | undefined {
    const mean = brackets.reduce((sum, { low, high }) => sum + high - low, 0) / brackets.length;
    const least = SLACKS.findIndex(
      (share, i) => i >= this.#jitter && rhythmsWithin(brackets, guess, share * mean).length > 0,
    );
    if (least < 0) return this.#lose();
    this.#jitter = least === 0 ? 0 : Math.min(least + 1, SLACKS.length - 1);
    this.#calm = 0;
    const slack = present(SLACKS[this.#jitter], 'slack') * mean;
    const rhythms = rhythmsWithin(brackets, guess, slack);
    return this.#keep({ rhythms, fit: present(fitOf(rhythms), 'rhythm'), slack });
  }

  #keep(beat: Beat): Beat {
    this.#beat = beat;
    this.#found = beat.fit.period;
    return beat;
  }

  #lose(): undefined {
    this.#jitter = 0;
    this.#beat = undefined;
    this.#brackets = [];
  }

  #remember(bracket: Bracket): void {
    this.#brackets.push(bracket);
    if (this.#brackets.length > MEMORY) this.#brackets.shift();
  }

  /** Without a rhythm: gathers changes until they may show one. */
  #seek(low: number, high: number): void {
    this.#remember({ tick: 0, low, high });
    if (this.#brackets.length < ENOUGH) return;
    const gathered = this.#brackets;
    const middles = gathered.map((one) => (one.low + one.high) / 2);
    const apart = middles.slice(1).map((middle, i) => middle - present(middles[i], 'middle'));
    const usual = present([...apart].sort((a, b) => a - b)[apart.length >> 1], 'median');
    const width = gathered.reduce((sum, one) => sum + one.high - one.low, 0) / gathered.length;
    if (width > RESOLVED * usual) {
      gathered.shift();
      return;
    }
    let tick = 0;
    this.#brackets = gathered.map((one, i) => ({
      ...one,
      tick: i === 0 ? 0 : (tick += Math.max(1, Math.round(present(apart[i - 1], 'distance') / usual))),
    }));
    this.#tick = tick;
    if (this.#begin(this.#brackets, usual) !== undefined) this.#rhythm++;
    else this.#found = usual;
  }

  #placement({ fit, slack }: Beat, low: number, high: number): Placement {
    const instant = Math.min(high, Math.max(low, fit.phase));
    return {
      atNanoseconds: present(this.#origin, 'origin') + BigInt(Math.round(instant)),
      ownNanoseconds: slack / Math.sqrt(3),
      commonNanoseconds: fit.phaseError,
      drift: fit.periodError / fit.period,
      rhythm: this.#rhythm,
    };
  }
}
