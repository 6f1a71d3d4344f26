/** Samples the held devices into ledgers and answers for windows; runs wherever it is put, usually in a worker thread. */

import { MeterError } from '../../../shared/domain/errors.js';
import type { DeviceId } from '../../../shared/domain/identity.js';
import type { AttemptEnergy, DeviceEnergy } from '../../../shared/domain/measurement.js';
import type { Clock } from '../../../shared/runtime/clock.js';
import type { DeviceCondition, EnergySource, SourcePace, TrialLoad } from '../energy-source.js';
import type { MeterJournal } from '../journal/meter-journal.js';
import type { Strangers } from '../meter.js';
import { CounterLooks } from './counter-looks.js';
import { combineStrangers } from './find-strangers.js';
import { HeldDevice } from './held-device.js';
import { keepJournal } from './keep-journal.js';
import { LoadHistory } from './load-history.js';
import { countedFor, ProcessorTime, type ProcessTable } from './processor-time.js';
import { Questions, type Question } from './questions.js';
import { ReadSources } from './read-sources.js';
import type { Attachment, Sampler, SamplerProbe, SensorState, TrialWindow } from './sampler.js';
import { CLOSE_LOOKS, DITHER, TickSchedule } from './tick-schedule.js';
import { StateLooks } from './state-looks.js';
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
  /**
   * Waits with the thread standing still, which wakes at a fraction of a timer's cost; `false`: a message came first.
   * Absent: it must not.
   */
  readonly standStill?: (milliseconds: number) => boolean;
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

/** Temperatures, clocks and processes of a device are looked at this often, in milliseconds. */
const OBSERVING_MILLISECONDS = 1000;
/** History kept before the oldest attached trial, in nanoseconds. */
const KEEP_NANOSECONDS = 10_000_000_000n;
/** How long `hold` waits for first readings, in milliseconds. */
const FIRST_READING_MILLISECONDS = 1500;

export class SamplerCore implements Sampler {
  readonly #options: SamplerCoreOptions;
  readonly #sources: ReadSources;
  readonly #states: StateLooks;
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
    this.#states = new StateLooks({ ...options, sources: this.#sources, held: this.#held, accounts: this.#accounts });
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
    this.#states.look(devices);
    const paces = new Set(devices.map((id) => this.#sources.get(id)?.source.pace));
    const areQuick = [...this.#held.values()].some(({ wantsCloseLooks }) => wantsCloseLooks);
    if (paces.has('counter')) this.#beginLooks(areQuick, paces.has('load'));
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
    this.#states.look(attachment.devices);
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
    this.#states.refresh(devices);
    return Promise.resolve(devices.flatMap((id) => this.#held.get(id)?.states.latest ?? []));
  }

  strangers(devices: readonly DeviceId[]): Promise<Strangers> {
    this.#states.refresh(devices);
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

  #every(periodMilliseconds: number, action: () => void): void {
    this.#timers.push(new TickSchedule({ clock: this.#options.clock, periodMilliseconds, dither: DITHER, action }));
  }

  #beginLooks(areQuick: boolean, hasLoads: boolean): void {
    const { clock, periods, standStill } = this.#options;
    const looks = new CounterLooks({
      clock,
      periodMilliseconds: periods.counter,
      ...(areQuick && { first: CLOSE_LOOKS }),
      // Sources that wait for answers need the event loop at any time, those that compute with loads at their own pace.
      ...(standStill && !this.#sources.areAwaited(this.#heldIds) && { standStill }),
      together: Math.floor((hasLoads ? periods.load : periods.load * DIVIDING_PERIODS) / periods.counter),
      isAwaited: () => !this.#questions.isEmpty,
      look: () => this.#sources.look(this.#heldIds),
      makeOut: () => this.#tickCounters(),
    });
    this.#timers.push(looks);
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
    this.#states.look([...this.#heldIds]);
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
    this.#states.lookSince(account.attachment.devices, end);
    return true;
  }

  #forget(): void {
    const attached = [...this.#accounts.values()].map(({ attachment }) => attachment.atNanoseconds);
    const now = this.#options.clock.monotonicNanoseconds();
    const oldest = attached.reduce((least, at) => (at < least ? at : least), now);
    for (const held of this.#held.values()) held.forgetBefore(oldest - KEEP_NANOSECONDS);
  }
}
