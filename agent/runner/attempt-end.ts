/** How an attempt ended and who has to learn from it: from exit, reports and evidence to one of three kinds of failure. */

import type { AttemptEnd, Failure } from '../../shared/domain/trial.js';
import type { Infeasible } from './program-record.js';
import type { Exit } from './subprocess.js';
import type { TrialStopReason } from './trial-socket.js';

/** Everything that the judgement rests on. */
export interface AttemptEvidence {
  readonly exit: Exit;
  /** A stop that was asked for before the program had finished by itself. */
  readonly stopped?: TrialStopReason;
  readonly overTime: boolean;
  /** The kernel killed a process for want of memory while the trial ran. */
  readonly killedForMemory: boolean;
  readonly infeasible?: Infeasible;
  readonly done: boolean;
  /** The built-in trainer, or a program that spoke the trial protocol. */
  readonly speaks: boolean;
  readonly reports: number;
  /** Reason for each required metric that was not found. */
  readonly missing: Readonly<Record<string, string>>;
  /** Required metrics whose last value is not finite. */
  readonly nonFinite: readonly string[];
  /** Last lines of the output, without sealed values. */
  readonly output: string;
}

/** Judges by the first rule that applies; earlier rules are the surer ones. */
export function attemptEnd(evidence: AttemptEvidence): AttemptEnd {
  const { stopped, infeasible } = evidence;
  if (infeasible) return failed(reportedInfeasible(infeasible));
  if (stopped === 'stopped-early') return { kind: 'stopped-early' };
  if (stopped) return failed(failure('infrastructure', stopped, `stopped on request: ${stopped}`));
  if (evidence.overTime) {
    return failed(failure('configuration', 'over-time', 'the trial ran longer than the campaign allows'));
  }
  const crash = crashOf(evidence);
  if (crash) return failed(crash);
  if (evidence.nonFinite.length > 0) {
    return failed(failure('configuration', 'diverged', `not finite at the end: ${evidence.nonFinite.join(', ')}`));
  }
  const missing = Object.entries(evidence.missing);
  if (missing.length === 0) return { kind: 'completed' };
  const message = missing.map(([name, reason]) => `${name}: ${reason}`).join('; ');
  const signature = `metric-missing:${missing.map(([name]) => name).join(',')}`;
  return failed({ kind: 'unknown', reason: 'metric-missing', message: `metric missing: ${message}`, signature });
}

/** A failure whose reason says all that there is to compare. */
export function failure(kind: Failure['kind'], reason: string, message: string): Failure {
  return { kind, reason, message, signature: reason };
}

const failed = (cause: Failure): AttemptEnd => ({ kind: 'failed', failure: cause });

const reportedInfeasible = ({ reason, message }: Infeasible): Failure =>
  failure('configuration', reason, message === '' ? `the program reported: ${reason}` : message);

/** What runtimes print when memory is used up, of the host or of the device. */
const OUT_OF_MEMORY =
  /JavaScript heap out of memory|CUDA out of memory|OutOfMemoryError|CUDA_ERROR_OUT_OF_MEMORY|RESOURCE_EXHAUSTED|\bMemoryError\b|std::bad_alloc|Cannot allocate memory/;

/** `undefined` for a good end. A program that said `done` and has its metrics may stumble on its way out. */
function crashOf(evidence: AttemptEvidence): Failure | undefined {
  const { exit, done } = evidence;
  if (exit.kind === 'code' && exit.code === 0) return undefined;
  if (done && Object.keys(evidence.missing).length === 0) return undefined;
  if (ranOutOfMemory(exit, evidence)) {
    return failure('configuration', 'out-of-memory', 'the program ran out of memory');
  }
  const lastLine = evidence.output.trimEnd().split('\n').at(-1) ?? '';
  const what = exit.kind === 'code' ? `ended with status ${exit.code}` : `was ended by ${exit.signal}`;
  const reason = exit.kind === 'code' ? 'exit-code' : 'signal';
  return {
    kind: evidence.speaks && evidence.reports === 0 ? 'infrastructure' : 'unknown',
    reason,
    message: `the program ${what}${lastLine === '' ? '' : `: ${lastLine.slice(-300)}`}`,
    signature: `${reason}:${exit.kind === 'code' ? exit.code : exit.signal}:${withoutNumbers(lastLine).slice(0, 200)}`,
  };
}

/** 137 is how shells pass on a child's SIGKILL. */
function ranOutOfMemory(exit: Exit, { killedForMemory, output }: AttemptEvidence): boolean {
  const killed = exit.kind === 'signal' ? exit.signal === 'SIGKILL' : exit.code === 137;
  return (killed && killedForMemory) || OUT_OF_MEMORY.test(output);
}

/** Addresses, steps and times differ between runs of one and the same crash. */
const withoutNumbers = (text: string): string => text.replace(/0x[0-9a-f]+|\d+(\.\d+)?/gi, '#');
