import { describe, expect, test } from 'vitest';

import { HeldDevice } from '../../../../agent/meter/sampling/held-device.js';
import type { ProbedDevice, Reading, SensorTraits } from '../../../../agent/meter/energy-source.js';
import { COUNTER, MS, POWER, probed, SECOND } from '../sensors.js';
import { usable } from './sampler-fixture.js';

const LIMIT_WATTS = 700;

function card(traits: SensorTraits, more: Partial<ProbedDevice> = {}): HeldDevice {
  const { device, ...found } = probed({ id: 'GPU-1', part: 'accelerator', traits });
  return new HeldDevice({ ...found, ...more, device: { ...device, powerLimitWatts: LIMIT_WATTS } });
}

/** Ten seconds of looks every 20 ms. */
function feed(
  held: HeldDevice,
  readingAt: (instant: bigint) => Pick<Reading & { kind: 'power' }, 'kind' | 'microwatts'>,
) {
  for (let at = 0n; at < 10n * SECOND; at += 20n * MS) {
    held.add({ ...readingAt(at), device: held.probed.device.id, atNanoseconds: at });
  }
}

describe('a reading of more power than the device can draw', () => {
  test.each([2801, 50_000])('such as %d W of a card of 700 W is a failed look, and no energy', (watts) => {
    const held = card(POWER);
    feed(held, (at) => ({
      kind: 'power',
      microwatts: at / SECOND === 5n && at % SECOND < 100n * MS ? BigInt(watts) * 1_000_000n : 300_000_000n,
    }));
    const energy = usable(held.window(undefined, { start: 3n * SECOND, end: 8n * SECOND }));
    expect(energy.meanWatts).toBeCloseTo(300, 6);
    expect(energy.peakWatts).toBeCloseTo(300, 6);
    expect(energy.events).toContain('read-failed');
  });

  test('at every look leaves no figure, and says why', () => {
    const held = card(POWER);
    feed(held, () => ({ kind: 'power', microwatts: 50_000_000_000n }));
    expect(held.window(undefined, { start: 3n * SECOND, end: 8n * SECOND })).toMatchObject({
      kind: 'unusable',
      reason: 'the sensor showed 50000 W, more than the device can draw',
    });
  });

  test('may be the machine’s', () => {
    const { device, ...found } = probed({ id: 'wall', part: 'machine', traits: POWER });
    const held = new HeldDevice({ ...found, device });
    feed(held, () => ({ kind: 'power', microwatts: 50_000_000_000n }));
    expect(usable(held.window(undefined, { start: 3n * SECOND, end: 8n * SECOND })).meanWatts).toBeCloseTo(50_000);
  });
});

describe('a mean above the power limit', () => {
  const counting = (watts: bigint, more: Partial<ProbedDevice> = {}) => {
    const held = card(COUNTER, more);
    for (let at = 0n; at < 10n * SECOND; at += 20n * MS) {
      const microjoules = (at / (100n * MS)) * 100_000n * watts;
      held.add({ kind: 'energy', device: held.probed.device.id, atNanoseconds: at, microjoules });
    }
    return usable(held.window(undefined, { start: 3n * SECOND, end: 8n * SECOND })).events.includes(
      'above-power-limit',
    );
  };

  test('is marked, beyond what the gain of 3 % may make of it', () => {
    expect(counting(800n)).toBe(true);
    expect(counting(730n)).toBe(false);
    expect(counting(300n)).toBe(false);
  });

  test('is not where the figure holds more than the device', () =>
    expect(counting(800n, { includes: ['cpu', 'dram'] })).toBe(false));
});
