import { expect, test } from 'vitest';

import { CLOSE_LOOKS, TickSchedule } from '../../../../agent/meter/sampling/tick-schedule.js';
import { ManualClock } from '../manual-clock.js';
import { COUNTER, MS, steady } from '../sensors.js';
import { gpu, samplerOver, usable } from './sampler-fixture.js';

const QUICK = { ...COUNTER, updateNanoseconds: 20n * MS };

test('at first looks are close together, then at the usual rate', async () => {
  const clock = new ManualClock();
  let looks = 0;
  using schedule = new TickSchedule({
    clock,
    periodMilliseconds: 20,
    dither: 0.4,
    first: CLOSE_LOOKS,
    action: () => void looks++,
  });
  expect(schedule).toBeDefined();
  await clock.advance(CLOSE_LOOKS.duration);
  expect(looks).toBeGreaterThanOrEqual(CLOSE_LOOKS.duration / CLOSE_LOOKS.period - 1);
  looks = 0;
  await clock.advance(10_000);
  expect(looks).toBeGreaterThan(495);
  expect(looks).toBeLessThan(505);
});

test('updates every 20 ms are told apart: a window of steady power is known to some tenths of a per cent', async () => {
  const lab = samplerOver([{ ...gpu(steady(300, 20n * MS)), traits: QUICK }]);
  await lab.hold('GPU-1');
  await lab.clock.advance(5000);
  const [state] = await lab.core.sensors();
  expect(state?.quality?.updateMilliseconds).toBeCloseTo(20, 3);
  await lab.attach(1, 101, { devices: ['GPU-1'] });
  const start = lab.clock.now;
  const [energy] = await lab.window(1, start + 3n * MS, start + 1000n * MS);
  const { microjoules, uncertainty } = usable(energy);
  expect(Number(microjoules) / 1e6).toBeCloseTo(300 * 0.997, 0);
  expect(uncertainty.edgeJoules / 299.1).toBeLessThan(0.004);
});

test('slow updates are looked at as ever', async () => {
  const count = async (traits: typeof COUNTER): Promise<number> => {
    let looks = 0;
    const energyAt = steady(300, traits.updateNanoseconds);
    const counted = { ...gpu(), traits, energyAt: (at: bigint) => (looks++, energyAt(at)) };
    await samplerOver([counted]).hold('GPU-1');
    return looks;
  };
  expect(await count(COUNTER)).toBeLessThan(120);
  expect(await count(QUICK)).toBeGreaterThan(900);
});
