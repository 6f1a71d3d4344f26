/** The port to the message server: durable publishing of one event at a time. */

import type { AttemptEvent } from '../../shared/domain/event.js';

export interface EventStream {
  /**
   * Resolves when the server has the event on its disk; publishing the same event again is harmless.
   *
   * Rejects when that is not known; the caller tries again.
   */
  publish(event: AttemptEvent): Promise<void>;
  close(): Promise<void>;
}
