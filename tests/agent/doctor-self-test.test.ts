import { expect, test } from 'vitest';

import { contradicts, selfTest, TEST_SECONDS, type DeviceTest } from '../../agent/doctor-self-test.js';
import type { Meter } from '../../agent/meter/meter.js';
import { deviceId } from '../../shared/domain/identity.js';
import type { DeviceEnergy } from '../../shared/domain/measurement.js';
import { manualClock } from '../support/manual-clock.js';

const none = { edgeJoules: 0, samplingJoules: 0, gapJoules: 0, gainJoules: 0 };
const GPU = deviceId('GPU-1');

type Window = (seconds: number, startNanoseconds: bigint) => DeviceEnergy;

const steady =
  (watts: number, more: object = {}): Window =>
  (seconds) => ({
    ...{ kind: 'usable', device: GPU, part: 'accelerator', source: 'nvml', provenance: 'counter', uncertainty: none },
    ...{ meanWatts: watts, events: [], microjoules: BigInt(Math.round(watts * seconds * 1e6)), ...more },
  });

async function tested(window: Window): Promise<DeviceTest> {
  const clock = manualClock();
  let open = 0;
  const meter = {
    devices: [{ id: GPU, kind: 'gpu', product: 'NVIDIA H200' }],
    sensors: [{ device: GPU, part: 'accelerator', source: 'nvml', available: true, detail: '' }],
    attach: ({ devices }: { readonly devices: readonly unknown[] }) => {
      expect(devices).toEqual([GPU]);
      open++;
      return {
        window: (start: bigint, end: bigint) => Promise.resolve([window(Number(end - start) / 1e9, start)]),
        close: () => Promise.resolve(void open--),
      };
    },
  } as unknown as Meter;
  const running = selfTest(meter, clock, new AbortController().signal);
  clock.advance(1000 * TEST_SECONDS);
  const { seconds, devices } = await running;
  expect([seconds, devices.length, open]).toEqual([TEST_SECONDS, 1, 0]);
  return devices[0]!;
}

test('two readings of one device are compared, and halves held against the whole', async () => {
  const check = { source: 'nvml-power', microjoules: 1_010_000_000n };
  const found = await tested(steady(200, { check }));
  expect(found).toMatchObject({ meanWatts: 200, addsUp: true });
  expect(found.comparison).toMatchObject({ kind: 'compared' });
  expect(found.comparison.kind === 'compared' && found.comparison.difference).toBeCloseTo(0.01, 9);
  expect(contradicts(found)).toBe(false);
});

test('readings far apart contradict each other, unless little is known of a window so short', async () => {
  const check = { source: 'nvml-power', microjoules: 1_200_000_000n };
  expect(contradicts(await tested(steady(200, { check })))).toBe(true);
  const vague = { ...none, samplingJoules: 150 };
  expect(contradicts(await tested(steady(200, { check, uncertainty: vague })))).toBe(false);
});

test('the sensor’s own figure is compared, not the calibrated one', async () => {
  const check = { source: 'nvml-power', microjoules: 1_000_000_000n };
  const found = await tested(steady(220, { check, rawMicrojoules: 1_000_000_000n }));
  expect(found.comparison).toEqual({ kind: 'compared', difference: 0 });
});

test('energy that vanishes between the halves is seen', async () => {
  const leaking: Window = (seconds, start) =>
    steady(start === 0n && seconds < TEST_SECONDS ? 190 : 200)(seconds, start);
  expect((await tested(leaking)).addsUp).toBe(false);
});

test('what is charged to nobody belongs to the device', async () => {
  const shared: Window = (seconds, start) =>
    steady(20, { unattributedMicrojoules: BigInt(Math.round(60e6 * seconds)) })(seconds, start);
  expect(await tested(shared)).toMatchObject({ meanWatts: 80, addsUp: true });
});

test.each([
  ['modelled energy', steady(5, { provenance: 'model' }), 'its energy is not measured, so there is nothing to test'],
  ['a single reading', steady(5), 'it has no second reading to compare with'],
  [
    'nothing spent',
    steady(0, { check: { source: 'x', microjoules: 5n } }),
    'it spent nothing that its sensor resolves',
  ],
])('%s is not tested and says so', async (_, window, reason) => {
  const found = await tested(window);
  expect(found.comparison).toEqual({ kind: 'untested', reason });
  expect(contradicts(found)).toBe(false);
});

test('a window that cannot be used is the finding', async () => {
  const found = await tested(() => ({
    ...{ kind: 'unusable', device: GPU, part: 'accelerator', source: 'nvml', reason: 'the counter stood still' },
  }));
  expect(found.comparison).toEqual({ kind: 'untested', reason: 'the counter stood still' });
  expect(found).not.toHaveProperty('meanWatts');
});
