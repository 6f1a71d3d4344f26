/** Metrics of a finished trial, sorted into what may be shown, what is sealed, and what is missing. */

import type { Grant } from '../../shared/domain/conversation.js';
import type { MetricsFound } from './metric-source.js';
import type { ProgramRecord } from './program-record.js';

export interface SortedMetrics {
  /** Finite and for everybody. */
  readonly open: Readonly<Record<string, number>>;
  readonly sealed: Readonly<Record<string, number>>;
  /** Reason for each required metric that was not found. */
  readonly missing: Readonly<Record<string, string>>;
  /** Required metrics whose last value is NaN or infinite: the trial diverged. */
  readonly nonFinite: readonly string[];
}

/** What came over the trial protocol. */
type Reported = Pick<ProgramRecord, 'metrics' | 'refusedMetrics'>;

/**
 * @param reported - over the trial protocol.
 * @param found - what the campaign's sources gave; they win over reports of the same name.
 */
export function sortMetrics(
  { sealedMetrics, requiredMetrics }: Pick<Grant, 'sealedMetrics' | 'requiredMetrics'>,
  reported: Reported,
  found: MetricsFound,
): SortedMetrics {
  const all = new Map([...reported.metrics, ...Object.entries(found.metrics)]);
  const finite = [...all].filter(([, value]) => Number.isFinite(value));
  const isSealed = ([name]: readonly [string, number]): boolean => sealedMetrics.includes(name);
  const missing = requiredMetrics.filter((name) => !all.has(name));
  const reasonOf = (name: string): string => {
    const refused = reported.refusedMetrics.get(name);
    const unheard = refused === undefined ? 'the program did not report it' : `its report was refused: ${refused}`;
    return found.missing[name] ?? unheard;
  };
  return {
    open: Object.fromEntries(finite.filter((entry) => !isSealed(entry))),
    sealed: Object.fromEntries(finite.filter(isSealed)),
    missing: Object.fromEntries(missing.map((name) => [name, reasonOf(name)])),
    nonFinite: requiredMetrics.filter((name) => all.has(name) && !Number.isFinite(all.get(name))),
  };
}
