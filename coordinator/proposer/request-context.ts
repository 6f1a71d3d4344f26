/** A proposal request made ready: compiled space, known configurations, finished points. */

import { canonicalConfiguration } from '../../shared/domain/configuration.js';
import type { ProposalRequest } from '../../shared/domain/proposal.js';
import { compileSpace, COUNTED_SIZE, type CompiledSpace } from '../space/compiled-space.js';
import type { FeatureKind } from '../surrogate/features.js';
import { freshCandidates, candidateFrom, type Candidate } from './candidate.js';
import type { PointSequence } from './sobol.js';
import type { ModelPoint } from './value-model.js';

export interface RequestContext {
  readonly request: ProposalRequest;
  readonly space: CompiledSpace;
  readonly kinds: readonly FeatureKind[];
  /** Finished configurations that are legal in the space. */
  readonly points: readonly ModelPoint[];
  /** The task at which the models predict: the one asked for, else that with the most working configurations. */
  readonly task: number;
}

/** What is known or pending, by canonical text. */
export const knownKeys = ({ history, pending }: ProposalRequest): Set<string> =>
  new Set([...history.map(({ configuration }) => configuration), ...pending].map(canonicalConfiguration));

/** @throws {DomainError} if the space has a fault. */
export function contextOf(request: ProposalRequest): RequestContext {
  const space = compileSpace(request.space);
  const tasks = [...new Set(request.history.map(({ task }) => task))];
  const points = request.history
    .filter(({ configuration }) => space.isValid(configuration))
    .map((observation) => ({
      observation,
      features: space.encode(observation.configuration),
      task: tasks.indexOf(observation.task),
    }));
  return { request, space, kinds: featureKinds(space), points, task: askedTask(request, tasks) ?? commonTask(points) };
}

const featureKinds = (space: CompiledSpace): FeatureKind[] =>
  space.axes.map(({ parameter }) => {
    if (parameter.kind === 'categorical') return 'categorical';
    return parameter.when ? 'conditional' : 'numeric';
  });

/** The task that the request names; one that was never observed comes after all others. */
function askedTask({ task }: ProposalRequest, tasks: readonly string[]): number | undefined {
  if (task === undefined) return undefined;
  return tasks.includes(task) ? tasks.indexOf(task) : tasks.length;
}

function commonTask(points: readonly ModelPoint[]): number {
  const counts = new Map<number, number>();
  for (const { task, observation } of points) {
    if (observation.feasible) counts.set(task, (counts.get(task) ?? 0) + 1);
  }
  return [...counts].reduce((best, entry) => (entry[1] > best[1] ? entry : best), [0, 0])[0];
}

/**
 * Legal configurations that are not known, in an order given by a sequence.
 *
 * A space small enough to be counted is walked through when the sequence finds nothing new, so that nothing is left out.
 */
export function* freshConfigurations(
  space: CompiledSpace,
  sequence: PointSequence,
  options: FreshSearch,
): Generator<Candidate, void> {
  const seen = new Set(options.known);
  for (const candidate of freshCandidates(space, sequence, options)) {
    seen.add(candidate.key);
    yield candidate;
  }
  if (space.size > COUNTED_SIZE) return;
  for (const configuration of space.enumerate()) {
    if (!seen.has(canonicalConfiguration(configuration))) yield candidateFrom(space, configuration);
  }
}

interface FreshSearch {
  readonly start: number;
  readonly known: ReadonlySet<string>;
  readonly seed: string;
}
