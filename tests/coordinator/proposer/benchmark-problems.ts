/** Problems with known best hypervolume on which proposers are compared. All objectives are minimised. */

import type { Objective, OutcomeConstraint } from '../../../shared/domain/campaign.js';
import type { SearchSpace } from '../../../shared/domain/search-space.js';

export interface BenchmarkProblem {
  readonly name: string;
  readonly space: SearchSpace;
  readonly objectives: readonly Objective[];
  /** Each says that the slack of the same place must not be negative. */
  readonly constraints: readonly OutcomeConstraint[];
  readonly reference: Float64Array;
  /** Hypervolume of the true front, or the best known. */
  readonly best: number;
  /** Standard deviation of the noise of each objective; zeros for a noiseless problem. */
  readonly noise: readonly number[];
  /** True outcome at a point of the problem's domain. */
  evaluate(x: readonly number[]): number[];
  /** One slack per constraint at a point of the domain; a point with a negative one is infeasible. */
  slacks(x: readonly number[]): number[];
}

interface Description {
  readonly name: string;
  /** Domain of every parameter, or of each. */
  readonly low: number | readonly number[];
  readonly high: number | readonly number[];
  readonly d: number;
  readonly reference: readonly number[];
  readonly best: number;
  readonly noise?: readonly number[];
  readonly evaluate: (x: readonly number[]) => number[];
  readonly slacks?: readonly ((x: readonly number[]) => number)[];
}

const at = (values: number | readonly number[], i: number): number =>
  typeof values === 'number' ? values : values[i]!;

function problem({ low, high, d, reference, slacks = [], ...rest }: Description): BenchmarkProblem {
  return {
    noise: reference.map(() => 0),
    ...rest,
    slacks: (x) => slacks.map((slack) => slack(x)),
    constraints: slacks.map((_, k) => ({ metric: `slack${k}`, relation: '>=', bound: 0 })),
    space: {
      parameters: Array.from({ length: d }, (_, i) => ({
        kind: 'float',
        name: `x${i}`,
        low: at(low, i),
        high: at(high, i),
        scale: 'linear',
      })),
      constraints: [],
    },
    objectives: reference.map((threshold, j) => ({
      name: `f${j}`,
      goal: 'minimize',
      unit: '',
      scale: 'linear',
      threshold,
      from: 'metric',
      metric: `f${j}`,
    })),
    reference: Float64Array.from(reference),
  };
}

function branin([u0, u1]: readonly number[]): number {
  const [x, y] = [15 * u0! - 5, 15 * u1!];
  const bowl = y - (5.1 * x * x) / (4 * Math.PI ** 2) + (5 * x) / Math.PI - 6;
  return bowl ** 2 + 10 * (1 - 1 / (8 * Math.PI)) * Math.cos(x) + 10;
}

function currin([x, y]: readonly number[]): number {
  const factor = y! > 0 ? 1 - Math.exp(-1 / (2 * y!)) : 1;
  return (factor * (2300 * x! ** 3 + 1900 * x! ** 2 + 2092 * x! + 60)) / (100 * x! ** 3 + 500 * x! ** 2 + 4 * x! + 20);
}

function dtlz2(x: readonly number[], m: number): number[] {
  const g = 1 + x.slice(m - 1).reduce((sum, value) => sum + (value - 0.5) ** 2, 0);
  return Array.from({ length: m }, (_, i) => {
    const angles = x.slice(0, m - 1 - i).map((value) => (value * Math.PI) / 2);
    const last = i === 0 ? 1 : Math.sin((x[m - 1 - i]! * Math.PI) / 2);
    return angles.reduce((product, angle) => product * Math.cos(angle), g * last);
  });
}

/** ZDT1 with power 1/2, ZDT2 with power 2. */
function zdt(x: readonly number[], power: number): number[] {
  const g = 1 + (9 * x.slice(1).reduce((sum, value) => sum + value, 0)) / (x.length - 1);
  return [x[0]!, g * (1 - (x[0]! / g) ** power)];
}

const C2_RADIUS = 0.2;

/** Slack of C2-DTLZ2 as BoTorch has it: the radius is taken off in every term of the second sum. */
function c2Slack(x: readonly number[]): number {
  const f = dtlz2(x, 2);
  const squares = f.reduce((sum, value) => sum + value * value, 0);
  const corners = f.map((value) => (value - 1) ** 2 + squares - value * value - C2_RADIUS ** 2);
  const centre = f.reduce((sum, value) => sum + (value - Math.SQRT1_2) ** 2 - C2_RADIUS ** 2, 0);
  return -Math.min(...corners, centre);
}

