/** A log that keeps its events, for tests that look at them. */

import type { Log, LogFields } from '../../shared/runtime/log.js';

export interface KeptEvent {
  readonly level: string;
  readonly event: string;
  readonly fields: LogFields;
}

export function keptLog(events: KeptEvent[] = []): Log & { readonly events: readonly KeptEvent[] } {
  const at =
    (level: string) =>
    (fields: LogFields, event: string): void =>
      void events.push({ level, event, fields });
  return {
    ...{ debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') },
    child: () => keptLog(events),
    events,
  };
}
