import { describe, expect, test } from 'vitest';

import {
  fitCalibration,
  type CalibrationFit,
  type CalibrationStep,
  type FitConditions,
} from '../../../../agent/meter/calibration/calibration-fit.js';
import { fitLine, weightedLine } from '../../../../agent/meter/calibration/line-fit.js';
import { seededRandom } from '../../../../shared/runtime/random.js';

/** A card, its machine and the meters, as they truly are. */
interface Truth {
  /** The card draws gain x sensor + offset. */
  readonly gain: number;
  readonly offset: number;
  readonly rest: number;
  readonly wallGain: number;
  readonly efficiency: number;
  readonly otherGain: number;
  /** Standard deviation of each mean power, in watts; and what is said of it. */
  readonly noise: number;
  readonly statedNoise: number;
  /** Added to the wall with every step, in watts. */
  readonly drift: number;
}

const TRUTH: Truth = {
  gain: 1.04,
  offset: 0,
  rest: 90,
  wallGain: 1,
  efficiency: 0.92,
  otherGain: 1,
  noise: 0,
  statedNoise: 0,
  drift: 0,
};
const MACHINE: FitConditions = {
  part: 'accelerator',
  covers: 'machine',
  wallGain: 0.005,
  psuEfficiency: { value: 0.92, standardUncertainty: 0.01 },
  sensorGain: 0.03,
  others: [{ part: 'cpu', gain: 0.05 }],
};
const DEVICE: FitConditions = {
  part: 'accelerator',
  covers: 'device',
  wallGain: 0.005,
  sensorGain: 0.03,
  others: [{ part: 'cpu', gain: 0.05 }],
};
const LEVELS = [0, 0.25, 0.5, 0.75, 1];

/** The processor works along with the card: 40 W at rest, 70 W under full load. */
function measure(truth: Truth, covers: FitConditions['covers'], seed = 'steady'): readonly CalibrationStep[] {
  const random = seededRandom(seed);
  const noisy = (watts: number) => ({ watts: watts + truth.noise * random.normal(), noise: truth.statedNoise });
  const ramps = [
    ...LEVELS.map((level) => [level, 'up'] as const),
    ...LEVELS.toReversed().map((l) => [l, 'down'] as const),
  ];
  return ramps.map(([level, ramp], i) => {
    const card = 70 + 430 * level;
    const processor = 40 + 30 * level;
    const machine = (card + processor + truth.rest) / truth.efficiency;
    return {
      level,
      ramp,
      seconds: 30,
      sensor: noisy((card - truth.offset) / truth.gain),
      wall: noisy((covers === 'device' ? card : machine) * truth.wallGain + truth.drift * i),
      others: [noisy(processor / truth.otherGain)],
    };
  });
}

const fitted = (fit: CalibrationFit) => {
  if (fit.kind === 'refused') throw new Error(fit.reason);
  return fit;
};
const refusal = (fit: CalibrationFit): string => (fit.kind === 'refused' ? fit.reason : 'fitted');

