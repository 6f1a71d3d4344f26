import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { systemClock } from '../../../shared/runtime/clock.js';

const HOUR = 3_600_000;
/** Timers of the runtime fire at once when they are longer than 2^31 - 1 ms, which is between these two. */
const LENGTHS = [596 * HOUR, 597 * HOUR, 1200 * HOUR, 87_600 * HOUR];

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test.each(LENGTHS)('after %d ms an action is called once, and not before', (length) => {
  const action = vi.fn();
  systemClock.after(length, action);
  vi.advanceTimersByTime(length - 1);
  expect(action).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  vi.advanceTimersByTime(2 * length);
  expect(action).toHaveBeenCalledTimes(1);
});

test.each(LENGTHS)('every %d ms an action is called until it is disposed of', (length) => {
  const action = vi.fn();
  const timer = systemClock.every(length, action);
  vi.advanceTimersByTime(3 * length - 1);
  expect(action).toHaveBeenCalledTimes(2);
  timer[Symbol.dispose]();
  vi.advanceTimersByTime(length);
  expect(action).toHaveBeenCalledTimes(2);
});

test.each(LENGTHS)('a sleep of %d ms ends then, or with its signal', async (length) => {
  const settled = vi.fn();
  const cause = new Error('enough');
  const stop = new AbortController();
  const aborted = expect(systemClock.sleep(length, stop.signal)).rejects.toBe(cause);
  const slept = systemClock.sleep(length).then(settled);
  await vi.advanceTimersByTimeAsync(length - 1);
  expect(settled).not.toHaveBeenCalled();
  stop.abort(cause);
  await aborted;
  await vi.advanceTimersByTimeAsync(1);
  await slept;
});

test('a long timer can be cancelled in each of its parts', () => {
  const action = vi.fn();
  const timer = systemClock.after(1200 * HOUR, action);
  vi.advanceTimersByTime(1000 * HOUR);
  timer[Symbol.dispose]();
  vi.advanceTimersByTime(1000 * HOUR);
  expect(action).not.toHaveBeenCalled();
  expect(vi.getTimerCount()).toBe(0);
});
