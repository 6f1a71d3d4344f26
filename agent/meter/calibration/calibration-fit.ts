/** Gain and offset of one sensor against a wall meter, from windows at stepped loads; or why they cannot be told. */

import type { Part } from '../../../shared/domain/measurement.js';
import type { Calibration, CalibrationPoint } from './calibration.js';
import { fitLine, weightedLine, type Line, type LineFit } from './line-fit.js';

/** A power with the standard uncertainty that is drawn anew in each window, in watts. */
export interface NoisyWatts {
  readonly watts: number;
  readonly noise: number;
}

/** Mean powers of one window at one load. */
export interface CalibrationStep {
  readonly level: number;
  readonly ramp: CalibrationPoint['ramp'];
  readonly seconds: number;
  readonly sensor: NoisyWatts;
  readonly wall: NoisyWatts;
  /** The machine's other sensors, in the order of {@link FitConditions.others}. */
  readonly others: readonly NoisyWatts[];
}

/** What the operator states, and what is known of the sensors beforehand. */
export interface FitConditions {
  readonly part: Part;
  /** `device`: the wall meter sees nothing but the device, on the device's side of any power supply. */
  readonly covers: 'machine' | 'device';
  /** Relative standard uncertainty of the wall meter's gain. */
  readonly wallGain: number;
  /** Power behind the machine's power supply over power before it. */
  readonly psuEfficiency?: PsuEfficiency;
  /** Relative standard uncertainty of the sensor's gain before this. */
  readonly sensorGain: number;
  readonly others: readonly { readonly part: Part; readonly gain: number }[];
}

export interface PsuEfficiency {
  readonly value: number;
  readonly standardUncertainty: number;
}

export type CalibrationFit =
  | ({ readonly kind: 'fitted'; readonly quality: FitQuality } & Pick<
      Calibration,
      'gain' | 'offsetWatts' | 'uncertainty' | 'withheld'
    >)
  | { readonly kind: 'refused'; readonly reason: string; readonly quality?: FitQuality };

/** What people judge a fit by. */
export interface FitQuality {
  readonly rSquared: number;
  /** Slope of the falling loads over that of the rising ones, less 1. */
  readonly rampDifference: number;
  /** By how much the wall meter stands higher at falling loads than at the same rising ones, as a share of its range. */
  readonly rampShift: number;
  /** Power that no sensor explains: the rest of the machine, or what the sensor leaves out; with its standard uncertainty. */
  readonly restWatts: readonly [number, number];
  /** Of each step, the wall meter less the line, in watts. */
  readonly residualWatts: readonly number[];
}

const LEAST_STEPS = 6;
const LEAST_PER_RAMP = 3;
/** Share of the highest power that the loads must move the sensor by. */
const LEAST_SPREAD = 0.25;
/** Share of the sensor's range by which its power at the lowest load may differ before and after the others: heat moves it less. */
const LARGEST_REST_CHANGE = 0.25;
const LEAST_R_SQUARED = 0.99;
/** Rising and falling loads must agree this well, in slope and in level: heat, fans, strangers and lag make them differ. */
const LARGEST_RAMP_DIFFERENCE = 0.03;
/** No sensor is this wrong: a wrong unit, or a meter on another machine's plug. */
export const PLAUSIBLE_GAIN = { least: 0.5, most: 2 };

/**
 * Fits what the wall meter says of the device to what its sensor says.
 *
 * At the wall of a machine, what its power supply lets through less the other sensors' power is the device and a rest
 * that is taken to be constant; only the slope speaks of the device. Gains of the wall meter, the supply and the other
 * sensors move all points together, so their uncertainty is carried through the fit and not lessened by it.
 */
export function fitCalibration(steps: readonly CalibrationStep[], conditions: FitConditions): CalibrationFit {
  const lack = lackOfSteps(steps);
  if (lack !== undefined) return { kind: 'refused', reason: lack };
  const seen = steps.map((step) => deviceAtWall(step, conditions));
  const points = steps.map(({ sensor }, i) => ({ x: sensor.watts, xNoise: sensor.noise, ...pick(seen, i) }));
  const fit = fitLine(points);
  const uncertainty = totalUncertainty(steps, fit, conditions);
  const quality: FitQuality = {
    rSquared: fit.rSquared,
    rampDifference: rampDifference(steps, seen, fit),
    rampShift: rampShift(steps, fit),
    restWatts: [fit.intercept, uncertainty.offsetWatts],
    residualWatts: fit.residuals,
  };
  const fault = faultOf(fit, quality);
  if (fault !== undefined) return { kind: 'refused', reason: fault, quality };
  const withheld = whyWithheld(conditions);
  const isAlone = conditions.covers === 'device';
  return {
    kind: 'fitted',
    gain: fit.slope,
    offsetWatts: isAlone ? fit.intercept : 0,
    uncertainty: isAlone ? uncertainty : { ...uncertainty, ...unknownOffset(steps, conditions) },
    ...(withheld !== undefined && { withheld }),
    quality,
  };
}

