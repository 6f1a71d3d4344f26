import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { deviceId } from '../../../shared/domain/identity.js';
import type { DeviceEnergy } from '../../../shared/domain/measurement.js';
import { systemClock as clock } from '../../../shared/runtime/clock.js';
import { energySince } from '../../../agent/meter/journal/read-journal.js';
import type { Meter } from '../../../agent/meter/meter.js';
import type { openMeter as OpenMeter, OpenMeterOptions } from '../../../agent/meter/open-meter.js';
import {
  cCompiler,
  compileFakeNvml,
  startFakeNvml,
  type FakeNvml,
  type NvmlScenario,
} from '../../support/fake-nvml.js';
import { buildMeter, type BuiltMeter } from './built-meter.js';

const compiler = cCompiler();
if (compiler === undefined) console.log('SKIP: no C compiler, so the sampler’s thread is not tried with an NVIDIA GPU');

let built: BuiltMeter;
let openMeter: typeof OpenMeter;
let emptySysfs = '';
beforeAll(async () => {
  built = buildMeter();
  ({ openMeter } = (await import(built.url('agent/meter/open-meter'))) as { openMeter: typeof OpenMeter });
  emptySysfs = mkdtempSync(join(tmpdir(), 'ecopt-sysfs-'));
});
afterAll(() => {
  built[Symbol.dispose]();
  rmSync(emptySysfs, { recursive: true });
});

/** Keeps this thread busy: nothing else can run in it meanwhile. */
function block(milliseconds: number): { readonly start: bigint; readonly end: bigint } {
  const start = clock.monotonicNanoseconds();
  while (clock.monotonicNanoseconds() < start + BigInt(milliseconds) * 1_000_000n);
  return { start, end: clock.monotonicNanoseconds() };
}
const usable = (energy: DeviceEnergy | undefined): DeviceEnergy & { readonly kind: 'usable' } => {
  if (energy?.kind !== 'usable') throw new Error(energy?.reason ?? 'no energy');
  return energy;
};

describe('a simulated device', () => {
  test('is sampled in a thread of its own while this one is busy', async () => {
    const meter = await openMeter({ clock, simulate: 'jetson-orin' });
    const [device] = meter.devices;
    const trial = meter.attach({ devices: [device!.id] });
    const { start, end } = block(400);
    const energy = usable((await trial.window(start, end))[0]);
    expect(energy).toMatchObject({ device: device?.id, part: 'accelerator', provenance: 'simulated', events: [] });
    expect(energy.meanWatts).toBeGreaterThan(9);
    expect(energy.meanWatts).toBeLessThanOrEqual(60.001);
    expect((await trial.total())[0]?.microjoules).toBeGreaterThanOrEqual(energy.microjoules);
    await trial.close();
    await meter.close();
  });

  test('has an id of its own for each agent of a host, and the same one again later', async () => {
    const ids = async (): Promise<readonly string[]> => {
      const meters = await Promise.all([1, 2, 3].map(() => openMeter({ clock, simulate: 'rtx4090' })));
      await Promise.all(meters.map((meter) => meter.close()));
      return meters.map((meter) => meter.devices[0]!.id).sort();
    };
    const first = await ids();
    expect(new Set(first).size).toBe(3);
    expect(await ids()).toEqual(first);
  });

  test('of an unknown model is refused with the known ones', async () => {
    await expect(openMeter({ clock, simulate: 'h1000' })).rejects.toThrow(/no model h1000; there are: h100, a100/);
  });
});

test('a useless figure for the CPU model is refused', async () => {
  await expect(openMeter({ clock, cpuWattsPerCore: 0 })).rejects.toMatchObject({ code: 'USAGE' });
  await expect(openMeter({ clock, cpuWattsPerCore: Number.NaN })).rejects.toMatchObject({ code: 'USAGE' });
});

test('a library that cannot be loaded is reported from the thread as the operator’s fault', async () => {
  await expect(openMeter({ clock, nvmlLibrary: '/nowhere.so' })).rejects.toMatchObject({ code: 'USAGE' });
});

