import { expect, test } from 'vitest';

import { EXACT, KnotStore } from '../../../../agent/meter/ledger/knot-store.js';

const filled = (count: number, limit?: number): KnotStore => {
  const store = new KnotStore(undefined, limit);
  for (let i = 0; i < count; i++) {
    store.push({ atNanoseconds: BigInt(i * 10), microjoules: BigInt(i * i), ...EXACT, ownNanoseconds: i });
  }
  return store;
};

test('knots are found by time', () => {
  const store = filled(5000);
  expect(store.lastAtOrBefore(-1n)).toBe(-1);
  expect(store.lastAtOrBefore(0n)).toBe(0);
  expect(store.lastAtOrBefore(12_345n)).toBe(1234);
  expect(store.lastAtOrBefore(10n ** 9n)).toBe(4999);
  expect(new KnotStore().lastAtOrBefore(0n)).toBe(-1);
});

test('dropping keeps the two knots before the instant, and all after it', () => {
  const store = filled(5000);
  store.dropBefore(12_345n);
  expect(store.at(0)).toBe(12_330n);
  expect(store.energy(store.lastAtOrBefore(12_345n))).toBe(1234n ** 2n);
  for (let i = 5000; i < 20_000; i++) {
    store.push({ atNanoseconds: BigInt(i * 10), microjoules: BigInt(i * i), ...EXACT, ownNanoseconds: i });
  }
  expect(store.at(0)).toBe(12_330n);
  expect(store.energy(store.length - 1)).toBe(19_999n ** 2n);
});

test('memory is bounded: old history is thinned, the ends and the recent half stay', () => {
  const once = filled(1001, 1000);
  expect(once.length).toBe(751);
  expect(once.at(250)).toBe(5000n);
  expect(once.at(251)).toBe(5010n);
  const store = filled(10_000, 1000);
  expect(store.length).toBeLessThanOrEqual(1000);
  expect(store.at(0)).toBe(0n);
  expect(store.at(store.length - 1)).toBe(99_990n);
  const recent = Array.from({ length: 400 }, (_, i) => store.at(store.length - 1 - i) - store.at(store.length - 2 - i));
  expect(new Set(recent)).toEqual(new Set([10n]));
  for (let i = 0; i < store.length; i++) expect(store.energy(i)).toBe((store.at(i) / 10n) ** 2n);
});
