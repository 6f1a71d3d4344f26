/** Energy above idle against closed forms and its invariants. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { deviceId } from '../../../shared/domain/identity.js';
import type { DeviceEnergy } from '../../../shared/domain/measurement.js';
import { netOfIdle, netRandomJoules, type NetEnergy } from '../../../shared/domain/net-energy.js';

type Usable = Extract<DeviceEnergy, { kind: 'usable' }>;
type UsableNet = Extract<NetEnergy, { kind: 'usable' }>;

const reading = (joules: number, changes: Partial<Usable> = {}): Usable => ({
  kind: 'usable',
  device: deviceId('GPU-1'),
  part: 'accelerator',
  source: 'nvml',
  provenance: 'counter',
  microjoules: BigInt(Math.round(joules * 1e6)),
  meanWatts: joules,
  uncertainty: { edgeJoules: 0, samplingJoules: 0, gapJoules: 0, gainJoules: 0 },
  events: [],
  ...changes,
});

const unusable: DeviceEnergy = {
  kind: 'unusable',
  device: deviceId('GPU-1'),
  part: 'accelerator',
  source: 'nvml',
  reason: 'the counter stood still',
};

function usable(net: NetEnergy): UsableNet {
  if (net.kind === 'unusable') throw new Error(net.reason);
  return net;
}

test('idle power over the length of the window is taken off: 1000 J in 10 s less 30 W is 700 J', () => {
  const net = usable(netOfIdle(reading(1000), reading(150), { window: 10, idle: 5 }));
  expect(net).toMatchObject({ joules: 700, idleWatts: 30, provenance: 'counter', belowIdle: false });
});

test('the gain acts on the difference: 3 % of 1000 J and of 300 J make 3 % of 700 J', () => {
  const gained = (joules: number): Usable =>
    reading(joules, { uncertainty: { edgeJoules: 0, samplingJoules: 0, gapJoules: 0, gainJoules: 0.03 * joules } });
  const net = usable(netOfIdle(gained(1000), gained(150), { window: 10, idle: 5 }));
  expect(net.uncertainty.gainJoules).toBeCloseTo(21, 12);
  const same = usable(netOfIdle(gained(300), gained(150), { window: 10, idle: 5 }));
  expect(same.uncertainty.gainJoules).toBeCloseTo(0, 12);
});

test('what is random in the idle window grows with the length it is taken off for', () => {
  const idle = reading(150, { uncertainty: { edgeJoules: 3, samplingJoules: 4, gapJoules: 0, gainJoules: 9 } });
  const window = reading(1000, { uncertainty: { edgeJoules: 1, samplingJoules: 2, gapJoules: 2, gainJoules: 30 } });
  const { uncertainty } = usable(netOfIdle(window, idle, { window: 20, idle: 5 }));
  expect(uncertainty).toEqual({ edgeJoules: 1, samplingJoules: 2, gapJoules: 2, gainJoules: 6, idleJoules: 20 });
  expect(netRandomJoules(uncertainty)).toBeCloseTo(Math.hypot(3, 20), 12);
});

test('less than idle is told as it is', () => {
  const net = usable(netOfIdle(reading(100), reading(150), { window: 10, idle: 5 }));
  expect(net).toMatchObject({ joules: -200, belowIdle: true });
});

test('the worse provenance counts', () => {
  const net = usable(netOfIdle(reading(100), reading(5, { provenance: 'integrated' }), { window: 10, idle: 5 }));
  expect(net.provenance).toBe('integrated');
});

const second = { window: 1, idle: 1 };
const refusals = [
  { when: 'the window is unusable', windows: [unusable, reading(1)], reason: 'the counter stood still' },
  {
    when: 'the idle window is unusable',
    windows: [reading(1), unusable],
    reason: 'idle window: the counter stood still',
  },
  {
    when: 'the idle window is empty',
    windows: [reading(1), reading(0)],
    seconds: { window: 1, idle: 0 },
    reason: 'the idle window has no length',
  },
  {
    when: 'the devices differ',
    windows: [reading(1), reading(1, { device: deviceId('GPU-2') })],
    reason: 'the idle window is of GPU-2 by nvml',
  },
  {
    when: 'energy is modelled',
    windows: [reading(1, { provenance: 'model' }), reading(0, { provenance: 'model' })],
    reason: 'modelled energy has no idle power of its own',
  },
  {
    when: 'energy is a share',
    windows: [reading(1, { provenance: 'shared-estimate' }), reading(0, { provenance: 'shared-estimate' })],
    reason: 'a share of a device has no idle power of its own',
  },
] as const;

test.each(refusals)('there is no net figure when $when', ({ windows, reason, ...rest }) => {
  const [window, idle] = windows;
  expect(netOfIdle(window, idle, 'seconds' in rest ? rest.seconds : second)).toEqual({ kind: 'unusable', reason });
});

test('a relative gain common to both windows stays the same share of the net figure', () => {
  const figures = fc.record({
    watts: fc.double({ min: 1, max: 1000, noNaN: true }),
    idleWatts: fc.double({ min: 1, max: 1000, noNaN: true }),
    window: fc.double({ min: 0.1, max: 1e4, noNaN: true }),
    idle: fc.double({ min: 0.1, max: 1e3, noNaN: true }),
    gain: fc.double({ min: 0, max: 0.2, noNaN: true }),
  });
  fc.assert(
    fc.property(figures, ({ watts, idleWatts, window, idle, gain }) => {
      const of = (joules: number): Usable =>
        reading(joules, { uncertainty: { edgeJoules: 0, samplingJoules: 0, gapJoules: 0, gainJoules: gain * joules } });
      const net = usable(netOfIdle(of(watts * window), of(idleWatts * idle), { window, idle }));
      expect(net.joules).toBeCloseTo((watts - idleWatts) * window, 1);
      expect(net.uncertainty.gainJoules).toBeCloseTo(Math.abs(gain * (watts - idleWatts) * window), 1);
      expect(net.belowIdle).toBe(net.joules < 0);
    }),
  );
});
