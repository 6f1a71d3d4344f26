import { Worker } from 'node:worker_threads';

import { expect, test } from 'vitest';

import { CounterLooks } from '../../../../agent/meter/sampling/counter-looks.js';
import { Doorbell } from '../../../../agent/meter/sampling/doorbell.js';
import { ManualClock } from '../manual-clock.js';

const PERIOD = 20;

/** Looks on a clock that standing still moves on, unless a message comes first; with what happened in which order. */
function looksOn(
  clock: ManualClock,
  changes: { readonly isAwaited?: () => boolean; readonly rung?: () => boolean } = {},
) {
  const happened: string[] = [];
  const at: number[] = [];
  const start = clock.now;
  const looks = new CounterLooks({
    clock,
    periodMilliseconds: PERIOD,
    look() {
      happened.push('look');
      at.push(Number(clock.now - start) / 1e6);
    },
    makeOut: () => void happened.push('make out'),
    isAwaited: changes.isAwaited ?? (() => false),
    together: 10,
    standStill(milliseconds) {
      if (changes.rung?.()) return false;
      clock.now += BigInt(Math.round(milliseconds * 1e6));
      happened.push('stand');
      return true;
    },
  });
  return { looks, happened, at };
}

test('ten looks are made out together, with the thread standing still in between', async () => {
  const clock = new ManualClock();
  const { looks, happened, at } = looksOn(clock);
  await clock.advance(2 * PERIOD);
  looks[Symbol.dispose]();
  const together = [...Array.from({ length: 9 }, () => ['look', 'stand']).flat(), 'look', 'make out'];
  expect(happened.slice(0, together.length)).toEqual(together);
  at.slice(0, 10).forEach((time, i) => expect(Math.abs(time - (i + 1) * PERIOD)).toBeLessThanOrEqual(0.2 * PERIOD + 1));
});

test('the event loop has a turn after each time of making out', async () => {
  const clock = new ManualClock();
  const { looks, happened } = looksOn(clock);
  await clock.advance(2000);
  looks[Symbol.dispose]();
  const turns = happened.filter((one, i) => one === 'make out' && happened[i + 1] === 'look').length;
  expect(turns).toBeGreaterThan(5);
  expect(happened.join(' ')).not.toContain('make out stand');
});

test('while somebody waits, each look is made out at once and nothing stands still', async () => {
  const clock = new ManualClock();
  const { looks, happened } = looksOn(clock, { isAwaited: () => true });
  await clock.advance(200);
  looks[Symbol.dispose]();
  expect(happened.length).toBeGreaterThan(10);
  expect(happened).toEqual(happened.map((_, i) => (i % 2 === 0 ? 'look' : 'make out')));
});

test('a message that comes while the thread stands still gets the event loop, and the next look comes at its time', async () => {
  const clock = new ManualClock();
  const { looks, happened, at } = looksOn(clock, { rung: () => true });
  await clock.advance(10 * PERIOD + 10);
  looks[Symbol.dispose]();
  expect(happened).toEqual([...Array.from({ length: 10 }, () => 'look'), 'make out']);
  at.forEach((time, i) => expect(Math.abs(time - (i + 1) * PERIOD)).toBeLessThanOrEqual(0.2 * PERIOD + 1));
});

test('without leave to stand still each look is made out by itself', async () => {
  const clock = new ManualClock();
  const happened: string[] = [];
  const looks = new CounterLooks({
    clock,
    periodMilliseconds: PERIOD,
    look: () => void happened.push('look'),
    makeOut: () => void happened.push('make out'),
    isAwaited: () => false,
    together: 10,
  });
  await clock.advance(3 * PERIOD + 10);
  looks[Symbol.dispose]();
  expect(happened).toEqual(['look', 'make out', 'look', 'make out', 'look', 'make out']);
});

test('a doorbell that was rung keeps its thread awake until it was heard', () => {
  const bell = new Doorbell();
  expect(bell.standStill(1)).toBe(true);
  bell.ring();
  expect(bell.standStill(60_000)).toBe(false);
  expect(bell.standStill(60_000)).toBe(false);
  bell.hear();
  expect(bell.standStill(1)).toBe(true);
});

test('ringing wakes a thread that stands still', async () => {
  const bell = new Doorbell();
  const sleeper = new Worker(
    `const { parentPort, workerData } = require('node:worker_threads');
     parentPort.postMessage('asleep');
     parentPort.postMessage(Atomics.wait(new Int32Array(workerData), 0, 0, 60000));`,
    { eval: true, workerData: bell.memory },
  );
  const answers: unknown[] = [];
  const done = new Promise<void>((resolve, reject) => {
    sleeper.on('error', reject);
    sleeper.on('message', (message) => {
      answers.push(message);
      if (answers.length === 1) bell.ring();
      else resolve();
    });
  });
  await done;
  await sleeper.terminate();
  // The ring may come before the thread has lain down.
  expect(['ok', 'not-equal']).toContain(answers[1]);
});
