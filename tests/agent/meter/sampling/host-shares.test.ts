import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { deviceId } from '../../../../shared/domain/identity.js';
import type { DeviceEnergy } from '../../../../shared/domain/measurement.js';
import { seededRandom, type Random } from '../../../../shared/runtime/random.js';
import { HostShares, type SharedLedger } from '../../../../agent/meter/sampling/host-shares.js';
import { LoadHistory } from '../../../../agent/meter/sampling/load-history.js';
import { shareOf } from '../../../../agent/meter/sampling/shared-window.js';
import { MS, SECOND } from '../sensors.js';

/** A device with a knot every `step`, linear between them, as a ledger has it. */
class Device implements SharedLedger {
  readonly #knots: { readonly at: bigint; readonly energy: bigint }[] = [];

  spend(at: bigint, microjoules: bigint): void {
    this.#knots.push({ at, energy: (this.#knots.at(-1)?.energy ?? 0n) + microjoules });
  }

  get lastKnotNanoseconds(): bigint | undefined {
    return this.#knots.at(-1)?.at;
  }

  energyAt(instant: bigint): bigint {
    const after = this.#knots.findIndex(({ at }) => at > instant);
    const [a, b] = [this.#knots[after - 1], this.#knots[after]];
    if (after < 0) return this.#knots.at(-1)?.energy ?? 0n;
    if (a === undefined || b === undefined) return 0n;
    return a.energy + ((b.energy - a.energy) * (instant - a.at)) / (b.at - a.at);
  }
}

interface Step {
  readonly spent: number;
  /** Processor time of each trial and of strangers in milliseconds; absent: not attached. */
  readonly used: readonly (number | undefined)[];
  readonly strangers: number;
}

const STEP = 50n * MS;

/** Plays steps of 50 ms, as the sampler does. */
function play(steps: readonly Step[], options: { readonly wholeWhenAlone: boolean; readonly limit?: number }) {
  const device = new Device();
  const history = new LoadHistory();
  const shares = new HostShares(device, options);
  const total = new Map<number, bigint>();
  let busy = 0n;
  let at = SECOND;
  device.spend(at, 0n);
  history.add({ atNanoseconds: at, busy, trials: new Map() });
  shares.begin(at);
  for (const { spent, used, strangers } of steps) {
    at += STEP;
    device.spend(at, BigInt(spent));
    busy += BigInt(strangers) * MS;
    const trials = new Map<number, bigint>();
    for (const [i, milliseconds] of used.entries()) {
      if (milliseconds === undefined) continue;
      busy += BigInt(milliseconds) * MS;
      trials.set(i + 1, (total.get(i + 1) ?? 0n) + BigInt(milliseconds) * MS);
    }
    for (const [trial, nanoseconds] of trials) total.set(trial, nanoseconds);
    history.add({ atNanoseconds: at, busy, trials });
    shares.divide(history, [...trials.keys()], false);
  }
  return { device, shares, end: at };
}

const steady = (count: number, step: Step): readonly Step[] => Array.from({ length: count }, () => step);
/** 100 W in steps of 50 ms. */
const SPENT = 5_000_000;

describe('shares of a device', () => {
  test('are processor time over that of the whole machine: strangers’ work is charged to nobody', () => {
    const { shares, end } = play(steady(100, { spent: SPENT, used: [100, 50], strangers: 50 }), {
      wholeWhenAlone: false,
    });
    const start = SECOND + 2n * SECOND;
    expect(end).toBe(6n * SECOND);
    // 20 W per busy core: 0.25 J for each of the 20 ticks of 50 ms at either end.
    expect(shares.between(1, start, end)).toEqual({
      microjoules: 150_000_000n,
      unattributed: 75_000_000n,
      joulesPerTick: expect.closeTo(0.25 * Math.SQRT2, 9),
      isWhole: false,
    });
    expect(shares.between(2, start, end).microjoules).toBe(75_000_000n);
  });

  test('and what nobody is charged for add up to the device’s energy exactly, at any instants', () => {
    const step = fc.record({
      spent: fc.nat(9_999_999),
      used: fc.tuple(fc.nat(60), fc.nat(60), fc.nat(60)),
      strangers: fc.nat(80),
    });
    /** The first trial is there throughout; the others come and leave. */
    const stay = fc.tuple(fc.nat(120), fc.nat(60));
    const attended = (
      steps: readonly (Step & { used: readonly number[] })[],
      stays: readonly (readonly [number, number])[],
    ): readonly Step[] =>
      steps.map((one, i) => {
        const isThere = ([from, length]: readonly [number, number]): boolean => i >= from && i < from + length;
        const others = stays.map((when, k) => (isThere(when) ? one.used[k + 1] : undefined));
        return { ...one, used: [one.used[0], ...others] };
      });
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 30, maxLength: 120 }),
        fc.tuple(stay, stay),
        fc.record({ a: fc.nat(10_000), b: fc.nat(10_000), limit: fc.constantFrom(8, 1000) }),
        (steps, stays, { a, b, limit }) => {
          const { device, shares, end } = play(attended(steps, stays), { wholeWhenAlone: false, limit });
          const last = end - 1_100n * MS;
          const span = last - SECOND;
          const [start, stop] = [a, b].sort((x, y) => x - y).map((n) => SECOND + (span * BigInt(n)) / 10_000n) as [
            bigint,
            bigint,
          ];
          const parts = [1, 2, 3].map((trial) => shares.between(trial, start, stop));
          const charged = parts.reduce((sum, { microjoules }) => sum + microjoules, 0n);
          expect(charged + (parts[0]?.unattributed ?? 0n)).toBe(device.energyAt(stop) - device.energyAt(start));
          expect(parts.every(({ microjoules }) => microjoules >= 0n)).toBe(true);
        },
      ),
      { numRuns: 300, seed: 7 },
    );
  });

  test('of adjacent stretches add up', () => {
    const { shares } = play(steady(100, { spent: 4_999_999, used: [7, 3], strangers: 11 }), { wholeWhenAlone: false });
    const at = (tenths: number): bigint => SECOND + BigInt(tenths) * 100n * MS + 33n;
    const whole = shares.between(1, at(3), at(41)).microjoules;
    expect(shares.between(1, at(3), at(17)).microjoules + shares.between(1, at(17), at(41)).microjoules).toBe(whole);
  });

  test('without a busy tick are nobody’s, and a trial alone with all busy time pays everything', () => {
    const idle = play(steady(60, { spent: SPENT, used: [0], strangers: 0 }), { wholeWhenAlone: false });
    expect(idle.shares.between(1, SECOND, 3n * SECOND)).toMatchObject({ microjoules: 0n, unattributed: 200_000_000n });
    const alone = play(steady(60, { spent: SPENT, used: [40], strangers: 0 }), { wholeWhenAlone: false });
    expect(alone.shares.between(1, SECOND, 3n * SECOND)).toMatchObject({ microjoules: 200_000_000n, unattributed: 0n });
  });

  test('wait for enough ticks or a second, unless somebody waits for them', () => {
    const { shares } = play(steady(10, { spent: SPENT, used: [5], strangers: 0 }), { wholeWhenAlone: false });
    expect(shares.covers(SECOND + 400n * MS)).toBe(false);
    const busy = play(steady(10, { spent: SPENT, used: [50], strangers: 0 }), { wholeWhenAlone: false });
    expect(busy.shares.covers(SECOND + 400n * MS)).toBe(true);
    const second = play(steady(21, { spent: SPENT, used: [5], strangers: 0 }), { wholeWhenAlone: false });
    expect(second.shares.covers(2n * SECOND)).toBe(true);
  });

  test('of a trial that has left stay what they were, and those of one that comes begin at nothing', () => {
    const first = steady(40, { spent: SPENT, used: [50], strangers: 0 });
    const second = steady(40, { spent: SPENT, used: [undefined, 50], strangers: 0 });
    const { shares } = play([...first, ...second], { wholeWhenAlone: false });
    const middle = SECOND + 2n * SECOND;
    expect(shares.between(1, SECOND, middle + SECOND).microjoules).toBe(200_000_000n);
    expect(shares.between(2, SECOND, middle).microjoules).toBe(0n);
    expect(shares.between(2, SECOND, middle + SECOND).microjoules).toBe(100_000_000n);
  });

  test('of a sensor that lags are charged by the processor time of when the energy was spent', () => {
    const device = new Device();
    const history = new LoadHistory();
    const shares = new HostShares(device, { wholeWhenAlone: false });
    let at = SECOND;
    shares.begin(at);
    let first = 0n;
    let second = 0n;
    for (let i = 0; i <= 80; i++, at += STEP) {
      // The first trial works for two seconds, then the second; the sensor tells once a second, half a second late.
      if (i > 0 && i <= 40) first += STEP;
      else if (i > 40) second += STEP;
      history.add({
        atNanoseconds: at,
        busy: first + second,
        trials: new Map([
          [1, first],
          [2, second],
        ]),
      });
      if ((i + 10) % 20 === 0) device.spend(at - 500n * MS, i === 10 ? 0n : 100_000_000n);
      shares.divide(history, [1, 2], false);
    }
    expect(shares.between(1, SECOND, 3n * SECOND).microjoules).toBe(200_000_000n);
    expect(shares.between(2, SECOND, 3n * SECOND).microjoules).toBe(0n);
    expect(shares.between(2, 3n * SECOND, 4n * SECOND).microjoules).toBe(100_000_000n);
  });
});