describe('a line through points', () => {
  test('a closed form: y = 3 + 2 x', () => {
    const points = [0, 1, 2, 3, 4].map((x) => ({ x, y: 3 + 2 * x, xNoise: 0, yNoise: 1 }));
    const fit = fitLine(points);
    expect([fit.slope, fit.intercept, fit.rSquared]).toEqual([expect.closeTo(2), expect.closeTo(3), expect.closeTo(1)]);
    // Sum of (x - 2)^2 is 10; the mean of x is 2.
    expect(fit.variance.slope).toBeCloseTo(1 / 10, 5);
    expect(fit.variance.intercept).toBeCloseTo(1 / 5 + 4 / 10, 5);
    expect(fit.variance.covariance).toBeCloseTo(-2 / 10, 5);
  });

  test('x noise counts with the slope, and points known worse weigh less', () => {
    const points = [0, 1, 2, 3, 4].map((x) => ({ x, y: 2 * x, xNoise: 0.5, yNoise: 0 }));
    expect(fitLine(points).variance.slope).toBeCloseTo((2 * 0.5) ** 2 / 10, 6);
    const pulled = [
      ...points.map((p) => ({ ...p, xNoise: 0, yNoise: 0.01 })),
      { x: 4, y: 100, xNoise: 0, yNoise: 1e6 },
    ];
    expect(fitLine(pulled).slope).toBeCloseTo(2, 4);
  });

  test('points that scatter more than was said raise the uncertainty', () => {
    const points = [0, 1, 2, 3, 4, 5].map((x) => ({ x, y: x + (x % 2), xNoise: 0, yNoise: 0.01 }));
    expect(Math.sqrt(fitLine(points).variance.slope)).toBeGreaterThan(0.1);
  });

  test('parts of y are fitted one by one', () => {
    const xs = [1, 2, 4, 7];
    const weights = [1, 3, 1, 2];
    const [a, b] = [
      [3, 1, 4, 1],
      [5, 9, 2, 6],
    ] as const;
    const sum = weightedLine(
      xs,
      a.map((y, i) => y + b[i]!),
      weights,
    );
    const [first, second] = [weightedLine(xs, a, weights), weightedLine(xs, b, weights)];
    expect(sum.slope).toBeCloseTo(first.slope + second.slope, 12);
    expect(sum.intercept).toBeCloseTo(first.intercept + second.intercept, 12);
  });

  test('no line without a spread or points', () => {
    expect(() => weightedLine([1, 1], [2, 3], [1, 1])).toThrow(/all x are equal/);
    expect(() => fitLine([])).toThrow(/five points/);
  });
});

describe('what is recovered', () => {
  test('behind a power supply of stated efficiency, beside a processor that works along: the card’s gain, no offset', () => {
    const fit = fitted(fitCalibration(measure(TRUTH, 'machine'), MACHINE));
    expect(fit.gain).toBeCloseTo(1.04, 9);
    expect(fit.offsetWatts).toBe(0);
    expect(fit.quality.restWatts[0]).toBeCloseTo(90, 6);
    expect(fit.withheld).toBeUndefined();
    // At its lowest load, 70 / 1.04 W, the sensor is known no better than its class says.
    expect(fit.uncertainty.offsetWatts).toBeCloseTo((0.03 * 70) / 1.04, 9);
    expect(fit.uncertainty.covariance).toBe(0);
  });

  test('the parts of the gain’s uncertainty: wall, efficiency and the other sensor', () => {
    const { uncertainty } = fitted(fitCalibration(measure(TRUTH, 'machine'), MACHINE));
    // Behind the supply the wall moves by (430 + 30) W for 430 / 1.04 W of the sensor, the processor by 30 W.
    const wall = (460 / 430) * 1.04 * Math.hypot(0.005, 0.01 / 0.92);
    const processor = (30 / 430) * 1.04 * 0.05;
    expect(uncertainty.gain).toBeCloseTo(Math.hypot(wall, processor), 4);
  });

  test('a meter of the device alone gives the offset too, and the other sensors are none of its business', () => {
    const fit = fitted(fitCalibration(measure({ ...TRUTH, gain: 1.048, offset: -21.6 }, 'device'), DEVICE));
    expect(fit.gain).toBeCloseTo(1.048, 9);
    expect(fit.offsetWatts).toBeCloseTo(-21.6, 6);
    expect(fit.uncertainty.gain).toBeCloseTo(1.048 * 0.005, 4);
    expect(fit.withheld).toBeUndefined();
  });
});

