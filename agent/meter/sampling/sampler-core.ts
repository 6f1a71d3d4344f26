/** Samples the held devices into ledgers and answers for windows; runs wherever it is put, usually in a worker thread. */

import { MeterError } from '../../../shared/domain/errors.js';
import type { DeviceId } from '../../../shared/domain/identity.js';
import type { AttemptEnergy, DeviceEnergy } from '../../../shared/domain/measurement.js';
import type { Clock } from '../../../shared/runtime/clock.js';
import type { DeviceCondition, EnergySource, SourcePace, TrialLoad } from '../energy-source.js';
import type { MeterJournal } from '../journal/meter-journal.js';
import type { Strangers } from '../meter.js';
import { combineStrangers, findStrangers } from './find-strangers.js';
import { HeldDevice } from './held-device.js';
import { keepJournal } from './keep-journal.js';
import { LoadHistory } from './load-history.js';
import { countedFor, ProcessorTime, type ProcessTable } from './processor-time.js';
import { Questions, type Question } from './questions.js';
import { ReadSources } from './read-sources.js';
import type { Attachment, Sampler, SamplerProbe, SensorState, TrialWindow } from './sampler.js';
import { CLOSE_LOOKS, TickSchedule } from './tick-schedule.js';
import { TrialAccount } from './trial-account.js';
import { chargedDevices, totalOf, windowOf } from './trial-energy.js';

export interface SamplerCoreOptions {
  readonly clock: Clock;
  /** In the order of preference; fallbacks last. */
  readonly sources: readonly EnergySource[];
  readonly processes: ProcessTable;
  /** The process that is counted when a trial names no group. */
  readonly ownPid: number;
  readonly periods: Readonly<Record<SourcePace, number>>;
  /** Keeps what is read beyond the life of this process; absent: nothing does. */
  readonly journal?: MeterJournal;
}

/** 50 Hz for counters; processor time moves in ticks of 10 ms, so 20 Hz resolves all there is. In milliseconds. */
export const SAMPLING_PERIODS: Readonly<Record<SourcePace, number>> = { counter: 20, load: 50 };

/**
 * Where processor time only divides energy, it is read this much less often: the list of processes of a large machine
 * takes a millisecond to read.
 */
const DIVIDING_PERIODS = 4;

/** Looks come up to this share of the period earlier and later than an even beat. */
const DITHER = 0.4;
/** Temperatures, clocks and processes of a device are looked at this often, in milliseconds. */
const OBSERVING_MILLISECONDS = 1000;
/** An answer about the state of a device is no older than this, in nanoseconds. */
const FRESH_NANOSECONDS = 250_000_000n;
/** History kept before the oldest attached trial, in nanoseconds. */
const KEEP_NANOSECONDS = 10_000_000_000n;
/** How long `hold` waits for first readings, in milliseconds. */
const FIRST_READING_MILLISECONDS = 1500;

export class SamplerCore implements Sampler {
  readonly #options: SamplerCoreOptions;
  readonly #sources: ReadSources;
  readonly #held = new Map<DeviceId, HeldDevice>();
  #heldIds: ReadonlySet<DeviceId> = new Set();
  readonly #accounts = new Map<number, TrialAccount>();
  readonly #leaving = new Set<number>();
  readonly #loads = new LoadHistory();
  readonly #questions = new Questions();
  readonly #timers: Disposable[] = [];
  #keeping: { close(): Promise<void> } | undefined;

  constructor(options: SamplerCoreOptions) {
    this.#options = options;
    this.#sources = new ReadSources(options.sources, options.clock);
  }

  probe(): Promise<SamplerProbe> {
    return this.#sources.probe();
  }