const RAMPS = ['up', 'down'] as const;
const RAMP_NAMES = { up: 'rising', down: 'falling' } as const;

function lackOfSteps(steps: readonly CalibrationStep[]): string | undefined {
  const ramps = RAMPS.map((ramp) => steps.filter((step) => step.ramp === ramp));
  if (steps.length < LEAST_STEPS || ramps.some(({ length }) => length < LEAST_PER_RAMP)) {
    const [up, down] = ramps.map(({ length }) => length);
    return `only ${up} rising and ${down} falling loads could be measured; it takes ${LEAST_PER_RAMP} of each`;
  }
  return lackOfSpread(steps, 'up') ?? lackOfReturn(steps) ?? lackOfSpread(steps, 'down');
}

function lackOfSpread(steps: readonly CalibrationStep[], ramp: CalibrationStep['ramp']): string | undefined {
  const own = steps.filter((step) => step.ramp === ramp);
  const watts = own.map(({ sensor }) => sensor.watts);
  const [low, high] = [Math.min(...watts), Math.max(...watts)];
  if (high > 0 && high - low >= LEAST_SPREAD * high) return undefined;
  const levels = own.map(({ level }) => Math.round(level * 100)).join(', ');
  const moved = `its sensor moved only from ${low.toFixed(1)} to ${high.toFixed(1)} W at the ${RAMP_NAMES[ramp]} loads (${levels} %), and it takes ${LEAST_SPREAD * 100} % of the higher one`;
  const most = steps.reduce((one, other) => (other.sensor.watts > one.sensor.watts ? other : one));
  if (most.sensor.watts - low <= LEAST_SPREAD * most.sensor.watts)
    return `${moved}: the load does not reach this device, or others kept it busy all the time`;
  const where = `${most.sensor.watts.toFixed(1)} W at the ${RAMP_NAMES[most.ramp]} ${Math.round(most.level * 100)} %`;
  return `${moved}, but read ${where}: the load did not run at the other levels, or others used the device`;
}

/** A load that outlives its step, or somebody else's, is told apart from a sensor that stands still. */
function lackOfReturn(steps: readonly CalibrationStep[]): string | undefined {
  const lowest = Math.min(...steps.map(({ level }) => level));
  const [before, after] = RAMPS.map((ramp) => steps.find((step) => step.level === lowest && step.ramp === ramp));
  if (!before || !after) return undefined;
  const highest = Math.max(...steps.map(({ sensor }) => sensor.watts));
  const apart = after.sensor.watts - before.sensor.watts;
  if (Math.abs(apart) <= LARGEST_REST_CHANGE * (highest - Math.min(before.sensor.watts, after.sensor.watts)))
    return undefined;
  const [first, last] = [before, after].map(({ sensor }) => sensor.watts.toFixed(1));
  return `at ${Math.round(lowest * 100)} % its sensor read ${first} W before the loads and ${last} W after them: a load was not over when it was ended, or others used the device`;
}

interface SeenWatts {
  readonly y: number;
  readonly yNoise: number;
}

const pick = (seen: readonly SeenWatts[], i: number): SeenWatts => seen[i] ?? { y: NaN, yNoise: NaN };

/** What the wall meter leaves for the device and the unseen rest. */
function deviceAtWall({ wall, others }: CalibrationStep, { covers, psuEfficiency }: FitConditions): SeenWatts {
  if (covers === 'device') return { y: wall.watts, yNoise: wall.noise };
  const passed = psuEfficiency?.value ?? 1;
  const otherWatts = others.reduce((sum, { watts }) => sum + watts, 0);
  return {
    y: passed * wall.watts - otherWatts,
    yNoise: Math.hypot(passed * wall.noise, ...others.map(({ noise }) => noise)),
  };
}

