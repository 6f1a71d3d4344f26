/** The energy history of one device: readings in, the energy of any window out, in integers. */

import type { Device, SensorQuality } from '../../../shared/domain/hardware.js';
import type { DeviceEnergy, Part, Provenance, WindowEvent } from '../../../shared/domain/measurement.js';
import type { FailedReading, Reading, SensorTraits } from '../energy-source.js';
import { BeatFinder } from './beat-finder.js';
import { CoverageFinder } from './coverage-finder.js';
import { EventLog, type LedgerEvent } from './event-log.js';
import { swingJoules } from './half-swing-joules.js';
import { impossibleGain } from './impossible-gain.js';
import { EXACT, KnotStore, peakRuleOf, type Timing } from './knot-store.js';
import { LatchedPower, SampledPower } from './power-integral.js';
import type { SensorCharacter } from './sensor-character.js';
import { sensorQuality } from './sensor-quality.js';
import { TickClock } from './tick-clock.js';
import { windowFault } from './window-fault.js';
import { windowUncertainty } from './window-uncertainty.js';

export interface LedgerOptions {
  readonly device: Device['id'];
  readonly part: Part;
  readonly source: string;
  readonly provenance: Provenance;
  readonly traits: SensorTraits;
  /** Looks further apart than this leave a gap, in nanoseconds. */
  readonly gapNanoseconds: bigint;
  /** Power that the device cannot reach, if that is known. */
  readonly mostWatts?: number;
  /** What was found about this sensor before. */
  readonly character?: SensorCharacter;
}

/** After this long without a change, a window no longer waits for the sensor to move, in nanoseconds. */
const PATIENCE_NANOSECONDS = 2_000_000_000n;
/** A window whose energy is uncertain by more than this share because of gaps has no figure. */
const LARGEST_GAP_SHARE = 0.2;
/** A device that is on draws power: a counter that stands still for this long, and for so many of its periods, is stuck. */
const STUCK_COUNTER_NANOSECONDS = 2_000_000_000;
const STUCK_COUNTER_PERIODS = 10;
/** Power that repeats to the last digit for so long is no longer looked at by the sensor, in nanoseconds. */
const STUCK_POWER_NANOSECONDS = 120_000_000_000n;
/** What may beat is told where it makes the energy uncertain by this share. */
const TELLING_SWING = 0.005;
/** History kept before what windows need, to know how steady the load was, in nanoseconds. */
const HISTORY_NANOSECONDS = 90_000_000_000n;

/**
 * Append-only history of (monotonic time, cumulative microjoules).
 *
 * For a latched counter a knot stands only where a *change* was seen, at the instant of the sensor's update as its
 * {@link TickClock} knows it; the value between updates says nothing. Energy between knots is interpolated and rounded
 * down, so that adjacent windows add up exactly and longer windows never hold less; a knot never moves once it stands.
 * The cumulative figure starts at 0 and never goes back: what a reset hides adds nothing, which keeps totals lower
 * bounds, and a window over it is unusable.
 */
export class Ledger {
  readonly options: LedgerOptions;
  readonly knots: KnotStore;
  readonly log = new EventLog();
  readonly ticks: TickClock;
  readonly coverage: CoverageFinder;
  readonly beats = new BeatFinder();
  readonly #power: LatchedPower | SampledPower;
  #raw: bigint | undefined;
  #total = 0n;
  #lastLook: bigint | undefined;
  #lastGood: bigint | undefined;
  /** The last look at which the figure was another one than before. */
  #lastChange: bigint | undefined;
  #failure: string | undefined;

  constructor(options: LedgerOptions) {
    const { traits, character } = options;
    this.options = options;
    this.knots = new KnotStore(peakRuleOf(traits));
    this.ticks = new TickClock({
      ...(traits.updateNanoseconds !== undefined && { documentedNanoseconds: Number(traits.updateNanoseconds) }),
      ...(character?.updateNanoseconds !== undefined && { knownNanoseconds: character.updateNanoseconds }),
    });
    this.coverage = new CoverageFinder(traits.coverage, character?.steps);
    this.#power = traits.latched ? new LatchedPower(this.ticks, traits.averagingNanoseconds) : new SampledPower(traits);
  }

  get events(): readonly LedgerEvent[] {
    return this.log.all();
  }

