/**
 * Events on their way to the coordinator, on disk until nothing waits for them: one file per attempt, removed when its
 * outcome was taken and is settled. Until then a message server that lost its disk can be given the outcome again.
 *
 * What was taken is not noted down: after a restart the events of unfinished attempts are published again, which ingest
 * ignores. An event gets its number only when it is kept, so that numbers have no holes.
 */

import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import type { AttemptEvent, AttemptEventBody, AttemptIds } from '../../shared/domain/event.js';
import type { Clock } from '../../shared/runtime/clock.js';
import type { Log } from '../../shared/runtime/log.js';
import { encodeEvent } from '../../shared/wire/event-codec.js';
import { AttemptFile, recoverFile } from './attempt-file.js';
import { isKept } from './thinning.js';

export interface OutboxOptions {
  readonly folder: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Bytes that may wait before telemetry is left out. */
  readonly limitBytes?: number;
}

const LIMIT_BYTES = 64 * 2 ** 20;
const SUFFIX = '.events';

interface Attempt {
  readonly ids: AttemptIds;
  readonly file: AttemptFile;
  sequence: number;
  /** When telemetry of each kind was last kept, in wall milliseconds. */
  readonly lastKept: Map<string, number>;
}

export class Outbox {
  readonly #folder: string;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #limitBytes: number;
  readonly #attempts = new Map<string, Attempt>();
  /** In order of time; what is here was not taken yet. */
  readonly #pending = new Map<string, { readonly event: AttemptEvent; readonly bytes: number }>();
  /** Outcomes that were taken and are not settled. */
  readonly #taken = new Map<string, AttemptEvent>();
  readonly #listeners: (() => void)[] = [];
  #pendingBytes = 0;
  #diskRefuses = false;

  /** Opens the folder and reads back what lies in it. */
  constructor({ folder, clock, log, limitBytes = LIMIT_BYTES }: OutboxOptions) {
    this.#folder = folder;
    this.#clock = clock;
    this.#log = log;
    this.#limitBytes = limitBytes;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const name of readdirSync(folder).filter((name) => name.endsWith(SUFFIX))) this.#recover(name);
  }

  /** Events that wait to be published, oldest first. */
  *pending(): Generator<AttemptEvent> {
    for (const { event } of this.#pending.values()) yield event;
  }

  /** Calls back whenever something new waits. */
  onAppended(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /**
   * Keeps an event; resolves when it is on disk. A disk that refuses it is said in the log, and the event is published
   * out of memory all the same. Telemetry may be left out, see {@link isKept}.
   */
  async append(ids: AttemptIds, body: AttemptEventBody): Promise<void> {
    const attempt = this.#attempts.get(keyOf(ids)) ?? this.#begin(ids);
    const wallMilliseconds = this.#clock.wallMilliseconds();
    const last = attempt.lastKept.get(body.kind);
    const size = { pendingBytes: this.#pendingBytes, limitBytes: this.#limitBytes };
    if (!isKept(body.kind, size, last === undefined ? undefined : wallMilliseconds - last)) return;
    attempt.lastKept.set(body.kind, wallMilliseconds);
    attempt.sequence += 1;
    const event: AttemptEvent = { ...attempt.ids, sequence: attempt.sequence, wallMilliseconds, body };
    await this.#store(attempt, event);
    this.#enqueue(event);
    for (const listener of this.#listeners) listener();
  }

  /** The event was taken by the message server. The outcome is published last. */
  acknowledge(event: AttemptEvent): void {
    const entry = this.#pending.get(eventKey(event));
    if (!entry) return;
    this.#pending.delete(eventKey(event));
    this.#pendingBytes -= entry.bytes;
    if (event.body.kind === 'observed') this.#taken.set(keyOf(event), event);
  }

  /** Nobody waits for the attempt's outcome any more: its file goes, unless the outcome was not taken yet. */
  async settle(ids: AttemptKey): Promise<void> {
    if (!this.#taken.delete(keyOf(ids))) return;
    const attempt = this.#attempts.get(keyOf(ids));
    this.#attempts.delete(keyOf(ids));
    await attempt?.file
      .remove()
      .catch((error: unknown) => this.#log.error({ error, ...attempt.ids }, 'outbox file not removed'));
  }

  /** The attempt's outcome was taken, but has not arrived: it waits to be published once more. */
  publishAgain(ids: AttemptKey): void {
    const event = this.#taken.get(keyOf(ids));
    if (!event) return;
    this.#taken.delete(keyOf(ids));
    this.#log.warn({ trial: event.trial, attempt: event.attempt }, 'outcome not accounted: published again');
    this.#enqueue(event);
    for (const listener of this.#listeners) listener();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#attempts.values()].map(({ file }) => file.close()));
  }

  #begin({ agent, trial, attempt: number, lease }: AttemptIds): Attempt {
    const ids = { agent, trial, attempt: number, lease };
    const file = new AttemptFile(join(this.#folder, `${keyOf(ids)}${SUFFIX}`), 0);
    const attempt: Attempt = { ids, file, sequence: 0, lastKept: new Map() };
    this.#attempts.set(keyOf(ids), attempt);
    return attempt;
  }

  async #store({ file, ids }: Attempt, event: AttemptEvent): Promise<void> {
    try {
      await file.append(event);
      if (this.#diskRefuses) this.#log.info({ folder: this.#folder }, 'outbox writes again');
      this.#diskRefuses = false;
    } catch (error) {
      if (!this.#diskRefuses) this.#log.error({ error, folder: this.#folder, trial: ids.trial }, 'outbox cannot write');
      this.#diskRefuses = true;
    }
  }

  #enqueue(event: AttemptEvent): void {
    const bytes = encodeEvent(event).length;
    this.#pending.set(eventKey(event), { event, bytes });
    this.#pendingBytes += bytes;
  }

  #recover(name: string): void {
    const path = join(this.#folder, name);
    const found = recoverFile(path);
    if (!found) return this.#log.warn({ path }, 'outbox file set aside');
    if (found.cutBytes > 0)
      this.#log.warn({ path, cutBytes: found.cutBytes }, 'outbox file cut to its last whole event');
    const last = found.events.at(-1);
    const file = new AttemptFile(path, found.length);
    if (!last) return rmSync(path);
    const { agent, trial, attempt, lease, sequence } = last;
    this.#attempts.set(keyOf(last), { ids: { agent, trial, attempt, lease }, file, sequence, lastKept: new Map() });
    for (const event of found.events) this.#enqueue(event);
  }
}

type AttemptKey = Pick<AttemptIds, 'trial' | 'attempt'>;

const keyOf = ({ trial, attempt }: AttemptKey): string => `${trial}.${attempt}`;
const eventKey = (event: AttemptEvent): string => `${keyOf(event)}.${event.sequence}`;