describe('what processor time counted in ticks leaves unknown', () => {
  const KINDS = 6;
  const whole: DeviceEnergy & { readonly kind: 'usable' } = {
    kind: 'usable',
    device: deviceId('cpu-package-0'),
    part: 'cpu',
    source: 'rapl',
    provenance: 'counter',
    microjoules: 0n,
    meanWatts: 60,
    uncertainty: { edgeJoules: 0, samplingJoules: 0, gapJoules: 0, gainJoules: 0 },
    events: [],
  };

  /** 60 W; a trial and strangers who use shares of a core, told in ticks of as many kinds as the kernel tells. */
  function windowOf(random: Random, trialCores: number, strangerCores: number) {
    const device = new Device();
    const history = new LoadHistory();
    const shares = new HostShares(device, { wholeWhenAlone: false });
    const offsets = Array.from({ length: 2 + KINDS }, () => random.uniform());
    const ticks = (kinds: readonly number[], cores: number, at: bigint): bigint =>
      kinds.reduce(
        (sum, offset) => sum + BigInt(Math.floor((Number(at) / 1e7) * (cores / kinds.length) + offset)) * 10n * MS,
        0n,
      );
    const all = trialCores + strangerCores;
    shares.begin(SECOND);
    device.spend(SECOND, 0n);
    let origin: bigint | undefined;
    for (let at = SECOND; at <= 9n * SECOND; at += STEP) {
      if (at > SECOND) device.spend(at, 3_000_000n);
      const used = ticks(offsets.slice(0, 2), trialCores, at);
      origin ??= used;
      history.add({ atNanoseconds: at, busy: ticks(offsets.slice(2), all, at), trials: new Map([[1, used - origin]]) });
      shares.divide(history, [1], false);
    }
    const start = 2n * SECOND + BigInt(Math.round(2e9 * random.uniform()));
    const end = start + BigInt(Math.round(4e9 * (0.1 + random.uniform())));
    const microjoules = device.energyAt(end) - device.energyAt(start);
    const shared = shareOf({ ...whole, microjoules }, shares.between(1, start, end));
    if (shared.kind !== 'usable') throw new Error(shared.reason);
    const truth = all === 0 ? 0 : (Number(microjoules) / 1e6) * (trialCores / all);
    return { error: Number(shared.microjoules) / 1e6 - truth, uncertainty: shared.uncertainty.samplingJoules };
  }

  test.each([
    [0.005, 0.05],
    [0.02, 0.5],
    [0.01, 1.5],
    [0.0005, 0.02],
  ])('is in the uncertainty of a share: %d cores of the trial, %d of strangers', (trialCores, strangerCores) => {
    const random = seededRandom(`ticks/${trialCores}/${strangerCores}`);
    const windows = Array.from({ length: 300 }, () => windowOf(random, trialCores, strangerCores));
    const held = windows.filter(({ error, uncertainty }) => Math.abs(error) <= 2 * uncertainty).length;
    expect(held / windows.length).toBeGreaterThanOrEqual(0.93);
    expect(windows.every(({ uncertainty }) => uncertainty > 0)).toBe(true);
    const rms = Math.sqrt(windows.reduce((sum, { error }) => sum + error ** 2, 0) / windows.length);
    const median = windows.map(({ uncertainty }) => uncertainty).sort((a, b) => a - b)[windows.length >> 1];
    expect(median).toBeLessThan(3 * rms);
  });

  test('is anything from nothing to all where nothing was busy for a tick', () => {
    const { error, uncertainty } = windowOf(seededRandom('idle'), 0, 0);
    expect(error).toBe(0);
    expect(uncertainty).toBeGreaterThan(20);
  });
});

