/** Runs a proposer on a benchmark problem and says how much of the front it found. */

import { hypervolume } from '../../../coordinator/pareto/hypervolume.js';
import { propose } from '../../../coordinator/proposer/propose.js';
import type { ProposerSettings } from '../../../shared/domain/campaign.js';
import type { ProposalRequest, ProposerObservation } from '../../../shared/domain/proposal.js';
import { seededRandom } from '../../../shared/runtime/random.js';
import type { BenchmarkProblem } from './benchmark-problems.js';

export interface Run {
  readonly problem: BenchmarkProblem;
  readonly kind: ProposerSettings['kind'];
  readonly seed: number;
  /** Quasi-random configurations, and all configurations. */
  readonly start: number;
  readonly total: number;
}

/** A request of the problem after `history`. */
export const requestFor = (
  { problem, kind, seed, start }: Run,
  history: readonly ProposerObservation[],
): ProposalRequest => ({
  space: problem.space,
  objectives: problem.objectives,
  constraints: [],
  settings: { kind, start, first: [] },
  seed,
  index: history.length,
  count: 1,
  history,
  pending: [],
});

/** True (noiseless) hypervolume of everything evaluated, one configuration at a time. */
export function finalHypervolume(run: Run): number {
  const { problem, seed, total } = run;
  const noise = seededRandom(`${seed}/noise`);
  const history: ProposerObservation[] = [];
  const truth: number[] = [];
  for (let index = 0; index < total; index++) {
    const [configuration] = propose(requestFor(run, history)).configurations;
    const values = problem.evaluate(problem.space.parameters.map(({ name }) => Number(configuration![name])));
    truth.push(...values);
    history.push({
      configuration: configuration!,
      task: 'one',
      values: values.map((value, j) => value + problem.noise[j]! * noise.normal()),
      noise: values.map(() => undefined),
      feasible: true,
    });
  }
  return hypervolume(Float64Array.from(truth), problem.objectives.length, problem.reference);
}
