import { expect, test } from 'vitest';

import { busyShare, isBusy, parseProcessorTimes, readProcessorTimes } from '../../../agent/runner/processor-load.js';

/** First lines of `/proc/stat` of a machine with two processors. */
const STAT = `cpu  100 20 30 4000 500 6 7 80 90 0
cpu0 50 10 15 2000 250 3 3 40 45 0
cpu1 50 10 15 2000 250 3 4 40 45 0
intr 12345 0 0
ctxt 99
`;

test('time at work is counted, waiting for disks and time stolen by other guests is not', () => {
  expect(parseProcessorTimes(STAT)).toEqual({ busyTicks: 163, totalTicks: 4663, processors: 2 });
});

test.each(['', 'cpu0 1 2 3 4\n', 'cpu  1 2\n', 'something else\n'])('%j tells nothing', (text) => {
  expect(parseProcessorTimes(text)).toBeUndefined();
});

test('the share is that of the time between two looks', () => {
  const before = { busyTicks: 100, totalTicks: 1000, processors: 2 };
  expect(busyShare(before, { busyTicks: 150, totalTicks: 1200, processors: 2 })).toBe(0.25);
  expect(busyShare(before, before)).toBeUndefined();
  // The kernel corrects its idle time now and then.
  expect(busyShare(before, { busyTicks: 90, totalTicks: 1100, processors: 2 })).toBe(0);
});

test('half a processor is housekeeping on a small machine, on a large one 2 % of all', () => {
  expect([isBusy(0.2, 2), isBusy(0.3, 2)]).toEqual([false, true]);
  expect([isBusy(0.019, 128), isBusy(0.021, 128)]).toEqual([false, true]);
});

test('this machine tells', () => {
  const { busyTicks, totalTicks, processors } = readProcessorTimes()!;
  expect(busyTicks).toBeGreaterThan(0);
  expect(totalTicks).toBeGreaterThan(busyTicks);
  expect(processors).toBeGreaterThan(0);
});
