/** One device that is sampled: its ledger, a second one for its other reading, and what is known of its state. */

import { randomJoules, type DeviceEnergy, type Part } from '../../../shared/domain/measurement.js';
import { present } from '../../../shared/domain/present.js';
import type { ProbedDevice, Reading, SensorTraits } from '../energy-source.js';
import { plausibleReading, type LimitedDevice } from '../ledger/impossible-gain.js';
import { Ledger } from '../ledger/ledger.js';
import type { SensorCharacter } from '../ledger/sensor-character.js';
import { DeviceStates } from './device-states.js';
import { HostShares } from './host-shares.js';
import type { SensorState } from './sampler.js';
import { LOAD_GAP_NANOSECONDS } from './trial-account.js';
import type { Interval } from './trial-energy.js';

type UsableEnergy = DeviceEnergy & { readonly kind: 'usable' };

/** Parts whose energy all trials of a machine share. */
const HOST_PARTS: readonly Part[] = ['cpu', 'dram', 'machine'];

/** Looks at a counter further apart than this leave a gap, in nanoseconds. */
const COUNTER_GAP_NANOSECONDS = 1_000_000_000n;
/** Slow sensors are looked at as often as they are: this many of their updates must be missed for a gap. */
const GAP_UPDATES = 3n;
/** Two readings of one device disagree when they differ by more than this share of it, and by more than is uncertain. */
const LARGEST_DISAGREEMENT = 0.05;
/** The difference may be this many standard uncertainties. */
const COVERAGE_FACTOR = 2;
/** Updates quicker than this need not be followed one by one, slower than that can be at the usual rate; in nanoseconds. */
const QUICKEST_NANOSECONDS = 5_000_000n;
const QUICK_NANOSECONDS = 50_000_000n;
const MINUTE_NANOSECONDS = 60_000_000_000n;

/** No device draws so many times its power limit, even for a moment. */
const MOST_LIMITS = 4;

/** The other reading may come this much later; without it the window is answered all the same. */
const CHECK_PATIENCE_NANOSECONDS = 1_000_000_000n;

export class HeldDevice {
  readonly probed: ProbedDevice;
  /** Absent for devices with figures per trial only. */
  readonly ledger: Ledger | undefined;
  /** Present for what all trials share. */
  readonly shares: HostShares | undefined;
  readonly states: DeviceStates;
  readonly #check: Ledger | undefined;
  readonly #limits: LimitedDevice;
  #lost: string | undefined;

  /** @param character - What was found about the sensor before. */
  constructor(probed: ProbedDevice, character?: SensorCharacter) {
    this.probed = probed;
    this.#limits = limitsOf(probed);
    const { traits, provenance, source, check, part } = probed;
    this.ledger = probed.perTrial
      ? undefined
      : ledgerOf(probed, { traits, provenance, source, ...(character && { character }) });
    this.#check = check && ledgerOf(probed, { ...check, provenance: 'integrated' });
    this.shares =
      this.ledger && this.isOfHost ? new HostShares(this.ledger, { wholeWhenAlone: part === 'machine' }) : undefined;
    this.states = new DeviceStates(probed, this.ledger);
  }

  /** True for what all trials of the machine share or have figures of their own of. */
  get isOfHost(): boolean {
    return HOST_PARTS.includes(this.probed.part);
  }

  /** True for a counter whose updates may be too quick for looks at the usual rate, while they are not known. */
  get wantsCloseLooks(): boolean {
    const { latched, reads, updateNanoseconds = QUICKEST_NANOSECONDS } = this.probed.traits;
    const isQuick = updateNanoseconds >= QUICKEST_NANOSECONDS && updateNanoseconds < QUICK_NANOSECONDS;
    return latched && reads === 'energy' && isQuick && this.ledger?.character.updateNanoseconds === undefined;
  }

  /** True once a window can begin. */
  get hasBegun(): boolean {
    return this.ledger === undefined || this.#lost !== undefined || this.ledger.lastKnotNanoseconds !== undefined;
  }

