/** A proposal as a pure function of its request: the same request gives the same configurations, bit by bit. */

import { canonicalConfiguration, type Configuration } from '../../shared/domain/configuration.js';
import type { Proposal, ProposalRequest } from '../../shared/domain/proposal.js';
import { candidateFrom, randomPoints, type Candidate } from './candidate.js';
import { modelProposer, type ModelProposer } from './model-proposal.js';
import { contextOf, freshConfigurations, knownKeys, type RequestContext } from './request-context.js';
import { scrambledSobol } from './sobol.js';

/** One chosen configuration and what chose it. */
interface Choice {
  readonly candidate: Candidate;
  readonly method: string;
}

/** State of one request: what was chosen so far counts as pending for the next. */
interface Progress {
  readonly context: RequestContext;
  readonly known: Set<string>;
  readonly pending: Candidate[];
  /** Fitted at first need. */
  readonly model: () => ModelProposer | string;
}

const USED_UP = 'nothing left to propose: every legal configuration that could be found is known or pending';

/**
 * Chooses the next configurations: those the user wants first, then a scrambled Sobol start, then the model.
 *
 * Fewer than asked for, or none, are returned when the space is used up.
 *
 * @throws {DomainError} if the space has a fault.
 */
export function propose(request: ProposalRequest): Proposal {
  const context = contextOf(request);
  let model: ModelProposer | string | undefined;
  const progress: Progress = {
    context,
    known: knownKeys(request),
    pending: request.pending.filter(context.space.isValid).map((each) => candidateFrom(context.space, each)),
    model: () => (model ??= modelProposer(context)),
  };
  const choices: Choice[] = [];
  for (let i = 0; i < request.count; i++) {
    const choice = choose(progress, request.index + i);
    if (!choice) break;
    choices.push(choice);
    progress.known.add(choice.candidate.key);
    progress.pending.push(choice.candidate);
  }
  const methods = new Set(choices.map(({ method }) => method));
  if (choices.length < request.count) methods.add(USED_UP);
  return { configurations: choices.map(({ candidate }) => candidate.configuration), method: [...methods].join('; ') };
}

function choose(progress: Progress, index: number): Choice | undefined {
  const { first, kind, start } = progress.context.request.settings;
  const wanted = wantedFirst(progress, index);
  if (wanted) return { candidate: wanted, method: 'given by the campaign' };
  if (kind === 'random') return quasiRandom(progress, index, 'random');
  if (kind === 'sobol') return quasiRandom(progress, index, 'scrambled Sobol points');
  const position = index - first.length;
  if (position < start) return quasiRandom(progress, index, `scrambled Sobol start of ${start} before the model`);
  return byModel(progress, index);
}

/** The configuration that the user wants at this index, if it is legal and new. */
function wantedFirst({ context, known }: Progress, index: number): Candidate | undefined {
  const wanted: Configuration | undefined = context.request.settings.first[index];
  if (!wanted || known.has(canonicalConfiguration(wanted)) || !context.space.isValid(wanted)) return undefined;
  return candidateFrom(context.space, wanted);
}

function quasiRandom({ context, known }: Progress, index: number, method: string): Choice | undefined {
  const { request, space } = context;
  const seed = `${request.seed}/start`;
  const sequence =
    request.settings.kind === 'random'
      ? randomPoints(space.dimension, `${seed}/random`)
      : scrambledSobol(space.dimension, `${seed}/sobol`);
  const start = Math.max(0, index - request.settings.first.length);
  const next = freshConfigurations(space, sequence, { start, known, seed }).next();
  return next.done ? undefined : { candidate: next.value, method };
}

function byModel(progress: Progress, index: number): Choice | undefined {
  const model = progress.model();
  if (typeof model === 'string') return quasiRandom(progress, index, `scrambled Sobol points, because ${model}`);
  const candidate = model.next(index, progress.pending, progress.known);
  return candidate ? { candidate, method: model.method } : undefined;
}
