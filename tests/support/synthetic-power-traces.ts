/** Tries the ledger against traces of power that a meter recorded, or that were made alike. */

import { deviceId } from '../../shared/domain/identity.js';
import { randomJoules } from '../../shared/domain/measurement.js';
import { seededRandom } from '../../shared/runtime/random.js';
import type { SensorTraits } from '../../agent/meter/energy-source.js';
import { Ledger } from '../../agent/meter/ledger/ledger.js';
import { feed, Load, updatesOf, type Updates } from './synthetic-power.js';

export interface TraceTrial {
  readonly load: Load;
  /** Share of every 100 ms that the sensor sees, at its end. */
  readonly share: number;
  /** Length of the windows, in seconds. */
  readonly window: number;
}

/** Relative errors over all windows of one phase of the looks; uncertainty as the half-width 2 u. */
export interface TraceResult {
  readonly rms: number;
  readonly naiveRms: number;
  readonly worst: number;
  readonly naiveWorst: number;
  /** Share of windows whose interval of 2 u to both sides holds the truth. */
  readonly held: number;
  /** Root mean square of 2 u. */
  readonly halfWidth: number;
  readonly beats: number;
}

const PERIOD = 0.1;
const LOOK = 0.02;
const STRIDE = 0.037;

/** Phases of the looks, spread over both the looks' and the sensor's period. */
export const PHASES = Array.from({ length: 12 }, (_, i) => i / 12);

/** Windows every 37 ms over the whole trace, the ledger asked at its end. */
export function tryTrace({ load, share, window }: TraceTrial, phase: number): TraceResult {
  const random = seededRandom(`trace/${phase}`);
  const sensor = { period: PERIOD, phase: PERIOD * ((phase * 7) % 1), share, place: 1, gain: 1, jitter: 0 };
  const updates = updatesOf(load, sensor, random);
  const ledger = traceLedger(share);
  feed(ledger, updates, { every: LOOK, jitter: 0.001, burst: 0, offset: LOOK * phase }, random);
  const first = Number(ledger.knots.at(0)) / 1e9;
  const last = Number(ledger.lastKnotNanoseconds) / 1e9;
  const rows = [];
  for (let start = first + 1e-6; start + window < last; start += STRIDE) {
    const energy = ledger.window(nanoseconds(start), nanoseconds(start + window));
    if (energy.kind === 'unusable') throw new Error(energy.reason);
    const truth = load.joulesAt(start + window) - load.joulesAt(start);
    const error = Number(energy.microjoules) / 1e6 - truth;
    const naive = latchedAt(updates, start + window) - latchedAt(updates, start) - truth;
    const half = 2 * randomJoules(energy.uncertainty);
    const holds = Math.abs(error) <= half;
    rows.push({
      error: error / truth,
      naive: naive / truth,
      half: half / truth,
      holds,
      beats: energy.events.includes('beats'),
    });
  }
  const share_ = (pick: (row: (typeof rows)[number]) => boolean): number => rows.filter(pick).length / rows.length;
  return {
    rms: rms(rows.map(({ error }) => error)),
    naiveRms: rms(rows.map(({ naive }) => naive)),
    worst: Math.max(...rows.map(({ error }) => Math.abs(error))),
    naiveWorst: Math.max(...rows.map(({ naive }) => Math.abs(naive))),
    held: share_(({ holds }) => holds),
    halfWidth: rms(rows.map(({ half }) => half)),
    beats: share_(({ beats }) => beats),
  };
}

function traceLedger(share: number): Ledger {
  const traits: SensorTraits = {
    reads: 'energy',
    latched: true,
    updateNanoseconds: 100_000_000n,
    averagingNanoseconds: 0n,
    coverage: { share, basis: 'made for this trace' },
    quantumMicrojoules: 1000,
    gain: 0,
    estimate: 0,
  };
  return new Ledger({
    device: deviceId('GPU-1'),
    part: 'accelerator',
    source: 'trace',
    provenance: 'counter',
    traits,
    gapNanoseconds: 1_000_000_000n,
  });
}

const nanoseconds = (seconds: number): bigint => BigInt(Math.round(seconds * 1e9));
const rms = (values: readonly number[]): number =>
  Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / values.length);

/** What a program that reads the counter at the two instants themselves would see. */
function latchedAt({ instants, joules }: Updates, seconds: number): number {
  let low = 0;
  for (let high = instants.length - 1; low < high;) {
    const middle = (low + high + 1) >> 1;
    if (instants[middle]! <= seconds) low = middle;
    else high = middle - 1;
  }
  return joules[low]!;
}
