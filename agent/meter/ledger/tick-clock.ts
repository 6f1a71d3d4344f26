/** Finds when a sensor updates from the looks between which its figure was seen to change. */

import { present } from '../../../shared/domain/present.js';
import type { Timing } from './knot-store.js';
import { fitTicks, type Bracket, type TickFit } from './tick-fit.js';

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

/** Brackets that the period and the phase rest on. More would lean on the steadiness of the sensor's own clock. */
const MEMORY = 64;
/** Changes after which a common period is looked for. */
const ENOUGH = 12;
/** Changes after which a rhythm is fitted again: at the earliest when one contradicts it, at the latest when none does. */
const EARLIEST_REFIT = 4;
const LATEST_REFIT = 16;
/** Looks must be this much denser than the updates for their period to be found. */
const RESOLVED = 0.75;
/** A rhythm that misses its brackets by more than this share of them says no more than they do. */
const WORST_MISFIT = 0.25;
/** A rhythm whose phase has become uncertain by this share of the period is lost. */
const LOST_SHARE = 0.2;

/**
 * A change seen at one look and not at the one before happened in between: a bracket. When all recent brackets admit one
 * period and one phase, every update is placed where they all agree, far better than half a look; what is left of the
 * phase is common to all updates. Brackets that admit none are taken one by one, in their middles.
 */
export class TickClock {
  readonly #documented: number | undefined;
  #origin: bigint | undefined;
  #brackets: Bracket[] = [];
  #fit: TickFit | undefined;
  #found: number | undefined;
  #rhythm = 0;
  #sinceFit = 0;
  /** Number of the last update in its rhythm. */
  #tick = 0;

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
    return this.#fit !== undefined;
  }

  /** Longest time that passes between two updates as far as is known, in nanoseconds. */
  get longestNanoseconds(): number | undefined {
    return this.#found ?? this.#documented;
  }

  /** Places the last update that happened after the look at `after` and not after the one at `by`. */
  place(after: bigint, by: bigint): Placement {
    this.#origin ??= by;
    const high = Number(by - this.#origin);
    const longest = this.#longestSlack();
    const low = Math.max(Number(after - this.#origin), high - longest);
    const placed = this.#fit === undefined ? undefined : this.#follow(this.#fit, low, high);
    if (placed !== undefined) return this.#placement(placed, low, high);
    this.#seek(low, high);
    const half = (high - low) / 2;
    return {
      atNanoseconds: by - BigInt(Math.round(half)),
      ownNanoseconds: half / Math.sqrt(3),
      commonNanoseconds: 0,
      drift: 0,
      rhythm: 0,
    };
  }

  /** The bound on an update's age: the found period with some room for its jitter, else the documented one. */
  #longestSlack(): number {
    return this.#found === undefined ? (this.#documented ?? Infinity) : this.#found * 1.02;
  }

  /** Goes on with a rhythm; `undefined` when it is lost. */
  #follow(fit: TickFit, low: number, high: number): TickFit | undefined {
    const elapsed = (high - fit.phase) / fit.period;
    const whole = Math.max(1, Math.floor(elapsed));
    const missOf = (ticks: number): number => {
      const instant = fit.phase + ticks * fit.period;
      return Math.max(0, low - instant, instant - high);
    };
    const ticks = missOf(whole + 1) < missOf(whole) ? whole + 1 : whole;
    const spread = fit.phaseError + ticks * fit.periodError;
    if (spread > LOST_SHARE * fit.period) return this.#lose();
    this.#remember({ tick: (this.#tick += ticks), low, high });
    const instant = fit.phase + ticks * fit.period;
    const agrees = instant - spread >= low && instant + spread <= high;
    this.#sinceFit++;
    if (this.#sinceFit >= (agrees ? LATEST_REFIT : EARLIEST_REFIT)) return this.#refit(fit.period);
    this.#fit = { ...fit, phase: instant, phaseError: spread };
    return this.#fit;
  }

  #refit(period: number): TickFit | undefined {
    this.#sinceFit = 0;
    const fit = fitTicks(this.#brackets, period);
    if (fit.misfit > WORST_MISFIT * this.#meanBracket()) return this.#lose();
    this.#fit = fit;
    this.#found = fit.period;
    return fit;
  }

  #lose(): undefined {
    this.#fit = undefined;
    this.#brackets = [];
  }

  #remember(bracket: Bracket): void {
    this.#brackets.push(bracket);
    if (this.#brackets.length > MEMORY) this.#brackets.shift();
  }

  #meanBracket(): number {
    return this.#brackets.reduce((sum, { low, high }) => sum + high - low, 0) / this.#brackets.length;
  }

  /** Without a rhythm: gathers changes until they may show one. */
  #seek(low: number, high: number): void {
    if (Number.isFinite(high - low)) this.#remember({ tick: 0, low, high });
    if (this.#brackets.length < ENOUGH) return;
    const gathered = this.#brackets;
    const middles = gathered.map((one) => (one.low + one.high) / 2);
    const apart = middles.slice(1).map((middle, i) => middle - present(middles[i], 'middle'));
    const usual = present([...apart].sort((a, b) => a - b)[apart.length >> 1], 'median');
    if (this.#meanBracket() > RESOLVED * usual) {
      this.#brackets.shift();
      return;
    }
    let tick = 0;
    this.#brackets = gathered.map((one, i) => ({
      ...one,
      tick: i === 0 ? 0 : (tick += Math.max(1, Math.round(present(apart[i - 1], 'distance') / usual))),
    }));
    this.#tick = tick;
    if (this.#refit(usual) !== undefined) this.#rhythm++;
    else this.#found = usual;
  }

  #placement({ phase, phaseError, periodError, period, misfit }: TickFit, low: number, high: number): Placement {
    const instant = Math.min(high, Math.max(low, phase));
    return {
      atNanoseconds: present(this.#origin, 'origin') + BigInt(Math.round(instant)),
      ownNanoseconds: misfit,
      commonNanoseconds: phaseError,
      drift: periodError / period,
      rhythm: this.#rhythm,
    };
  }
}
