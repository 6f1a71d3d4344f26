import { expect, test } from 'vitest';

import type { EventStream } from '../../../agent/publish/event-stream.js';
import { Outbox } from '../../../agent/publish/outbox.js';
import { Publisher } from '../../../agent/publish/publisher.js';
import type { AttemptEvent, AttemptIds } from '../../../shared/domain/event.js';
import { agentId, leaseId, trialId } from '../../../shared/domain/identity.js';
import { seededRandom } from '../../../shared/runtime/random.js';
import { manualClock, type ManualClock } from '../../support/manual-clock.js';
import { sampleObservation } from '../../support/sample-domain.js';
import { keptLog } from '../../support/silent-log.js';
import { temporaryFolder } from '../temporary-folder.js';

const ids = (n: number): AttemptIds => ({
  agent: agentId('a'),
  trial: trialId(`c-${n}`),
  attempt: 1,
  lease: leaseId(`l-${n}`),
});

/** A message server that answers when told to. */
class HeldStream implements EventStream {
  readonly asked: { readonly event: AttemptEvent; take(): void; refuse(): void }[] = [];
  closed = false;

  publish(event: AttemptEvent): Promise<void> {
    return new Promise((resolve, reject) =>
      this.asked.push({ event, take: resolve, refuse: () => reject(new Error('away')) }),
    );
  }
  async close(): Promise<void> {
    this.closed = true;
  }
  get names(): string[] {
    return this.asked.map(({ event }) => `${event.trial}:${event.sequence}`);
  }
}

interface Setting {
  readonly outbox: Outbox;
  readonly publisher: Publisher;
  readonly clock: ManualClock;
  readonly delivered: string[];
}

function setting(): Setting {
  const clock = manualClock();
  const folder = temporaryFolder();
  const outbox = new Outbox({ folder, clock, log: keptLog() });
  const delivered: string[] = [];
  const publisher = new Publisher({
    outbox,
    clock,
    random: seededRandom('publisher'),
    log: keptLog(),
    onDelivered: ({ lease }) => delivered.push(lease),
  });
  return { outbox, publisher, clock, delivered };
}

/** Lets every promise and file operation that is under way come to its end. */
const settle = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
};

test('an outcome is published only after everything before it was taken', async () => {
  const { outbox, publisher, delivered } = setting();
  await outbox.append(ids(1), { kind: 'started' });
  await outbox.append(ids(1), { kind: 'observed', observation: sampleObservation });
  const stream = new HeldStream();
  publisher.use(stream);
  expect(stream.names).toEqual(['c-1:1']);
  stream.asked[0]!.take();
  await settle(() => stream.names.length === 2);
  expect(stream.names).toEqual(['c-1:1', 'c-1:2']);
  expect(delivered).toEqual([]);
  stream.asked[1]!.take();
  await settle(() => delivered.length > 0);
  expect(delivered).toEqual(['l-1']);
  expect([...outbox.pending()]).toEqual([]);
});

test('one attempt does not wait for another', async () => {
  const { outbox, publisher } = setting();
  await outbox.append(ids(1), { kind: 'started' });
  await outbox.append(ids(2), { kind: 'observed', observation: sampleObservation });
  const stream = new HeldStream();
  publisher.use(stream);
  expect(stream.names).toEqual(['c-1:1', 'c-2:1']);
});

test('a server that is away is asked again with one event, later and later, and nothing is lost', async () => {
  const { outbox, publisher, clock } = setting();
  const stream = new HeldStream();
  publisher.use(stream);
  await outbox.append(ids(1), { kind: 'started' });
  await outbox.append(ids(1), { kind: 'metered', energy: [], elapsedSeconds: 2 });
  expect(stream.names).toEqual(['c-1:1', 'c-1:2']);
  for (const { refuse } of stream.asked.splice(0)) refuse();
  await settle(() => true);
  await new Promise((resolve) => setImmediate(resolve));
  clock.advance(99);
  expect(stream.names).toEqual([]);
  clock.advance(300);
  expect(stream.names).toEqual(['c-1:1']);
  stream.asked.splice(0)[0]!.take();
  await settle(() => stream.names.length > 0);
  expect(stream.names).toEqual(['c-1:2']);
});

test('what an old stream did not take is published on the new one', async () => {
  const { outbox, publisher } = setting();
  const [old, next] = [new HeldStream(), new HeldStream()];
  publisher.use(old);
  await outbox.append(ids(1), { kind: 'started' });
  publisher.use(next);
  old.asked[0]!.refuse();
  await settle(() => next.names.length > 0);
  expect(next.names).toEqual(['c-1:1']);
  expect(old.closed).toBe(true);
});