describe('over 400 simulated machines, ±1.96 standard uncertainties hold', () => {
  const REPEATS = 400;
  /** Share of machines whose true value lies within. */
  const coverage = (conditions: FitConditions, statedNoise: number): { gain: number; offset: number } => {
    let [gain, offset] = [0, 0];
    for (let i = 0; i < REPEATS; i++) {
      const draw = seededRandom(`calibrated machine ${i}`);
      const efficiency = conditions.psuEfficiency ?? { value: 1, standardUncertainty: 0 };
      const truth: Truth = {
        gain: 1 + 0.04 * draw.normal(),
        offset: conditions.covers === 'device' ? 5 * draw.normal() : 0,
        rest: 90,
        wallGain: 1 + conditions.wallGain * draw.normal(),
        efficiency: efficiency.value + efficiency.standardUncertainty * draw.normal(),
        otherGain: 1 + 0.05 * draw.normal(),
        noise: 1.2,
        statedNoise,
        drift: 0,
      };
      const fit = fitted(fitCalibration(measure(truth, conditions.covers, `noise ${i}`), conditions));
      if (Math.abs(fit.gain - truth.gain) <= 1.96 * fit.uncertainty.gain) gain++;
      if (Math.abs(fit.offsetWatts - truth.offset) <= 1.96 * fit.uncertainty.offsetWatts) offset++;
    }
    return { gain: gain / REPEATS, offset: offset / REPEATS };
  };
  const expectCoverage = (share: number): void => {
    expect(share).toBeGreaterThanOrEqual(0.925);
    expect(share).toBeLessThanOrEqual(0.985);
  };

  test('the gain at a machine’s wall', () => expectCoverage(coverage(MACHINE, 1.2).gain));

  test('gain and offset of a device on a meter of its own', () => {
    const { gain, offset } = coverage(DEVICE, 1.2);
    expectCoverage(gain);
    expectCoverage(offset);
  });

  test('also when the windows were said to be better known than they are', () => {
    const exact: FitConditions = { ...DEVICE, wallGain: 1e-6 };
    const { gain, offset } = coverage(exact, 0.01);
    expectCoverage(gain);
    expectCoverage(offset);
  });
});

