import { runInNewContext } from 'node:vm';
import { setFlagsFromString } from 'node:v8';

import { expect, test } from 'vitest';

import { deviceId } from '../../../../shared/domain/identity.js';
import type { Clock } from '../../../../shared/runtime/clock.js';
import { seededRandom } from '../../../../shared/runtime/random.js';
import type { EnergySource, Reading } from '../../../../agent/meter/energy-source.js';
import { ProcessTable } from '../../../../agent/meter/sampling/processor-time.js';
import { SamplerCore } from '../../../../agent/meter/sampling/sampler-core.js';
import { manualClock } from '../../../support/manual-clock.js';
import { COUNTER, MS, POWER, probed } from '../sensors.js';

const GPUS = Array.from({ length: 4 }, (_, i) => deviceId(`GPU-${i}`));
const HOUR_MILLISECONDS = 3_600_000;
const MEBIBYTE = 2 ** 20;

/** Timers come up to 4 ms late, as they do on a busy machine. */
function lateClock() {
  const clock = manualClock();
  const random = seededRandom('late');
  const late: Clock = {
    ...clock,
    after: (milliseconds, action) => clock.after(milliseconds + 4 * random.uniform(), action),
  };
  return { clock: late, advance: (milliseconds: number) => clock.advance(milliseconds) };
}

/** 300 W, the counter latched every 100 ms, with a second reading of the power. */
function countedSource(clock: Clock, looks: bigint[]): EnergySource {
  return {
    name: 'counted',
    pace: 'counter',
    probe: () => ({
      found: GPUS.map((id) => ({
        ...probed({ id, part: 'accelerator', traits: COUNTER }),
        check: { source: 'power', traits: POWER },
      })),
      missing: [],
      versions: {},
    }),
    sample(held) {
      const atNanoseconds = clock.monotonicNanoseconds();
      looks.push(atNanoseconds);
      return [...held].flatMap((device): readonly Reading[] => [
        {
          kind: 'energy',
          device,
          atNanoseconds,
          microjoules: ((atNanoseconds / (100n * MS)) * 100n * MS * 300n) / 1000n,
        },
        { kind: 'power', device, atNanoseconds, microwatts: 300_000_000n, channel: 'check' },
      ]);
    },
    observe: (held) =>
      [...held].map((device) => ({ device, atNanoseconds: clock.monotonicNanoseconds(), temperatureCelsius: 50 })),
    close: () => undefined,
  };
}

function usedBytes(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

test('an hour of sampling neither drifts nor grows', async () => {
  const { clock, advance } = lateClock();
  const looks: bigint[] = [];
  const core = new SamplerCore({
    clock,
    sources: [countedSource(clock, looks)],
    processes: new ProcessTable({
      pids: () => [1],
      stat: () => undefined,
      name: () => undefined,
      hasVariable: () => undefined,
      busyTicks: () => undefined,
    }),
    ownPid: 1,
    periods: { counter: 20, load: 50 },
  });
  await core.probe();
  const start = clock.monotonicNanoseconds();
  const held = core.hold(GPUS);
  for (let i = 0; i < 150; i++) {
    advance(20);
    await Promise.resolve();
  }
  await held;
  advance(HOUR_MILLISECONDS / 6);
  const before = usedBytes();
  const counted = looks.length;
  looks.length = 0;
  advance((5 * HOUR_MILLISECONDS) / 6);
  const total = counted + looks.length;
  const last = looks.at(-1) ?? 0n;
  looks.length = 0;
  // What is read in that time would take ten times as much.
  expect(usedBytes() - before).toBeLessThan(6 * MEBIBYTE);
  const elapsed = Number(last - start) / 1e6;
  // The first look is at once; each other one stands at its own place in the hour, not after the one before.
  expect(Math.abs(elapsed - (total - 1) * 20)).toBeLessThan(10);
  const [state] = await core.sensors();
  expect(state?.quality?.updateMilliseconds).toBeCloseTo(100, 1);
  expect(Math.abs(state?.quality?.disagreement ?? 1)).toBeLessThan(0.01);
  await core.close();
});
