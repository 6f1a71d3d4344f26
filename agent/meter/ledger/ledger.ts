/** The energy history of one device: readings in, the energy of any window out, in integers. */

import type { Device } from '../../../shared/domain/hardware.js';
import type { DeviceEnergy, Part, Provenance } from '../../../shared/domain/measurement.js';
import type { Reading, SensorTraits } from '../energy-source.js';
import { KnotStore } from './knot-store.js';
import { windowUncertainty } from './window-uncertainty.js';

export interface LedgerOptions {
  readonly device: Device['id'];
  readonly part: Part;
  readonly source: string;
  readonly provenance: Provenance;
  readonly traits: SensorTraits;
  /** Looks further apart than this leave a gap, in nanoseconds. */
  readonly gapNanoseconds: bigint;
}

/** Something that happened between two knots. */
export interface LedgerEvent {
  readonly kind: 'counter-reset' | 'wrap' | 'gap' | 'read-failed';
  readonly fromNanoseconds: bigint;
  readonly toNanoseconds: bigint;
}

/** After this long without a change, a window no longer waits for the sensor to move, in nanoseconds. */
const PATIENCE_NANOSECONDS = 2_000_000_000n;
/** A window whose energy is uncertain by more than this share because of gaps has no figure. */
const LARGEST_GAP_SHARE = 0.2;
/** Two microwatt readings summed, times nanoseconds, in units of one microjoule. */
const POWER_DIVISOR = 2_000_000_000n;
const MAX_EVENTS = 10_000;

/**
 * Append-only history of (monotonic time, cumulative microjoules).
 *
 * For a latched counter a knot stands only where a *change* was seen, in the middle of the two looks around it; the
 * value between updates says nothing. Energy between knots is interpolated and rounded down, so that adjacent windows
 * add up exactly and longer windows never hold less. The cumulative figure starts at 0 and never goes back: what a
 * reset hides adds nothing, which keeps totals lower bounds, and a window over it is unusable.
 */
export class Ledger {
  readonly options: LedgerOptions;
  readonly knots: KnotStore;
  #events: LedgerEvent[] = [];
  #raw: bigint | undefined;
  #total = 0n;
  #lastLook: bigint | undefined;
  #lastGood: bigint | undefined;
  #failure: string | undefined;
  /** Twice the energy of the power integral that does not yet make up a microjoule. */
  #remainder = 0n;

  constructor(options: LedgerOptions, knots = new KnotStore()) {
    this.options = options;
    this.knots = knots;
  }

  get events(): readonly LedgerEvent[] {
    return this.#events;
  }

  /** Instant of the last knot; `undefined` before the first. */
  get lastKnotNanoseconds(): bigint | undefined {
    return this.knots.length === 0 ? undefined : this.knots.at(this.knots.length - 1);
  }

  /** Cumulative energy at the last knot, since the first, in microjoules. */
  get totalMicrojoules(): bigint {
    return this.#total;
  }

  /** Takes one reading; readings that are not newer than the last one are dropped. */
  add(reading: Reading): void {
    if (this.#lastLook !== undefined && reading.atNanoseconds <= this.#lastLook) return;
    if (reading.kind === 'failed') this.#fail(reading.atNanoseconds, reading.reason);
    else if (reading.kind === 'power') this.#addPower(reading.atNanoseconds, reading.microwatts);
    else this.#addEnergy(reading.atNanoseconds, reading.microjoules, reading.flag);
    this.#lastLook = reading.atNanoseconds;
  }

  /** True when a window that ends at `instant` can be answered, be it by `unusable`. */
  covers(instant: bigint): boolean {
    const last = this.lastKnotNanoseconds;
    if (last !== undefined && last >= instant) return true;
    return this.#lastLook !== undefined && this.#lastLook >= instant + PATIENCE_NANOSECONDS;
  }

  /** Cumulative microjoules at an instant within the knots; before the first knot 0, after the last its value. */
  energyAt(instant: bigint): bigint {
    const { knots } = this;
    const i = knots.lastAtOrBefore(instant);
    if (i < 0) return 0n;
    if (i === knots.length - 1) return knots.energy(i);
    const span = knots.at(i + 1) - knots.at(i);
    return knots.energy(i) + ((knots.energy(i + 1) - knots.energy(i)) * (instant - knots.at(i))) / span;
  }

  /** Energy of the window, or why there is none. */
  window(start: bigint, end: bigint): DeviceEnergy {
    const { device, part, source, provenance } = this.options;
    const fault = this.#faultOf(start, end);
    if (fault !== undefined) return { kind: 'unusable', device, part, source, reason: fault };
    const microjoules = this.energyAt(end) - this.energyAt(start);
    const uncertainty = windowUncertainty(this, { start, end, microjoules });
    if (uncertainty.gapJoules * 1e6 > LARGEST_GAP_SHARE * Number(microjoules)) {
      return {
        kind: 'unusable',
        device,
        part,
        source,
        reason: 'too much of the window lies in a gap between readings',
      };
    }
    const kinds = this.#eventsWithin(start, end).map(({ kind }) => kind);
    return {
      kind: 'usable',
      device,
      part,
      source,
      provenance,
      microjoules,
      // Microjoules per nanosecond are kilowatts.
      meanWatts: (Number(microjoules) / Number(end - start)) * 1e3,
      ...this.#peak(start, end),
      uncertainty,
      events: [...new Set(kinds)],
    };
  }

  /** Forgets what no window starting at or after `instant` can need. */
  forgetBefore(instant: bigint): void {
    this.knots.dropBefore(instant);
    this.#events = this.#events.filter(({ toNanoseconds }) => toNanoseconds >= instant).slice(-MAX_EVENTS);
  }

  #addEnergy(at: bigint, raw: bigint, flag: 'wrap' | 'discontinuity' | undefined): void {
    const previous = this.#raw;
    this.#raw = raw;
    if (previous === undefined) return this.#begin(at);
    const from = this.#succeed(at);
    if (raw < previous || flag === 'discontinuity') return this.#breakAt(from, at);
    if (flag === 'wrap') this.#note('wrap', from, at);
    if (this.options.traits.latched && raw === previous) return;
    this.#total += raw - previous;
    this.#pushKnot(from, at);
  }