describe('what is refused', () => {
  const fit = (truth: Partial<Truth>, conditions = MACHINE) =>
    refusal(fitCalibration(measure({ ...TRUTH, ...truth }, conditions.covers), conditions));

  test('a load that does not move the sensor', () => {
    const steps = measure(TRUTH, 'machine').map((step) => ({ ...step, sensor: { watts: 70 + step.level, noise: 0 } }));
    expect(refusal(fitCalibration(steps, MACHINE))).toMatch(
      /only from 70\.0 to 71\.0 W at the rising loads \(0, 25, 50, 75, 100 %\), .*: the load does not reach this device/,
    );
    const late = measure(TRUTH, 'machine').map((step) => {
      const isOnce = step.ramp === 'down' && step.level === 0.5;
      return { ...step, sensor: { watts: isOnce ? 320.1 : 70, noise: 0 } };
    });
    expect(refusal(fitCalibration(late, MACHINE))).toMatch(
      /only from 70\.0 to 70\.0 W at the rising loads .*, but read 320\.1 W at the falling 50 %: the load did not run at the other levels/,
    );
    const stuck = measure(TRUTH, 'machine').map((step) =>
      step.ramp === 'down' ? { ...step, sensor: { watts: 300, noise: 0 } } : step,
    );
    expect(refusal(fitCalibration(stuck, MACHINE))).toMatch(
      /at 0 % its sensor read 67\.3 W before the loads and 300\.0 W after them/,
    );
    const dead = measure(TRUTH, 'machine').map((step) => ({ ...step, sensor: { watts: 0, noise: 0 } }));
    expect(refusal(fitCalibration(dead, MACHINE))).toMatch(/only from 0\.0 to 0\.0 W/);
  });

  test('too few loads, or too few of one direction', () => {
    const steps = measure(TRUTH, 'machine');
    expect(refusal(fitCalibration(steps.slice(3), MACHINE))).toMatch(/only 2 rising and 5 falling/);
    expect(refusal(fitCalibration([], MACHINE))).toMatch(/only 0 rising and 0 falling/);
  });

  test('a wall that drifts', () => expect(fit({ drift: 2 })).toMatch(/rising and falling loads differ by -?\d+\.\d %/));

  test('a wall meter that lags behind the load, though its slope is the same up as down', () => {
    const lagging = (share: number) => {
      const steps = measure(TRUTH, 'device');
      return steps.map((step, i) => {
        const before = steps[i - 1]?.wall.watts ?? step.wall.watts;
        return { ...step, wall: { watts: step.wall.watts + share * (before - step.wall.watts), noise: 0 } };
      });
    };
    const fit = fitCalibration(lagging(0.3), DEVICE);
    expect(refusal(fit)).toMatch(/rising and falling loads differ by 1\d\.\d %: something drifts, or the meter lags/);
    expect(fit.quality?.rampShift).toBeGreaterThan(0.1);
    // At 0 % only the falling load, at 100 % only the rising one comes from a neighbour 25 % away: mean 2 x 0.25 x 4 / 5.
    expect(fitCalibration(lagging(0.01), DEVICE).quality?.rampShift).toBeCloseTo(0.01 * 0.4, 3);
    expect(refusal(fitCalibration(lagging(0.01), DEVICE))).toBe('fitted');
  });

  test('a wall meter that sees something else', () => {
    const random = seededRandom('someone else’s plug');
    const steps = measure(TRUTH, 'machine').map((step) => ({
      ...step,
      wall: { watts: step.wall.watts + 60 * random.normal(), noise: 1 },
    }));
    expect(refusal(fitCalibration(steps, MACHINE))).toMatch(/do not move together|differ by/);
    expect(fit({ wallGain: 1000 })).toMatch(/is the wall meter’s unit right/);
    expect(fit({ wallGain: 0.001 })).toMatch(/is the wall meter’s unit right/);
  });

  test('a power supply that follows the load in no straight line, up as down', () => {
    const steps = measure(TRUTH, 'machine').map((step) => ({
      ...step,
      wall: { watts: step.wall.watts + (step.level === 0.5 ? 150 : 0), noise: 1 },
    }));
    expect(refusal(fitCalibration(steps, MACHINE))).toMatch(/do not move together \(r² 0\.\d+\)/);
  });

  test('a machine whose power has nothing to do with the load', () => {
    const steps = measure(TRUTH, 'machine').map((step, i) => ({
      ...step,
      wall: { watts: 600 + (i % 2), noise: 1 },
      others: [{ watts: 40, noise: 0 }],
    }));
    expect(refusal(fitCalibration(steps, MACHINE))).toMatch(/is the wall meter’s unit right/);
  });
});

describe('what is kept but not applied', () => {
  const withheld = (conditions: FitConditions) =>
    fitted(fitCalibration(measure({ ...TRUTH, efficiency: 1 }, conditions.covers), conditions)).withheld;
  const { psuEfficiency: _stated, ...UNSTATED } = MACHINE;

  test('a gain with an unknown power supply in it', () => {
    expect(withheld(UNSTATED)).toMatch(/loss of the power supply .* --psu-efficiency/);
    const gain = fitted(fitCalibration(measure(TRUTH, 'machine'), UNSTATED)).gain;
    expect(gain).toBeGreaterThan(1.04 * 1.08);
  });

  test('an accelerator’s gain with an unseen processor in it; a processor needs no other', () => {
    const unseen = { ...MACHINE, psuEfficiency: { value: 1, standardUncertainty: 0.01 }, others: [] };
    expect(withheld(unseen)).toMatch(/no sensor reads the processor/);
    expect(withheld({ ...unseen, part: 'cpu' })).toBeUndefined();
  });

  test('nothing of a meter that sees the device alone', () => {
    expect(withheld({ ...DEVICE, others: [] })).toBeUndefined();
  });
});
