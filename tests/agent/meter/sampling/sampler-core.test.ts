import { describe, expect, test } from 'vitest';

import { MeterError } from '../../../../shared/domain/errors.js';
import { deviceId } from '../../../../shared/domain/identity.js';
import type { DeviceEnergy } from '../../../../shared/domain/measurement.js';
import { cpuModelSource } from '../../../../agent/meter/sources/cpu-model-source.js';
import { corePower } from '../../../../agent/meter/sources/cpu-power-figures.js';
import type { EnergySource } from '../../../../agent/meter/energy-source.js';
import type { ProcessStat } from '../../../../agent/meter/sampling/process-stat.js';
import { ProcessTable } from '../../../../agent/meter/sampling/processor-time.js';
import { SamplerCore } from '../../../../agent/meter/sampling/sampler-core.js';
import { ManualClock } from '../manual-clock.js';
import { MODEL, MS, SECOND, scriptedSource, steady, type ScriptedDevice } from '../sensors.js';

const GPU = deviceId('GPU-1');
const PACKAGE = deviceId('cpu-package-0');

/** Processes 101 and 102 lead groups; `busy` says which share of a core each uses. */
function setUp(devices: readonly ScriptedDevice[], more: readonly EnergySource[] = []) {
  const clock = new ManualClock();
  const start = clock.now;
  const busy: Record<number, number> = { 101: 1, 102: 1 };
  const stat = (pid: number): ProcessStat => {
    const own = Math.floor((Number(clock.now - start) / 1e7) * (busy[pid] ?? 0));
    return { pid, parent: 1, group: pid, start: pid, own, reaped: 0 };
  };
  const core = new SamplerCore({
    clock,
    sources: [scriptedSource(clock, devices), ...more],
    processes: new ProcessTable({ pids: () => [1, 101, 102], stat }),
    ownPid: 1,
    periods: { counter: 20, load: 50 },
  });
  const hold = async (...ids: readonly string[]): Promise<void> => {
    await core.probe();
    const done = core.hold(ids.map(deviceId));
    await clock.advance(2000);
    await done;
  };
  const attach = (trial: number, group: number, devices: readonly string[] = []): Promise<void> =>
    core.attach({ trial, devices: devices.map(deviceId), processGroup: group, atNanoseconds: clock.now });
  /** Advances until the window is answered. */
  const window = async (
    trial: number,
    startNanoseconds: bigint,
    endNanoseconds: bigint,
  ): Promise<readonly DeviceEnergy[]> => {
    const answer = core.window({ trial, startNanoseconds, endNanoseconds });
    await clock.advance(4000);
    return answer;
  };
  return { clock, core, busy, hold, attach, window };
}

const gpu = (energyAt: ScriptedDevice['energyAt'] = steady(300, 100n * MS)): ScriptedDevice => ({
  id: GPU,
  part: 'accelerator',
  energyAt,
});
const cpu = (watts: number): ScriptedDevice => ({ id: PACKAGE, part: 'cpu', energyAt: steady(watts, MS) });
const model = (): EnergySource => cpuModelSource(corePower('AMD EPYC', 10), 'AMD EPYC');
const joules = (energy: DeviceEnergy | undefined): number => {
  if (energy?.kind !== 'usable') throw new Error(energy?.reason ?? 'no energy');
  return Number(energy.microjoules) / 1e6;
};

