import { describe, expect, test } from 'vitest';

import type { DeviceId } from '../../../shared/domain/identity.js';
import type { DeviceLock } from '../../../agent/meter/device-lock.js';
import type { ProbedDevice } from '../../../agent/meter/energy-source.js';
import { holdDevices, type HoldOptions } from '../../../agent/meter/held-devices.js';
import { probed } from './sensors.js';

const FOUND: readonly ProbedDevice[] = [
  { ...probed({ id: 'GPU-aaaa-1', part: 'accelerator' }), aliases: ['00000000:3B:00.0', '0000:3b:00.0'] },
  probed({ id: 'GPU-aabb-2', part: 'accelerator' }),
  probed({ id: 'cpu-package-0', part: 'cpu' }),
  probed({ id: 'dram-package-0', part: 'dram' }),
];

/** Locks of a host on which others hold some devices. */
function host(others: Readonly<Record<string, number | undefined>> = {}, found = FOUND) {
  const mine = new Set<string>();
  const lock = (device: DeviceId): Promise<DeviceLock> => {
    if (device in others) return Promise.resolve({ kind: 'taken', device, holderPid: others[device] });
    mine.add(device);
    return Promise.resolve({
      kind: 'held',
      device,
      release: () => {
        mine.delete(device);
        return Promise.resolve();
      },
    });
  };
  const hold = async (devices?: readonly string[], visible?: HoldOptions['visible']) => {
    const result = await holdDevices(found, { lock, ...(devices && { devices }), ...(visible && { visible }) });
    return { ...result, ids: result.held.map(({ device }) => device.id) };
  };
  return { mine, hold };
}

describe('which devices are held', () => {
  test('everything, by default; the host’s sensors under one lock', async () => {
    const { mine, hold } = host();
    const { ids, release } = await hold();
    expect(ids).toEqual(['GPU-aaaa-1', 'GPU-aabb-2', 'cpu-package-0', 'dram-package-0']);
    expect([...mine].sort()).toEqual(['GPU-aaaa-1', 'GPU-aabb-2', 'cpu']);
    await release();
    expect(mine.size).toBe(0);
  });

  test.each([
    ['an id', 'GPU-aaaa-1'],
    ['a unique beginning', 'GPU-aaa'],
    ['a PCI address', '0000:3B:00.0'],
  ])('those named by %s, and the host where it is free', async (_, name) => {
    expect((await host().hold([name])).ids).toEqual(['GPU-aaaa-1', 'cpu-package-0', 'dram-package-0']);
  });

  test('the host alone', async () => {
    expect((await host().hold(['cpu'])).ids).toEqual(['cpu-package-0', 'dram-package-0']);
  });

  test('a beginning that fits two, or none, is a usage error that lists the devices', async () => {
    await expect(host().hold(['GPU-aa'])).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringMatching(/fits several/),
    });
    await expect(host().hold(['GPU-zz'])).rejects.toThrow(/GPU-zz fits no device.*GPU-aaaa-1, GPU-aabb-2, cpu/);
    await expect(host().hold(['cpu-package-0', 'GPU-'])).rejects.toThrow(/GPU- fits no device/);
  });
});

