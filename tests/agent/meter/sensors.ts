/** Sensors for tests of the ledger and the sampler. */

import { deviceId, type DeviceId } from '../../../shared/domain/identity.js';
import type { Part, Provenance, WindowEvent } from '../../../shared/domain/measurement.js';
import type {
  DeviceCondition,
  EnergySource,
  ProbedDevice,
  Reading,
  SensorTraits,
} from '../../../agent/meter/energy-source.js';
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

export function makeLedger(traits: SensorTraits, provenance: Provenance = 'counter'): Ledger {
  return new Ledger({
    device: deviceId('GPU-1'),
    part: 'accelerator',
    source: 'test',
    provenance,
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
  /** Power of a second reading, in microwatts. */
  readonly checkAt?: (instant: bigint) => bigint;
  /** State at an instant; absent: the source knows nothing of it. */
  readonly conditionAt?: (instant: bigint) => Omit<DeviceCondition, 'device' | 'atNanoseconds'>;
  /** Why it is gone for good, from the instant at which this is given. */
  readonly lostAt?: (instant: bigint) => string | undefined;
  readonly marks?: readonly WindowEvent[];
  readonly includes?: readonly Part[];
}

/** A counter source whose energy is a function of the manual clock. */
export function scriptedSource(clock: ManualClock, devices: readonly ScriptedDevice[]): EnergySource {
  const among = (held: ReadonlySet<DeviceId>): readonly ScriptedDevice[] =>
    devices.filter(({ id }) => held.has(deviceId(id)));
  return {
    name: 'scripted',
    pace: 'counter',
    probe: () => ({ found: devices.map(probed), missing: [], versions: { scripted: '1' } }),
    sample: (held) => among(held).flatMap((device) => readingsOf(device, clock.now)),
    observe: (held) =>
      among(held).flatMap(({ id, conditionAt }) =>
        conditionAt ? [{ ...conditionAt(clock.now), device: deviceId(id), atNanoseconds: clock.now }] : [],
      ),
    close: () => undefined,
  };
}

function readingsOf({ id, energyAt, checkAt, lostAt }: ScriptedDevice, atNanoseconds: bigint): readonly Reading[] {
  const core = { device: deviceId(id), atNanoseconds };
  const lost = lostAt?.(atNanoseconds);
  if (lost !== undefined) return [{ ...core, kind: 'failed', reason: lost, isLost: true }];
  const microjoules = energyAt(atNanoseconds);
  const microwatts = checkAt?.(atNanoseconds);
  return [
    microjoules === undefined
      ? { ...core, kind: 'failed', reason: 'the device has gone' }
      : { ...core, kind: 'energy', microjoules },
    ...(microwatts === undefined ? [] : [{ ...core, kind: 'power', channel: 'check', microwatts } as const]),
  ];
}

export function probed({
  id,
  part,
  provenance = 'counter',
  traits = COUNTER,
  checkAt,
  marks,
  includes,
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
    ...(checkAt && { check: { source: 'scripted-power', traits: POWER } }),
    ...(marks && { marks }),
    ...(includes && { includes }),
  };
}

/** Constant power as cumulative microjoules, latched every `period`. */
export const steady =
  (watts: number, period = 1n) =>
  (instant: bigint): bigint =>
    ((instant / period) * period * BigInt(watts)) / 1000n;
