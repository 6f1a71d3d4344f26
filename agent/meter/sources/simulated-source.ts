/** A simulated accelerator: real training on the processor, energy from stated figures and how busy the trial is. */

import type { DeviceId } from '../../../shared/domain/identity.js';
import type { Clock } from '../../../shared/runtime/clock.js';
import { FULL_COVERAGE, type EnergySource, type Reading, type SourceProbe, type TrialLoad } from '../energy-source.js';
import { TICK_NANOSECONDS } from '../processor-tick.js';
import type { SimulatedModel } from './simulated-devices.js';

export interface SimulatedSourceOptions {
  readonly clock: Clock;
  readonly id: DeviceId;
  readonly model: SimulatedModel;
}

/** The figures are stated ones; cards of one model differ about this much. */
const GAIN = 0.05;
/** One busy core stands for a fully busy device, on any host. */
const CORES_AT_FULL_LOAD = 1;
/** Processor time is counted in ticks, of user and system time each: this much may belong to the interval that follows. */
const CARRY_NANOSECONDS = 2n * TICK_NANOSECONDS;

/** Power is idle + (peak - idle) x utilisation, with utilisation from the processor time of the trial that holds the device. */
export function simulatedSource(options: SimulatedSourceOptions): EnergySource {
  return new SimulatedSource(options);
}

class SimulatedSource implements EnergySource {
  readonly name = 'simulated';
  readonly pace = 'load';
  readonly #options: SimulatedSourceOptions;
  #lastAt: bigint | undefined;
  #lastLoads = new Map<number, bigint>();
  #carried = 0n;
  /** Cumulative energy in units of 1e-9 microjoules (microwatts times nanoseconds). */
  #energy = 0n;

  constructor(options: SimulatedSourceOptions) {
    this.#options = options;
  }

  probe(): SourceProbe {
    const { id, model } = this.#options;
    const { product, memoryBytes, idleWatts, peakWatts, note, basis } = model;
    const figures = `${idleWatts} W idle, ${peakWatts} W at full load (${basis}); ${note}`;
    return {
      found: [
        {
          device: { id, kind: 'gpu', product, memoryBytes, powerLimitWatts: peakWatts, simulated: figures },
          part: 'accelerator',
          source: 'simulated',
          provenance: 'simulated',
          detail: `simulated, not measured: ${figures}; the training itself runs on the processor`,
          aliases: [],
          perTrial: false,
          traits: {
            reads: 'energy',
            latched: false,
            averagingNanoseconds: 0n,
            coverage: FULL_COVERAGE,
            quantumMicrojoules: 0,
            gain: GAIN,
            estimate: 0,
          },
        },
      ],
      missing: [],
      versions: {},
    };
  }

  sample(held: ReadonlySet<DeviceId>, loads: readonly TrialLoad[]): readonly Reading[] {
    const { id, clock } = this.#options;
    if (!held.has(id)) return [];
    const mine = loads.filter(({ devices }) => devices.includes(id));
    const atNanoseconds = mine[0]?.atNanoseconds ?? clock.monotonicNanoseconds();
    this.#advance(mine, atNanoseconds);
    return [{ kind: 'energy', device: id, atNanoseconds, microjoules: this.#energy / 1_000_000_000n }];
  }

  close(): void {
    this.#lastLoads.clear();
  }

  #advance(loads: readonly TrialLoad[], at: bigint): void {
    const { idleWatts, peakWatts } = this.#options.model;
    const elapsed = at - (this.#lastAt ?? at);
    const busy = loads.reduce(
      (sum, { trial, cpuNanoseconds }) => sum + cpuNanoseconds - (this.#lastLoads.get(trial) ?? 0n),
      0n,
    );
    const full = busy / BigInt(CORES_AT_FULL_LOAD) + this.#carried;
    const active = least(full, elapsed);
    this.#carried = least(full - active, CARRY_NANOSECONDS);
    this.#energy += elapsed * microwatts(idleWatts) + active * microwatts(peakWatts - idleWatts);
    this.#lastAt = at;
    this.#lastLoads = new Map(loads.map(({ trial, cpuNanoseconds }) => [trial, cpuNanoseconds]));
  }
}

const microwatts = (watts: number): bigint => BigInt(Math.round(watts * 1e6));
const least = (a: bigint, b: bigint): bigint => (a < b ? a : b);
