/** Brings the outbox to the message server: several events at once, each until it is taken, the outcome of an attempt last. */

import type { AttemptEvent } from '../../shared/domain/event.js';
import type { Clock } from '../../shared/runtime/clock.js';
import type { Log } from '../../shared/runtime/log.js';
import type { Random } from '../../shared/runtime/random.js';
import type { EventStream } from './event-stream.js';
import type { Outbox } from './outbox.js';

export interface PublisherOptions {
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** An outcome lies on the message server. */
  onDelivered(event: AttemptEvent): void;
}

const MAX_IN_FLIGHT = 64;
const FIRST_WAIT_MILLISECONDS = 200;
const LAST_WAIT_MILLISECONDS = 5000;

export class Publisher {
  readonly #options: PublisherOptions;
  readonly #inFlight = new Set<AttemptEvent>();
  #stream: EventStream | undefined;
  /** Failures since the last event that was taken. */
  #failures = 0;
  #retry: Disposable | undefined;
  #closed = false;

  constructor(options: PublisherOptions) {
    this.#options = options;
    options.outbox.onAppended(() => this.#pump());
  }

  /** From now on events go there; what the old stream did not acknowledge is published again. */
  use(stream: EventStream): void {
    const old = this.#stream;
    this.#stream = stream;
    this.#failures = 0;
    this.#cancelRetry();
    void old?.close();
    this.#pump();
  }

  /** Stops publishing; the outbox keeps what was not taken. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelRetry();
    await this.#stream?.close();
  }

  #pump(): void {
    if (this.#closed || this.#retry || !this.#stream) return;
    for (const event of this.#ready()) this.#send(event, this.#stream);
  }

  /** Events that may go now. An outcome waits until everything before it was taken: it closes its attempt. */
  #ready(): readonly AttemptEvent[] {
    const ready: AttemptEvent[] = [];
    const waiting = new Set<string>();
    // After a failure one event at a time finds out whether the server is back.
    const limit = this.#failures > 0 ? 1 : MAX_IN_FLIGHT;
    for (const event of this.#options.outbox.pending()) {
      if (this.#inFlight.size + ready.length >= limit) break;
      const attempt = `${event.trial}.${event.attempt}`;
      const mayGo = !this.#inFlight.has(event) && !(event.body.kind === 'observed' && waiting.has(attempt));
      waiting.add(attempt);
      if (mayGo) ready.push(event);
    }
    return ready;
  }

  #send(event: AttemptEvent, stream: EventStream): void {
    this.#inFlight.add(event);
    stream
      .publish(event)
      .then(() => this.#taken(event))
      .catch((error: unknown) => this.#failed(event, stream, error));
  }

  #taken(event: AttemptEvent): void {
    const { outbox, log, onDelivered } = this.#options;
    this.#inFlight.delete(event);
    if (this.#failures > 0) log.info({}, 'message server reached');
    this.#failures = 0;
    this.#cancelRetry();
    outbox.acknowledge(event);
    if (event.body.kind === 'observed') onDelivered(event);
    this.#pump();
  }

  #failed(event: AttemptEvent, stream: EventStream, error: unknown): void {
    this.#inFlight.delete(event);
    if (this.#closed || stream !== this.#stream) return this.#pump();
    const { clock, random, log } = this.#options;
    if (this.#failures === 0) log.warn({ error }, 'message server not reached');
    if (this.#retry) return;
    this.#failures += 1;
    const wait = Math.min(FIRST_WAIT_MILLISECONDS * 2 ** (this.#failures - 1), LAST_WAIT_MILLISECONDS);
    this.#retry = clock.after(wait * (0.5 + random.uniform()), () => {
      this.#retry = undefined;
      this.#pump();
    });
  }

  #cancelRetry(): void {
    this.#retry?.[Symbol.dispose]();
    this.#retry = undefined;
  }
}
