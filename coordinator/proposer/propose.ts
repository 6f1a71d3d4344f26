/** A proposal as a pure function of its request: the same request gives the same configurations, bit by bit. */

import { canonicalConfiguration, type Configuration } from '../../shared/domain/configuration.js';
import type { Proposal, ProposalRequest } from '../../shared/domain/proposal.js';
import { candidateFrom, randomPoints, type Candidate } from './candidate.js';
import { chooseMethod, type ChosenMethod } from './choose-method.js';
import { gridMethod } from './grid.js';
import { modelProposer } from './model-proposal.js';
import { nsga2Method } from './nsga2.js';
import type { ReadyMethod } from './ready-method.js';
import { contextOf, freshConfigurations, knownKeys, type RequestContext } from './request-context.js';
import { scrambledSobol } from './sobol.js';
import { tpeMethod } from './tpe.js';

/** One chosen configuration and what chose it. */
interface Choice {
  readonly candidate: Candidate;
  readonly method: string;
}

/** State of one request: what was chosen so far counts as pending for the next. */
interface Progress {
  readonly context: RequestContext;
  readonly method: ChosenMethod;
  readonly known: Set<string>;
  readonly pending: Candidate[];
  /** The method, made ready at first need, or why it cannot be yet. */
  readonly ready: (kind: PreparedKind) => ReadyMethod | string;
}

type PreparedKind = Exclude<ChosenMethod['kind'], 'random' | 'sobol'>;

/** Methods that are made ready once for a request. */
const PREPARE: Readonly<Record<PreparedKind, (context: RequestContext) => ReadyMethod | string>> = {
  grid: gridMethod,
  model: modelProposer,
  tpe: tpeMethod,
  nsga2: nsga2Method,
};
/** Those among them that learn from results, as they are called. */
const LEARNERS: Readonly<Record<Exclude<PreparedKind, 'grid'>, string>> = {
  model: 'the model',
  tpe: 'the Parzen estimator',
  nsga2: 'NSGA-II',
};

const USED_UP = 'nothing left to propose: every legal configuration that could be found is known or pending';
const NONE_LEGAL =
  'nothing to propose: no configuration was found that keeps all constraints, which may contradict each other';

/**
 * Chooses the next configurations: those the user wants first, then by the method of the settings; one that learns has a
 * scrambled Sobol start.
 *
 * Fewer than asked for, or none, are returned when the space is used up.
 *
 * @throws {DomainError} if the space has a fault.
 */
export function propose(request: ProposalRequest): Proposal {
  const progress = progressOf(request);
  const choices: Choice[] = [];
  for (let i = 0; i < request.count; i++) {
    const choice = choose(progress, request.index + i);
    if (!choice) break;
    choices.push(choice);
    progress.known.add(choice.candidate.key);
    progress.pending.push(choice.candidate);
  }
  const methods = new Set(choices.map(({ method }) => method));
  if (choices.length < request.count) methods.add(progress.known.size === 0 ? NONE_LEGAL : USED_UP);
  return { configurations: choices.map(({ candidate }) => candidate.configuration), method: [...methods].join('; ') };
}

function progressOf(request: ProposalRequest): Progress {
  const context = contextOf(request);
  const method = chooseMethod(request, context.space);
  let ready: ReadyMethod | string | undefined;
  return {
    context,
    method,
    known: knownKeys(request),
    pending: request.pending.filter(context.space.isValid).map((each) => candidateFrom(context.space, each)),
    ready: (kind) => (ready ??= PREPARE[kind](context)),
  };
}

function choose(progress: Progress, index: number): Choice | undefined {
  const { first, start } = progress.context.request.settings;
  const { kind } = progress.method;
  const wanted = wantedFirst(progress, index);
  if (wanted) return { candidate: wanted, method: 'given by the campaign' };
  if (kind === 'random') return quasiRandom(progress, index, 'random');
  if (kind === 'sobol') return quasiRandom(progress, index, 'scrambled Sobol points');
  if (kind !== 'grid' && index - first.length < start)
    return quasiRandom(progress, index, `scrambled Sobol start of ${start} before ${LEARNERS[kind]}`);
  return byReadyMethod(progress, index, kind);
}

/** The configuration that the user wants at this index, if it is legal and new. */
function wantedFirst({ context, known }: Progress, index: number): Candidate | undefined {
  const wanted: Configuration | undefined = context.request.settings.first[index];
  if (!wanted || known.has(canonicalConfiguration(wanted)) || !context.space.isValid(wanted)) return undefined;
  return candidateFrom(context.space, wanted);
}

function quasiRandom(progress: Progress, index: number, method: string): Choice | undefined {
  const { context, known } = progress;
  const { request, space } = context;
  const seed = `${request.seed}/start`;
  const sequence =
    progress.method.kind === 'random'
      ? randomPoints(space.dimension, `${seed}/random`)
      : scrambledSobol(space.dimension, `${seed}/sobol`);
  const start = Math.max(0, index - request.settings.first.length);
  const next = freshConfigurations(space, sequence, { start, known, seed }).next();
  return next.done ? undefined : { candidate: next.value, method };
}

function byReadyMethod(progress: Progress, index: number, kind: PreparedKind): Choice | undefined {
  const ready = progress.ready(kind);
  if (typeof ready === 'string') return quasiRandom(progress, index, `scrambled Sobol points, because ${ready}`);
  const candidate = ready.next(index, progress.pending, progress.known);
  const { because } = progress.method;
  return candidate ? { candidate, method: because ? `${because}: ${ready.method}` : ready.method } : undefined;
}
