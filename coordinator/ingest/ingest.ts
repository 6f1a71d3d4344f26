/** Takes events off the stream into the store: decode, account in one transaction, then acknowledge. */

import { EnvironmentError } from '../../shared/domain/errors.js';
import type { AttemptEvent, AttemptIds } from '../../shared/domain/event.js';
import type { Log } from '../../shared/runtime/log.js';
import { decodeEvent, peekOutcome } from '../../shared/wire/event-codec.js';
import type { Store } from '../store/store.js';

/** A message as the stream gives it. */
export interface Delivery {
  readonly subject: string;
  readonly body: Uint8Array;
  /** Tells the stream that the message is durable here and need not come again. */
  acknowledge(): void;
}

export interface IngestOptions {
  readonly store: Pick<Store, 'insertRejected' | 'transaction'>;
  /** Accounts for events in one transaction; one answer per event. */
  readonly account: (events: readonly AttemptEvent[]) => readonly { readonly kind: string; readonly reason?: string }[];
  /** Ends the attempt whose outcome was set aside: its agent would wait for the account for ever. */
  readonly giveUp: (outcome: AttemptIds, reason: string) => void;
  readonly wallMilliseconds: () => number;
  readonly log: Log;
}

/**
 * Ingests a batch; whatever happens, nothing is acknowledged that is not in the store.
 *
 * A message that is no event, belongs to no attempt, or cannot be accounted for is kept among the rejected ones: it must
 * neither be lost, nor come again for ever, nor keep the others from being accounted for.
 *
 * @throws {EnvironmentError} if the store refuses; what was not acknowledged comes again.
 */
export function ingestBatch(deliveries: readonly Delivery[], options: IngestOptions): void {
  const read = deliveries.map((delivery) => ({ delivery, event: eventOf(delivery) }));
  const good = read.flatMap(({ delivery, event }) => ('error' in event ? [] : [{ delivery, event }]));
  const answers = accountFor(
    good.map(({ event }) => event),
    options,
  );
  const rejected = [
    ...read.flatMap(({ delivery, event }) => ('error' in event ? [{ delivery, reason: event.error }] : [])),
    ...good.flatMap(({ delivery }, i) =>
      answers[i]?.kind === 'rejected' ? [{ delivery, reason: answers[i].reason ?? 'rejected' }] : [],
    ),
  ];
  if (rejected.length > 0) reject(rejected, options);
  for (const { delivery, reason } of rejected) {
    const outcome = peekOutcome(delivery.body);
    if (outcome && isOf(delivery.subject, outcome)) options.giveUp(outcome, reason);
  }
  for (const { acknowledge } of deliveries) acknowledge();
}

type Answer = ReturnType<IngestOptions['account']>[number];

/** All in one transaction; if one of them cannot be accounted for, each in its own. */
function accountFor(events: readonly AttemptEvent[], options: IngestOptions): readonly Answer[] {
  const { account, log } = options;
  try {
    return account(events);
  } catch (error) {
    if (error instanceof EnvironmentError) throw error;
    if (events.length > 1) return events.flatMap((event) => accountFor([event], options));
    log.error({ error, trial: events[0]?.trial, attempt: events[0]?.attempt }, 'event not accountable');
    return [{ kind: 'rejected', reason: error instanceof Error ? error.message : String(error) }];
  }
}

function eventOf({ subject, body }: Delivery): AttemptEvent | { readonly error: string } {
  try {
    const event = decodeEvent(body);
    return isOf(subject, event) ? event : { error: 'the subject names another agent, trial or attempt than the event' };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

/** Agents may write to subjects of their own alone, where the server keeps them apart. */
function isOf(subject: string, { agent, trial, attempt }: AttemptIds): boolean {
  const [ofAgent, ofTrial, ofAttempt] = subject.split('.').slice(-3);
  return agent === ofAgent && trial === ofTrial && String(attempt) === ofAttempt;
}

function reject(
  rejected: readonly { readonly delivery: Delivery; readonly reason: string }[],
  { store, wallMilliseconds, log }: IngestOptions,
): void {
  store.transaction(() => {
    for (const { delivery, reason } of rejected) {
      const { subject, body } = delivery;
      store.insertRejected({ subject, reason, body, receivedMilliseconds: wallMilliseconds() });
    }
  });
  for (const { delivery, reason } of rejected) log.warn({ subject: delivery.subject, reason }, 'event rejected');
}
