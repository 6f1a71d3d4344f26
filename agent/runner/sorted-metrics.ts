/** Metrics of a finished trial, sorted into what may be shown, what is sealed, and what is missing. */

import type { Grant } from '../../shared/domain/conversation.js';
import type { MetricsFound } from './metric-source.js';

export interface SortedMetrics {
  /** Finite and for everybody. */
  readonly open: Readonly<Record<string, number>>;
  readonly sealed: Readonly<Record<string, number>>;
  /** Reason for each required metric that was not found. */
  readonly missing: Readonly<Record<string, string>>;
  /** Required metrics whose last value is NaN or infinite: the trial diverged. */
  readonly nonFinite: readonly string[];
}

/**
 * @param reported - last value of each metric over the trial protocol.
 * @param found - what the campaign's sources gave; they win over reports of the same name.
 */
export function sortMetrics(
  { sealedMetrics, requiredMetrics }: Pick<Grant, 'sealedMetrics' | 'requiredMetrics'>,
  reported: ReadonlyMap<string, number>,
  found: MetricsFound,
): SortedMetrics {
  const all = new Map([...reported, ...Object.entries(found.metrics)]);
  const finite = [...all].filter(([, value]) => Number.isFinite(value));
  const isSealed = ([name]: readonly [string, number]): boolean => sealedMetrics.includes(name);
  const missing = requiredMetrics.filter((name) => !all.has(name));
  return {
    open: Object.fromEntries(finite.filter((entry) => !isSealed(entry))),
    sealed: Object.fromEntries(finite.filter(isSealed)),
    missing: Object.fromEntries(missing.map((name) => [name, found.missing[name] ?? 'the program did not report it'])),
    nonFinite: requiredMetrics.filter((name) => all.has(name) && !Number.isFinite(all.get(name))),
  };
}
