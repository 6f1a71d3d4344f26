/** Attempts that end without their trial being over: which ones, and what the log says of an end. */

import { isHandedBack, type Observation } from '../../shared/domain/trial.js';
import type { Log } from '../../shared/runtime/log.js';
import type { AttemptRun } from './attempt-run.js';
import { FOREIGN_PROCESSES_REASON } from './strangers.js';

/** Why a trial that was not finished goes back as if it had not been begun; `undefined`: it does not. */
export function handBackReason(
  { stopping }: Pick<AttemptRun, 'stopping'>,
  end: Observation['end'],
): string | undefined {
  if (end.kind !== 'failed') return undefined;
  if (isHandedBack(end) && end.failure.reason === FOREIGN_PROCESSES_REASON) return end.failure.message;
  return stopping === 'drained' ? 'drained' : undefined;
}

/** @param handBack - see {@link handBackReason}. */
export function logEnd({ end, metrics, durationSeconds }: Observation, handBack: string | undefined, log: Log): void {
  if (end.kind === 'completed') return log.info({ metrics, durationSeconds }, 'trial completed');
  if (end.kind === 'stopped-early') return log.info({ metrics, durationSeconds }, 'trial stopped early');
  if (handBack !== undefined) return log.warn({ why: handBack, durationSeconds }, 'trial handed back');
  const { kind: failure, reason, message: detail } = end.failure;
  log.warn({ failure, reason, detail, durationSeconds }, 'trial failed');
}