describe('devices of another agent', () => {
  test('wanted ones are a conflict that names the holder, and nothing stays locked', async () => {
    const { mine, hold } = host({ 'GPU-aabb-2': 42 });
    await expect(hold()).rejects.toMatchObject({
      code: 'ENVIRONMENT',
      message: expect.stringMatching(/GPU-aabb-2 is held by process 42\. .*--devices.*--simulate/),
    });
    expect(mine.size).toBe(0);
  });

  test('the holder is named where that is known, and the ways out are not those of an agent alone', async () => {
    const lock = (device: DeviceId): Promise<DeviceLock> =>
      Promise.resolve({ kind: 'taken', device, holderPid: 42, holderName: 'ecopt try' });
    await expect(holdDevices(FOUND, { lock, devices: ['cpu'] })).rejects.toThrow(
      /the processor of this machine is held by process 42 \(ecopt try\)\. Wait for it to end, or stop it; /,
    );
  });

  test('the host’s sensors are done without when only accelerators were asked for', async () => {
    const { ids, yielded, yieldedTo } = await host({ cpu: 42 }).hold(['GPU-aabb-2']);
    expect(ids).toEqual(['GPU-aabb-2']);
    expect(yielded.map(({ device }) => device.id)).toEqual(['cpu-package-0', 'dram-package-0']);
    expect(yieldedTo).toBe(42);
  });

  test('the host’s sensors are a conflict when they were asked for', async () => {
    await expect(host({ cpu: 42 }).hold(['cpu'])).rejects.toThrow(
      /the processor of this machine is held by process 42/,
    );
    await expect(host({ cpu: undefined }).hold()).rejects.toThrow(/held by another process/);
  });
});

describe('GPUs that CUDA_VISIBLE_DEVICES hides', () => {
  const CARDS = FOUND.map((one) => (one.part === 'accelerator' ? { ...one, source: 'nvml' } : one));
  const second = { devices: 'GPU-aab' };

  test('are not held, are listed with the reason, and leave the host to whoever has it', async () => {
    const alone = await host({}, CARDS).hold(undefined, second);
    expect(alone.ids).toEqual(['GPU-aabb-2', 'cpu-package-0', 'dram-package-0']);
    expect(alone.leftOut).toMatchObject([
      { probed: { device: { id: 'GPU-aaaa-1' } }, reason: expect.stringContaining('CUDA_VISIBLE_DEVICES=GPU-aab') },
    ]);
    const beside = await host({ cpu: 42, 'GPU-aaaa-1': 42 }, CARDS).hold(undefined, second);
    expect(beside.ids).toEqual(['GPU-aabb-2']);
    expect(beside.yieldedTo).toBe(42);
  });

  test('may all be hidden: then the host is what is wanted', async () => {
    expect((await host({}, CARDS).hold(undefined, { devices: '' })).ids).toEqual(['cpu-package-0', 'dram-package-0']);
    await expect(host({ cpu: 42 }, CARDS).hold(undefined, { devices: '-1' })).rejects.toThrow(/held by process 42/);
  });

  test('cannot be asked for, and make no beginning ambiguous', async () => {
    await expect(host({}, CARDS).hold(['GPU-aaaa-1'], second)).rejects.toThrow(
      /--devices: GPU-aaaa-1 is hidden by CUDA_VISIBLE_DEVICES=GPU-aab/,
    );
    expect((await host({}, CARDS).hold(['GPU-a'], second)).ids).toContain('GPU-aabb-2');
  });
});

describe('a module’s figure', () => {
  const MODULE = FOUND.map((one) =>
    one.device.id === 'GPU-aabb-2' ? { ...one, includes: ['cpu', 'dram'] as const } : one,
  );

  test('has its CPU and memory in: these are not read beside it, and nobody is kept from them', async () => {
    const { mine, hold } = host({ cpu: 42 }, [...MODULE]);
    const { ids, leftOut, yielded } = await hold();
    expect(ids).toEqual(['GPU-aaaa-1', 'GPU-aabb-2']);
    expect(yielded).toEqual([]);
    expect(leftOut.map(({ probed: { device }, reason }) => [device.id, reason])).toEqual(
      ['cpu-package-0', 'dram-package-0'].map((id) => [id, 'not read: the figure of GPU-aabb-2 has it in already.']),
    );
    expect([...mine].sort()).toEqual(['GPU-aaaa-1', 'GPU-aabb-2']);
  });

  test('counts only where it is held', async () => {
    expect((await host({}, [...MODULE]).hold(['GPU-aaaa-1'])).ids).toEqual([
      'GPU-aaaa-1',
      'cpu-package-0',
      'dram-package-0',
    ]);
  });
});
