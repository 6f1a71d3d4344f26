/** Sensors for tests of the ledger and the sampler. */

import { deviceId } from '../../../shared/domain/identity.js';
import type { Part, Provenance } from '../../../shared/domain/measurement.js';
import type { EnergySource, ProbedDevice, Reading, SensorTraits } from '../../../agent/meter/energy-source.js';
import { Ledger } from '../../../agent/meter/ledger/ledger.js';
import type { ManualClock } from './manual-clock.js';

export const MS = 1_000_000n;
export const SECOND = 1_000_000_000n;

export const COUNTER: SensorTraits = {
  reads: 'energy',
  latched: true,
  updateNanoseconds: 100n * MS,
  averagingNanoseconds: 0n,
  coverage: { share: 1, basis: 'made for this test' },
  quantumMicrojoules: 0,
  gain: 0.03,
  estimate: 0,
};
export const POWER: SensorTraits = { ...COUNTER, reads: 'power', latched: false };
export const MODEL: SensorTraits = { ...COUNTER, latched: false };

export function makeLedger(traits: SensorTraits): Ledger {
  return new Ledger({
    device: deviceId('GPU-1'),
    part: 'accelerator',
    source: 'test',
    provenance: 'counter',
    traits,
    gapNanoseconds: SECOND,
  });
}

/** A reading of the test device. */
export const energyReading = (atNanoseconds: bigint, microjoules: bigint): Reading => ({
  kind: 'energy',
  device: deviceId('GPU-1'),
  atNanoseconds,
  microjoules,
});

export interface ScriptedDevice {
  readonly id: string;
  readonly part: Part;
  readonly provenance?: Provenance;
  readonly traits?: SensorTraits;
  /** Cumulative microjoules at an instant; `undefined`: the read fails. */
  readonly energyAt: (instant: bigint) => bigint | undefined;
}

/** A counter source whose energy is a function of the manual clock. */
export function scriptedSource(clock: ManualClock, devices: readonly ScriptedDevice[]): EnergySource {
  return {
    name: 'scripted',
    pace: 'counter',
    probe: () => ({ found: devices.map(probed), missing: [], versions: { scripted: '1' } }),
    sample: (held) =>
      devices
        .filter(({ id }) => held.has(deviceId(id)))
        .map(({ id, energyAt }): Reading => {
          const core = { device: deviceId(id), atNanoseconds: clock.now };
          const microjoules = energyAt(clock.now);
          return microjoules === undefined
            ? { ...core, kind: 'failed', reason: 'the device has gone' }
            : { ...core, kind: 'energy', microjoules };
        }),
    close: () => undefined,
  };
}

export function probed({
  id,
  part,
  provenance = 'counter',
  traits = COUNTER,
}: Omit<ScriptedDevice, 'energyAt'>): ProbedDevice {
  const kind = part === 'accelerator' ? 'gpu' : part === 'dram' ? 'dram' : 'cpu-package';
  return {
    device: { id: deviceId(id), kind, product: id },
    part,
    source: 'scripted',
    provenance,
    detail: 'scripted',
    aliases: [],
    perTrial: false,
    traits,
  };
}

/** Constant power as cumulative microjoules, latched every `period`. */
export const steady =
  (watts: number, period = 1n) =>
  (instant: bigint): bigint =>
    ((instant / period) * period * BigInt(watts)) / 1000n;
