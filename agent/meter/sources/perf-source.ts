/** CPU packages, DRAM and the platform through performance events, where powercap is not permitted. */

import { join } from 'node:path';

import type { DeviceKind, SensorReport } from '../../../shared/domain/hardware.js';
import { deviceId, type DeviceId } from '../../../shared/domain/identity.js';
import type { Part } from '../../../shared/domain/measurement.js';
import type { Clock } from '../../../shared/runtime/clock.js';
import type { EnergySource, ProbedDevice, Reading, SourceProbe } from '../energy-source.js';
import { REFUSED_ERRNOS, systemPerfEvents, type PerfCounter, type PerfEvents } from './perf-events.js';
import { countToMicrojoules, readEnergyPmu, type EnergyEvent, type EnergyPmu } from './perf-pmu.js';
import { RAPL_TRAITS } from './powercap-source.js';
import { readCount, readText } from './sysfs.js';

export interface PerfSourceOptions {
  readonly clock: Clock;
  /** Folders that stand for `/sys` and `/proc`. */
  readonly sysfsRoot: string;
  readonly procRoot: string;
  readonly cpuProduct: string;
  /** Opens the kernel's own by default. */
  readonly openEvents?: () => PerfEvents;
}

/** Packages and DRAM; by names of their own, so that no reading can be taken for one of powercap's. */
export const perfSource = (options: PerfSourceOptions): EnergySource =>
  new PerfSource(options, ['energy-pkg', 'energy-ram']);

/** The platform: for the whole machine, when nothing better reads it. */
export const perfPsysSource = (options: PerfSourceOptions): EnergySource => new PerfSource(options, ['energy-psys']);

/** What each event is about. */
const KINDS = {
  'energy-pkg': { part: 'cpu', kind: 'cpu-package', name: (at: string) => `perf-cpu-package-${at}` },
  'energy-ram': { part: 'dram', kind: 'dram', name: (at: string) => `perf-dram-package-${at}` },
  'energy-psys': { part: 'machine', kind: 'cpu-host', name: () => 'perf-psys' },
} as const satisfies Record<string, { part: Part; kind: DeviceKind; name: (at: string) => string }>;
type EventName = keyof typeof KINDS;

interface OpenCounter {
  readonly id: DeviceId;
  readonly event: EnergyEvent & { readonly name: EventName };
  readonly counter: PerfCounter;
}

class PerfSource implements EnergySource {
  readonly name = 'perf';
  readonly pace = 'counter';
  readonly isFallback = true;
  readonly #options: PerfSourceOptions;
  readonly #names: readonly EventName[];
  #open: readonly OpenCounter[] = [];

  constructor(options: PerfSourceOptions, names: readonly EventName[]) {
    this.#options = options;
    this.#names = names;
  }

  /** Silent where the machine has no such events: powercap has said what is missing. */
  probe(): SourceProbe {
    this.close();
    const pmu = readEnergyPmu(this.#options.sysfsRoot, this.#names);
    if (pmu === undefined || pmu.events.length === 0) return { found: [], missing: [], versions: {} };
    const missing: SensorReport[] = [];
    for (const event of pmu.events as readonly OpenCounter['event'][]) {
      const opened = this.#openAll(pmu, event);
      if ('reason' in opened) missing.push(absent(event.name, opened.reason));
      else this.#open = [...this.#open, ...opened.counters];
    }
    return { found: this.#open.map((one) => this.#describe(one)), missing, versions: {} };
  }

  sample(held: ReadonlySet<DeviceId>): readonly Reading[] {
    return this.#open.filter(({ id }) => held.has(id)).map((one) => this.#read(one));
  }

  close(): void {
    for (const { counter } of this.#open) counter.close();
    this.#open = [];
  }

  /** All packages or none: a part of the sum is not offered as the sum. */
  #openAll(pmu: EnergyPmu, event: OpenCounter['event']): { counters: readonly OpenCounter[] } | { reason: string } {
    const counters: OpenCounter[] = [];
    const fail = (reason: string): { reason: string } => {
      for (const { counter } of counters) counter.close();
      return { reason };
    };
    try {
      const events = (this.#options.openEvents ?? systemPerfEvents)();
      const places = event.name === 'energy-psys' ? this.#places(pmu).slice(0, 1) : this.#places(pmu);
      for (const { cpu, at } of places) {
        const counter = events.open({ type: pmu.type, config: event.config, cpu });
        if ('errno' in counter) return fail(this.#explain(counter.errno));
        counters.push({ id: deviceId(KINDS[event.name].name(at)), event, counter });
      }
      return { counters };
    } catch (error) {
      return fail(`${(error as Error).message}.`);
    }
  }

  /**
   * CPUs to count on, with the name of their package.
   *
   * AMD's packages of several dies show one counter on each die; Intel's have one counter per die.
   */
  #places({ cpus }: EnergyPmu): readonly { readonly cpu: number; readonly at: string }[] {
    const all = cpus.map((cpu) => ({ cpu, packageId: this.#topology(cpu, 'physical_package_id') ?? BigInt(cpu) }));
    const first = all.filter(({ packageId }, i) => all.findIndex((one) => one.packageId === packageId) === i);
    if (first.length === all.length) return all.map(({ cpu, packageId }) => ({ cpu, at: `${packageId}` }));
    if (/\b(AMD|Hygon)\b/i.test(this.#options.cpuProduct)) {
      return first.map(({ cpu, packageId }) => ({ cpu, at: `${packageId}` }));
    }
    return all.map(({ cpu, packageId }) => ({
      cpu,
      at: `${packageId}-die-${this.#topology(cpu, 'die_id') ?? `of-cpu-${cpu}`}`,
    }));
  }

  #topology(cpu: number, file: string): bigint | undefined {
    return readCount(join(this.#options.sysfsRoot, `devices/system/cpu/cpu${cpu}/topology`, file));
  }

  #explain(errno: number): string {
    if (!REFUSED_ERRNOS.includes(errno)) return `the energy events cannot be opened (error ${errno}).`;
    const paranoid = readText(join(this.#options.procRoot, 'sys/kernel/perf_event_paranoid'));
    const now = paranoid === undefined ? '' : ` (now ${paranoid})`;
    return `the energy events are not permitted${now}: \`sudo sysctl kernel.perf_event_paranoid=0\`, or give the agent the capability CAP_PERFMON.`;
  }

  #read({ id: device, event, counter }: OpenCounter): Reading {
    const count = counter.read();
    const atNanoseconds = this.#options.clock.monotonicNanoseconds();
    if (count === undefined) {
      return { kind: 'failed', device, atNanoseconds, reason: `the event ${event.name} cannot be read now` };
    }
    return { kind: 'energy', device, atNanoseconds, microjoules: countToMicrojoules(count, event.scale) };
  }

  #describe({ id, event }: OpenCounter): ProbedDevice {
    const { part, kind } = KINDS[event.name];
    const product = part === 'cpu' ? this.#options.cpuProduct : part === 'dram' ? 'DRAM' : 'platform';
    return {
      device: { id, kind, product },
      part,
      source: 'perf',
      provenance: 'counter',
      detail: `RAPL energy counter through the performance event ${event.name}`,
      aliases: [],
      perTrial: false,
      traits: RAPL_TRAITS,
    };
  }
}

function absent(name: EventName, detail: string): SensorReport {
  const { part, kind } = KINDS[name];
  return {
    device: deviceId(`perf-${kind === 'cpu-host' ? 'psys' : kind}`),
    part,
    source: 'perf',
    available: false,
    detail,
  };
}
