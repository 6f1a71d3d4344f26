import fc from 'fast-check';
import { expect, test } from 'vitest';

import { EventLog } from '../../../../agent/meter/ledger/event-log.js';
import { Timeline } from '../../../../agent/meter/ledger/timeline.js';

const stretch = fc
  .tuple(fc.bigInt(0n, 100n), fc.bigInt(0n, 10n))
  .map(([from, length]) => [from, from + length] as const);

test('holds exactly the instants that were added, in disjoint stretches, whatever their order', () => {
  fc.assert(
    fc.property(fc.array(stretch, { maxLength: 30 }), stretch, (added, [start, end]) => {
      const timeline = new Timeline();
      for (const [from, to] of added) timeline.add(from, to);
      const { stretches } = timeline;
      for (let i = 1; i < stretches.length; i++) {
        expect(stretches[i]!.fromNanoseconds).toBeGreaterThan(stretches[i - 1]!.toNanoseconds);
      }
      const overlaps = (from: bigint, to: bigint): boolean => from < end && to > start;
      const expected = added.some(([from, to]) => overlaps(from, to));
      if (start < end && added.every(([from, to]) => from < to)) {
        expect(timeline.within(start, end) !== undefined).toBe(expected);
        expect(timeline.allWithin(start, end)).toEqual(
          stretches.filter(({ fromNanoseconds, toNanoseconds }) => overlaps(fromNanoseconds, toNanoseconds)),
        );
      }
    }),
    { seed: 3, numRuns: 500 },
  );
});

test('what ended before an instant is forgotten', () => {
  const timeline = new Timeline();
  for (const from of [0n, 20n, 40n]) timeline.add(from, from + 10n);
  timeline.forgetBefore(30n);
  expect(timeline.stretches.map(({ fromNanoseconds }) => fromNanoseconds)).toEqual([20n, 40n]);
});

test('two gaps that share an end stay two; anything else that follows itself is one', () => {
  const log = new EventLog();
  for (const kind of ['gap', 'throttled'] as const) {
    log.note(kind, 0n, 10n);
    log.note(kind, 10n, 20n);
  }
  expect(log.all().map(({ kind, fromNanoseconds }) => [kind, fromNanoseconds])).toEqual(
    expect.arrayContaining([
      ['gap', 0n],
      ['gap', 10n],
      ['throttled', 0n],
    ]),
  );
  expect(log.all()).toHaveLength(3);
  expect(log.kindsWithin(20n, 30n)).toEqual([]);
});

test('a contamination holds for every window over it, until it is forgotten', () => {
  const log = new EventLog();
  log.contaminate(10n, 20n, 'another program');
  expect(log.contamination(19n, 30n)).toBe('another program');
  expect(log.contamination(20n, 30n)).toBeUndefined();
  log.forgetBefore(21n);
  expect(log.contamination(0n, 30n)).toBeUndefined();
});