describe('a window', () => {
  test('waits until readings reach beyond its end, then has the energy of each device of the trial', async () => {
    const { clock, core, hold, attach } = setUp([gpu(), cpu(50)]);
    await hold(GPU, PACKAGE);
    await attach(1, 101, [GPU]);
    const start = clock.now;
    let answered = false;
    const answer = core.window({ trial: 1, startNanoseconds: start, endNanoseconds: start + 2n * SECOND });
    void answer.then(() => (answered = true));
    await clock.advance(1990);
    expect(answered).toBe(false);
    await clock.advance(200);
    const energies = await answer;
    expect(energies.map(({ device }) => device)).toEqual([GPU, PACKAGE]);
    expect(joules(energies[0])).toBeCloseTo(600, 1);
    expect(joules(energies[1])).toBeCloseTo(100, 1);
    expect(energies[1]).toMatchObject({ provenance: 'counter', source: 'scripted' });
  });

  test('may be asked for later, overlap others and lie within them', async () => {
    const { clock, hold, attach, window } = setUp([gpu()]);
    await hold(GPU);
    await attach(1, 101, [GPU]);
    const start = clock.now;
    await clock.advance(10_000);
    const whole = joules((await window(1, start, start + 9n * SECOND))[0]);
    const parts = [
      joules((await window(1, start, start + 4n * SECOND))[0]),
      joules((await window(1, start + 4n * SECOND, start + 9n * SECOND))[0]),
    ];
    expect(parts[0]! + parts[1]!).toBeCloseTo(whole, 6);
  });

  test('of a device that is lost is unusable with the reason, and the other device still has its energy', async () => {
    let lost = false;
    const { clock, hold, attach, window } = setUp([
      gpu((t) => (lost ? undefined : steady(300, 100n * MS)(t))),
      cpu(50),
    ]);
    await hold(GPU, PACKAGE);
    await attach(1, 101, [GPU]);
    const start = clock.now;
    await clock.advance(1000);
    lost = true;
    const energies = await window(1, start, start + 2n * SECOND);
    expect(energies[0]).toMatchObject({ kind: 'unusable', reason: 'the device has gone' });
    expect(joules(energies[1])).toBeCloseTo(100, 1);
  });

  test('survives a source that throws', async () => {
    const broken: EnergySource = {
      ...scriptedSource(new ManualClock(), [{ ...cpu(1), id: 'cpu-package-9' }]),
      sample: () => {
        throw new Error('broken cable');
      },
    };
    const { clock, hold, attach, window } = setUp([gpu()], [broken]);
    await hold(GPU, 'cpu-package-9');
    await attach(1, 101, [GPU]);
    await clock.advance(500);
    const energies = await window(1, clock.now - 400n * MS, clock.now);
    expect(joules(energies[0])).toBeCloseTo(120, 1);
    expect(energies[1]).toMatchObject({ kind: 'unusable', reason: expect.stringMatching(/broken cable/) });
  });

  test('of a trial that is not attached, or on a device that is not held, is refused', async () => {
    const { core, hold, attach, clock } = setUp([gpu()]);
    await hold();
    await expect(core.window({ trial: 7, startNanoseconds: 0n, endNanoseconds: 1n })).rejects.toThrow(MeterError);
    await expect(attach(1, 101, [GPU])).rejects.toThrow(/not held/);
    await expect(core.hold([deviceId('GPU-9')])).rejects.toThrow(/no sensor reads GPU-9/);
    expect(clock.now).toBeGreaterThan(0n);
  });

  test('that was asked for before the trial left is still answered', async () => {
    const { clock, core, hold, attach } = setUp([gpu()], [model()]);
    await hold(GPU, 'cpu');
    await attach(1, 101, [GPU]);
    const start = clock.now;
    await clock.advance(1000);
    const answer = core.window({ trial: 1, startNanoseconds: start, endNanoseconds: clock.now });
    await core.detach(1);
    await clock.advance(300);
    expect(joules((await answer)[0])).toBeCloseTo(300, 0);
    await expect(core.window({ trial: 1, startNanoseconds: start, endNanoseconds: clock.now })).rejects.toThrow(
      /not attached/,
    );
  });
});

