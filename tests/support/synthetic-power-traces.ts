/** Tries the ledger against traces of power that a meter recorded, or that were made alike. */

import { deviceId } from '../../shared/domain/identity.js';
import { randomJoules } from '../../shared/domain/measurement.js';
import { seededRandom } from '../../shared/runtime/random.js';
import type { SensorTraits } from '../../agent/meter/energy-source.js';
import { Ledger } from '../../agent/meter/ledger/ledger.js';
import { feed, type Load, sampledLoad, updatesOf, type Updates } from './synthetic-power.js';

/** A trace, and the share of every 100 ms that the sensor sees, at its end. */
export interface Trace {
  readonly name: string;
  readonly load: Load;
  readonly share: number;
}

/** Like the recording of an RTX 3090: 14 s at 1 ms, idle and loaded for 6 s in turn, with overshoot and ripple. */
export function stepTrace(): Trace {
  const random = seededRandom('trace/step');
  const watts = Array.from({ length: 14_000 }, (_, t) => {
    const since = t - 1050;
    const place = since % 6000;
    const isLoaded = since >= 0 && Math.floor(since / 6000) % 2 === 0;
    const level = isLoaded ? 350 + 60 * Math.exp(-place / 40) : 105 + (since > 0 ? 120 * Math.exp(-place / 400) : 0);
    return level * (1 + 0.04 * random.normal());
  });
  return { name: 'steps of 6 s, all seen', load: sampledLoad(watts, 0.001), share: 1 };
}

/** Like the recording of an A100: 10 s at 1 ms, a square wave of 104.2 ms for 8 s, of which 25 ms in 100 are seen. */
export function squareTrace(): Trace {
  const random = seededRandom('trace/square');
  const watts = Array.from({ length: 9980 }, (_, t) => {
    const since = t - 1050;
    const place = since % 104.2;
    const isOn = since >= 0 && since < 7970;
    const low = 64 + 30 * Math.exp(-Math.max(0, place - 52.1) / 3);
    const level = !isOn ? 62 : place < 52.1 ? 190 - 60 * Math.exp(-place / 3) : low;
    return level * (1 + 0.01 * random.normal());
  });
  return { name: 'square wave of 104 ms, 25 ms of 100 seen', load: sampledLoad(watts, 0.001), share: 0.25 };
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
export function tryTrace({ load, share }: Trace, window: number, phase: number): TraceResult {
  const random = seededRandom(`trace/${phase}`);
  const sensor = { period: PERIOD, phase: PERIOD * ((phase * 7) % 1), share, place: 1, gain: 1, jitter: 0 };
  const updates = updatesOf(load, sensor, random);
  const ledger = traceLedger(share);
  feed(ledger, updates, { every: LOOK, jitter: 0.001, burst: 0, offset: LOOK * phase, random });
  const first = Number(ledger.knots.at(0)) / 1e9;
  const last = Number(ledger.lastKnotNanoseconds) / 1e9;
  const rows: { error: number; naive: number; half: number; holds: boolean; beats: boolean }[] = [];
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
  const shareOf = (pick: (row: (typeof rows)[number]) => boolean): number => rows.filter(pick).length / rows.length;
  return {
    rms: rms(rows.map(({ error }) => error)),
    naiveRms: rms(rows.map(({ naive }) => naive)),
    worst: Math.max(...rows.map(({ error }) => Math.abs(error))),
    naiveWorst: Math.max(...rows.map(({ naive }) => Math.abs(naive))),
    held: shareOf(({ holds }) => holds),
    halfWidth: rms(rows.map(({ half }) => half)),
    beats: shareOf(({ beats }) => beats),
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
