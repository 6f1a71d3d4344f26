/** Candidates that are looked at before the search climbs: evenly spread ones, and variations of the predicted front. */

import { seededRandom } from '../../shared/runtime/random.js';
import { candidateAt, type Candidate } from './candidate.js';
import { freshConfigurations, type RequestContext } from './request-context.js';
import { scrambledSobol } from './sobol.js';
import type { ValueModel } from './value-model.js';

/** Quasi-random candidates, and variations of each point of the front. */
const LOOKS = 384;
const VARIATIONS = 96;
const VARIATION_SIZES = [0.2, 0.05, 0.01] as const;
/** In a space with fewer configurations left than this, all of them are looked at. */
const LOOK_AT_ALL = 1500;
/** Bounds of a step, in units of the unit cube. */
const LEAST_STEP = 0.05;
const LARGEST_STEP = 1;

export interface Looks {
  readonly context: RequestContext;
  readonly known: ReadonlySet<string>;
  /** Points near which others may be better. */
  readonly centres: readonly Candidate[];
  readonly seed: string;
}

/** New legal candidates; all that are left where they are few. */
export function* lookAround(looks: Looks): Generator<Candidate, void> {
  const { context, known, seed } = looks;
  const { space } = context;
  const most = space.size - known.size <= LOOK_AT_ALL ? LOOK_AT_ALL : LOOKS;
  yield* spread(looks, most);
  const random = seededRandom(`${seed}/variations`);
  for (let count = 0; looks.centres.length > 0 && count < VARIATIONS; count++) {
    const centre = looks.centres[count % looks.centres.length]!;
    const size = VARIATION_SIZES[random.integer(VARIATION_SIZES.length)]!;
    const coordinate = random.integer(space.dimension);
    const point = centre.point.map((value, c) => {
      const moves = c === coordinate || random.uniform() < 0.5;
      return moves ? Math.min(1, Math.max(0, value + size * random.normal())) : value;
    });
    const candidate = candidateAt(space, point);
    if (space.keepsConstraints(candidate.configuration) && !known.has(candidate.key)) yield candidate;
  }
}

/** At most `most` new legal candidates, evenly spread. */
export function* spread({ context: { space }, known, seed }: Looks, most: number): Generator<Candidate, void> {
  const sequence = scrambledSobol(space.dimension, `${seed}/looks`);
  const fresh = freshConfigurations(space, sequence, { start: 0, known, seed: `${seed}/looks` });
  for (let count = 0; count < most; count++) {
    const next = fresh.next();
    if (next.done) return;
    yield next.value;
  }
}

/** Smallest lengthscale of any model in each coordinate, kept within sensible steps. */
export function stepSizes(models: readonly ValueModel[]): Float64Array {
  const scales = models.map(({ process }) => process.hyperparameters.lengthscales);
  return scales[0]!.map((_, c) =>
    Math.min(LARGEST_STEP, Math.max(LEAST_STEP, Math.min(...scales.map((each) => each[c]!)))),
  );
}