  add(read: Reading): void {
    const reading = plausibleReading(read, this.#limits);
    if (reading.channel === 'check') return this.#check?.add(reading);
    if (reading.kind !== 'failed') this.#lost = undefined;
    else if (reading.isLost) this.#lost ??= reading.reason;
    this.ledger?.add(reading);
  }

  /** True when a window that ends at `instant` can be answered, be it by `unusable`. */
  covers(instant: bigint): boolean {
    if (this.ledger === undefined || this.#lost !== undefined) return true;
    if (!this.ledger.covers(instant)) return false;
    const reached = this.ledger.lastKnotNanoseconds ?? 0n;
    if (reached < instant) return true;
    if (this.#check?.covers(instant) === false && reached < instant + CHECK_PATIENCE_NANOSECONDS) return false;
    return this.shares === undefined || this.shares.covers(instant);
  }

  /**
   * Energy of the whole device, with its other reading beside it.
   *
   * @param modelled - The trial's own ledger, of a device with figures per trial only.
   */
  window(modelled: Ledger | undefined, { start, end }: Interval): DeviceEnergy {
    const energy = present(modelled ?? this.ledger, 'ledger').window(start, end);
    const check = this.#check?.window(start, end);
    if (energy.kind === 'unusable') return { ...energy, reason: energy.reason + this.#otherwise(start, end, check) };
    const other = check?.kind === 'usable' ? check : undefined;
    const temperatureCelsius = this.states.temperatures(start, end);
    return {
      ...energy,
      ...(other && { check: { source: other.source, microjoules: other.microjoules } }),
      ...(temperatureCelsius && { temperatureCelsius }),
      events: [
        ...energy.events,
        ...(this.probed.marks ?? []),
        ...this.states.standingMarks,
        ...(other && disagree(energy, other) ? ['disagrees'] : []),
        ...(this.#isAboveLimit(energy) ? ['above-power-limit'] : []),
      ],
    };
  }

  /** How the sensor was found to behave by now. */
  state(now: bigint, journalFault: string | undefined): SensorState {
    const { id } = this.probed.device;
    const quality = this.ledger?.quality(now);
    const disagreement = this.#disagreement(now);
    const remarks = [
      ...(this.#lost === undefined ? [] : [`lost: ${this.#lost}`]),
      ...(journalFault === undefined ? [] : [`its journal has stopped: ${journalFault}`]),
    ];
    return {
      device: id,
      ...(quality && { quality: { ...quality, ...(disagreement !== undefined && { disagreement }) } }),
      ...(remarks.length > 0 && { remark: remarks.join('; ') }),
      ...(this.#lost !== undefined && { isLost: true }),
    };
  }

  /** Time between two updates of a latched sensor, in seconds; 0 for others. */
  tickSeconds(now: bigint): number {
    const { latched, updateNanoseconds } = this.probed.traits;
    if (!latched) return 0;
    const found = this.ledger?.quality(now)?.updateMilliseconds;
    return found === undefined ? Number(updateNanoseconds ?? 0n) / 1e9 : found / 1e3;
  }

  forgetBefore(instant: bigint): void {
    this.ledger?.forgetBefore(instant);
    this.#check?.forgetBefore(instant);
    this.shares?.forgetBefore(instant);
    this.states.forgetBefore(instant);
  }

  /** Even with the least energy that the gain and the edges allow. A limit is of the device alone, and may have been another before. */
  #isAboveLimit({ microjoules, meanWatts, uncertainty }: UsableEnergy): boolean {
    const { device, includes } = this.probed;
    if (device.powerLimitWatts === undefined || includes || microjoules === 0n) return false;
    const limit = Math.max(device.powerLimitWatts, this.states.latest?.powerLimitWatts ?? 0);
    const spread = Math.hypot(uncertainty.gainJoules, uncertainty.edgeJoules) / (Number(microjoules) / 1e6);
    return limit > 0 && meanWatts * (1 - COVERAGE_FACTOR * spread) > limit;
  }

  /** What the second reading says where the first has failed: not a figure of the window, but a hint for people. */
  #otherwise(start: bigint, end: bigint, check: DeviceEnergy | undefined): string {
    const events = this.ledger?.events ?? [];
    const failed = events.some(
      ({ kind, fromNanoseconds, toNanoseconds }) =>
        (kind === 'counter-reset' || kind === 'stuck') && fromNanoseconds < end && toNanoseconds > start,
    );
    if (!failed || check?.kind !== 'usable') return '';
    return `; its other reading (${check.source}) gives ${(Number(check.microjoules) / 1e6).toFixed(1)} J as a check`;
  }

  /** Over the last minute, as far as both readings reach. */
  #disagreement(now: bigint): number | undefined {
    const ends = [this.ledger, this.#check].map((ledger) => ledger?.lastKnotNanoseconds);
    const [a, b] = ends;
    if (a === undefined || b === undefined) return undefined;
    const end = a < b ? a : b;
    const first = this.ledger?.window(now - MINUTE_NANOSECONDS, end);
    const second = this.#check?.window(now - MINUTE_NANOSECONDS, end);
    if (first?.kind !== 'usable' || second?.kind !== 'usable' || first.microjoules === 0n) return undefined;
    return Number(second.microjoules) / Number(first.microjoules) - 1;
  }
}

/** The smallest difference that both uncertainties do not explain, and that matters. */
function disagree(first: UsableEnergy, second: UsableEnergy): boolean {
  const [a, b] = [first, second].map(({ microjoules }) => Number(microjoules) / 1e6) as [number, number];
  const standard = Math.hypot(
    ...[first, second].flatMap(({ uncertainty }) => [randomJoules(uncertainty), uncertainty.gainJoules]),
  );
  return Math.abs(a - b) > Math.max(COVERAGE_FACTOR * standard, LARGEST_DISAGREEMENT * a);
}

interface Channel {
  readonly traits: SensorTraits;
  readonly source: string;
  readonly provenance: ProbedDevice['provenance'];
  readonly character?: SensorCharacter;
}

function limitsOf({ device: { powerLimitWatts }, part }: ProbedDevice): LimitedDevice {
  return { part, ...(powerLimitWatts && { mostWatts: MOST_LIMITS * powerLimitWatts }) };
}

function ledgerOf(probed: ProbedDevice, channel: Channel): Ledger {
  const { traits } = channel;
  const least = traits.latched || traits.reads === 'power' ? COUNTER_GAP_NANOSECONDS : LOAD_GAP_NANOSECONDS;
  const slow = GAP_UPDATES * (traits.updateNanoseconds ?? 0n);
  const gapNanoseconds = slow > least ? slow : least;
  return new Ledger({ ...channel, ...limitsOf(probed), device: probed.device.id, gapNanoseconds });
}
