/** Intel's graphics cards through the energy counter of their hwmon. */

import { join } from 'node:path';

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
import { CounterTrack } from './counter-track.js';
import { findDrmCards, type DrmCard } from './drm-cards.js';
import { findHwmon, openIfThere, readCount, type SysfsFile } from './sysfs.js';

export interface IntelGpuSourceOptions {
  readonly clock: Clock;
  /** Folder that stands for `/sys`. */
  readonly sysfsRoot: string;
}

export const intelGpuSource = (options: IntelGpuSourceOptions): EnergySource => new IntelGpuSource(options);

const VENDOR = '8086';
/** The whole card. i915 has a further hwmon for each tile (`i915_gt0`), which lies within the card's. */
const DRIVERS = ['xe', 'i915'] as const;
/** Energy of the card, or of its package where the card has no sensor of its own (xe). */
const ENERGY_FILES = [
  { file: 'energy1_input', scope: 'card' },
  { file: 'energy2_input', scope: 'package, without the rest of the card' },
] as const;

/**
 * The register has 32 bits and the driver makes 64 of them, each time it is read: at 50 looks a second it misses no
 * turn. A value that drops is a restart, never a wrap.
 */
const TRACK = { mostWatts: 3000 } as const;

const TRAITS: SensorTraits = {
  reads: 'energy',
  latched: true,
  averagingNanoseconds: 0n,
  coverage: FULL_COVERAGE,
  quantumMicrojoules: 61,
  /** Intel states no figure; plus or minus 5 %, taken as rectangular. */
  gain: 0.05 / Math.sqrt(3),
  estimate: 0,
};

interface OpenCard {
  readonly card: DrmCard;
  readonly hwmon: string;
  readonly driver: (typeof DRIVERS)[number];
  readonly file: SysfsFile;
  readonly scope: string;
  readonly track: CounterTrack;
}

class IntelGpuSource implements EnergySource {
  readonly name = 'intel-gpu';
  readonly pace = 'counter';
  readonly #options: IntelGpuSourceOptions;
  #open: readonly OpenCard[] = [];

  constructor(options: IntelGpuSourceOptions) {
    this.#options = options;
  }

  /** Graphics within a processor have no hwmon, and are passed over: the processor's counter holds their energy. */
  probe(): SourceProbe {
    this.close();
    const all = findDrmCards(this.#options.sysfsRoot, VENDOR).flatMap(openCard);
    this.#open = all.filter((one) => 'track' in one);
    return { found: this.#open.map(describe), missing: all.filter((one) => 'available' in one), versions: {} };
  }

  sample(held: ReadonlySet<DeviceId>): readonly Reading[] {
    return this.#open.filter(({ card }) => held.has(card.id)).map((one) => this.#read(one));
  }

  observe(held: ReadonlySet<DeviceId>): readonly DeviceCondition[] {
    return this.#open.filter(({ card }) => held.has(card.id)).map((one) => this.#observe(one));
  }

  close(): void {
    for (const { file } of this.#open) file.close();
    this.#open = [];
  }

  #read({ card: { id: device }, file, track }: OpenCard): Reading {
    const value = file.readCount();
    const atNanoseconds = this.#options.clock.monotonicNanoseconds();
    if (value === undefined) {
      return { kind: 'failed', device, atNanoseconds, reason: `${file.path} cannot be read now (${file.fault})` };
    }
    return { kind: 'energy', device, atNanoseconds, ...track.add(value, atNanoseconds, file.takeReopened()) };
  }

  #observe({ card: { id: device }, hwmon }: OpenCard): DeviceCondition {
    const temperature = readCount(join(hwmon, 'temp2_input'));
    const limit = powerLimitWatts(hwmon);
    return {
      device,
      atNanoseconds: this.#options.clock.monotonicNanoseconds(),
      ...(temperature !== undefined && { temperatureCelsius: Number(temperature) / 1000 }),
      ...(limit !== undefined && { powerLimitWatts: limit }),
      processesUnknown: 'the driver lists no processes',
    };
  }
}

function openCard(card: DrmCard): readonly (OpenCard | SensorReport)[] {
  for (const driver of DRIVERS) {
    const hwmon = findHwmon(card.folder, driver);
    if (hwmon === undefined) continue;
    for (const { file: name, scope } of ENERGY_FILES) {
      const file = openIfThere(join(hwmon, name));
      if (file?.readCount() !== undefined) {
        return [{ card, hwmon, driver, file, scope, track: new CounterTrack(TRACK) }];
      }
      file?.close();
    }
    return [absent(card, `the driver ${driver} gives no energy of this card: it needs Linux 6.5 or later.`)];
  }
  return [];
}

function describe({ card, hwmon, driver, scope }: OpenCard): ProbedDevice {
  const limit = powerLimitWatts(hwmon);
  return {
    device: {
      id: card.id,
      kind: 'gpu',
      product: `Intel GPU (8086:${card.model})`,
      ...(limit !== undefined && { powerLimitWatts: limit }),
    },
    part: 'accelerator',
    source: 'intel-gpu',
    provenance: 'counter',
    detail: `energy counter of the driver ${driver}, of the ${scope}`,
    aliases: [],
    perTrial: false,
    traits: TRAITS,
  };
}

/** 0 stands for "no limit". */
function powerLimitWatts(hwmon: string): number | undefined {
  const limit = readCount(join(hwmon, 'power1_max'));
  return limit === undefined || limit === 0n ? undefined : Number(limit) / 1e6;
}

const absent = (card: DrmCard, detail: string): SensorReport => ({
  device: card.id,
  part: 'accelerator',
  source: 'intel-gpu',
  available: false,
  detail,
});
