/** Says again which trials shall stop: what an agent was told may have been lost with its connection or with this program. */

import type { StopReason } from '../../shared/domain/conversation.js';
import type { LeaseState } from './lease-table.js';
import type { WorkSource } from './work-source.js';

/** @param leases - of one agent; those whose outcome is on its way have nothing left to stop. */
export function remindOfStops(
  leases: readonly LeaseState[],
  source: Pick<WorkSource, 'stopReason'> | undefined,
  stop: (lease: LeaseState, reason: StopReason) => void,
): void {
  for (const lease of leases) {
    const reason = lease.phase === 'publishing' ? undefined : source?.stopReason(lease);
    if (reason !== undefined) stop(lease, reason);
  }
}
