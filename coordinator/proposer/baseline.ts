/** The finished and pending points whose outcomes, drawn jointly, make up the front that a proposal must improve. */

import { nonDominated } from '../pareto/dominance.js';
import type { ConditionedProcess } from '../surrogate/conditioned-process.js';
import { predict } from '../surrogate/gaussian-process.js';
import type { ImprovementModel } from './expected-improvement.js';
import { logFeasibility, type Requirement } from './feasibility.js';
import { frontCells } from './front-cells.js';
import { drawJointly, type DrawOptions } from './joint-draws.js';
import type { ValueModel } from './value-model.js';

export interface BaselineInput {
  readonly models: readonly ValueModel[];
  /** What a point must keep besides, or it adds nothing to the front. */
  readonly requirements: readonly Requirement[];
  /** Features of points that worked. */
  readonly finished: readonly Float64Array[];
  /** Features of points whose outcome is still to come. */
  readonly pending: readonly Float64Array[];
  /** Standardised, one per model. */
  readonly reference: Float64Array;
  readonly seed: string;
}

/** Draws of the front behind one proposal, by the number of objectives: boxes grow with the square of a front of four. */
const drawsFor = (m: number): number => (m >= 4 ? 16 : 64);
/** Draws that decide which finished points may belong to the front. */
const PRUNING_DRAWS = 64;
/** Most finished, and most pending points that are drawn jointly. */
export const MOST_DRAWN = 64;
/** A point that keeps the requirements with less than this chance is not drawn. */
const LEAST_CHANCE = 0.01;
/** A point that keeps them with at least this chance may rule others out. */
const SURE_CHANCE = 0.99;

/** Draws the front from the joint posterior and cuts the space below it into cells. */
export function improvementModel(input: BaselineInput): ImprovementModel {
  const { models, reference, seed } = input;
  const kept = possibleFront(input);
  const points = [...kept, ...input.pending.slice(-MOST_DRAWN)];
  const count = drawsFor(models.length);
  const drawn = drawFronts(input, points, { count, seed: `${seed}/draws` });
  const fronts = Array.from({ length: count }, (_, s) => drawn.outcomes(s));
  return { objectives: drawn.objectives, cells: frontCells(fronts, reference) };
}

/** Finished points that belong to the front of at least one draw. */
function possibleFront(input: BaselineInput): Float64Array[] {
  const m = input.models.length;
  const hopeful = hopefulPoints(input);
  const drawn = drawFronts(input, hopeful, { count: PRUNING_DRAWS, seed: `${input.seed}/pruning` });
  const kept = new Set<number>();
  for (let s = 0; s < PRUNING_DRAWS; s++) {
    for (const i of nonDominated(drawn.outcomes(s), m)) kept.add(i);
  }
  return hopeful.filter((_, i) => kept.has(i));
}

/**
 * Leaves out points that hardly keep the requirements, and those that some other, which surely does, beats by two
 * standard deviations each in every objective; of more than {@link MOST_DRAWN}, those stay that the fewest others are
 * predicted to dominate.
 */
function hopefulPoints({ models, requirements, finished }: BaselineInput): Float64Array[] {
  const bands = finished
    .map((point) => ({ point, logChance: logFeasibility(requirements, point), band: bandsAt(models, point) }))
    .filter(({ logChance }) => logChance > Math.log(LEAST_CHANCE));
  const sure = bands.filter(({ logChance }) => logChance > Math.log(SURE_CHANCE)).map(({ band }) => band);
  return bands
    .filter(({ band }) => !sure.some((other) => other.every(({ worst }, j) => worst < band[j]!.best)))
    .map(({ point, band }) => ({
      point,
      beaten: sure.filter((other) => other.every(({ mean }, j) => mean < band[j]!.mean)).length,
    }))
    .sort((a, b) => a.beaten - b.beaten)
    .slice(0, MOST_DRAWN)
    .map(({ point }) => point);
}

interface Band {
  readonly mean: number;
  /** Two standard deviations better and worse. */
  readonly best: number;
  readonly worst: number;
}

const bandsAt = (models: readonly ValueModel[], point: Float64Array): Band[] =>
  models.map(({ process }) => {
    const { mean, variance } = predict(process, point);
    return { mean, best: mean - 2 * Math.sqrt(variance), worst: mean + 2 * Math.sqrt(variance) };
  });

interface FrontDraws {
  readonly objectives: readonly ConditionedProcess[];
  /** Outcomes of all points in draw s, b x m; NaN for a point that breaks a requirement in that draw. */
  outcomes(s: number): Float64Array;
}

/** Draws objectives and requirements at the points. */
function drawFronts(
  { models, requirements }: BaselineInput,
  points: readonly Float64Array[],
  options: DrawOptions,
): FrontDraws {
  const [b, m] = [points.length, models.length];
  const drawn = drawJointly([...models, ...requirements.map(({ model }) => model)], points, options);
  const objectives = drawn.slice(0, m);
  const keeps = (at: number): boolean => requirements.every(({ bound }, k) => drawn[m + k]!.draws[at]! <= bound);
  return {
    objectives,
    outcomes: (s) =>
      Float64Array.from({ length: b * m }, (_, i) => {
        const at = s * b + Math.floor(i / m);
        return keeps(at) ? objectives[i % m]!.draws[at]! : NaN;
      }),
  };
}
