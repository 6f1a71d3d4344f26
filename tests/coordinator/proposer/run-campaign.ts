/** Runs a proposer on a benchmark problem and says how much of the front it found. */

import { hypervolume } from '../../../coordinator/pareto/hypervolume.js';
import { propose } from '../../../coordinator/proposer/propose.js';
import type { ProposerSettings } from '../../../shared/domain/campaign.js';
import type { Configuration } from '../../../shared/domain/configuration.js';
import type { ProposalRequest, ProposerObservation } from '../../../shared/domain/proposal.js';
import { seededRandom } from '../../../shared/runtime/random.js';
import type { BenchmarkProblem } from './benchmark-problems.js';

export interface Run {
  readonly problem: BenchmarkProblem;
  readonly kind: ProposerSettings['kind'];
  readonly seed: number;
  /** Quasi-random configurations, then all configurations. */
  readonly start: number;
  readonly total: number;
  /** True: the proposer must find the reference; absent: it is given as thresholds. */
  readonly findsReference?: boolean;
}

/** A request of the problem after `history`. */
export const requestFor = (
  { problem, kind, seed, start, findsReference }: Run,
  history: readonly ProposerObservation[],
): ProposalRequest => ({
  space: problem.space,
  objectives: findsReference ? problem.objectives.map(({ threshold: _, ...rest }) => rest) : problem.objectives,
  constraints: problem.constraints,
  settings: { kind, start, first: [] },
  seed,
  index: history.length,
  count: 1,
  history,
  pending: [],
});

/** The first `total` results of a run. */
export function historyOf(run: Run, total: number): ProposerObservation[] {
  const noise = seededRandom(`${run.seed}/noise`);
  const history: ProposerObservation[] = [];
  while (history.length < total) {
    const [configuration] = propose(requestFor(run, history)).configurations;
    const x = coordinates(run.problem, configuration!);
    const values = run.problem.evaluate(x).map((value, j) => value + run.problem.noise[j]! * noise.normal());
    history.push({
      configuration: configuration!,
      task: 'one',
      values,
      noise: values.map(() => undefined),
      constraintValues: run.problem.slacks(x),
      feasible: true,
    });
  }
  return history;
}

const coordinates = ({ space }: BenchmarkProblem, configuration: Configuration): number[] =>
  space.parameters.map(({ name }) => Number(configuration[name]));

/** True (noiseless) hypervolume of everything evaluated that is feasible, one configuration at a time. */
export function finalHypervolume(run: Run): number {
  const truth = historyOf(run, run.total)
    .map(({ configuration }) => coordinates(run.problem, configuration))
    .filter((x) => run.problem.slacks(x).every((slack) => slack >= 0))
    .flatMap((x) => run.problem.evaluate(x));
  return hypervolume(Float64Array.from(truth), run.problem.objectives.length, run.problem.reference);
}
