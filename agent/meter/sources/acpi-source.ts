/** Power meters that the firmware offers over ACPI: the whole machine, or the sockets of an NVIDIA Grace. */

import { join } from 'node:path';

import type { SensorReport } from '../../../shared/domain/hardware.js';
import { deviceId, type DeviceId } from '../../../shared/domain/identity.js';
import type { Clock } from '../../../shared/runtime/clock.js';
import type { EnergySource, ProbedDevice, Reading, SensorTraits, SourceProbe } from '../energy-source.js';
import { chooseMeters, type AcpiMeter, type MeterUse } from './acpi-meters.js';
import { SysfsFile, errorCode, listFolder, readCount, readText } from './sysfs.js';

export interface AcpiSourceOptions {
  readonly clock: Clock;
  /** Folder that stands for `/sys`. */
  readonly sysfsRoot: string;
  readonly cpuProduct: string;
}

/** A fallback throughout: counters of the processor and a meter outside the machine are better. */
export const acpiSource = (options: AcpiSourceOptions): EnergySource => new AcpiSource(options);

const NANOSECONDS = 1_000_000n;
/** The interval that Grace and most servers start with; where the meter does not tell its own. */
const USUAL_INTERVAL_MILLISECONDS = 1000;
/**
 * The firmware's code runs at each look, on some machines through a slow bus: four looks in an interval see all there is,
 * and this many milliseconds apart at most, so that no gap opens.
 */
const LOOKS_PER_INTERVAL = 4;
const LONGEST_PERIOD_MILLISECONDS = 250;
/** Firmware that knows no figure answers with all ones, in milliwatts. */
const UNKNOWN_MICROWATTS = 0xffff_ffffn * 1000n;

const TRAITS: SensorTraits = {
  reads: 'power',
  latched: false,
  averagingNanoseconds: 0n,
  coverage: { share: 1, basis: 'the firmware states an average over its whole interval' },
  quantumMicrojoules: 0,
  /** The firmware speaks in milliwatts. */
  quantumMicrowatts: 1000,
  /** Firmware states accuracies that cannot be relied on; plus or minus 5 %, taken as rectangular. */
  gain: 0.05 / Math.sqrt(3),
  estimate: 0,
};

interface OpenMeter {
  readonly id: DeviceId;
  readonly use: MeterUse;
  readonly file: SysfsFile;
  lastAt?: bigint;
}

class AcpiSource implements EnergySource {
  readonly name = 'acpi';
  readonly pace = 'counter';
  readonly isFallback = true;
  readonly #options: AcpiSourceOptions;
  #open: readonly OpenMeter[] = [];

  constructor(options: AcpiSourceOptions) {
    this.#options = options;
  }

  probe(): SourceProbe {
    this.close();
    const { uses, unclear } = chooseMeters(findMeters(this.#options.sysfsRoot));
    const missing: SensorReport[] = unclear === undefined ? [] : [absent('machine', 'acpi-meter', unclear)];
    const found = uses.flatMap((use) => {
      const opened = openMeter(use);
      if ('reason' in opened) missing.push(absent(use.part, use.name, opened.reason));
      else this.#open = [...this.#open, opened];
      return 'reason' in opened ? [] : [this.#describe(opened)];
    });
    return { found, missing, versions: {} };
  }

  sample(held: ReadonlySet<DeviceId>): readonly Reading[] {
    const now = this.#options.clock.monotonicNanoseconds();
    const due = this.#open.filter((meter) => held.has(meter.id) && isDue(meter, now));
    return due.map((meter) => this.#read(meter));
  }

  close(): void {
    for (const { file } of this.#open) file.close();
    this.#open = [];
  }

  #read(meter: OpenMeter): Reading {
    const { id: device, file } = meter;
    const before = this.#options.clock.monotonicNanoseconds();
    meter.lastAt = before;
    const microwatts = readPower(file);
    const atNanoseconds = (before + this.#options.clock.monotonicNanoseconds()) / 2n;
    return microwatts === undefined
      ? { kind: 'failed', device, atNanoseconds, reason: `${file.path} gives no power now` }
      : { kind: 'power', device, atNanoseconds, microwatts };
  }

  #describe({ id, use }: OpenMeter): ProbedDevice {
    const { part, meter, marks, includes } = use;
    const milliseconds = intervalOf(use);
    const interval = BigInt(milliseconds) * NANOSECONDS;
    const label = meter.label === '' ? 'power meter' : meter.label;
    return {
      device:
        part === 'cpu'
          ? { id, kind: 'cpu-package', product: this.#options.cpuProduct }
          : { id, kind: 'cpu-host', product: label },
      part,
      source: 'acpi',
      provenance: 'integrated',
      detail: `integrates the firmware's ${label}: ${use.covers}, averaged over ${milliseconds} ms`,
      aliases: [],
      perTrial: false,
      traits: { ...TRAITS, updateNanoseconds: interval, averagingNanoseconds: interval },
      ...(marks && { marks }),
      ...(includes && { includes }),
    };
  }
}

const intervalOf = ({ meter }: MeterUse): number => meter.intervalMilliseconds ?? USUAL_INTERVAL_MILLISECONDS;

function isDue({ use, lastAt }: OpenMeter, now: bigint): boolean {
  const period = Math.min(intervalOf(use) / LOOKS_PER_INTERVAL, LONGEST_PERIOD_MILLISECONDS);
  return lastAt === undefined || now - lastAt >= BigInt(Math.floor(period)) * NANOSECONDS;
}

/** Kernels before 6.x have the files in the ACPI device, later ones in the hwmon itself. */
function findMeters(sysfsRoot: string): readonly AcpiMeter[] {
  const root = join(sysfsRoot, 'class/hwmon');
  return listFolder(root).flatMap((entry): readonly AcpiMeter[] => {
    const places = [join(root, entry), join(root, entry, 'device')];
    if (!places.some((folder) => readText(join(folder, 'name')) === 'power_meter')) return [];
    const folder = places.find((place) => listFolder(place).includes('power1_average'));
    if (folder === undefined) return [];
    const interval = readCount(join(folder, 'power1_average_interval'));
    return [
      {
        folder,
        label: readText(join(folder, 'power1_oem_info')) ?? '',
        isBattery: readText(join(folder, 'power1_is_battery')) === '1',
        ...(interval !== undefined && isInterval(interval) && { intervalMilliseconds: Number(interval) }),
      },
    ];
  });
}

/** Firmware without an interval answers 0 or all ones; an hour is no averaging interval. */
const isInterval = (milliseconds: bigint): boolean => milliseconds > 0n && milliseconds < 3_600_000n;

function openMeter(use: MeterUse): OpenMeter | { readonly reason: string } {
  const path = join(use.meter.folder, 'power1_average');
  try {
    const file = new SysfsFile(path);
    if (readPower(file) !== undefined) return { id: deviceId(use.name), use, file };
    file.close();
    return { reason: `${path} gives no power: the firmware's meter does not measure.` };
  } catch (error) {
    return { reason: `${path} cannot be opened (${errorCode(error)}).` };
  }
}

/** A machine that runs draws power: 0 W is no figure. */
function readPower(file: SysfsFile): bigint | undefined {
  const power = file.readCount();
  return power === undefined || power === 0n || power >= UNKNOWN_MICROWATTS ? undefined : power;
}

const absent = (part: SensorReport['part'], device: string, detail: string): SensorReport => ({
  device: deviceId(device),
  part,
  source: 'acpi',
  available: false,
  detail,
});
