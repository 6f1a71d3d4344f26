/** Loads whose energy is known exactly, and sensors of known behaviour that look at them. */

import { deviceId } from '../../shared/domain/identity.js';
import type { Random } from '../../shared/runtime/random.js';
import type { Ledger } from '../../agent/meter/ledger/ledger.js';

/** Power over time as straight pieces; energy in closed form. */
export class Load {
  readonly #times: Float64Array;
  readonly #watts: Float64Array;
  readonly #slopes: Float64Array;
  readonly #joules: Float64Array;

  /** Pieces of (seconds, watts at the start, watts at the end). */
  constructor(pieces: readonly (readonly [number, number, number])[]) {
    this.#times = new Float64Array(pieces.length + 1);
    this.#watts = new Float64Array(pieces.length);
    this.#slopes = new Float64Array(pieces.length);
    this.#joules = new Float64Array(pieces.length + 1);
    pieces.forEach(([seconds, first, last], i) => {
      this.#times[i + 1] = this.#times[i]! + seconds;
      this.#joules[i + 1] = this.#joules[i]! + (seconds * (first + last)) / 2;
      this.#watts[i] = first;
      this.#slopes[i] = (last - first) / seconds;
    });
  }

  get seconds(): number {
    return this.#times.at(-1)!;
  }

  /** Energy from the start, in joules. */
  joulesAt(seconds: number): number {
    let low = 0;
    let high = this.#watts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#times[middle]! <= seconds) low = middle;
      else high = middle - 1;
    }
    const elapsed = seconds - this.#times[low]!;
    return this.#joules[low]! + elapsed * (this.#watts[low]! + (this.#slopes[low]! * elapsed) / 2);
  }
}

/** Power as one mean for each step of time. */
export const sampledLoad = (watts: readonly number[], seconds: number): Load =>
  new Load(watts.map((value) => [seconds, value, value]));

type Piece = readonly [number, number, number];

/** Repeats what `next` gives until so many seconds are filled. */
function fill(seconds: number, next: () => readonly Piece[]): Load {
  const pieces: Piece[] = [];
  for (let filled = 0; filled < seconds;) {
    for (const piece of next()) {
      pieces.push(piece);
      filled += piece[0];
    }
  }
  return new Load(pieces);
}

const between = (random: Random, low: number, high: number): number => low + (high - low) * random.uniform();
const logBetween = (random: Random, low: number, high: number): number =>
  low * Math.exp(random.uniform() * Math.log(high / low));
const flat = (seconds: number, watts: number): Piece => [seconds, watts, watts];

/** Loads of every kind that the uncertainty was set on, by name; each draws its figures anew. */
export const LOADS: Readonly<Record<string, (random: Random, seconds: number) => Load>> = {
  /** Constant power with white noise of 0 to 10 %. */
  steady: (random, seconds) => {
    const [watts, noise] = [between(random, 60, 600), between(random, 0, 0.1)];
    return fill(seconds, () => [flat(0.01, watts * Math.max(0, 1 + noise * random.normal()))]);
  },
  /** Levels that last 0.3 to 10 s each. */
  steps: (random, seconds) => fill(seconds, () => [flat(logBetween(random, 0.3, 10), between(random, 60, 600))]),
  /** A square wave of any period from 10 ms to 10 s. */
  square: (random, seconds) => {
    const [period, duty] = [logBetween(random, 0.01, 10), between(random, 0.2, 0.8)];
    const [low, high] = [between(random, 60, 150), between(random, 200, 600)];
    return fill(seconds, () => [flat(period * duty, high), flat(period * (1 - duty), low)]);
  },
  /** Bursts of 20 ms to 1 s at random times over an idle device. */
  bursts: (random, seconds) => {
    const [idle, high, pause] = [between(random, 60, 100), between(random, 200, 600), logBetween(random, 0.1, 5)];
    return fill(seconds, () => [
      flat(0.001 - pause * Math.log(1 - random.uniform()), idle),
      flat(logBetween(random, 0.02, 1), high),
    ]);
  },
  /** Power that rises and falls slowly. */
  ramp: (random, seconds) => {
    const [low, high, period] = [between(random, 60, 150), between(random, 200, 600), between(random, 10, 60)];
    return fill(seconds, () => [
      [period / 2, low, high],
      [period / 2, high, low],
    ]);
  },
  /** Training steps of 60 ms to 1.5 s: high while computing, falling while exchanging; every so often an evaluation. */
  training: (random, seconds) => {
    const [step, high, low] = [logBetween(random, 0.06, 1.5), between(random, 300, 600), between(random, 100, 200)];
    const [share, jitter] = [between(random, 0.5, 0.9), between(random, 0, 0.05)];
    return fill(seconds, () => {
      if (random.uniform() < 0.01) return [flat(between(random, 0.2, 1), low)];
      const length = step * (1 + jitter * (random.uniform() - 0.5));
      return [
        [length * share, high, high * 0.95],
        [length * (1 - share), low * 1.2, low],
      ];
    });
  },
};

/** How a counter of a card behaves. Times in seconds. */
export interface SyntheticSensor {
  readonly period: number;
  /** Instant of the first update. */
  readonly phase: number;
  /** Share of each period that is looked at, and where in the rest it lies: 0 at its start, 1 just before the update. */
  readonly share: number;
  readonly place: number;
  readonly gain: number;
  /** Updates come late by up to this. */
  readonly jitter: number;
}

/** Cumulative energy as the sensor counts it, and when: one entry for each update. */
export interface Updates {
  readonly instants: Float64Array;
  readonly joules: Float64Array;
}

export function updatesOf(load: Load, sensor: SyntheticSensor, random: Random): Updates {
  const { period, phase, share, place, gain, jitter } = sensor;
  const count = Math.floor((load.seconds - phase - jitter) / period);
  const instants = new Float64Array(count);
  const joules = new Float64Array(count);
  for (let k = 1; k < count; k++) {
    const due = phase + k * period;
    const from = due - period + place * (1 - share) * period;
    const seen = load.joulesAt(from + share * period) - load.joulesAt(Math.max(0, from));
    joules[k] = joules[k - 1]! + (gain * seen) / share;
    instants[k] = due + jitter * random.uniform();
  }
  instants[0] = phase;
  return { instants, joules };
}

/** When the counter is looked at: `every` seconds, off by up to `jitter` to both sides; densely in the first `burst` seconds. */
export interface Looks {
  readonly every: number;
  readonly jitter: number;
  readonly burst: number;
  readonly offset: number;
  readonly random: Random;
}

const DENSE_SECONDS = 0.002;

/** Gives a ledger all looks at a counter that counts millijoules. */
export function feed(ledger: Ledger, { instants, joules }: Updates, looks: Looks): void {
  const device = deviceId('GPU-1');
  const end = instants.at(-1)!;
  let k = 0;
  for (let due = instants[0]! + looks.offset; due < end; due += due < looks.burst ? DENSE_SECONDS : looks.every) {
    const at = due + looks.jitter * (2 * looks.random.uniform() - 1);
    while (k + 1 < instants.length && instants[k + 1]! <= at) k++;
    const microjoules = BigInt(Math.floor(joules[k]! * 1e3)) * 1000n;
    ledger.add({ kind: 'energy', device, atNanoseconds: BigInt(Math.round(at * 1e9)), microjoules });
  }
}