  async hold(devices: readonly DeviceId[]): Promise<void> {
    const { clock, periods, journal } = this.#options;
    for (const id of devices) {
      const found = this.#sources.get(id);
      if (found === undefined) throw new MeterError(`no sensor reads ${id}`, { device: id });
      this.#held.set(id, new HeldDevice(found.probed, journal?.characterOf(found.probed)));
    }
    this.#heldIds = new Set(devices);
    this.#beginJournal();
    this.#tickCounters();
    this.#tickLoads();
    this.#observe(devices);
    const paces = new Set(devices.map((id) => this.#sources.get(id)?.source.pace));
    const areQuick = [...this.#held.values()].some(({ wantsCloseLooks }) => wantsCloseLooks);
    if (paces.has('counter')) this.#every(periods.counter, () => this.#tickCounters(), areQuick);
    this.#every(periods.load * (paces.has('load') ? 1 : DIVIDING_PERIODS), () => this.#tickLoads());
    this.#timers.push(clock.every(OBSERVING_MILLISECONDS, () => this.#tickStates()));
    const started = (): boolean => [...this.#held.values()].every((held) => held.hasBegun);
    const deadline = clock.monotonicNanoseconds() + BigInt(FIRST_READING_MILLISECONDS) * 1_000_000n;
    while (!started() && clock.monotonicNanoseconds() < deadline) await clock.sleep(periods.counter);
  }

  async attach(attachment: Attachment): Promise<void> {
    const { processes, ownPid } = this.#options;
    processes.refresh();
    const { trial } = attachment;
    for (const id of attachment.devices) this.#heldDevice(id);
    const time = new ProcessorTime(countedFor(attachment, ownPid), processes);
    const probed = [...this.#held.values()].map((held) => held.probed);
    this.#accounts.set(trial, new TrialAccount(attachment, time, probed));
    for (const { shares } of this.#held.values()) shares?.begin(attachment.atNanoseconds);
    this.#tickLoads();
    this.#observe(attachment.devices);
    await Promise.resolve();
  }

  detach(trial: number): Promise<void> {
    this.#leaving.add(trial);
    this.#settle();
    return Promise.resolve();
  }

  async window({ trial, startNanoseconds, endNanoseconds }: TrialWindow): Promise<readonly DeviceEnergy[]> {
    const account = await this.#whenCovered(trial, endNanoseconds);
    const window = { start: startNanoseconds, end: endNanoseconds };
    return chargedDevices(account, this.#held).map((device) => windowOf(account, device, window));
  }

  async total(trial: number, end: bigint): Promise<readonly AttemptEnergy[]> {
    const account = await this.#whenCovered(trial, end);
    return chargedDevices(account, this.#held).flatMap((device) => totalOf(account, device, end));
  }

  sensors(): Promise<readonly SensorState[]> {
    const { clock, journal } = this.#options;
    const now = clock.monotonicNanoseconds();
    const all = [...this.#held.values()];
    return Promise.resolve(all.map((held) => held.state(now, journal?.fault(held.probed.device.id))));
  }

  conditions(devices: readonly DeviceId[]): Promise<readonly DeviceCondition[]> {
    this.#refreshStates(devices);
    return Promise.resolve(devices.flatMap((id) => this.#held.get(id)?.states.latest ?? []));
  }

  strangers(devices: readonly DeviceId[]): Promise<Strangers> {
    this.#refreshStates(devices);
    return Promise.resolve(combineStrangers(devices.map((id) => this.#heldDevice(id).states.strangers)));
  }

  async tickSeconds(trial: number): Promise<number> {
    const now = this.#options.clock.monotonicNanoseconds();
    const own = this.#account(trial).attachment.devices;
    const held = [...this.#held.values()].filter(({ probed: { device, part } }) =>
      own.length > 0 ? own.includes(device.id) : part === 'cpu' || part === 'dram',
    );
    return await Promise.resolve(Math.max(0, ...held.map((one) => one.tickSeconds(now))));
  }

  async close(): Promise<void> {
    for (const timer of this.#timers.splice(0)) timer[Symbol.dispose]();
    this.#questions.close();
    await this.#keeping?.close();
    this.#sources.close();
  }

  #beginJournal(): void {
    const { clock, journal } = this.#options;
    if (journal === undefined) return;
    for (const { probed, ledger } of this.#held.values()) if (ledger) journal.begin(probed, this.#sources.versions);
    this.#keeping = keepJournal({ journal, held: this.#held, clock });
  }

  #every(periodMilliseconds: number, action: () => void, areQuick = false): void {
    const { clock } = this.#options;
    const first = areQuick && { first: CLOSE_LOOKS };
    this.#timers.push(new TickSchedule({ clock, periodMilliseconds, dither: DITHER, action, ...first }));
  }

  #tickCounters(): void {
    this.#sample('counter', []);
    this.#settle();
    if (this.#questions.isEmpty) return;
    const { clock, periods } = this.#options;
    const due = (this.#loads.lastNanoseconds ?? 0n) + BigInt(periods.load) * 1_000_000n;
    if (this.#isSharing && clock.monotonicNanoseconds() >= due) this.#tickLoads();
  }

  #tickLoads(): void {
    const { clock, processes } = this.#options;
    const accounts = [...this.#accounts.values()];
    if (accounts.length > 0) processes.refresh();
    const loads = accounts.map(({ attachment: { trial, devices }, time }): TrialLoad => {
      const cpuNanoseconds = time.sample(processes);
      return { trial, devices, cpuNanoseconds, atNanoseconds: clock.monotonicNanoseconds() };
    });
    this.#sample('load', loads);
    this.#divideHost(loads);
    this.#settle();
  }

  #tickStates(): void {
    this.#observe([...this.#heldIds]);
    this.#forget();
  }

  #sample(pace: SourcePace, loads: readonly TrialLoad[]): void {
    for (const reading of this.#sources.sample(pace, this.#heldIds, loads)) {
      const { trial, device } = reading;
      if (trial === undefined) this.#held.get(device)?.add(reading);
      else this.#accounts.get(trial)?.modelled.get(device)?.add(reading);
    }
  }

  #divideHost(loads: readonly TrialLoad[]): void {
    if (!this.#isSharing) return;
    this.#loads.add({
      atNanoseconds: this.#options.clock.monotonicNanoseconds(),
      busy: this.#options.processes.busyNanoseconds() ?? 0n,
      trials: new Map(loads.map(({ trial, cpuNanoseconds }) => [trial, cpuNanoseconds])),
    });
    const [trials, isAwaited] = [loads.map(({ trial }) => trial), !this.#questions.isEmpty];
    for (const { shares } of this.#held.values()) shares?.divide(this.#loads, trials, isAwaited);
  }

  get #isSharing(): boolean {
    return [...this.#held.values()].some(({ shares }) => shares !== undefined);
  }

  /** Looks at the state of these devices and sets it against the processes of this agent and its trials. */
  #observe(devices: readonly DeviceId[]): void {
    const conditions = this.#sources.observe(new Set(devices));
    if (conditions.length === 0) return;
    const { processes, ownPid } = this.#options;
    processes.refresh();
    const accounts = [...this.#accounts.values()];
    for (const { time } of accounts) time.admit(processes);
    const own = { table: processes, agent: ownPid, trials: accounts.map(({ time }) => time) };
    for (const condition of conditions) {
      const holders = accounts.filter(({ attachment }) => attachment.devices.includes(condition.device));
      const areTolerated = holders.every(({ attachment }) => attachment.toleratesStrangers === true);
      this.#held.get(condition.device)?.states.add(condition, findStrangers(condition, own), areTolerated);
    }
  }

  #refreshStates(devices: readonly DeviceId[]): void {
    this.#observeSince(devices, this.#options.clock.monotonicNanoseconds() - FRESH_NANOSECONDS);
  }

  /** Looks again at devices whose state is not known up to an instant. */
  #observeSince(devices: readonly DeviceId[], instant: bigint): void {
    const stale = devices.filter((id) => (this.#heldDevice(id).states.knownUntil ?? 0n) < instant);
    if (stale.length > 0) this.#observe(stale);
  }

  #heldDevice(id: DeviceId): HeldDevice {
    const held = this.#held.get(id);
    if (held === undefined) throw new MeterError(`${id} is not held by this agent`, { device: id });
    return held;
  }

  #account(trial: number): TrialAccount {
    const account = this.#accounts.get(trial);
    if (account === undefined) throw new MeterError('the trial is not attached to the meter', { trial });
    return account;
  }

  async #whenCovered(trial: number, end: bigint): Promise<TrialAccount> {
    const account = this.#account(trial);
    const covered = this.#questions.ask({ trial, end });
    this.#settle();
    await covered;
    return account;
  }

  /** Answers what can be answered and lets go of trials that have left and wait for nothing. */
  #settle(): void {
    if (!this.#questions.isEmpty) this.#questions.settle((question) => this.#covers(question));
    for (const trial of this.#leaving) {
      if (this.#questions.waitsFor(trial)) continue;
      this.#leaving.delete(trial);
      this.#accounts.delete(trial);
    }
  }

  /** Readings must reach beyond the end of the window, and who used the devices must be known until then. */
  #covers({ trial, end }: Question): boolean {
    const account = this.#accounts.get(trial);
    if (account === undefined) return true;
    const devices = chargedDevices(account, this.#held);
    const ledgers = [...account.modelled.values()];
    if (!devices.every((device) => device.covers(end)) || !ledgers.every((ledger) => ledger.covers(end))) return false;
    this.#observeSince(account.attachment.devices, end);
    return true;
  }

  #forget(): void {
    const attached = [...this.#accounts.values()].map(({ attachment }) => attachment.atNanoseconds);
    const now = this.#options.clock.monotonicNanoseconds();
    const oldest = attached.reduce((least, at) => (at < least ? at : least), now);
    for (const held of this.#held.values()) held.forgetBefore(oldest - KEEP_NANOSECONDS);
  }
}