  /** Why the last look failed; `undefined` when it did not. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** Instant of the last knot; `undefined` before the first. */
  get lastKnotNanoseconds(): bigint | undefined {
    return this.knots.length === 0 ? undefined : this.knots.at(this.knots.length - 1);
  }

  /** Cumulative energy at the last knot, since the first, in microjoules. */
  get totalMicrojoules(): bigint {
    return this.#total;
  }

  /** What was found about the sensor, to be kept and given to the next ledger of this device. */
  get character(): SensorCharacter {
    const { periodNanoseconds, isRegular } = this.ticks;
    return {
      version: 1,
      ...(periodNanoseconds !== undefined && { updateNanoseconds: periodNanoseconds }),
      regular: isRegular,
      steps: this.coverage.steps,
    };
  }

  /** Takes one reading; readings that are not newer than the last one are dropped. */
  add(reading: Reading): void {
    if (this.#lastLook !== undefined && reading.atNanoseconds <= this.#lastLook) return;
    this.#stand(reading);
    if (reading.kind === 'failed') this.#fail(reading);
    else if (reading.kind === 'power') this.#addPower(reading.atNanoseconds, reading.microwatts);
    else this.#addEnergy(reading.atNanoseconds, reading.microjoules, reading.flag);
    this.#lastLook = reading.atNanoseconds;
  }

  /** Notes something that happened to the device, for the windows that overlap it. */
  note(kind: WindowEvent, fromNanoseconds: bigint, toNanoseconds: bigint): void {
    this.log.note(kind, fromNanoseconds, toNanoseconds);
  }

  /** Makes the windows that overlap a stretch unusable, for a reason in words. */
  contaminate(fromNanoseconds: bigint, toNanoseconds: bigint, reason: string): void {
    this.log.contaminate(fromNanoseconds, toNanoseconds, reason);
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
    const unusable = (reason: string): DeviceEnergy => ({ kind: 'unusable', device, part, source, reason });
    const fault = windowFault(this, start, end);
    if (fault !== undefined) return unusable(fault);
    const microjoules = this.energyAt(end) - this.energyAt(start);
    const uncertainty = windowUncertainty(this, { start, end, microjoules });
    if (uncertainty.gapJoules * 1e6 > LARGEST_GAP_SHARE * Number(microjoules)) {
      return unusable('too much of the window lies in a gap between readings');
    }
    // Microjoules per nanosecond are kilowatts.
    const meanWatts = (Number(microjoules) / Number(end - start)) * 1e3;
    return {
      kind: 'usable',
      device,
      part,
      source,
      provenance,
      microjoules,
      meanWatts,
      ...this.#peak({ start, end, meanWatts }),
      uncertainty,
      events: this.#eventsWithin(start, end, microjoules),
    };
  }

  /** A swing that may be a beat is none once it was seen to end, so it is looked for when asked. */
  #eventsWithin(start: bigint, end: bigint, microjoules: bigint): readonly WindowEvent[] {
    const kinds = this.log.kindsWithin(start, end);
    if (kinds.includes('beats')) return kinds;
    const swing = swingJoules(this, { start, end }) * 1e6;
    return swing > 0 && swing >= TELLING_SWING * Number(microjoules) ? [...kinds, 'beats'] : kinds;
  }

  /** How the sensor behaves, as far as is known by now; `undefined` while nothing is. */
  quality(now: bigint): SensorQuality | undefined {
    return sensorQuality(this, now);
  }

  /** Forgets what no window starting at or after `instant` can need. */
  forgetBefore(instant: bigint): void {
    this.knots.dropBefore(instant - HISTORY_NANOSECONDS);
    this.log.forgetBefore(instant - HISTORY_NANOSECONDS);
    this.beats.forgetBefore(instant - HISTORY_NANOSECONDS);
  }

