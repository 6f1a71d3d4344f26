/** Samples the held devices into ledgers and answers for windows; runs wherever it is put, usually in a worker thread. */

import { MeterError } from '../../../shared/domain/errors.js';
import type { DeviceId } from '../../../shared/domain/identity.js';
import type { AttemptEnergy, DeviceEnergy, Part } from '../../../shared/domain/measurement.js';
import type { Clock } from '../../../shared/runtime/clock.js';
import type { EnergySource, ProbedDevice, Reading, SourcePace, TrialLoad } from '../energy-source.js';
import { HostShares } from './host-shares.js';
import { Ledger } from '../ledger/ledger.js';
import { ProcessorTime, type ProcessTable } from './processor-time.js';
import type { Attachment, Sampler, SamplerProbe, TrialWindow } from './sampler.js';
import { LOAD_GAP_NANOSECONDS, TrialAccount } from './trial-account.js';

export interface SamplerCoreOptions {
  readonly clock: Clock;
  /** In the order of preference; fallbacks last. */
  readonly sources: readonly EnergySource[];
  readonly processes: ProcessTable;
  /** The process that is counted when a trial names no group. */
  readonly ownPid: number;
  readonly periods: Readonly<Record<SourcePace, number>>;
}

/** 50 Hz for counters; processor time moves in ticks of 10 ms, so 20 Hz resolves all there is. In milliseconds. */
export const SAMPLING_PERIODS: Readonly<Record<SourcePace, number>> = { counter: 20, load: 50 };

/** Counter looks further apart than this leave a gap, in nanoseconds. */
const COUNTER_GAP_NANOSECONDS = 1_000_000_000n;
/** History kept before the oldest attached trial, in nanoseconds. */
const KEEP_NANOSECONDS = 10_000_000_000n;
/** How long `hold` waits for first readings, in milliseconds. */
const FIRST_READING_MILLISECONDS = 1500;

interface Held {
  readonly probed: ProbedDevice;
  /** Absent for devices with figures per trial only. */
  readonly ledger?: Ledger;
  readonly shares?: HostShares;
}

interface Question {
  readonly trial: number;
  readonly end: bigint;
  readonly answer: () => void;
}

interface Presence {
  readonly trial: number;
  readonly from: bigint;
  to?: bigint;
}

const HOST_PARTS: readonly Part[] = ['cpu', 'dram', 'machine'];

export class SamplerCore implements Sampler {
  readonly #options: SamplerCoreOptions;
  readonly #sourceOf = new Map<DeviceId, EnergySource>();
  readonly #probed = new Map<DeviceId, ProbedDevice>();
  readonly #held = new Map<DeviceId, Held>();
  readonly #accounts = new Map<number, TrialAccount>();
  readonly #leaving = new Set<number>();
  readonly #timers: Disposable[] = [];
  #presences: Presence[] = [];
  #questions: Question[] = [];

  constructor(options: SamplerCoreOptions) {
    this.#options = options;
  }

  async probe(): Promise<SamplerProbe> {
    const found: ProbedDevice[] = [];
    const missing: SamplerProbe['missing'][number][] = [];
    const versions: Record<string, string> = {};
    for (const source of this.#options.sources) {
      await source.prepare?.();
      const probe = source.probe();
      if (source.isFallback && probe.found.every(({ part }) => found.some((one) => one.part === part))) continue;
      for (const probed of probe.found) {
        this.#sourceOf.set(probed.device.id, source);
        this.#probed.set(probed.device.id, probed);
      }
      found.push(...probe.found);
      missing.push(...probe.missing);
      Object.assign(versions, probe.versions);
    }
    return { found, missing, versions };
  }

