import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';

import { cCompiler, type NvmlScenario } from '../../../support/fake-nvml.js';
import { CARD, NvmlFixture } from './nvml-fixture.js';

const compiler = cCompiler();

/** 100 W, and 300 W in the first half of every 200 ms: 200 W on average. */
const SQUARE: NvmlScenario = {
  ...CARD,
  'gpu0.energy': 0,
  'gpu0.energy.watts': 100,
  'gpu0.energy.period_ms': 100,
  'gpu0.square.watts': 200,
  'gpu0.square.period_ms': 200,
  'gpu0.field186': 'true',
};

describe.skipIf(compiler === undefined)('counters and power over time, as the source gives them on', () => {
  const nvml = new NvmlFixture(compiler ?? '');
  afterAll(() => nvml[Symbol.dispose]());

  /** Joules of the counter at some instants. */
  const joules = (scenario: NvmlScenario, instants: readonly number[]): readonly (number | undefined)[] => {
    const { sample, at } = nvml.probe(scenario);
    return instants.map((ms) => {
      at(ms);
      const reading = sample().find(({ channel }) => channel === undefined);
      return reading?.kind === 'energy' ? Number(reading.microjoules) / 1e6 : undefined;
    });
  };

  test('a counter stands still between its updates and holds all energy', () => {
    expect(joules(SQUARE, [0, 99, 100, 199, 200, 299, 1000])).toEqual([0, 0, 30, 30, 40, 40, 200]);
  });

  test('a counter that looks a quarter of the time takes that for the whole', () => {
    const quarter = { ...SQUARE, 'gpu0.energy.duty': 0.25, 'gpu0.square.period_ms': 100 };
    expect(joules(quarter, [100, 200, 1000])).toEqual([10, 20, 100]);
    expect(joules({ ...quarter, 'gpu0.square.high': 1 }, [1000])).toEqual([300]);
  });

  test('wrap, reset and standstill come at their instants', () => {
    expect(joules({ ...SQUARE, 'gpu0.energy.wrap': 150_000 }, [700, 800])).toEqual([0, 10]);
    expect(joules({ ...SQUARE, 'gpu0.energy': 9_000_000, 'gpu0.energy.reset_ms': 400 }, [300, 400, 600])).toEqual([
      9070, 0, 40,
    ]);
    expect(joules({ ...SQUARE, 'gpu0.energy.stuck_ms': 450 }, [400, 500, 9000])).toEqual([80, 80, 80]);
  });

  test('power is the mean of the last update, and stands still with a stuck sensor', () => {
    const { sample, at } = nvml.probe({ ...SQUARE, 'gpu0.energy.stuck_ms': 450, now_ms: 500 });
    const watts = [100, 200, 350, 5000].map((ms) => {
      at(ms);
      return sample().flatMap((reading) => (reading.kind === 'power' ? [Number(reading.microwatts) / 1e6] : []));
    });
    expect(watts).toEqual([[300], [100], [300], [100]]);
  });

  test('counter and power of one sensor agree over whole updates', () => {
    fc.assert(
      fc.property(
        fc.record({
          base: fc.integer({ min: 1, max: 500 }),
          square: fc.integer({ min: 0, max: 500 }),
          period: fc.integer({ min: 7, max: 400 }),
          duty: fc.constantFrom(0.25, 0.5, 1),
        }),
        ({ base, square, period, duty }) => {
          const { sample, at } = nvml.probe({
            ...SQUARE,
            'gpu0.energy.watts': base,
            'gpu0.square.watts': square,
            'gpu0.square.period_ms': period,
            'gpu0.energy.duty': duty,
            now_ms: 100,
          });
          let integrated = 0;
          let counted = 0;
          for (let ms = 100; ms <= 2000; ms += 100) {
            at(ms);
            for (const reading of sample()) {
              if (reading.kind === 'power') integrated += Number(reading.microwatts) / 1e7;
              if (reading.kind === 'energy') counted = Number(reading.microjoules) / 1e6;
            }
          }
          expect(Math.abs(integrated - counted)).toBeLessThan(0.05);
        },
      ),
      { numRuns: 25, seed: 3 },
    );
  });
});