  /** The first look at a latched counter tells when nothing: its value was latched at some earlier time. */
  #begin(at: bigint): void {
    this.#lastGood = at;
    if (!this.options.traits.latched) this.#pushKnot(at, at);
  }

  #breakAt(from: bigint, at: bigint): void {
    const lastKnot = this.lastKnotNanoseconds ?? from;
    this.#note('counter-reset', lastKnot, at);
    if (this.knots.length > 0) this.#pushKnot(from, at);
  }

  #addPower(at: bigint, microwatts: bigint): void {
    const previous = this.#raw;
    const shift = this.options.traits.averagingNanoseconds / 2n;
    this.#raw = microwatts;
    if (previous === undefined) {
      this.#lastGood = at;
      return this.#pushKnot(at - shift, at - shift);
    }
    const from = this.#succeed(at);
    this.#remainder += (previous + microwatts) * (at - from);
    this.#total += this.#remainder / POWER_DIVISOR;
    this.#remainder %= POWER_DIVISOR;
    this.#pushKnot(at - shift, at - shift);
  }

  /** Notes a good look and returns the instant of the one before. */
  #succeed(at: bigint): bigint {
    const from = this.#lastGood ?? at;
    this.#lastGood = at;
    this.#failure = undefined;
    if (at - from > this.options.gapNanoseconds) this.#note('gap', from, at);
    return from;
  }

  #fail(at: bigint, reason: string): void {
    this.#failure = reason;
    this.#note('read-failed', this.#lastLook ?? at, at);
  }

  /** A change seen at `at` and not at `from` happened in between, at most one update period ago. */
  #pushKnot(from: bigint, at: bigint): void {
    const { latched, updateNanoseconds } = this.options.traits;
    const looked = at - from;
    const bounded = updateNanoseconds !== undefined && updateNanoseconds < looked ? updateNanoseconds : looked;
    const half = latched ? bounded / 2n : 0n;
    const last = this.lastKnotNanoseconds;
    const instant = at - half;
    if (last !== undefined && instant <= last) return;
    this.knots.push({ atNanoseconds: instant, microjoules: this.#total, slackNanoseconds: Number(half) });
  }

  #note(kind: LedgerEvent['kind'], fromNanoseconds: bigint, toNanoseconds: bigint): void {
    const last = this.#events.at(-1);
    if (last?.kind === kind && last.toNanoseconds >= fromNanoseconds) {
      this.#events[this.#events.length - 1] = { ...last, toNanoseconds };
    } else this.#events.push({ kind, fromNanoseconds, toNanoseconds });
  }

  #faultOf(start: bigint, end: bigint): string | undefined {
    if (end <= start) return 'the window is empty';
    const last = this.lastKnotNanoseconds;
    if (last === undefined) return this.#failure ?? 'the sensor has given no reading yet';
    if (start < this.knots.at(0)) return 'the window began before the first reading of the sensor';
    if (end > last)
      return this.#failure ?? 'the sensor stood still or gave no reading until after the end of the window';
    if (this.#eventsWithin(start, end).some(({ kind }) => kind === 'counter-reset')) {
      return 'the counter was reset within the window';
    }
    if (this.#events.some((e) => e.kind === 'gap' && e.fromNanoseconds <= start && e.toNanoseconds >= end)) {
      return 'the window lies in a gap between readings';
    }
    const i = this.knots.lastAtOrBefore(start);
    if (i + 1 < this.knots.length && this.knots.at(i + 1) > end) {
      const milliseconds = Number(this.knots.at(i + 1) - this.knots.at(i)) / 1e6;
      return `the window is shorter than the sensor resolves: ${milliseconds.toFixed(0)} ms between its updates`;
    }
    return undefined;
  }

  #eventsWithin(start: bigint, end: bigint): readonly LedgerEvent[] {
    return this.#events.filter(({ fromNanoseconds, toNanoseconds }) => fromNanoseconds < end && toNanoseconds > start);
  }

  /** Highest power between two knots; only where the source gives power, since an edge of a latched counter is uncertain. */
  #peak(start: bigint, end: bigint): { readonly peakWatts?: number } {
    if (this.options.traits.latched) return {};
    const { knots } = this;
    let peak = 0;
    for (let i = Math.max(0, knots.lastAtOrBefore(start)); i + 1 < knots.length && knots.at(i) < end; i++) {
      const energy = Number(knots.energy(i + 1) - knots.energy(i));
      peak = Math.max(peak, (energy / Number(knots.at(i + 1) - knots.at(i))) * 1e3);
    }
    return { peakWatts: peak };
  }
}
