/** The files of one AMD GPU: what can be read of its energy, its power and its state. */

import { join } from 'node:path';

import type { Device } from '../../../shared/domain/hardware.js';
import type { DeviceCondition } from '../energy-source.js';
import type { CounterLook } from './amd-counter.js';
import type { DrmCard } from './drm-cards.js';
import { GPU_METRICS_BYTES, parseGpuMetrics, type GpuMetrics } from './gpu-metrics.js';
import { findHwmon, openIfThere, readCount, readText, type SysfsFile } from './sysfs.js';

/** Files of power, best first: newer drivers tell the momentary one, older ones an average. */
export const POWER_FILES = ['power1_input', 'power1_average'] as const;
export type PowerFile = (typeof POWER_FILES)[number];

/** PCI ids of packages with two dies, each of which is a GPU: only the first tells the power, of both (MI250, MI250X). */
const TWO_DIE_MODELS: readonly string[] = ['7408', '740c'];
/** PCI ids of packages of CPU, GPU and memory, whose figures are of all of it (MI300A). */
const WHOLE_PACKAGE_MODELS: readonly string[] = ['74a0'];

export class AmdGpu {
  readonly card: DrmCard;
  readonly isPair: boolean;
  readonly isWholePackage: boolean;
  /** What the table told at first; absent: there is no table that can be read. */
  readonly firstMetrics: GpuMetrics | undefined;
  /** The file of power that is read. */
  readonly powerFile: PowerFile | undefined;
  readonly #hwmon: string | undefined;
  readonly #metrics: SysfsFile | undefined;
  readonly #power: SysfsFile | undefined;
  readonly #table = Buffer.alloc(GPU_METRICS_BYTES);

  constructor(card: DrmCard) {
    this.card = card;
    this.isPair = TWO_DIE_MODELS.includes(card.model);
    this.isWholePackage = WHOLE_PACKAGE_MODELS.includes(card.model);
    this.#hwmon = findHwmon(card.folder, 'amdgpu');
    this.#metrics = openIfThere(join(card.folder, 'gpu_metrics'));
    this.firstMetrics = this.readMetrics();
    const { file, name } = this.#openPower();
    this.#power = file;
    this.powerFile = name;
  }

  /** Old drivers have no table: there, a power that cannot be capped is that of a processor with graphics. */
  get isIntegrated(): boolean {
    if (this.firstMetrics !== undefined) return this.firstMetrics.isIntegrated;
    return this.powerFile !== undefined && this.#hwmonCount('power1_cap') === undefined;
  }

  readMetrics(): GpuMetrics | undefined {
    const length = this.#metrics?.readInto(this.#table);
    return length === undefined ? undefined : parseGpuMetrics(this.#table.subarray(0, length));
  }

  /** In microwatts. A card that runs draws more than 0 W: 0 stands for "no figure", as of a package's second die. */
  readPower(): bigint | undefined {
    const power = this.#power?.readCount();
    return power === 0n ? undefined : power;
  }

  look(atNanoseconds: bigint): CounterLook {
    return { atNanoseconds, microjoules: this.readMetrics()?.microjoules, microwatts: this.readPower() };
  }

  describe(): Device {
    const { id, folder, model } = this.card;
    const name = readText(join(folder, 'product_name')) ?? '';
    const memory = readCount(join(folder, 'mem_info_vram_total'));
    const limit = this.#powerLimit();
    return {
      id,
      kind: 'gpu',
      product: name === '' ? `AMD GPU (1002:${model})` : name,
      ...(memory !== undefined && memory > 0n && { memoryBytes: Number(memory) }),
      ...(limit !== undefined && { powerLimitWatts: limit }),
    };
  }

  /** As the compute stack names the card, where it has a serial number. */
  aliases(): readonly string[] {
    const serial = readText(join(this.card.folder, 'unique_id')) ?? '';
    return /^[0-9a-f]{8,16}$/.test(serial) ? [`GPU-${serial}`] : [];
  }

  /** Edge temperature, or the hottest spot where the card has no sensor at its edge. */
  condition(): Omit<DeviceCondition, 'device' | 'atNanoseconds'> {
    const temperature = this.#hwmonCount('temp1_input') ?? this.#hwmonCount('temp2_input');
    const hertz = this.#hwmonCount('freq1_input');
    const limit = this.#powerLimit();
    const throttled = this.readMetrics()?.throttled;
    return {
      ...(temperature !== undefined && { temperatureCelsius: Number(temperature) / 1000 }),
      ...(limit !== undefined && { powerLimitWatts: limit }),
      ...(hertz !== undefined && { clockMegahertz: Number(hertz) / 1e6 }),
      ...(throttled !== undefined && { throttled }),
    };
  }

  close(): void {
    this.#metrics?.close();
    this.#power?.close();
  }

  #openPower(): { readonly file?: SysfsFile; readonly name?: PowerFile } {
    if (this.#hwmon === undefined) return {};
    for (const name of POWER_FILES) {
      const file = openIfThere(join(this.#hwmon, name));
      if (file === undefined) continue;
      const power = file.readCount();
      if (power !== undefined && power > 0n) return { file, name };
      file.close();
    }
    return {};
  }

  #powerLimit(): number | undefined {
    const limit = this.#hwmonCount('power1_cap');
    return limit === undefined || limit === 0n ? undefined : Number(limit) / 1e6;
  }

  #hwmonCount(file: string): bigint | undefined {
    return this.#hwmon === undefined ? undefined : readCount(join(this.#hwmon, file));
  }
}