  /** Over whole stretches within the window, or all of it: power was as high as its mean at some time. */
  #peak({ start, end, meanWatts }: { readonly start: bigint; readonly end: bigint; readonly meanWatts: number }): {
    readonly peakWatts?: number;
  } {
    const { knots } = this;
    const highest = knots.peakWatts(knots.lastAtOrBefore(start - 1n) + 1, knots.lastAtOrBefore(end));
    return highest > 0 ? { peakWatts: Math.max(highest, meanWatts) } : {};
  }

  /** Takes the look before a reading, which showed what the one before it had shown. */
  #stand({ kind, stoodUntilNanoseconds: at }: Reading): void {
    if (at === undefined || this.#raw === undefined || this.#lastLook === undefined || at <= this.#lastLook) return;
    if (kind === 'energy') this.#addEnergy(at, this.#raw, undefined);
    else if (kind === 'power') this.#addPower(at, this.#raw);
    this.#lastLook = at;
  }

  #addEnergy(at: bigint, raw: bigint, flag: 'wrap' | 'discontinuity' | undefined): void {
    const previous = this.#raw;
    this.#raw = raw;
    if (previous === undefined) return this.#begin(at);
    const from = this.#succeed(at);
    if (raw < previous || flag === 'discontinuity') return this.#breakAt(from, at);
    const impossible = impossibleGain(this, { since: this.#lastChange ?? from, at, microjoules: raw - previous });
    if (impossible !== undefined) {
      this.contaminate(this.lastKnotNanoseconds ?? from, at, impossible);
      return this.#breakAt(from, at);
    }
    if (flag === 'wrap') this.note('wrap', from, at);
    if (this.options.traits.latched && raw === previous) return this.#watchCounter(at);
    this.#total += raw - previous;
    this.#pushChange(from, at);
  }

  /** The first look at a latched counter tells when nothing: its value was latched at some earlier time. */
  #begin(at: bigint): void {
    this.#lastGood = at;
    this.#lastChange = at;
    if (!this.options.traits.latched) this.#push(at, EXACT);
  }

  #breakAt(from: bigint, at: bigint): void {
    const lastKnot = this.lastKnotNanoseconds ?? from;
    this.note('counter-reset', lastKnot, at);
    if (this.knots.length > 0) this.#pushChange(from, at);
  }

  #pushChange(from: bigint, at: bigint): void {
    this.#lastChange = at;
    if (!this.options.traits.latched) return this.#push(at, EXACT);
    const placed = this.ticks.place(from, at);
    if (placed !== undefined) this.#push(placed.atNanoseconds, placed);
  }

  #watchCounter(at: bigint): void {
    const since = this.#lastChange ?? at;
    const periods = STUCK_COUNTER_PERIODS * (this.ticks.longestNanoseconds ?? 0);
    if (Number(at - since) > Math.max(STUCK_COUNTER_NANOSECONDS, periods)) this.note('stuck', since, at);
  }

  #addPower(at: bigint, microwatts: bigint): void {
    const from = this.#raw === undefined ? undefined : this.#succeed(at);
    if (this.#raw !== microwatts) this.#lastChange = at;
    const since = this.#lastChange ?? at;
    if (at - since > STUCK_POWER_NANOSECONDS) this.note('stuck', since, at);
    this.#raw = microwatts;
    this.#lastGood = at;
    const knot = this.#power.add(from, at, microwatts);
    if (knot === undefined) return;
    this.#total += knot.microjoules;
    this.#push(knot.atNanoseconds, knot);
  }

  /** Notes a good look and returns the instant of the one before. */
  #succeed(at: bigint): bigint {
    const from = this.#lastGood ?? at;
    this.#lastGood = at;
    this.#failure = undefined;
    if (at - from > this.options.gapNanoseconds) this.note('gap', from, at);
    return from;
  }

  #fail({ atNanoseconds: at, reason, isLost }: FailedReading): void {
    this.#failure = reason;
    this.note(isLost ? 'device-lost' : 'read-failed', this.#lastLook ?? at, at);
  }

  #push(atNanoseconds: bigint, timing: Timing): void {
    const last = this.lastKnotNanoseconds;
    if (last !== undefined && atNanoseconds <= last) return;
    const { ownNanoseconds, commonNanoseconds, drift, rhythm } = timing;
    const microjoules = this.#total;
    this.knots.push({ atNanoseconds, microjoules, ownNanoseconds, commonNanoseconds, drift, rhythm });
    const { periodNanoseconds, isRegular } = this.ticks;
    if (!isRegular || periodNanoseconds === undefined) return;
    this.coverage.observe(this.knots, periodNanoseconds);
    if (this.coverage.share < 1) this.beats.observe(this.knots, this.log);
  }
}