describe.skipIf(compiler === undefined)('an NVIDIA GPU', () => {
  const fakes: FakeNvml[] = [];
  let library = '';
  beforeAll(() => void (library = compileFakeNvml(compiler ?? '')));
  afterAll(() => fakes.forEach((fake) => fake[Symbol.dispose]()));

  /** Ids that no other test on this machine holds. */
  const uuid = (index: number): string => `GPU-${process.pid}-test-${index}`;
  const open = (devices?: readonly string[], more: Partial<OpenMeterOptions> = {}): Promise<Meter> => {
    const scenario: NvmlScenario = { driver: '1.2', count: 2, ...card(0, 300), ...card(1, 100) };
    const fake = startFakeNvml(library, scenario);
    fakes.push(fake);
    return openMeter({ clock, nvmlLibrary: fake.library, sysfsRoot: emptySysfs, ...(devices && { devices }), ...more });
  };
  const card = (index: number, watts: number): NvmlScenario => ({
    [`gpu${index}.uuid`]: uuid(index),
    [`gpu${index}.name`]: 'NVIDIA Test',
    [`gpu${index}.pci`]: `00000000:${index + 10}:00.0`,
    [`gpu${index}.energy`]: 1_000_000,
    [`gpu${index}.energy.watts`]: watts,
    [`gpu${index}.energy.period_ms`]: 20,
  });

  test('is metered through library, thread and ledger: a blocked main thread loses nothing', async () => {
    const meter = await open([uuid(0)]);
    expect(meter.devices.map(({ id }) => id)).toContain(uuid(0));
    expect(meter.versions).toEqual({ 'NVIDIA driver': '1.2' });
    const trial = meter.attach({ devices: [deviceId(uuid(0))] });
    const { start, end } = block(600);
    const energy = usable((await trial.window(start, end)).find(({ part }) => part === 'accelerator'));
    const truth = 300 * (Number(end - start) / 1e9);
    expect(energy).toMatchObject({ source: 'nvml', provenance: 'counter' });
    // Whose processes use the GPU can be told only where this machine's process numbers are the driver's.
    expect(energy.events.filter((event) => event !== 'other-processes-unknown')).toEqual([]);
    expect(Math.abs(Number(energy.microjoules) / 1e6 - truth)).toBeLessThan(0.1 * truth);
    await meter.close();
    const late = await trial.window(start, end);
    expect(late.every(({ kind }) => kind === 'unusable')).toBe(true);
    expect((await trial.total()).length).toBe(0);
  });

  test('can be read beside the agent that holds it, without locks', async () => {
    const holder = await open([uuid(0)]);
    const reader = await open([uuid(0)], { takeLocks: false });
    expect(reader.devices.map(({ id }) => id)).toContain(uuid(0));
    await reader.close();
    await expect(open([uuid(0)])).rejects.toMatchObject({ code: 'ENVIRONMENT' });
    await holder.close();
  });

  test('leaves a journal of its energy, and what was found about its sensor', async () => {
    const journalFolder = mkdtempSync(join(tmpdir(), 'ecopt-journal-'));
    const started = clock.wallMilliseconds();
    const meter = await open([uuid(0)], { journalFolder });
    const attempt = clock.wallMilliseconds();
    await clock.sleep(600);
    const journal = readFileSync(join(journalFolder, `${uuid(0)}.journal`), 'utf8');
    expect(journal.split('\n')[0]).toContain('"versions":{"NVIDIA driver":"1.2"');
    await meter.close();
    const kept = energySince(journalFolder, deviceId(uuid(0)), attempt);
    expect(kept?.seconds).toBeGreaterThan(0.4);
    expect(kept?.seconds).toBeLessThan((clock.wallMilliseconds() - started) / 1e3);
    expect(readdirSync(journalFolder)).toContain(`${uuid(0)}.sensor.json`);
    rmSync(journalFolder, { recursive: true });
  });

  test('is held by one agent: a second one is told who holds it; disjoint devices go together', async () => {
    const first = await open([uuid(0)]);
    const taken = new RegExp(`device ${uuid(0)} is held by process ${process.pid}.*--devices.*--simulate`);
    await expect(open([uuid(0), uuid(1)])).rejects.toMatchObject({
      code: 'ENVIRONMENT',
      message: expect.stringMatching(taken),
    });
    const second = await open(['00000000:11:00.0']);
    expect(second.devices.map(({ id }) => id)).toContain(uuid(1));
    expect(() => second.attach({ devices: [deviceId(uuid(0))] })).toThrow(/does not hold/);
    await first.close();
    const third = await open([uuid(0)]);
    await third.close();
    await second.close();
  });
});

describe('a device lock of another process', () => {
  const hold = async (device: string): Promise<ChildProcess> => {
    const script = `
      const { lockDevice } = await import(${JSON.stringify(built.url('agent/meter/device-lock'))});
      const { systemClock } = await import(${JSON.stringify(built.url('shared/runtime/clock'))});
      const lock = await lockDevice(${JSON.stringify(device)}, { clock: systemClock, pid: process.pid });
      process.stdout.write(lock.kind);
      process.stdin.resume();`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const [said] = (await once(child.stdout, 'data')) as [Buffer];
    expect(said.toString()).toBe('held');
    return child;
  };

  test('names its holder, and ends with it however it ends', async () => {
    const { lockDevice } = (await import(
      built.url('agent/meter/device-lock')
    )) as typeof import('../../../agent/meter/device-lock.js');
    const device = deviceId(`TEST-${process.pid}`);
    const child = await hold(device);
    const options = { clock, pid: process.pid };
    expect(await lockDevice(device, options)).toEqual({ kind: 'taken', device, holderPid: child.pid });
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    const mine = await lockDevice(device, options);
    expect(mine.kind).toBe('held');
    if (mine.kind === 'held') await mine.release();
  });
});
