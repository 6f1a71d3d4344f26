import { expect, test } from 'vitest';

import { LeaseHolder } from '../../../agent/lease/lease-holder.js';
import type { AgentMessage, HeldLease } from '../../../shared/domain/conversation.js';
import { leaseId, slotId, trialId } from '../../../shared/domain/identity.js';
import { manualClock, type ManualClock } from '../../support/manual-clock.js';

const held = (n: number, phase: HeldLease['phase'] = 'running'): HeldLease => ({
  lease: leaseId(`l-${n}`),
  trial: trialId(`c-${n}`),
  attempt: 1,
  slot: slotId('cpu'),
  phase,
});

interface Setting {
  readonly holder: LeaseHolder;
  readonly clock: ManualClock;
  readonly sent: AgentMessage[];
  readonly over: string[];
}

function setting(): Setting {
  const clock = manualClock();
  const sent: AgentMessage[] = [];
  const over: string[] = [];
  const holder = new LeaseHolder({ clock, send: (m) => sent.push(m), onOver: ({ lease }) => over.push(lease) });
  return { holder, clock, sent, over };
}

test('a lease is renewed at each third of its term, in its phase, until its outcome is accounted', () => {
  const { holder, clock, sent, over } = setting();
  holder.setTerm(30);
  holder.take(held(1, 'preparing'));
  clock.advance(9_999);
  expect(sent).toEqual([]);
  clock.advance(1);
  holder.setPhase(leaseId('l-1'), 'publishing');
  holder.markDelivered(leaseId('l-1'));
  clock.advance(10_000);
  expect(sent).toEqual([
    { kind: 'renew', leases: [{ lease: 'l-1', phase: 'preparing' }] },
    { kind: 'renew', leases: [{ lease: 'l-1', phase: 'publishing' }] },
  ]);
  holder.markAccounted(leaseId('l-1'));
  clock.advance(60_000);
  expect(sent).toHaveLength(2);
  expect(over).toEqual(['l-1']);
});

test('one message renews all leases; without any nothing is said', () => {
  const { holder, clock, sent } = setting();
  holder.setTerm(3);
  clock.advance(3000);
  expect(sent).toEqual([]);
  holder.take(held(1));
  holder.take(held(2));
  clock.advance(1000);
  expect(sent).toEqual([
    {
      kind: 'renew',
      leases: [
        { lease: 'l-1', phase: 'running' },
        { lease: 'l-2', phase: 'running' },
      ],
    },
  ]);
});

test('a lost lease is neither renewed nor named again, and is over with the delivery of its outcome', () => {
  const { holder, clock, sent, over } = setting();
  holder.setTerm(30);
  holder.take(held(1));
  holder.markLost([leaseId('l-1'), leaseId('l-9')]);
  clock.advance(60_000);
  expect(sent).toEqual([]);
  expect(holder.held()).toEqual([]);
  expect(over).toEqual([]);
  holder.markDelivered(leaseId('l-1'));
  expect(over).toEqual(['l-1']);
});

test('an outcome that was delivered before its lease was found lost leaves nothing to do', () => {
  const { holder, over } = setting();
  holder.take(held(1, 'publishing'));
  holder.markDelivered(leaseId('l-1'));
  expect(over).toEqual([]);
  holder.markLost([leaseId('l-1')]);
  expect(over).toEqual(['l-1']);
});

test('an outcome that is not accounted long after its delivery is overdue, each time for twice as long', () => {
  const { holder, clock, over } = setting();
  for (const n of [1, 2, 3]) holder.take(held(n, 'publishing'));
  for (const n of [1, 3]) holder.markDelivered(leaseId(`l-${n}`));
  holder.markAccounted(leaseId('l-3'));
  const overdueAfter = (seconds: number): string[] => {
    clock.advance(seconds * 1000);
    return holder.overdue().map(({ lease }) => lease);
  };
  expect([29.9, 0.1, 59.9, 0.1].map(overdueAfter)).toEqual([[], ['l-1'], [], ['l-1']]);
  holder.markDelivered(leaseId('l-1'));
  expect([119.9, 0.1, 600, 600].map(overdueAfter)).toEqual([[], ['l-1'], ['l-1'], ['l-1']]);
  holder.markLost([leaseId('l-1')]);
  expect(overdueAfter(3600)).toEqual([]);
  expect(over).toEqual(['l-3', 'l-1']);
});

test('each way to end a lease ends it once', () => {
  const { holder, sent, over } = setting();
  for (const n of [1, 2, 3, 4]) holder.take(held(n));
  holder.release(leaseId('l-1'), 'drained', true);
  holder.confirmStopped(leaseId('l-2'));
  holder.markAccounted(leaseId('l-3'));
  holder.release(leaseId('l-4'), 'the slot is not free', false);
  for (const n of [1, 2, 3, 4]) holder.markAccounted(leaseId(`l-${n}`));
  expect(sent).toEqual([
    { kind: 'release', lease: 'l-1', reason: 'drained' },
    { kind: 'stopped', lease: 'l-2' },
    { kind: 'release', lease: 'l-4', reason: 'the slot is not free', notBegun: true },
  ]);
  expect(over).toEqual(['l-1', 'l-2', 'l-3', 'l-4']);
  expect(holder.count).toBe(0);
});

test('a lost lease is not handed back: it is not ours to give', () => {
  const { holder, sent, over } = setting();
  holder.take(held(1));
  holder.markLost([leaseId('l-1')]);
  holder.release(leaseId('l-1'), 'drained', true);
  expect(sent).toEqual([]);
  expect(over).toEqual(['l-1']);
});
