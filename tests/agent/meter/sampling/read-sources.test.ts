import { expect, test } from 'vitest';

import { deviceId, type DeviceId } from '../../../../shared/domain/identity.js';
import type { EnergySource } from '../../../../agent/meter/energy-source.js';
import { ReadSources } from '../../../../agent/meter/sampling/read-sources.js';
import { ManualClock } from '../manual-clock.js';
import { scriptedSource, steady } from '../sensors.js';

const clock = new ManualClock();

/** A source of accelerators that remembers with which sets it was asked. */
function source(...ids: readonly string[]): { readonly port: EnergySource; readonly asked: ReadonlySet<DeviceId>[] } {
  const asked: ReadonlySet<DeviceId>[] = [];
  const devices = ids.map((id) => ({ id, part: 'accelerator' as const, energyAt: steady(100) }));
  const scripted = scriptedSource(clock, devices);
  return { asked, port: { ...scripted, sample: (held, loads) => (asked.push(held), scripted.sample(held, loads)) } };
}

test('each source is asked for its own devices alone, look after look with one set that was made once', async () => {
  const [first, second, third] = [source('a', 'b'), source('b', 'c'), source('d')];
  const sources = new ReadSources([first.port, second.port, third.port], clock);
  await sources.probe();
  const held = new Set(['a', 'b', 'c'].map(deviceId));
  const readings = [1, 2, 3].map(() => sources.sample('counter', held, []).map(({ device }) => device));
  expect(readings).toEqual([1, 2, 3].map(() => ['a', 'b', 'c']));
  expect(first.asked.map((set) => [...set])).toEqual([1, 2, 3].map(() => ['a', 'b']));
  expect(second.asked.map((set) => [...set])).toEqual([1, 2, 3].map(() => ['c']));
  expect(third.asked).toEqual([]);
  expect(new Set([...first.asked, ...second.asked]).size).toBe(2);
  expect(sources.sample('counter', new Set([deviceId('d')]), []).map(({ device }) => device)).toEqual(['d']);
});

test('a source whose look throws has failed for its own devices, and the others are read', async () => {
  const [broken, whole] = [source('a', 'b'), source('c')];
  const look = (): void => {
    throw new Error('the bus is gone');
  };
  const sources = new ReadSources([{ ...broken.port, look, sample: () => [] }, whole.port], clock);
  await sources.probe();
  const readings = sources.sample('counter', new Set(['a', 'b', 'c'].map(deviceId)), []);
  expect(readings.map(({ device, kind }) => [device, kind])).toEqual([
    ['a', 'failed'],
    ['b', 'failed'],
    ['c', 'energy'],
  ]);
});
