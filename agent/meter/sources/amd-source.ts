/** AMD GPUs: the energy counter of `gpu_metrics` where it holds against the card's power, else that power over time. */

import type { SensorReport } from '../../../shared/domain/hardware.js';
import type { DeviceId } from '../../../shared/domain/identity.js';
import type { Clock } from '../../../shared/runtime/clock.js';
import {
  FULL_COVERAGE,
  type DeviceCondition,
  type EnergySource,
  type ProbedDevice,
  type Reading,
  type SensorTraits,
  type SourceProbe,
} from '../energy-source.js';
import { FreezeWatch, counterFault, type CounterLook } from './amd-counter.js';
import { AmdGpu, type PowerFile } from './amd-gpu.js';
import { amdProcesses } from './amd-processes.js';
import { CounterTrack } from './counter-track.js';
import { findDrmCards } from './drm-cards.js';
import { GPU_METRICS_PERIOD, GPU_METRICS_QUANTUM } from './gpu-metrics.js';

export interface AmdSourceOptions {
  readonly clock: Clock;
  /** Folders that stand for `/sys` and `/proc`. */
  readonly sysfsRoot: string;
  readonly procRoot: string;
}

/** Cards of their own. */
export const amdSource = (options: AmdSourceOptions): EnergySource => new AmdSource(options, 'card');

/**
 * Graphics units within processors that tell their own power: accelerators only where there is no other, so that the
 * display of a workstation is no device to train on beside its card.
 */
export const amdIntegratedSource = (options: AmdSourceOptions): EnergySource => new AmdSource(options, 'integrated');

const VENDOR = '1002';
/** Time over which a counter is held against the power before it is used, in milliseconds. */
const WATCH_MILLISECONDS = 500;
/** A shorter watch says nothing: counters move every few milliseconds, power is an average over more. */
const LEAST_WATCH_NANOSECONDS = 200_000_000n;
const MOST_WATTS = 3000;

/** No figure is published; as of the cards whose gain is known, plus or minus 5 %, taken as rectangular. */
const GAIN = 0.05 / Math.sqrt(3);
const COUNTER_TRAITS: SensorTraits = {
  reads: 'energy',
  latched: true,
  averagingNanoseconds: 0n,
  coverage: FULL_COVERAGE,
  quantumMicrojoules: GPU_METRICS_QUANTUM,
  gain: GAIN,
  estimate: 0,
};
const POWER_TRAITS: SensorTraits = {
  ...COUNTER_TRAITS,
  reads: 'power',
  latched: false,
  coverage: { share: 1, basis: 'assumed: nothing is published on how the card samples its power' },
  quantumMicrojoules: 0,
  /** Most firmware tells whole watts: `AverageSocketPower << 8` in the driver. */
  quantumMicrowatts: 1_000_000,
};
/** Nothing is published on the time over which each is averaged: a cautious guess, in nanoseconds. */
const AVERAGING: Readonly<Record<PowerFile, bigint>> = { power1_input: 100_000_000n, power1_average: 1_000_000_000n };

type Method =
  | { readonly reads: 'counter'; readonly track: CounterTrack; readonly freeze: FreezeWatch }
  | { readonly reads: 'power' }
  | { readonly reads: 'graphics' };

interface OpenGpu {
  readonly gpu: AmdGpu;
  readonly method: Method;
}

class AmdSource implements EnergySource {
  readonly name = 'amdgpu';
  readonly pace = 'counter';
  readonly isFallback: boolean;
  readonly #options: AmdSourceOptions;
  #gpus: readonly AmdGpu[] | undefined;
  readonly #firstLooks = new Map<DeviceId, CounterLook>();
  readonly #open = new Map<DeviceId, OpenGpu>();

  constructor(options: AmdSourceOptions, kind: 'card' | 'integrated') {
    this.#options = options;
    this.isFallback = kind === 'integrated';
  }

