import { expect, test } from 'vitest';

import type { Stranger, Strangers } from '../../../agent/meter/meter.js';
import { SlotWatch } from '../../../agent/runner/slot-watch.js';
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

async function watched(slots: readonly ReturnType<typeof slot>[], watchesStrangers = true) {
  const clock = manualClock();
  const log = keptLog();
  let present: Strangers | Error = { kind: 'none' };
  const lost = new Set<DeviceId>();
  const asked: DeviceId[][] = [];
  const changed: string[] = [];
  const stays: string[] = [];
  const meter = {
    ...steadyMeter(clock),
    currentSensors: () =>
      Promise.resolve(
        [ONE, TWO].map((device) => ({
          ...{ device, part: 'accelerator' as const, source: 'nvml', available: !lost.has(device) },
          detail: lost.has(device) ? 'energy counter; lost: GPU is lost' : 'energy counter',
        })),
      ),
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
  const watch = new SlotWatch({
    ...{ meter, slots, clock, log, watchesStrangers },
    onChange: (id) => changed.push(id),
    onStay: (id, use) => stays.push(`${id}: ${use}`),
  });
  await settle();
  return {
    ...{ watch, asked, changed, stays, log, lost },
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
  expect(watch.obstacleTo(slotId(TWO))).toBe('process 7 (blender) uses GPU-2');
  expect(watch.obstacleTo(slotId(ONE))).toBeUndefined();
  await look({ kind: 'none' });
  expect(changed).toEqual([TWO, TWO]);
  expect(watch.obstacleTo(slotId(TWO))).toBeUndefined();
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
  expect(watch.obstacleTo(slotId(ONE))).toBe('process 7 uses GPU-1');
});

test('a machine without such devices is not looked at', async () => {
  const { look, asked } = await watched([slot()]);
  await look({ kind: 'none' });
  expect(asked).toEqual([]);
});

test.each([true, false])(
  'a slot whose sensor is lost is withdrawn until it is read again; others watched: %s',
  async (others) => {
    const { watch, look, lost, changed, stays, asked, log } = await watched([slot(ONE), slot(TWO)], others);
    lost.add(ONE);
    await look({ kind: 'none' });
    await look({ kind: 'none' });
    expect(changed).toEqual([ONE]);
    expect(watch.obstacleTo(slotId(ONE))).toBe('GPU-1: energy counter; lost: GPU is lost');
    expect(watch.obstacleTo(slotId(TWO))).toBeUndefined();
    lost.delete(ONE);
    await look({ kind: 'none' });
    expect(changed).toEqual([ONE, ONE]);
    expect(watch.obstacleTo(slotId(ONE))).toBeUndefined();
    expect(stays).toEqual([]);
    expect(log.events.map(({ event }) => event)).toEqual([
      'slot not offered: its energy cannot be read',
      'slot offered again: it is read again',
    ]);
    expect(asked.length > 0).toBe(others);
  },
);
