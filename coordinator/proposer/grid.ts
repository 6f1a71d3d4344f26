/** A grid over the search space: every legal configuration once, in an order that spreads. */

import { canonicalConfiguration, type Configuration } from '../../shared/domain/configuration.js';
import type { Parameter, SearchSpace } from '../../shared/domain/search-space.js';
import { compileSpace, type CompiledSpace } from '../space/compiled-space.js';
import type { Axis } from '../space/axis.js';
import { candidateFrom, type FreshOptions } from './candidate.js';
import type { ReadyMethod } from './ready-method.js';
import { freshConfigurations, type RequestContext } from './request-context.js';
import { scrambledSobol } from './sobol.js';

/** Trials for which a grid is laid out when the budget names none. */
const DEFAULT_TRIALS = 100;
/** Levels of a continuous parameter: its ends at least. */
const FEWEST_LEVELS = 2;
const MOST_LEVELS = 1000;
/** Times a used-up grid is refined. */
const REFINEMENTS = 6;
/** A grid with no more than this many times the known configurations is walked through: few of its points are new. */
const ALMOST_KNOWN = 1.2;
/** A grid no larger than this is walked through to its last configuration. */
const WALKED_SIZE = 200_000;

/**
 * Proposes the configurations of the grid in the order in which Sobol points meet them, then what those left out.
 *
 * Discrete parameters have all their levels. Continuous ones have as many as let the whole grid fit into the expected
 * trials, and at least {@link FEWEST_LEVELS}, evenly spaced on the parameter's scale with both ends among them. A grid
 * with continuous parameters that is used up gives way to one with twice as many intervals.
 */
export function gridMethod({ request, space }: RequestContext): ReadyMethod {
  const trials = request.settings.expectedTrials ?? DEFAULT_TRIALS;
  const levels = continuousLevels(space, trials);
  const refinements = space.axes.some(isContinuous) ? REFINEMENTS : 0;
  const grids: CompiledSpace[] = [];
  const grid = (refinement: number): CompiledSpace =>
    (grids[refinement] ??= compileSpace(gridSpace(request.space, space, (levels - 1) * 2 ** refinement + 1)));
  return {
    method: describe(space, levels, trials),
    next(index, _, known) {
      const start = Math.max(0, index - request.settings.first.length);
      for (let refinement = 0; refinement <= refinements; refinement++) {
        const configuration = nextOfGrid(grid(refinement), { start, known, seed: `${request.seed}/grid` });
        if (configuration) return candidateFrom(space, configuration);
      }
      return undefined;
    },
  };
}

function nextOfGrid(grid: CompiledSpace, options: FreshOptions): Configuration | undefined {
  const { known, seed } = options;
  if (grid.size > ALMOST_KNOWN * known.size) {
    const next = freshConfigurations(grid, scrambledSobol(grid.dimension, seed), options).next();
    if (!next.done) return next.value.configuration;
  }
  if (grid.size > WALKED_SIZE) return undefined;
  for (const configuration of grid.enumerate()) {
    if (!known.has(canonicalConfiguration(configuration))) return configuration;
  }
  return undefined;
}

const isContinuous = ({ levels }: Axis): boolean => levels === Infinity;

/** The most levels per continuous parameter with which the grid has no more configurations than there are trials. */
function continuousLevels({ axes }: CompiledSpace, trials: number): number {
  const continuous = axes.filter(isContinuous).length;
  const discrete = axes.reduce((product, axis) => product * (isContinuous(axis) ? 1 : axis.levels), 1);
  const most = Math.floor((trials / discrete) ** (1 / continuous) + 1e-9);
  return Math.min(MOST_LEVELS, Math.max(FEWEST_LEVELS, most));
}

/** The space with its continuous parameters as lists of values; those that a condition names are among them. */
function gridSpace(space: SearchSpace, { axes }: CompiledSpace, levels: number): SearchSpace {
  const parameters = space.parameters.map((parameter): Parameter => {
    const axis = axes.find((each) => each.parameter.name === parameter.name);
    if (!axis || !isContinuous(axis)) return parameter;
    const spaced = Array.from({ length: levels }, (_, k) => Number(axis.decode(k / (levels - 1))));
    const named = space.parameters.flatMap(({ when }) =>
      when?.parameter === parameter.name ? when.in.map(Number) : [],
    );
    const values = [...new Set([...spaced, ...named])].sort((a, b) => a - b);
    return { kind: 'ordinal', name: parameter.name, values, ...(parameter.when ? { when: parameter.when } : {}) };
  });
  return { ...space, parameters };
}

function describe({ axes }: CompiledSpace, levels: number, trials: number): string {
  const continuous = axes.filter(isContinuous).length;
  if (continuous === 0) return 'grid of all configurations';
  return `grid with ${levels} levels for each of ${continuous} continuous parameter${continuous === 1 ? '' : 's'}, laid out for ${trials} trials`;
}
