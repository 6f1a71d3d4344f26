/** A wish to stop one trial, which may be uttered at any time, also before there is anything to stop. */

import type { TrialStopReason } from './trial-socket.js';

export class StopRequest {
  readonly #listeners: ((reason: TrialStopReason) => void)[] = [];
  readonly #abort = new AbortController();
  #reason: TrialStopReason | undefined;

  /** The latest reason; a later one may be more urgent. */
  get reason(): TrialStopReason | undefined {
    return this.#reason;
  }
  /** Aborted with the first request. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  request(reason: TrialStopReason): void {
    this.#reason = reason;
    this.#abort.abort();
    for (const listener of this.#listeners) listener(reason);
  }

  /** Calls back at every request, at once if there was one. */
  onRequest(listener: (reason: TrialStopReason) => void): void {
    this.#listeners.push(listener);
    if (this.#reason !== undefined) listener(this.#reason);
  }
}
