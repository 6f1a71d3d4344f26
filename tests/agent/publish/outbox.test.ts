import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';

import { encodeFrame } from '../../../agent/publish/frame.js';
import { Outbox } from '../../../agent/publish/outbox.js';
import type { AttemptEvent, AttemptEventBody, AttemptIds } from '../../../shared/domain/event.js';
import { agentId, leaseId, trialId } from '../../../shared/domain/identity.js';
import { encodeEvent } from '../../../shared/wire/event-codec.js';
import { manualClock } from '../../support/manual-clock.js';
import { sampleObservation } from '../../support/sample-domain.js';
import { keptLog } from '../../support/silent-log.js';
import { temporaryFolder } from '../temporary-folder.js';

const IDS: AttemptIds = { agent: agentId('a'), trial: trialId('c-1'), attempt: 1, lease: leaseId('l-1') };
const OBSERVED: AttemptEventBody = { kind: 'observed', observation: sampleObservation };
const metered = (elapsedSeconds: number): AttemptEventBody => ({ kind: 'metered', energy: [], elapsedSeconds });

const emptyFolder = (): string => temporaryFolder();
const opened: Outbox[] = [];
const open = (folder: string, limitBytes?: number): Outbox => {
  const options = limitBytes === undefined ? {} : { limitBytes };
  const outbox = new Outbox({ folder, clock: manualClock(), log: keptLog(), ...options });
  opened.push(outbox);
  return outbox;
};
afterEach(() => Promise.all(opened.splice(0).map((outbox) => outbox.close())));
const frameOf = (event: AttemptEvent): Buffer => encodeFrame(encodeEvent(event));
const sequences = (events: Iterable<AttemptEvent>): number[] => [...events].map(({ sequence }) => sequence);

test('a reopened outbox holds the same events and goes on counting', async () => {
  const folder = emptyFolder();
  const first = open(folder);
  await first.append(IDS, { kind: 'started' });
  await first.append(IDS, metered(2));
  await first.append({ ...IDS, trial: trialId('c-2') }, { kind: 'started' });
  const written = [...first.pending()];
  await first.close();

  const second = open(folder);
  expect([...second.pending()].sort((a, b) => (a.trial < b.trial ? -1 : 1))).toEqual(written);
  await second.append(IDS, OBSERVED);
  expect(sequences([...second.pending()].filter(({ trial }) => trial === IDS.trial))).toEqual([1, 2, 3]);
});

test('after a death at any byte the numbers have no hole, and no event is there that was not written', async () => {
  const folder = emptyFolder();
  const first = open(folder);
  for (const body of [{ kind: 'started' } as const, metered(2), metered(4)]) await first.append(IDS, body);
  const written = [...first.pending()];
  await first.close();
  const [name] = readdirSync(folder);
  const bytes = readFileSync(join(folder, name!));

  for (let cut = 0; cut <= bytes.length; cut++) {
    writeFileSync(join(folder, name!), bytes.subarray(0, cut));
    const again = open(folder);
    const kept = [...again.pending()];
    const left = kept.length === 0 ? 0 : statSync(join(folder, name!)).size;
    expect(bytes.subarray(0, left)).toEqual(Buffer.concat(written.slice(0, kept.length).map(frameOf)));
    expect(kept).toEqual(written.slice(0, kept.length));
    await again.append(IDS, OBSERVED);
    expect(sequences(again.pending())).toEqual(Array.from({ length: kept.length + 1 }, (_, i) => i + 1));
    await again.close();
    const reread = open(folder);
    expect(sequences(reread.pending())).toEqual(sequences(again.pending()));
    await reread.close();
  }
});

async function taken(outbox: Outbox): Promise<void> {
  await outbox.append(IDS, { kind: 'started' });
  await outbox.append(IDS, OBSERVED);
  for (const event of [...outbox.pending()]) outbox.acknowledge(event);
  expect([...outbox.pending()]).toEqual([]);
}

test('a file goes when its outcome was taken and is settled, in this order alone', async () => {
  const folder = emptyFolder();
  const outbox = open(folder);
  await outbox.append(IDS, { kind: 'started' });
  await outbox.append(IDS, OBSERVED);
  await outbox.settle(IDS);
  expect(readdirSync(folder)).toHaveLength(1);
  for (const event of [...outbox.pending()]) outbox.acknowledge(event);
  expect([...outbox.pending()]).toEqual([]);
  expect(readdirSync(folder)).toHaveLength(1);
  await outbox.settle(IDS);
  expect(readdirSync(folder)).toEqual([]);
});

test('an outcome that was taken but is not settled can be published again, also by a later process', async () => {
  const folder = emptyFolder();
  const outbox = open(folder);
  await taken(outbox);
  let told = 0;
  outbox.onAppended(() => (told += 1));
  outbox.publishAgain(IDS);
  outbox.publishAgain(IDS);
  expect([sequences(outbox.pending()), told]).toEqual([[2], 1]);
  for (const event of [...outbox.pending()]) outbox.acknowledge(event);
  await outbox.close();
  const later = open(folder);
  expect(sequences(later.pending())).toEqual([1, 2]);
  for (const event of [...later.pending()]) later.acknowledge(event);
  await later.settle(IDS);
  later.publishAgain(IDS);
  expect([[...later.pending()], readdirSync(folder)]).toEqual([[], []]);
});

test('a full outbox leaves out telemetry before it gets a number, and keeps every outcome', async () => {
  const outbox = open(emptyFolder(), 1);
  await outbox.append(IDS, { kind: 'started' });
  await outbox.append(IDS, metered(2));
  await outbox.append(IDS, { kind: 'reported', step: 1, metrics: {} });
  await outbox.append(IDS, OBSERVED);
  expect([...outbox.pending()].map(({ body, sequence }) => [body.kind, sequence])).toEqual([
    ['started', 1],
    ['observed', 2],
  ]);
});

test('a disk that refuses to write is said once, and the event is published all the same', async () => {
  const folder = emptyFolder();
  const log = keptLog();
  const outbox = new Outbox({ folder, clock: manualClock(), log });
  rmSync(folder, { recursive: true });
  await outbox.append(IDS, { kind: 'started' });
  await outbox.append(IDS, OBSERVED);
  expect(sequences(outbox.pending())).toEqual([1, 2]);
  expect(log.events.map(({ event }) => event)).toEqual(['outbox cannot write']);
});

test('a pipe in place of a file is set aside, and nobody is waited for', () => {
  const folder = emptyFolder();
  execFileSync('mkfifo', [join(folder, 'c-1.1.events')]);
  expect([...open(folder).pending()]).toEqual([]);
  expect(readdirSync(folder)).toEqual(['c-1.1.events.unreadable']);
});

test('a file of a foreign version is set aside, not lost', async () => {
  const folder = emptyFolder();
  const outbox = open(folder);
  await outbox.append(IDS, { kind: 'started' });
  await outbox.close();
  const [name] = readdirSync(folder);
  writeFileSync(join(folder, name!), encodeFrame(Buffer.from('something else')));
  expect([...open(folder).pending()]).toEqual([]);
  expect(readdirSync(folder)).toEqual([`${name}.unreadable`]);
});
