/** Leases: each ends exactly when its term is over since the last renewal by its own agent. */

import fc from 'fast-check';
import { expect, test } from 'vitest';

import { LeaseTable } from '../../../coordinator/dispatch/lease-table.js';
import { agentId, leaseId, slotId, trialId } from '../../../shared/domain/identity.js';
import { manualClock } from '../../support/manual-clock.js';

const lease = (name: string, agent = 'a'): Parameters<LeaseTable['add']>[0] => ({
  ...{ lease: leaseId(name), trial: trialId(`t-${name}`), attempt: 1, agent: agentId(agent) },
  ...{ slot: slotId('s'), phase: 'preparing' },
});

const A = agentId('a');

test('a lease expires at the end of its term, not before', () => {
  const clock = manualClock();
  const table = new LeaseTable(clock, 30);
  table.add(lease('l1'));
  clock.advance(29_999);
  expect(table.expired()).toEqual([]);
  clock.advance(1);
  expect(table.expired().map((state) => state.lease)).toEqual(['l1']);
});

test('a renewal gives one full term from now on and keeps the phase; the grant stays when it was', () => {
  const clock = manualClock();
  const table = new LeaseTable(clock, 30);
  clock.advance(1000);
  table.add(lease('l1'));
  clock.advance(20_000);
  expect(table.renew(leaseId('l1'), A, 'publishing')).toBe(true);
  clock.advance(29_000);
  expect(table.expired()).toEqual([]);
  expect(table.get(leaseId('l1'))).toMatchObject({ phase: 'publishing', sinceNanoseconds: 1_000_000_000n });
  clock.advance(1000);
  expect(table.expired()).toHaveLength(1);
});

test('only its own agent renews a lease, and only while it is out', () => {
  const clock = manualClock();
  const table = new LeaseTable(clock, 30);
  table.add(lease('l1'));
  expect(table.renew(leaseId('l1'), agentId('b'), 'running')).toBe(false);
  expect(table.get(leaseId('l1'))?.phase).toBe('preparing');
  expect(table.remove(leaseId('l1'))?.trial).toBe('t-l1');
  expect(table.remove(leaseId('l1'))).toBeUndefined();
  expect(table.renew(leaseId('l1'), A, 'running')).toBe(false);
});

test('a fraction of a second is a term, too', () => {
  const clock = manualClock();
  const table = new LeaseTable(clock, 0.25);
  table.add(lease('l1'));
  clock.advance(249);
  expect(table.expired()).toEqual([]);
  clock.advance(1);
  expect(table.expired()).toHaveLength(1);
});

test('leases are told apart by agent', () => {
  const table = new LeaseTable(manualClock(), 30);
  for (const [name, agent] of [
    ['l1', 'a'],
    ['l2', 'b'],
    ['l3', 'a'],
  ] as const) {
    table.add(lease(name, agent));
  }
  expect(table.of(A).map((state) => state.lease)).toEqual(['l1', 'l3']);
  expect(table.all()).toHaveLength(3);
});

test('whatever is renewed in whatever order: expired are exactly those silent for a term', () => {
  const step = fc.tuple(fc.integer({ min: 0, max: 5000 }), fc.nat({ max: 4 }));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const clock = manualClock();
      const table = new LeaseTable(clock, 10);
      const names = ['l0', 'l1', 'l2', 'l3', 'l4'];
      names.forEach((name) => table.add(lease(name)));
      const last = new Map(names.map((name) => [name, 0]));
      let now = 0;
      for (const [pause, which] of steps) {
        now += pause;
        clock.advance(pause);
        table.renew(leaseId(`l${which}`), A, 'running');
        last.set(`l${which}`, now);
      }
      const silent = names.filter((name) => now - (last.get(name) ?? 0) >= 10_000);
      expect(table.expired().map((state) => state.lease)).toEqual(silent);
    }),
    { seed: 7, numRuns: 200 },
  );
});