describe('a figure of the whole machine', () => {
  test('is charged whole to a trial that is alone, and divided when there are several', () => {
    const alone = steady(40, { spent: SPENT, used: [1], strangers: 99 });
    const both = steady(40, { spent: SPENT, used: [25, 25], strangers: 50 });
    const { shares } = play([...alone, ...both, ...alone], { wholeWhenAlone: true });
    expect(shares.between(1, SECOND, 2n * SECOND)).toEqual({
      microjoules: 100_000_000n,
      unattributed: 0n,
      joulesPerTick: 0,
      isWhole: true,
    });
    expect(shares.between(1, 4n * SECOND, 5n * SECOND)).toMatchObject({
      microjoules: 25_000_000n,
      unattributed: 50_000_000n,
      isWhole: false,
    });
    expect(shares.between(1, SECOND, 5n * SECOND).isWhole).toBe(false);
    expect(shares.between(1, 6n * SECOND, 7n * SECOND - 100n * MS).isWhole).toBe(true);
  });
});

test('the processor time of a trial is nothing before it came, and stays what it was when it has left', () => {
  const history = new LoadHistory();
  const add = (seconds: bigint, trials: readonly (readonly [number, bigint])[]): void =>
    history.add({ atNanoseconds: seconds * SECOND, busy: seconds * SECOND, trials: new Map(trials) });
  add(1n, []);
  add(2n, [[7, 0n]]);
  add(3n, [[7, SECOND]]);
  add(4n, []);
  add(5n, []);
  const at = (tenths: bigint): bigint => history.trialAt(7, tenths * 100n * MS) / MS;
  expect([5n, 15n, 20n, 25n, 30n, 35n, 40n, 50n, 99n].map(at)).toEqual([
    0n,
    0n,
    0n,
    500n,
    1000n,
    1000n,
    1000n,
    1000n,
    1000n,
  ]);
  expect(history.busyAt(2_500_000_000n)).toBe(2_500_000_000n);
});
