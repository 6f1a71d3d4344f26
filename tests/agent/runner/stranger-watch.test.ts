import { expect, test } from 'vitest';

import type { Stranger, Strangers } from '../../../agent/meter/meter.js';
import { StrangerWatch } from '../../../agent/runner/stranger-watch.js';
import { strangersText } from '../../../agent/runner/strangers.js';
import { deviceId, hardwareClassId, slotId, type DeviceId } from '../../../shared/domain/identity.js';
import { manualClock } from '../../support/manual-clock.js';
import { keptLog } from '../../support/silent-log.js';
import { steadyMeter } from './trial-fixture.js';

const [ONE, TWO] = [deviceId('GPU-1'), deviceId('GPU-2')];
const stranger = (device: DeviceId, pid: number, name?: string): Stranger => ({ device, pid, ...(name && { name }) });

test.each([
  [[stranger(ONE, 4711, 'python')], 'process 4711 (python) uses GPU-1'],
  [[stranger(ONE, 4711)], 'process 4711 uses GPU-1'],
  [[stranger(ONE, 1, 'a'), stranger(TWO, 1, 'a')], 'process 1 (a) uses GPU-1, GPU-2'],
  [[stranger(ONE, 1, 'a'), stranger(ONE, 2)], 'processes 1 (a), 2 use GPU-1'],
  [[1, 2, 3, 4, 5].map((pid) => stranger(ONE, pid)), 'processes 1, 2, 3 and 2 more use GPU-1'],
])('strangers are named: %j', (processes, text) => {
  expect(strangersText(processes)).toBe(text);
});

const slot = (device?: DeviceId) => ({
  id: slotId(device ?? 'cpu'),
  devices: device ? [device] : [],
  classes: { command: hardwareClassId('C / command') },
});

async function watched(slots: readonly ReturnType<typeof slot>[]) {
  const clock = manualClock();
  const log = keptLog();
  let present: Strangers | Error = { kind: 'none' };
  const asked: DeviceId[][] = [];
  const changed: string[] = [];
  const stays: string[] = [];
  const meter = {
    ...steadyMeter(clock),
    strangers(devices: readonly DeviceId[]): Promise<Strangers> {
      asked.push([...devices]);
      if (present instanceof Error) return Promise.reject(present);
      if (present.kind !== 'present') return Promise.resolve(present);
      const processes = present.processes.filter(({ device }) => devices.includes(device));
      return Promise.resolve(processes.length > 0 ? { kind: 'present', processes } : { kind: 'none' });
    },
  };
  const settle = async (): Promise<void> => {
    for (let i = 0; i < 20; i++) await Promise.resolve();
  };
  const watch = new StrangerWatch({
    ...{ meter, slots, clock, log },
    onChange: (id) => changed.push(id),
    onStay: (id, use) => stays.push(`${id}: ${use}`),
  });
  await settle();
  return {
    ...{ watch, asked, changed, stays, log },
    /** Two seconds later. */
    async look(now: Strangers | Error): Promise<void> {
      present = now;
      clock.advance(2000);
      await settle();
    },
  };
}

const present = (...processes: Stranger[]): Strangers => ({ kind: 'present', processes });

test('a slot whose device others use is told of once, and once more when they have left', async () => {
  const { watch, look, changed, asked } = await watched([slot(ONE), slot(TWO), slot()]);
  expect(asked).toEqual([[ONE], [TWO]]);
  await look(present(stranger(TWO, 7, 'blender')));
  await look(present(stranger(TWO, 7, 'blender')));
  expect(changed).toEqual([TWO]);
  expect(watch.useOf(slotId(TWO))).toBe('process 7 (blender) uses GPU-2');
  expect(watch.useOf(slotId(ONE))).toBeUndefined();
  await look({ kind: 'none' });
  expect(changed).toEqual([TWO, TWO]);
  expect(watch.useOf(slotId(TWO))).toBeUndefined();
  watch[Symbol.dispose]();
});

test('who is seen at one look only may be a trainer that is just being metered', async () => {
  const { look, stays } = await watched([slot(ONE)]);
  await look(present(stranger(ONE, 7)));
  expect(stays).toEqual([]);
  await look(present(stranger(ONE, 7)));
  expect(stays).toEqual(['GPU-1: process 7 uses GPU-1']);
});

test('unknown is nobody, and a look that fails changes nothing', async () => {
  const { watch, look, changed } = await watched([slot(ONE)]);
  await look({ kind: 'unknown', reason: 'another name space' });
  expect(changed).toEqual([]);
  await look(present(stranger(ONE, 7)));
  await look(new Error('the sampler is gone'));
  expect(watch.useOf(slotId(ONE))).toBe('process 7 uses GPU-1');
});

test('a machine without such devices is not looked at', async () => {
  const { look, asked } = await watched([slot()]);
  await look({ kind: 'none' });
  expect(asked).toEqual([]);
});
