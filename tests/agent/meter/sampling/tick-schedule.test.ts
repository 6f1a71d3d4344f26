import { expect, test } from 'vitest';

import { TickSchedule } from '../../../../agent/meter/sampling/tick-schedule.js';
import { ManualClock } from '../manual-clock.js';

const PERIOD = 20;

test('keeps to absolute deadlines: there are as many looks as there should be, each near its own place', async () => {
  const clock = new ManualClock();
  const start = clock.now;
  const looks: number[] = [];
  using schedule = new TickSchedule({
    clock,
    periodMilliseconds: PERIOD,
    dither: 0.4,
    action: () => void looks.push(Number(clock.now - start) / 1e6),
  });
  expect(schedule).toBeDefined();
  await clock.advance(60_000);
  expect(looks).toHaveLength(3000);
  looks.forEach((at, i) => expect(Math.abs(at - (i + 1) * PERIOD)).toBeLessThanOrEqual(0.2 * PERIOD + 1));
});

test('visits every phase of a sensor that ticks at a multiple of the period', async () => {
  const clock = new ManualClock();
  const phases = new Set<number>();
  using schedule = new TickSchedule({
    clock,
    periodMilliseconds: PERIOD,
    dither: 0.4,
    action: () => void phases.add(Number((clock.now / 1_000_000n) % 20n)),
  });
  expect(schedule).toBeDefined();
  await clock.advance(2000);
  expect(phases.size).toBeGreaterThanOrEqual(8);
});

test('skips what it has missed instead of making up for it', async () => {
  const clock = new ManualClock();
  const looks: number[] = [];
  const start = clock.now;
  using schedule = new TickSchedule({
    clock,
    periodMilliseconds: PERIOD,
    dither: 0,
    action() {
      looks.push(Number(clock.now - start) / 1e6);
      if (looks.length === 3) clock.now += 110n * 1_000_000n;
    },
  });
  expect(schedule).toBeDefined();
  await clock.advance(300);
  expect(looks.slice(0, 5)).toEqual([20, 40, 60, 180, 200]);
});

test('can be ended from within its own action', async () => {
  const clock = new ManualClock();
  let count = 0;
  const schedule = new TickSchedule({
    clock,
    periodMilliseconds: PERIOD,
    dither: 0,
    action() {
      count++;
      if (count === 2) schedule[Symbol.dispose]();
    },
  });
  await clock.advance(200);
  expect(count).toBe(2);
});
