import { expect, test } from 'vitest';

import { HeldDevice } from '../../../../agent/meter/sampling/held-device.js';
import { TrialAccount } from '../../../../agent/meter/sampling/trial-account.js';
import { totalOf } from '../../../../agent/meter/sampling/trial-energy.js';
import { ProcessorTime, ProcessTable } from '../../../../agent/meter/sampling/processor-time.js';
import { deviceId } from '../../../../shared/domain/identity.js';
import { MS, POWER, SECOND } from '../sensors.js';

const GPU = deviceId('GPU-1');
const BEGIN = 100n * SECOND;

/** Ten seconds of a GPU that is asked for its power, without looks between two of them. */
function powered(pause: { readonly from: bigint; readonly to: bigint }) {
  const device = new HeldDevice({
    device: { id: GPU, kind: 'gpu', product: 'test' },
    ...{ part: 'accelerator', source: 'test', provenance: 'integrated', detail: '', aliases: [], perTrial: false },
    traits: POWER,
  });
  for (let at = BEGIN - SECOND; at <= BEGIN + 11n * SECOND; at += 20n * MS) {
    const isPause = at > BEGIN + pause.from && at < BEGIN + pause.to;
    if (!isPause) device.add({ kind: 'power', device: GPU, atNanoseconds: at, microwatts: 300_000_000n });
  }
  const table = new ProcessTable({
    ...{
      pids: () => [],
      stat: () => undefined,
      name: () => undefined,
      hasVariable: () => undefined,
      busyTicks: () => 0,
    },
  });
  const time = new ProcessorTime({ kind: 'process', pid: 1 }, table);
  const account = new TrialAccount({ trial: 1, devices: [GPU], atNanoseconds: BEGIN }, time, [device.probed]);
  return totalOf(account, device, BEGIN + 10n * SECOND);
}

test('power that was looked at throughout is known throughout', () => {
  const [energy] = powered({ from: 0n, to: 0n });
  expect(Number(energy?.microjoules) / 1e6).toBeCloseTo(3000, 6);
  expect(energy?.isLowerBound).toBeUndefined();
});

test('power between two looks far apart is nobody’s measurement: the sum is a lower bound', () => {
  expect(powered({ from: 4n * SECOND, to: 7n * SECOND })).toMatchObject([{ device: GPU, isLowerBound: true }]);
  expect(powered({ from: 9n * SECOND, to: 12n * SECOND })).toMatchObject([{ device: GPU, isLowerBound: true }]);
});