  /** Watches the counters for a while, so that `probe` can tell whether they follow the power. */
  async prepare(): Promise<void> {
    const { clock } = this.#options;
    for (const gpu of this.#find()) this.#firstLooks.set(gpu.card.id, gpu.look(clock.monotonicNanoseconds()));
    const hasCounter = [...this.#firstLooks.values()].some(({ microjoules }) => microjoules !== undefined);
    if (hasCounter) await clock.sleep(WATCH_MILLISECONDS);
  }

  probe(): SourceProbe {
    const all = this.#find().map((gpu) => this.#judge(gpu));
    const missing = all.filter((one) => 'available' in one);
    return { found: all.filter((one) => 'traits' in one), missing, versions: {} };
  }

  sample(held: ReadonlySet<DeviceId>): readonly Reading[] {
    return [...this.#open].filter(([id]) => held.has(id)).flatMap(([id, one]) => this.#read(id, one));
  }

  observe(held: ReadonlySet<DeviceId>): readonly DeviceCondition[] {
    const { clock, sysfsRoot, procRoot } = this.#options;
    const open = [...this.#open].filter(([id]) => held.has(id));
    if (open.length === 0) return [];
    const processesOf = amdProcesses(sysfsRoot, procRoot);
    return open.map(([device, { gpu }]) => {
      const atNanoseconds = clock.monotonicNanoseconds();
      return { device, atNanoseconds, ...gpu.condition(), ...processesOf(device) };
    });
  }

  close(): void {
    for (const gpu of this.#gpus ?? []) gpu.close();
    this.#gpus = undefined;
    this.#open.clear();
  }

  #find(): readonly AmdGpu[] {
    if (this.#gpus !== undefined) return this.#gpus;
    const all = findDrmCards(this.#options.sysfsRoot, VENDOR).map((card) => new AmdGpu(card));
    for (const gpu of all.filter(({ isIntegrated }) => isIntegrated !== this.isFallback)) gpu.close();
    this.#gpus = all.filter(({ isIntegrated }) => isIntegrated === this.isFallback);
    return this.#gpus;
  }

  #judge(gpu: AmdGpu): ProbedDevice | SensorReport {
    if (gpu.isIntegrated) return this.#judgeIntegrated(gpu);
    const first = this.#firstLooks.get(gpu.card.id);
    const second = gpu.look(this.#options.clock.monotonicNanoseconds());
    if (gpu.isPair && second.microwatts === undefined && (second.microjoules ?? 0n) === 0n) {
      return absent(gpu, 'second die of its package: the first die tells the energy of both.');
    }
    const isLong = first !== undefined && second.atNanoseconds - first.atNanoseconds >= LEAST_WATCH_NANOSECONDS;
    const fault = counterFault(isLong ? first : undefined, second);
    if (fault === undefined) return this.#offerCounter(gpu);
    if (gpu.powerFile === undefined) {
      return absent(gpu, `${fault}, and it tells no power (a part of a card in a virtual machine tells neither).`);
    }
    this.#open.set(gpu.card.id, { gpu, method: { reads: 'power' } });
    const traits = powerTraits(gpu.powerFile);
    return describe(gpu, { provenance: 'integrated', detail: `${fault}; integrates ${gpu.powerFile}`, traits });
  }

  #offerCounter(gpu: AmdGpu): ProbedDevice {
    const track = new CounterTrack({ periodMicrojoules: GPU_METRICS_PERIOD, mostWatts: MOST_WATTS });
    this.#open.set(gpu.card.id, { gpu, method: { reads: 'counter', track, freeze: new FreezeWatch() } });
    const version = gpu.firstMetrics?.version ?? '';
    const found = describe(gpu, {
      provenance: 'counter',
      detail: `energy counter of the driver (gpu_metrics ${version})`,
      traits: COUNTER_TRAITS,
    });
    if (gpu.powerFile === undefined) return found;
    return { ...found, check: { source: gpu.powerFile, traits: powerTraits(gpu.powerFile) } };
  }

  #judgeIntegrated(gpu: AmdGpu): ProbedDevice | SensorReport {
    if (gpu.firstMetrics?.graphicsMicrowatts === undefined) {
      return absent(gpu, 'part of the processor: its driver tells only the power of both together.');
    }
    this.#open.set(gpu.card.id, { gpu, method: { reads: 'graphics' } });
    const detail = `part of the processor; integrates its own power (gpu_metrics ${gpu.firstMetrics.version})`;
    return describe(gpu, { provenance: 'integrated', detail, traits: powerTraits('power1_average') });
  }

  #read(device: DeviceId, { gpu, method }: OpenGpu): readonly Reading[] {
    if (method.reads === 'graphics') {
      const { value, at } = this.#timed(() => gpu.readMetrics()?.graphicsMicrowatts);
      return [powerReading(device, at, value)];
    }
    const power = this.#timed(() => gpu.readPower());
    if (method.reads === 'power') return [powerReading(device, power.at, power.value)];
    const { value: microjoules, at } = this.#timed(() => gpu.readMetrics()?.microjoules);
    const reading = counterReading(device, { atNanoseconds: at, microjoules, microwatts: power.value }, method);
    if (gpu.powerFile === undefined) return [reading];
    return [reading, { ...powerReading(device, power.at, power.value), channel: 'check' }];
  }

  /** The driver asks the card's firmware, which takes time: a reading is stamped at its middle. */
  #timed<T>(read: () => T): { readonly value: T; readonly at: bigint } {
    const { clock } = this.#options;
    const before = clock.monotonicNanoseconds();
    const value = read();
    return { value, at: (before + clock.monotonicNanoseconds()) / 2n };
  }
}

function counterReading(device: DeviceId, look: CounterLook, method: Method & { reads: 'counter' }): Reading {
  const { atNanoseconds, microjoules } = look;
  const core = { device, atNanoseconds };
  if (microjoules === undefined) return { ...core, kind: 'failed', reason: 'gpu_metrics gives no energy now' };
  if (method.freeze.isFrozen(look)) {
    return { ...core, kind: 'failed', reason: 'the energy counter stands still while the card draws power' };
  }
  return { ...core, kind: 'energy', ...method.track.add(microjoules, atNanoseconds) };
}

const powerReading = (device: DeviceId, atNanoseconds: bigint, microwatts: bigint | undefined): Reading =>
  microwatts === undefined
    ? { kind: 'failed', device, atNanoseconds, reason: 'the card gives no power now' }
    : { kind: 'power', device, atNanoseconds, microwatts };

const powerTraits = (file: PowerFile): SensorTraits => ({ ...POWER_TRAITS, averagingNanoseconds: AVERAGING[file] });

function describe(gpu: AmdGpu, known: Pick<ProbedDevice, 'provenance' | 'detail' | 'traits'>): ProbedDevice {
  const scope = gpu.isPair
    ? '; of both dies of its package'
    : gpu.isWholePackage
      ? '; of the whole package with its CPU and memory'
      : '';
  return {
    device: gpu.describe(),
    part: 'accelerator',
    source: 'amdgpu',
    ...known,
    detail: `${known.detail}${scope}`,
    aliases: gpu.aliases(),
    perTrial: false,
    ...((gpu.isPair || gpu.isWholePackage) && { marks: ['module-scope'] }),
    ...(gpu.isWholePackage && { includes: ['cpu', 'dram'] }),
  };
}

const absent = (gpu: AmdGpu, detail: string): SensorReport => ({
  device: gpu.card.id,
  part: 'accelerator',
  source: 'amdgpu',
  available: false,
  detail,
});
