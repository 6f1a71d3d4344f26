import { expect, test } from 'vitest';

import { watchStandstill } from '../../agent/measure-standstill.js';

const MS = 1_000_000n;

/** A watch from 0 on that looks at these milliseconds and at no others. */
function watched(looks: readonly number[], end: number): number {
  let now = 0n;
  let look = (): void => undefined;
  const every = (_: number, action: () => void): Disposable => {
    look = action;
    return { [Symbol.dispose]: () => undefined };
  };
  using watch = watchStandstill({ monotonicNanoseconds: () => now, every }, now);
  for (const at of looks) {
    now = BigInt(at) * MS;
    look();
  }
  return watch.longestSeconds(BigInt(end) * MS);
}

test('a program whose looks go on did not stand still', () => {
  expect(watched([250, 510, 750, 1900, 2000], 2100)).toBe(0);
});

test('the longest time without a look is told, also when it is not over at the end', () => {
  expect(watched([250, 500, 3750, 5500], 5700)).toBeCloseTo(3, 6);
  expect(watched([250, 500], 5500)).toBeCloseTo(4.75, 6);
});
