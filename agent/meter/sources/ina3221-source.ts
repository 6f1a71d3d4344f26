/** Jetson modules, whose power is measured on their rails. */

import { join } from 'node:path';

import type { SensorReport } from '../../../shared/domain/hardware.js';
import { deviceId, type DeviceId } from '../../../shared/domain/identity.js';
import type { Clock } from '../../../shared/runtime/clock.js';
import type { EnergySource, ProbedDevice, Reading, SensorTraits, SourceProbe } from '../energy-source.js';
import { findRails, type Rail } from './ina3221-rails.js';
import { readText } from './sysfs.js';

export interface JetsonSourceOptions {
  readonly clock: Clock;
  /** Folder that stands for `/sys`. */
  readonly sysfsRoot: string;
}

/**
 * The module as one accelerator, with its CPU and DRAM in the figure and marked so.
 *
 * Its rails do not divide as the boundaries do: on most modules one rail feeds GPU and CPU cores together
 * (`VDD_CPU_GPU_CV`), on others GPU and memory controller (`VDD_GPU_SOC`), and conversion losses are in none of them.
 * Only the module's input is the same quantity on every module, so a trial that holds the GPU is charged with that, and
 * CPU and DRAM are not metered beside it. A fallback: where NVML reads the GPU itself, its figure stands.
 */
export const jetsonSource = (options: JetsonSourceOptions): EnergySource => new JetsonSource(options);

/** Input of the whole module, by generation. */
const TOTAL_RAILS: readonly string[] = ['VDD_IN', 'POM_5V_IN'];
/** The sensor averages over some milliseconds to half a second, as the board sets it; where it does not say. */
const USUAL_UPDATE_MILLISECONDS = 100;
/** Two or more reads over a slow bus for each rail: not more often than the sensor has something new, within these. */
const PERIOD_MILLISECONDS = { least: 10, most: 500 };
const NANOSECONDS = 1_000_000n;

const TRAITS: Omit<SensorTraits, 'gain'> = {
  reads: 'power',
  latched: false,
  averagingNanoseconds: 0n,
  coverage: { share: 1, basis: 'the sensor averages its conversions one after another' },
  quantumMicrojoules: 0,
  /** 40 uV (datasheet SBOS576) over shunts of 5 mOhm, at 5 V. */
  quantumMicrowatts: 40_000,
  estimate: 0,
};

/** Shunts of 1 % and the sensor's own 1 % or so; plus or minus 5 %, taken as rectangular. */
const TOTAL_GAIN = 0.05 / Math.sqrt(3);
/** What the rails of a module have in common, and what none of them shows, is not published. */
const SUM_GAIN = 0.1;

interface OpenModule {
  readonly id: DeviceId;
  readonly rails: readonly Rail[];
  readonly updateMilliseconds: number;
}

class JetsonSource implements EnergySource {
  readonly name = 'ina3221';
  readonly pace = 'counter';
  readonly isFallback = true;
  readonly #options: JetsonSourceOptions;
  #module: OpenModule | undefined;
  #lastAt: bigint | undefined;

  constructor(options: JetsonSourceOptions) {
    this.#options = options;
  }

  /** Silent on machines that are no Jetson: the sensor is used on other boards too, for other things. */
  probe(): SourceProbe {
    this.close();
    const folder = join(this.#options.sysfsRoot, 'firmware/devicetree/base');
    const model = readText(join(folder, 'model')) ?? '';
    const all = findRails(this.#options.sysfsRoot);
    const total = all.find(({ label }) => TOTAL_RAILS.includes(label));
    const isJetson = total !== undefined || /jetson/i.test(model);
    const rails = total !== undefined ? [total] : isJetson ? all : [];
    for (const rail of all) if (!rails.includes(rail)) rail.close();
    if (!isJetson) return { found: [], missing: [], versions: {} };
    if (rails.length === 0) return { found: [], missing: [noRails(this.#options.sysfsRoot)], versions: {} };
    const serial = readText(join(folder, 'serial-number')) ?? '';
    const updates = rails.map((rail) => rail.updateMilliseconds ?? USUAL_UPDATE_MILLISECONDS);
    const updateMilliseconds = Math.max(...updates);
    this.#module = { id: deviceId(/^\w+$/.test(serial) ? `JETSON-${serial}` : 'JETSON'), rails, updateMilliseconds };
    return { found: [describe(this.#module, model)], missing: [], versions: {} };
  }

  sample(held: ReadonlySet<DeviceId>): readonly Reading[] {
    if (this.#module === undefined || !held.has(this.#module.id)) return [];
    const { id: device, rails, updateMilliseconds } = this.#module;
    const before = this.#options.clock.monotonicNanoseconds();
    const period = Math.min(Math.max(updateMilliseconds, PERIOD_MILLISECONDS.least), PERIOD_MILLISECONDS.most);
    if (this.#lastAt !== undefined && before - this.#lastAt < BigInt(Math.round(period)) * NANOSECONDS) return [];
    this.#lastAt = before;
    const powers = rails.map((rail) => rail.read());
    const atNanoseconds = (before + this.#options.clock.monotonicNanoseconds()) / 2n;
    const failed = rails.find((_, i) => powers[i] === undefined);
    if (failed) return [{ kind: 'failed', device, atNanoseconds, reason: `rail ${failed.label} cannot be read now` }];
    const microwatts = powers.reduce<bigint>((sum, power) => sum + (power ?? 0n), 0n);
    return [{ kind: 'power', device, atNanoseconds, microwatts }];
  }

  close(): void {
    for (const rail of this.#module?.rails ?? []) rail.close();
    this.#module = undefined;
    this.#lastAt = undefined;
  }
}

const noRails = (sysfsRoot: string): SensorReport => ({
  device: deviceId('JETSON'),
  part: 'accelerator',
  source: 'ina3221',
  available: false,
  detail: `no power rail of this module can be read below ${sysfsRoot}/bus/i2c/drivers/ina3221 (JetPack 4: ina3221x): a container that hides them, a kernel without the driver, or files for root only, which \`sudo chmod a+r\` opens until the next reboot.`,
});

function describe({ id, rails, updateMilliseconds }: OpenModule, model: string): ProbedDevice {
  const update = BigInt(Math.round(updateMilliseconds)) * NANOSECONDS;
  const names = rails.map(({ label }) => label).join(' + ');
  const isTotal = rails.every(({ label }) => TOTAL_RAILS.includes(label));
  return {
    device: { id, kind: 'gpu', product: model === '' ? 'NVIDIA Jetson' : model },
    part: 'accelerator',
    source: 'ina3221',
    provenance: 'integrated',
    detail: `integrates the power of the whole module (${names}), with its CPU and DRAM`,
    aliases: [],
    perTrial: false,
    traits: {
      ...TRAITS,
      updateNanoseconds: update,
      averagingNanoseconds: update,
      gain: isTotal ? TOTAL_GAIN : SUM_GAIN,
    },
    marks: ['module-scope'],
    includes: ['cpu', 'dram'],
  };
}