/** Standard uncertainties of slope and intercept: what is random, and what is common to all steps. */
function totalUncertainty(
  steps: readonly CalibrationStep[],
  { variance, weights }: LineFit,
  { covers, wallGain, psuEfficiency, others }: FitConditions,
): Calibration['uncertainty'] {
  const xs = steps.map(({ sensor }) => sensor.watts);
  const lineOf = (watts: (step: CalibrationStep) => number): Line => weightedLine(xs, steps.map(watts), weights);
  const efficiency = covers === 'machine' ? psuEfficiency : undefined;
  const passed = efficiency?.value ?? 1;
  const atWall = lineOf(({ wall }) => passed * wall.watts);
  const efficiencyShare = efficiency ? efficiency.standardUncertainty / efficiency.value : 0;
  const common = [
    scaledLine(atWall, Math.hypot(wallGain, efficiencyShare)),
    ...(covers === 'device'
      ? []
      : others.map(({ gain }, o) =>
          scaledLine(
            lineOf((s) => s.others[o]?.watts ?? 0),
            gain,
          ),
        )),
  ];
  const sum = (term: (line: Line) => number): number => common.reduce((total, line) => total + term(line), 0);
  return {
    gain: Math.sqrt(variance.slope + sum(({ slope }) => slope ** 2)),
    offsetWatts: Math.sqrt(variance.intercept + sum(({ intercept }) => intercept ** 2)),
    covariance: variance.covariance + sum(({ slope, intercept }) => slope * intercept),
  };
}

const scaledLine = ({ slope, intercept }: Line, by: number): Line => ({ slope: slope * by, intercept: intercept * by });

/** Where the wall meter cannot tell the device's offset, its power at the lowest load is known no better than before. */
function unknownOffset(
  steps: readonly CalibrationStep[],
  { sensorGain }: FitConditions,
): Pick<Calibration['uncertainty'], 'offsetWatts' | 'covariance'> {
  const lowest = Math.min(...steps.map(({ sensor }) => sensor.watts));
  return { offsetWatts: sensorGain * Math.max(0, lowest), covariance: 0 };
}

function rampDifference(steps: readonly CalibrationStep[], seen: readonly SeenWatts[], { weights }: LineFit): number {
  const slopeOf = (ramp: CalibrationPoint['ramp']): number => {
    const own = steps.flatMap((step, i) => (step.ramp === ramp ? [i] : []));
    const xs = own.map((i) => steps[i]?.sensor.watts ?? 0);
    const ys = own.map((i) => pick(seen, i).y);
    return weightedLine(
      xs,
      ys,
      own.map((i) => weights[i] ?? 0),
    ).slope;
  };
  return slopeOf('down') / slopeOf('up') - 1;
}

/** A meter that lags shows the same slope both ways, and less on the way up than on the way down. */
function rampShift(steps: readonly CalibrationStep[], { slope, residuals }: LineFit): number {
  const meanAt = (level: number, ramp: CalibrationPoint['ramp']): number => {
    const own = residuals.filter((_, i) => steps[i]?.level === level && steps[i]?.ramp === ramp);
    return own.reduce((sum, residual) => sum + residual, 0) / own.length;
  };
  const shifts = [...new Set(steps.map(({ level }) => level))]
    .map((level) => meanAt(level, 'down') - meanAt(level, 'up'))
    .filter((shift) => !Number.isNaN(shift));
  if (shifts.length === 0) return 0;
  const watts = steps.map(({ sensor }) => sensor.watts);
  const range = Math.abs(slope) * (Math.max(...watts) - Math.min(...watts));
  return shifts.reduce((sum, shift) => sum + shift, 0) / shifts.length / range;
}

function faultOf(
  { slope }: LineFit,
  { rSquared, rampDifference: ramps, rampShift: shift }: FitQuality,
): string | undefined {
  if (slope < PLAUSIBLE_GAIN.least || slope > PLAUSIBLE_GAIN.most) {
    return `a gain of ${slope.toFixed(2)} is no sensor’s: is the wall meter’s unit right, and is it this machine’s?`;
  }
  const apart = Math.abs(shift) > Math.abs(ramps) ? shift : ramps;
  if (Math.abs(apart) > LARGEST_RAMP_DIFFERENCE) {
    return `rising and falling loads differ by ${(apart * 100).toFixed(1)} %: something drifts, or the meter lags; give more --rest and --seconds`;
  }
  if (rSquared >= LEAST_R_SQUARED) return undefined;
  return `sensor and wall meter do not move together (r² ${rSquared.toFixed(3)}): something else drew power, or a window was too short; give more --seconds`;
}

/** A gain that is not the sensor's alone would make a wrong figure look corrected. */
function whyWithheld({ covers, psuEfficiency, part, others }: FitConditions): string | undefined {
  if (covers === 'device') return undefined;
  if (psuEfficiency === undefined) {
    return 'the gain has the loss of the power supply in it, whose efficiency is not known; state it with --psu-efficiency, such as 0.92±0.02';
  }
  if (part === 'accelerator' && !others.some((other) => other.part === 'cpu')) {
    return 'the gain has the processor’s work for the load in it, since no sensor reads the processor';
  }
  return undefined;
}
