/** The finished and pending points whose outcomes, drawn jointly, make up the front that a proposal must improve. */

import { quantile } from '../linalg/normal-distribution.js';
import { nonDominated } from '../pareto/dominance.js';
import { conditionOnBaseline, type ConditionedProcess } from '../surrogate/conditioned-process.js';
import { predict } from '../surrogate/gaussian-process.js';
import type { ImprovementModel } from './expected-improvement.js';
import { frontCells } from './front-cells.js';
import { scrambledSobol } from './sobol.js';
import type { ValueModel } from './value-model.js';

export interface BaselineInput {
  readonly models: readonly ValueModel[];
  /** Features of points that worked. */
  readonly finished: readonly Float64Array[];
  /** Features of points whose outcome is still to come. */
  readonly pending: readonly Float64Array[];
  /** Standardised, one per model. */
  readonly reference: Float64Array;
  readonly seed: string;
}

/** Draws of the front behind one proposal. */
const DRAWS = 32;
/** Draws that decide which finished points may belong to the front. */
const PRUNING_DRAWS = 64;
/** Most finished, and most pending points that are drawn jointly. */
const MOST_POINTS = 64;

/** Draws the front from the joint posterior and cuts the space below it into cells. */
export function improvementModel(input: BaselineInput): ImprovementModel {
  const { models, reference, seed } = input;
  const kept = possibleFront(input);
  const baseline = [...kept, ...input.pending.slice(-MOST_POINTS)];
  const objectives = drawAll(models, baseline, { count: DRAWS, seed: `${seed}/draws` });
  const fronts = Array.from({ length: DRAWS }, (_, s) => outcomesOf(objectives, s, baseline.length));
  return { objectives, cells: frontCells(fronts, reference) };
}

/** Finished points that are not dominated in at least one draw. */
function possibleFront({ models, finished, seed }: BaselineInput): Float64Array[] {
  const hopeful = hopefulPoints(models, finished);
  const draws = drawAll(models, hopeful, { count: PRUNING_DRAWS, seed: `${seed}/pruning` });
  const kept = new Set<number>();
  for (let s = 0; s < PRUNING_DRAWS; s++) {
    for (const i of nonDominated(outcomesOf(draws, s, hopeful.length), models.length)) kept.add(i);
  }
  return hopeful.filter((_, i) => kept.has(i));
}

/**
 * Leaves out points that some other beats by two standard deviations each in every objective; of more than
 * {@link MOST_POINTS}, those stay that the fewest others are predicted to dominate.
 */
function hopefulPoints(models: readonly ValueModel[], points: readonly Float64Array[]): Float64Array[] {
  const bands = points.map((point) =>
    models.map(({ process }) => {
      const { mean, variance } = predict(process, point);
      return { mean, best: mean - 2 * Math.sqrt(variance), worst: mean + 2 * Math.sqrt(variance) };
    }),
  );
  return points
    .map((point, i) => ({ point, band: bands[i]! }))
    .filter(({ band }) => !bands.some((other) => other.every(({ worst }, j) => worst < band[j]!.best)))
    .map(({ point, band }) => ({
      point,
      beaten: bands.filter((other) => other.every(({ mean }, j) => mean < band[j]!.mean)).length,
    }))
    .sort((a, b) => a.beaten - b.beaten)
    .slice(0, MOST_POINTS)
    .map(({ point }) => point);
}

interface DrawOptions {
  readonly count: number;
  readonly seed: string;
}

function drawAll(
  models: readonly ValueModel[],
  points: readonly Float64Array[],
  options: DrawOptions,
): ConditionedProcess[] {
  const b = points.length;
  const baseline = Float64Array.from(points.flatMap((point) => Array.from(point)));
  const sequence = scrambledSobol(b * models.length, options.seed);
  const uniform = Array.from({ length: options.count }, (_, s) => sequence.point(s));
  return models.map(({ process }, j) => {
    const normals = Float64Array.from(
      uniform.flatMap((point) => Array.from(point.subarray(j * b, j * b + b), quantile)),
    );
    return conditionOnBaseline(process, baseline, normals);
  });
}

/** Outcomes of all points in draw `s`: b x m. */
function outcomesOf(objectives: readonly ConditionedProcess[], s: number, b: number): Float64Array {
  const m = objectives.length;
  const outcomes = new Float64Array(b * m);
  objectives.forEach(({ draws }, j) => {
    for (let i = 0; i < b; i++) outcomes[i * m + j] = draws[s * b + i]!;
  });
  return outcomes;
}