function vehicle([a, b, c, d, e]: readonly number[]): number[] {
  const [x1, x2, x3, x4, x5] = [a!, b!, c!, d!, e!];
  return [
    1640.2823 + 2.3573285 * x1 + 2.3220035 * x2 + 4.5688768 * x3 + 7.7213633 * x4 + 4.4559504 * x5,
    6.5856 +
      1.15 * x1 -
      1.0427 * x2 +
      0.9738 * x3 +
      0.8364 * x4 -
      0.3695 * x1 * x4 +
      0.0861 * x1 * x5 +
      0.3628 * x2 * x4 -
      0.1106 * x1 ** 2 -
      0.3437 * x3 ** 2 +
      0.1764 * x4 ** 2,
    -0.0551 +
      0.0181 * x1 +
      0.1024 * x2 +
      0.0421 * x3 -
      0.0073 * x1 * x2 +
      0.024 * x2 * x3 -
      0.0118 * x2 * x4 -
      0.0204 * x3 * x4 -
      0.008 * x3 * x5 -
      0.0241 * x2 ** 2 +
      0.0109 * x4 ** 2,
  ];
}

const unit = { low: 0, high: 1 } as const;
const branincurrin = {
  ...unit,
  d: 2,
  reference: [18, 6],
  best: 59.36011874867746,
  evaluate: (x: readonly number[]) => [branin(x), currin(x)],
};

/** Sources and constants: BoTorch's `test_functions/multi_objective.py`. */
export const BRANIN_CURRIN = problem({ name: 'Branin-Currin', ...branincurrin });
export const NOISY_BRANIN_CURRIN = problem({ name: 'noisy Branin-Currin', ...branincurrin, noise: [15.19, 0.63] });
export const ZDT1 = problem({
  name: 'ZDT1, d 5',
  ...unit,
  d: 5,
  reference: [11, 11],
  best: 120 + 2 / 3,
  evaluate: (x) => zdt(x, 0.5),
});
export const DTLZ2_TWO = problem({
  name: 'DTLZ2, d 6, 2 objectives',
  ...unit,
  d: 6,
  reference: [1.1, 1.1],
  best: 1.1 ** 2 - Math.PI / 4,
  evaluate: (x) => dtlz2(x, 2),
});
export const DTLZ2_THREE = problem({
  name: 'DTLZ2, d 6, 3 objectives',
  ...unit,
  d: 6,
  reference: [1.1, 1.1, 1.1],
  best: 1.1 ** 3 - Math.PI / 6,
  evaluate: (x) => dtlz2(x, 3),
});
export const C2_DTLZ2 = problem({
  name: 'C2-DTLZ2, d 4',
  ...unit,
  d: 4,
  reference: [1.1, 1.1],
  best: 0.40003,
  evaluate: (x) => dtlz2(x, 2),
  slacks: [c2Slack],
});
export const VEHICLE_SAFETY = problem({
  name: 'vehicle safety',
  low: 1,
  high: 3,
  d: 5,
  reference: [1864.72022, 11.81993945, 0.2903999384],
  best: 246.81607081187002,
  evaluate: vehicle,
});

/** Never tuned on; references and best hypervolumes of BNH and SRN after `shared/reference/optimisation.md`, section 11. */
export const ZDT2 = problem({
  name: 'ZDT2, d 5',
  ...unit,
  d: 5,
  reference: [11, 11],
  best: 120 + 1 / 3,
  evaluate: (x) => zdt(x, 2),
});
export const SRN = problem({
  name: 'SRN',
  low: -20,
  high: 20,
  d: 2,
  reference: [250, 0],
  best: 30694.88,
  evaluate: ([x, y]) => [2 + (x! - 2) ** 2 + (y! - 1) ** 2, 9 * x! - (y! - 1) ** 2],
  slacks: [([x, y]) => 225 - x! * x! - y! * y!, ([x, y]) => -10 - x! + 3 * y!],
});
export const BNH = problem({
  name: 'BNH',
  low: 0,
  high: [5, 3],
  d: 2,
  reference: [140, 50],
  best: 5285.33,
  evaluate: ([x, y]) => [4 * x! * x! + 4 * y! * y!, (x! - 5) ** 2 + (y! - 5) ** 2],
  slacks: [([x, y]) => 25 - (x! - 5) ** 2 - y! * y!, ([x, y]) => (x! - 8) ** 2 + (y! + 3) ** 2 - 7.7],
});
export const DTLZ2_FOUR = problem({
  name: 'DTLZ2, d 5, 4 objectives',
  ...unit,
  d: 5,
  reference: [1.1, 1.1, 1.1, 1.1],
  best: 1.1 ** 4 - Math.PI ** 2 / 32,
  evaluate: (x) => dtlz2(x, 4),
});