describe('the host', () => {
  test('is modelled only where no sensor reads it', async () => {
    const with_ = setUp([gpu(), cpu(50)], [model()]);
    expect((await with_.core.probe()).found.map(({ device }) => device.id)).toEqual([GPU, PACKAGE]);
    const without = setUp([gpu()], [model()]);
    expect((await without.core.probe()).found.map(({ device }) => device.id)).toEqual([GPU, 'cpu']);
  });

  test('model: each trial pays for its own processor time and for nobody else’s', async () => {
    const { clock, busy, hold, attach, window } = setUp([], [model()]);
    await hold('cpu');
    busy[102] = 0.25;
    await attach(1, 101);
    await attach(2, 102);
    const start = clock.now;
    await clock.advance(4000);
    expect(joules((await window(1, start, start + 4n * SECOND))[0])).toBeCloseTo(40, 0);
    expect(joules((await window(2, start, start + 4n * SECOND))[0])).toBeCloseTo(10, 0);
  });

  test('sensor: a trial alone is charged for all of it, as counted', async () => {
    const { clock, busy, hold, attach, window } = setUp([cpu(80)]);
    await hold(PACKAGE);
    busy[101] = 0;
    await attach(1, 101);
    const start = clock.now;
    await clock.advance(2000);
    expect(joules((await window(1, start, start + 2n * SECOND))[0])).toBeCloseTo(160, 1);
  });

  test('sensor: two trials share it by processor time, labelled, and their shares add up', async () => {
    const { clock, busy, hold, attach, window } = setUp([cpu(80)]);
    await hold(PACKAGE);
    busy[102] = 0.25;
    await attach(1, 101);
    await attach(2, 102);
    await clock.advance(100);
    const start = clock.now;
    await clock.advance(5000);
    const end = start + 4n * SECOND;
    const [first] = await window(1, start, end);
    const [second] = await window(2, start, end);
    expect(first).toMatchObject({ kind: 'usable', provenance: 'shared-estimate' });
    expect(joules(first) + joules(second)).toBeCloseTo(320, 0);
    expect(joules(first) / joules(second)).toBeCloseTo(4, 0);
    expect(first?.kind === 'usable' && first.uncertainty.samplingJoules).toBeGreaterThan(10);
  });

  test('sensor: a window before another trial came is still the trial’s alone', async () => {
    const { clock, hold, attach, window } = setUp([cpu(80)]);
    await hold(PACKAGE);
    await attach(1, 101);
    const start = clock.now;
    await clock.advance(2000);
    await attach(2, 102);
    await clock.advance(2000);
    expect((await window(1, start, start + 2n * SECOND))[0]).toMatchObject({ provenance: 'counter' });
    expect((await window(1, start + SECOND, start + 3n * SECOND))[0]).toMatchObject({ provenance: 'shared-estimate' });
  });

  test('sensor: after the other trial has left, a trial is alone again', async () => {
    const { clock, core, hold, attach, window } = setUp([cpu(80)]);
    await hold(PACKAGE);
    await attach(1, 101);
    await attach(2, 102);
    await clock.advance(1000);
    await core.detach(2);
    await clock.advance(100);
    const start = clock.now;
    await clock.advance(1000);
    expect((await window(1, start, start + SECOND))[0]).toMatchObject({ provenance: 'counter' });
  });

  test('sensor: when it stands still, shared windows are answered too, as unusable', async () => {
    let stuck = 0n;
    const { clock, hold, attach, window } = setUp([
      { ...cpu(80), energyAt: (t) => steady(80, MS)(stuck === 0n ? t : stuck) },
    ]);
    await hold(PACKAGE);
    await attach(1, 101);
    await attach(2, 102);
    const start = clock.now;
    await clock.advance(1000);
    stuck = clock.now;
    expect((await window(1, start, start + 2n * SECOND))[0]).toMatchObject({ kind: 'unusable' });
  });
});

describe('the total', () => {
  test('counts from the attachment until now, and never goes back when another trial comes', async () => {
    const { clock, core, hold, attach } = setUp([gpu(), cpu(50)], [model()]);
    await hold(GPU, PACKAGE);
    await attach(1, 101, [GPU]);
    const totals: bigint[][] = [];
    for (let round = 0; round < 6; round++) {
      await clock.advance(500);
      if (round === 3) await attach(2, 102);
      const asked = core.total(1, clock.now);
      await clock.advance(200);
      const total = await asked;
      expect(total.map(({ provenance }) => provenance)).toEqual([
        'counter',
        round <= 3 ? 'counter' : 'shared-estimate',
      ]);
      totals.push(total.map(({ microjoules }) => microjoules));
    }
    for (let i = 1; i < totals.length; i++) {
      totals[i]!.forEach((value, device) => expect(value).toBeGreaterThan(totals[i - 1]![device]!));
    }
    expect(Number(totals[0]![0]!) / 1e6).toBeCloseTo(150, 0);
  });

  test('of a counter that was reset is a lower bound', async () => {
    let reset = false;
    const { clock, core, hold, attach } = setUp([
      { ...gpu((t) => steady(300, 100n * MS)(t) - (reset ? 290_000_000_000n : 0n)) },
    ]);
    await hold(GPU);
    await attach(1, 101, [GPU]);
    await clock.advance(1000);
    reset = true;
    await clock.advance(1000);
    const asked = core.total(1, clock.now);
    await clock.advance(200);
    const total = Number((await asked)[0]!.microjoules) / 1e6;
    expect(total).toBeGreaterThan(500);
    expect(total).toBeLessThanOrEqual(600);
  });
});

test('memory stays bounded while no trial is attached, and history is kept while one is', async () => {
  const { clock, hold, attach, window } = setUp([{ ...gpu(steady(300, MS)), traits: { ...MODEL } }]);
  await hold(GPU);
  await clock.advance(60_000);
  await attach(1, 101, [GPU]);
  const start = clock.now;
  await clock.advance(60_000);
  expect(joules((await window(1, start, start + 60n * SECOND))[0])).toBeCloseTo(18_000, 0);
  expect((await window(1, start - 30n * SECOND, start))[0]).toMatchObject({
    kind: 'unusable',
    reason: expect.stringMatching(/before the first reading/),
  });
});
