/** An NVML source over the compiled stand-in, at instants that the test chooses. */

import { rmSync } from 'node:fs';
import { dirname } from 'node:path';

import type { Clock } from '../../../../shared/runtime/clock.js';
import { deviceId } from '../../../../shared/domain/identity.js';
import type {
  DeviceCondition,
  EnergySource,
  ProbedDevice,
  Reading,
  SourceProbe,
} from '../../../../agent/meter/energy-source.js';
import { nvmlSource } from '../../../../agent/meter/sources/nvml-source.js';
import { compileFakeNvml, startFakeNvml, type FakeNvml, type NvmlScenario } from '../../../support/fake-nvml.js';
import { ManualClock } from '../manual-clock.js';

export const UUID = 'GPU-0a1b2c3d-0000-0000-0000-000000000001';
/** One card with all that a driver tells of it; power 0 W. */
export const CARD: NvmlScenario = {
  driver: '550.54.15',
  count: 1,
  'gpu0.uuid': UUID,
  'gpu0.name': 'NVIDIA H200',
  'gpu0.pci': '00000000:3B:00.0',
  'gpu0.memory': 150_754_820_096n,
  'gpu0.limit': 700_000,
  'gpu0.energy': 5_000,
};

export const cardWithout = (...keys: readonly string[]): NvmlScenario =>
  Object.fromEntries(Object.entries(CARD).filter(([key]) => !keys.includes(key)));

/** `count` cards, each with what `card` gives for its number. */
export const cards = (count: number, card: (index: number) => NvmlScenario): NvmlScenario =>
  Array.from({ length: count }, (_, i) =>
    Object.fromEntries(Object.entries(card(i)).map(([key, value]) => [`gpu${i}.${key}`, value])),
  ).reduce((all, one) => ({ ...all, ...one }), { count });

export interface ProbeOptions {
  /** Symbols that the library lacks, as `compileFakeNvml` takes them. */
  readonly without?: readonly string[];
  readonly procRoot?: string;
  readonly clock?: Clock;
}

/** A source that has been probed, with its stand-in. */
export interface Probed extends SourceProbe {
  readonly source: EnergySource;
  readonly fake: FakeNvml;
  /** The only device that was found. */
  readonly only: ProbedDevice;
  /** Lets the scenario's time be `ms`, with changes to the scenario. */
  at(ms: number, changes?: NvmlScenario): void;
  /** Reads all that was found. */
  sample(): readonly Reading[];
  observe(): readonly DeviceCondition[];
}

/** Compiles each variant once; dispose at the end. */
export class NvmlFixture implements Disposable {
  readonly #compiler: string;
  readonly #compiled = new Map<string, string>();
  readonly #started: FakeNvml[] = [];

  constructor(compiler: string) {
    this.#compiler = compiler;
  }

  start(scenario: NvmlScenario, without: readonly string[] = []): FakeNvml {
    const variant = without.join();
    const library = this.#compiled.get(variant) ?? compileFakeNvml(this.#compiler, without);
    this.#compiled.set(variant, library);
    const fake = startFakeNvml(library, scenario);
    this.#started.push(fake);
    return fake;
  }

  /** Probes at instant 0. */
  probe(scenario: NvmlScenario, options: ProbeOptions = {}): Probed {
    const { without, procRoot, clock = new ManualClock() } = options;
    const fake = this.start({ now_ms: 0, ...scenario }, without);
    const source = nvmlSource({ clock, library: fake.library, ...(procRoot !== undefined && { procRoot }) });
    const probe = source.probe();
    const origin = clock.monotonicNanoseconds();
    const held = new Set(probe.found.map(({ device }) => device.id));
    return {
      ...probe,
      source,
      fake,
      get only() {
        const [first, ...others] = probe.found;
        if (first === undefined || others.length > 0) throw new Error(`${probe.found.length} devices were found`);
        return first;
      },
      at: (ms, changes = {}) => {
        fake.set({ ...scenario, now_ms: ms, ...changes });
        if (clock instanceof ManualClock) clock.now = origin + BigInt(Math.round(ms * 1e6));
      },
      sample: () => source.sample(held, []),
      observe: () => source.observe?.(held) ?? [],
    };
  }

  [Symbol.dispose](): void {
    for (const fake of this.#started) fake[Symbol.dispose]();
    for (const library of this.#compiled.values()) rmSync(dirname(library), { recursive: true, force: true });
  }
}

export const held = (...ids: readonly string[]): ReadonlySet<ReturnType<typeof deviceId>> => new Set(ids.map(deviceId));
