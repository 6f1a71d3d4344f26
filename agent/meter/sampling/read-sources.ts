/** All energy sources of a machine as one: what they find, and readings of which none is lost to another's failure. */

import type { SensorReport } from '../../../shared/domain/hardware.js';
import type { DeviceId } from '../../../shared/domain/identity.js';
import type { Part } from '../../../shared/domain/measurement.js';
import type { Clock } from '../../../shared/runtime/clock.js';
import type { DeviceCondition, EnergySource, ProbedDevice, Reading, SourcePace, TrialLoad } from '../energy-source.js';
import type { SamplerProbe } from './sampler.js';

/** A source with those of the devices in question that it reads. */
interface SourceReader {
  readonly source: EnergySource;
  readonly devices: ReadonlySet<DeviceId>;
}

export class ReadSources {
  readonly #sources: readonly EnergySource[];
  readonly #clock: Clock;
  readonly #found = new Map<DeviceId, { readonly probed: ProbedDevice; readonly source: EnergySource }>();
  readonly #readers = new WeakMap<ReadonlySet<DeviceId>, readonly SourceReader[]>();
  /** Of looks whose readings were not asked for yet. */
  readonly #kept: Reading[] = [];
  #hasLooked = false;
  #versions: Readonly<Record<string, string>> = {};

  constructor(sources: readonly EnergySource[], clock: Clock) {
    this.#sources = sources;
    this.#clock = clock;
  }

  /** Asks every source; of a fallback, only parts that no source before it reads are taken. */
  async probe(): Promise<SamplerProbe> {
    const found: ProbedDevice[] = [];
    const missing: SensorReport[] = [];
    const versions: Record<string, string> = {};
    for (const source of this.#sources) {
      await source.prepare?.();
      const probe = source.probe();
      const readers = source.isFallback ? readersOfParts(found) : new Map<Part, string>();
      for (const probed of probe.found) {
        const reader = readers.get(probed.part);
        if (reader !== undefined) missing.push(notUsed(probed, reader));
        else if (found.some(({ device }) => device.id === probed.device.id)) missing.push(notUsed(probed, 'another'));
        else {
          found.push(probed);
          this.#found.set(probed.device.id, { probed, source });
        }
      }
      missing.push(...probe.missing);
      Object.assign(versions, probe.versions);
    }
    this.#versions = versions;
    return { found, missing, versions };
  }

  /** Of drivers and libraries, by name, as the probe found them. */
  get versions(): Readonly<Record<string, string>> {
    return this.#versions;
  }

  get(device: DeviceId): { readonly probed: ProbedDevice; readonly source: EnergySource } | undefined {
    return this.#found.get(device);
  }

  /** True when a source of these devices needs the event loop for its answers. */
  areAwaited(held: ReadonlySet<DeviceId>): boolean {
    return this.#readersOf(held).some(({ source }) => source.isAwaited);
  }

  /** Looks at the counters of all sources; what it sees comes with the next `sample`, of sources that cannot wait too. */
  look(held: ReadonlySet<DeviceId>): void {
    for (const { source, devices } of this.#readersOf(held)) {
      if (source.pace !== 'counter') continue;
      const readings = this.#safely({ source, devices }, () => {
        if (source.look === undefined) return source.sample(devices, []);
        source.look(devices);
        return [];
      });
      this.#kept.push(...readings);
    }
    this.#hasLooked = true;
  }

  /** Readings of all sources of one pace; a source that throws has failed for each of its devices. */
  sample(pace: SourcePace, held: ReadonlySet<DeviceId>, loads: readonly TrialLoad[]): readonly Reading[] {
    if (pace === 'counter' && !this.#hasLooked) this.look(held);
    const readings = pace === 'counter' ? this.#kept.splice(0) : [];
    for (const { source, devices } of this.#readersOf(held)) {
      if (source.pace !== pace || (pace === 'counter' && !source.look)) continue;
      readings.push(...this.#safely({ source, devices }, () => source.sample(devices, loads)));
    }
    if (pace === 'counter') this.#hasLooked = false;
    return readings;
  }

  /** State of the held devices as far as their sources know it. */
  observe(held: ReadonlySet<DeviceId>): readonly DeviceCondition[] {
    return this.#readersOf(held).flatMap(({ source, devices }) => {
      if (source.observe === undefined) return [];
      try {
        return source.observe(devices);
      } catch (error) {
        const processesUnknown = `${source.name}: ${(error as Error).message}`;
        const atNanoseconds = this.#clock.monotonicNanoseconds();
        return [...devices].map((device) => ({ device, atNanoseconds, processesUnknown }));
      }
    });
  }

  close(): void {
    for (const source of this.#sources) source.close();
  }

  #safely({ source, devices }: SourceReader, read: () => readonly Reading[]): readonly Reading[] {
    try {
      return read();
    } catch (error) {
      const reason = `${source.name}: ${(error as Error).message}`;
      const atNanoseconds = this.#clock.monotonicNanoseconds();
      return [...devices].map((device) => ({ kind: 'failed', device, atNanoseconds, reason }));
    }
  }

  /**
   * The sources that read any of these devices; one that two sources know is read by the one whose device is held. Found
   * once for a set, which must not change: looks come fifty times a second.
   */
  #readersOf(held: ReadonlySet<DeviceId>): readonly SourceReader[] {
    const known = this.#readers.get(held);
    if (known !== undefined) return known;
    const readers = this.#sources.flatMap((source) => {
      const devices = new Set([...held].filter((id) => this.#found.get(id)?.source === source));
      return devices.size === 0 ? [] : [{ source, devices }];
    });
    this.#readers.set(held, readers);
    return readers;
  }
}

/** Which source reads each part, in its own figure or within that of a module. */
function readersOfParts(found: readonly ProbedDevice[]): ReadonlyMap<Part, string> {
  const readers = new Map<Part, string>();
  for (const { part, includes = [], source } of found) {
    for (const read of [part, ...includes]) if (!readers.has(read)) readers.set(read, source);
  }
  return readers;
}

const notUsed = ({ device, part, source }: ProbedDevice, reader: string): SensorReport => ({
  device: device.id,
  part,
  source,
  available: false,
  detail: `not used: ${reader} reads this part already`,
});