  async hold(devices: readonly DeviceId[]): Promise<void> {
    for (const id of devices) {
      const probed = this.#probed.get(id);
      if (probed === undefined) throw new MeterError(`no sensor reads ${id}`, { device: id });
      this.#held.set(id, holdDevice(probed));
    }
    const { clock, periods } = this.#options;
    this.#tickCounters();
    this.#tickLoads();
    const counted = devices.some((id) => this.#sourceOf.get(id)?.pace === 'counter');
    if (counted) this.#timers.push(clock.every(periods.counter, () => this.#tickCounters()));
    this.#timers.push(clock.every(periods.load, () => this.#tickLoads()));
    const started = (): boolean => [...this.#held.values()].every(({ ledger }) => !ledger || ledger.knots.length > 0);
    const deadline = clock.monotonicNanoseconds() + BigInt(FIRST_READING_MILLISECONDS) * 1_000_000n;
    while (!started() && clock.monotonicNanoseconds() < deadline) await clock.sleep(periods.counter);
  }

  async attach(attachment: Attachment): Promise<void> {
    const { processes, ownPid } = this.#options;
    processes.refresh();
    const { processGroup, trial, atNanoseconds } = attachment;
    for (const id of attachment.devices) this.#ledgerOf(id);
    const counted =
      processGroup === undefined
        ? ({ kind: 'process', pid: ownPid } as const)
        : ({ kind: 'group', group: processGroup } as const);
    const account = new TrialAccount(attachment, new ProcessorTime(counted, processes), this.#hostDevices());
    this.#tickLoads();
    this.#accounts.set(trial, account);
    this.#presences.push({ trial, from: atNanoseconds });
  }

  detach(trial: number): Promise<void> {
    this.#leaving.add(trial);
    this.#settle();
    return Promise.resolve();
  }

  async window({ trial, startNanoseconds: start, endNanoseconds: end }: TrialWindow): Promise<readonly DeviceEnergy[]> {
    const account = await this.#whenCovered(trial, end);
    const own = account.attachment.devices.map((id) => this.#ledgerOf(id).window(start, end));
    const host = this.#hostDevices().map(({ device }) => this.#hostWindow(account, device.id, { start, end }));
    return [...own, ...host];
  }

  async total(trial: number, end: bigint): Promise<readonly AttemptEnergy[]> {
    const account = await this.#whenCovered(trial, end);
    const start = account.attachment.atNanoseconds;
    const spent = (ledger: Ledger): AttemptEnergy => {
      const { device, part, provenance } = ledger.options;
      return { device, part, provenance, microjoules: ledger.energyAt(end) - ledger.energyAt(start) };
    };
    const own = account.attachment.devices.map((id) => spent(this.#ledgerOf(id)));
    const modelled = [...account.modelled.values()].map(spent);
    const shared = [...account.shares].map(([id, ledger]) => {
      const alone = this.#isAlone(trial, start, end);
      return { ...spent(ledger), ...(alone && { provenance: this.#ledgerOf(id).options.provenance }) };
    });
    return [...own, ...modelled, ...shared];
  }

  close(): Promise<void> {
    for (const timer of this.#timers.splice(0)) timer[Symbol.dispose]();
    for (const source of this.#options.sources) source.close();
    return Promise.resolve();
  }

  #tickCounters(): void {
    this.#sample('counter', []);
    this.#settle();
  }

  #tickLoads(): void {
    const { clock, processes } = this.#options;
    const accounts = [...this.#accounts.values()];
    if (accounts.length > 0) processes.refresh();
    const loads = accounts.map(({ attachment, time }): TrialLoad => {
      const cpuNanoseconds = time.sample(processes);
      const { trial, devices } = attachment;
      return { trial, devices, cpuNanoseconds, atNanoseconds: clock.monotonicNanoseconds() };
    });
    this.#sample('load', loads);
    this.#divideHost(accounts, loads);
    this.#forget();
    this.#settle();
  }

  #sample(pace: SourcePace, loads: readonly TrialLoad[]): void {
    const held = new Set(this.#held.keys());
    for (const source of this.#options.sources) {
      if (source.pace !== pace) continue;
      for (const reading of this.#readSafely(source, held, loads)) this.#record(reading);
    }
  }

  /** A source that throws has failed for each of its devices: the others go on. */
  #readSafely(source: EnergySource, held: ReadonlySet<DeviceId>, loads: readonly TrialLoad[]): readonly Reading[] {
    try {
      return source.sample(held, loads);
    } catch (error) {
      const reason = `${source.name}: ${(error as Error).message}`;
      const atNanoseconds = this.#options.clock.monotonicNanoseconds();
      const devices = [...held].filter((id) => this.#sourceOf.get(id) === source);
      return devices.map((device) => ({ kind: 'failed', device, atNanoseconds, reason }));
    }
  }

  #record(reading: Reading): void {
    const { trial, device } = reading;
    const ledger =
      trial === undefined ? this.#held.get(device)?.ledger : this.#accounts.get(trial)?.modelled.get(device);
    ledger?.add(reading);
  }

  #divideHost(accounts: readonly TrialAccount[], loads: readonly TrialLoad[]): void {
    const used = accounts.map((account, i) => (loads[i]?.cpuNanoseconds ?? account.divided) - account.divided);
    for (const [id, { shares }] of this.#held) {
      const claims = accounts.flatMap((account, i) => {
        const ledger = account.shares.get(id);
        return ledger === undefined ? [] : [{ ledger, processorNanoseconds: used[i] ?? 0n }];
      });
      shares?.divide(claims);
    }
    for (const [i, account] of accounts.entries()) account.divided = loads[i]?.cpuNanoseconds ?? account.divided;
  }

  #hostWindow(account: TrialAccount, id: DeviceId, { start, end }: { start: bigint; end: bigint }): DeviceEnergy {
    const modelled = account.modelled.get(id);
    if (modelled !== undefined) return modelled.window(start, end);
    const whole = this.#ledgerOf(id).window(start, end);
    const share = account.shares.get(id);
    const alone = this.#isAlone(account.attachment.trial, start, end);
    return whole.kind === 'unusable' || alone || share === undefined ? whole : share.window(start, end);
  }

  #isAlone(trial: number, start: bigint, end: bigint): boolean {
    return this.#presences.every((one) => one.trial === trial || one.from >= end || (one.to ?? end) <= start);
  }

  #hostDevices(): readonly ProbedDevice[] {
    return [...this.#held.values()].map(({ probed }) => probed).filter(({ part }) => HOST_PARTS.includes(part));
  }

  #ledgerOf(id: DeviceId): Ledger {
    const ledger = this.#held.get(id)?.ledger;
    if (ledger === undefined) throw new MeterError(`${id} is not held by this agent`, { device: id });
    return ledger;
  }

  #whenCovered(trial: number, end: bigint): Promise<TrialAccount> {
    const account = this.#accounts.get(trial);
    if (account === undefined) throw new MeterError('the trial is not attached to the meter', { trial });
    return new Promise((resolve) => {
      this.#questions.push({ trial, end, answer: () => resolve(account) });
      this.#settle();
    });
  }

  /** Answers what can be answered and lets go of trials that have left and wait for nothing. */
  #settle(): void {
    const ready = this.#questions.filter((question) => this.#covers(question));
    this.#questions = this.#questions.filter((question) => !ready.includes(question));
    for (const { answer } of ready) answer();
    for (const trial of this.#leaving) {
      if (!this.#questions.some((question) => question.trial === trial)) this.#release(trial);
    }
  }

  #covers({ trial, end }: Question): boolean {
    const account = this.#accounts.get(trial);
    if (account === undefined) return true;
    const own = account.attachment.devices.map((id) => this.#ledgerOf(id));
    const host = this.#hostDevices().map(({ device }) => this.#held.get(device.id)?.ledger);
    const shares = [...account.shares].filter(([id]) => (this.#ledgerOf(id).lastKnotNanoseconds ?? 0n) >= end);
    const all = [...own, ...host, ...account.modelled.values(), ...shares.map(([, ledger]) => ledger)];
    return all.every((ledger) => ledger === undefined || ledger.covers(end));
  }

  #release(trial: number): void {
    this.#leaving.delete(trial);
    this.#accounts.delete(trial);
    const presence = this.#presences.find((one) => one.trial === trial);
    if (presence) presence.to = this.#options.clock.monotonicNanoseconds();
  }

  #forget(): void {
    const attached = [...this.#accounts.values()].map(({ attachment }) => attachment.atNanoseconds);
    const now = this.#options.clock.monotonicNanoseconds();
    const oldest = attached.reduce((least, at) => (at < least ? at : least), now);
    for (const { ledger } of this.#held.values()) ledger?.forgetBefore(oldest - KEEP_NANOSECONDS);
    this.#presences = this.#presences.filter(({ to }) => to === undefined || to > oldest);
  }
}

function holdDevice(probed: ProbedDevice): Held {
  if (probed.perTrial) return { probed };
  const { device, part, source, provenance, traits } = probed;
  const gapNanoseconds = traits.latched || traits.reads === 'power' ? COUNTER_GAP_NANOSECONDS : LOAD_GAP_NANOSECONDS;
  const ledger = new Ledger({ device: device.id, part, source, provenance, traits, gapNanoseconds });
  return HOST_PARTS.includes(part) ? { probed, ledger, shares: new HostShares(ledger) } : { probed, ledger };
}
