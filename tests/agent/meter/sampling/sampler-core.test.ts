import { describe, expect, test } from 'vitest';

import { MeterError } from '../../../../shared/domain/errors.js';
import { deviceId } from '../../../../shared/domain/identity.js';
import type { EnergySource } from '../../../../agent/meter/energy-source.js';
import { ManualClock } from '../manual-clock.js';
import { MODEL, MS, SECOND, scriptedSource, steady, type ScriptedDevice } from '../sensors.js';
import { AGENT, GPU, PACKAGE, cpu, gpu, joules, model, samplerOver, unattributedJoules } from './sampler-fixture.js';

describe('a window', () => {
  test('waits until readings reach beyond its end, then has the energy of each device of the trial', async () => {
    const { clock, core, hold, attach } = samplerOver([gpu(), cpu(50)]);
    await hold(GPU, PACKAGE);
    await attach(1, 101, { devices: [GPU] });
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
    expect(joules(energies[1]) + unattributedJoules(energies[1])).toBeCloseTo(100, 1);
    expect(energies[1]).toMatchObject({ provenance: 'shared-estimate', source: 'scripted' });
  });

  test('may be asked for later, overlap others and lie within them', async () => {
    const { clock, hold, attach, window } = samplerOver([gpu()]);
    await hold(GPU);
    await attach(1, 101, { devices: [GPU] });
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
    const { clock, hold, attach, window } = samplerOver([
      gpu((t) => (lost ? undefined : steady(300, 100n * MS)(t))),
      cpu(50),
    ]);
    await hold(GPU, PACKAGE);
    await attach(1, 101, { devices: [GPU] });
    const start = clock.now;
    await clock.advance(1000);
    lost = true;
    const energies = await window(1, start, start + 2n * SECOND);
    expect(energies[0]).toMatchObject({ kind: 'unusable', reason: 'the device has gone' });
    expect(joules(energies[1]) + unattributedJoules(energies[1])).toBeCloseTo(100, 1);
  });

  test('survives a source that throws', async () => {
    const broken: EnergySource = {
      ...scriptedSource(new ManualClock(), [{ ...cpu(1), id: 'cpu-package-9' }]),
      sample: () => {
        throw new Error('broken cable');
      },
    };
    const { clock, hold, attach, window } = samplerOver([gpu()], [broken]);
    await hold(GPU, 'cpu-package-9');
    await attach(1, 101, { devices: [GPU] });
    await clock.advance(500);
    const energies = await window(1, clock.now - 400n * MS, clock.now);
    expect(joules(energies[0])).toBeCloseTo(120, 1);
    expect(energies[1]).toMatchObject({ kind: 'unusable', reason: expect.stringMatching(/broken cable/) });
  });

  test('of a trial that is not attached, or on a device that is not held, is refused', async () => {
    const { core, hold, attach, clock } = samplerOver([gpu()]);
    await hold();
    await expect(core.window({ trial: 7, startNanoseconds: 0n, endNanoseconds: 1n })).rejects.toThrow(MeterError);
    await expect(attach(1, 101, { devices: [GPU] })).rejects.toThrow(/not held/);
    await expect(core.hold([deviceId('GPU-9')])).rejects.toThrow(/no sensor reads GPU-9/);
    expect(clock.now).toBeGreaterThan(0n);
  });

  test('that was asked for before the trial left is still answered', async () => {
    const { clock, core, hold, attach } = samplerOver([gpu()], [model()]);
    await hold(GPU, 'cpu');
    await attach(1, 101, { devices: [GPU] });
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
  test('is modelled only where no sensor reads it; the model is then told as not used', async () => {
    const with_ = await samplerOver([gpu(), cpu(50)], [model()]).core.probe();
    expect(with_.found.map(({ device }) => device.id)).toEqual([GPU, PACKAGE]);
    expect(with_.missing).toMatchObject([
      { source: 'cpu-model', available: false, detail: 'not used: scripted reads this part already' },
    ]);
    const without = samplerOver([gpu()], [model()]);
    expect((await without.core.probe()).found.map(({ device }) => device.id)).toEqual([GPU, 'cpu']);
  });

  test('is not modelled where it is in the figure of a module', async () => {
    const probe = await samplerOver([{ ...gpu(), includes: ['cpu', 'dram'] }], [model()]).core.probe();
    expect(probe.found.map(({ device }) => device.id)).toEqual([GPU]);
  });

  test('model: each trial pays for its own processor time and for nobody else’s', async () => {
    const { clock, processes, hold, attach, window } = samplerOver([], [model()]);
    await hold('cpu');
    processes.busy[102] = 0.25;
    await attach(1, 101);
    await attach(2, 102);
    const start = clock.now;
    await clock.advance(4000);
    expect(joules((await window(1, start, start + 4n * SECOND))[0])).toBeCloseTo(40, 0);
    expect(joules((await window(2, start, start + 4n * SECOND))[0])).toBeCloseTo(10, 0);
  });

  test('sensor: strangers carry their own part, which is charged to nobody', async () => {
    const { clock, processes, hold, attach, window } = samplerOver([cpu(80)]);
    await hold(PACKAGE);
    processes.busy[102] = 0;
    processes.busy[200] = 3;
    await attach(1, 101);
    await clock.advance(100);
    const start = clock.now;
    await clock.advance(5000);
    const [energy] = await window(1, start, start + 4n * SECOND);
    expect(energy).toMatchObject({ provenance: 'shared-estimate', events: [] });
    expect(joules(energy)).toBeCloseTo(80, 0);
    expect(unattributedJoules(energy)).toBeCloseTo(240, 0);
  });

  test('sensor: a trial alone with all busy time pays everything, still as a share', async () => {
    const { clock, processes, hold, attach, window } = samplerOver([cpu(80)]);
    await hold(PACKAGE);
    processes.busy[102] = 0;
    await attach(1, 101);
    const start = clock.now;
    await clock.advance(2000);
    const [energy] = await window(1, start, start + 2n * SECOND);
    expect(energy).toMatchObject({ provenance: 'shared-estimate', unattributedMicrojoules: 0n });
    expect(joules(energy)).toBeCloseTo(160, 1);
    expect(energy?.kind === 'usable' && energy.uncertainty.samplingJoules).toBeLessThan(1);
  });

  test('sensor: two trials share it by processor time; neither contaminates the other', async () => {
    const { clock, processes, hold, attach, window } = samplerOver([cpu(80)]);
    await hold(PACKAGE);
    processes.busy[102] = 0.25;
    await attach(1, 101);
    await attach(2, 102);
    await clock.advance(100);
    const start = clock.now;
    await clock.advance(5000);
    const end = start + 4n * SECOND;
    const [first] = await window(1, start, end);
    const [second] = await window(2, start, end);
    expect(joules(first) + joules(second) + unattributedJoules(first)).toBeCloseTo(320, 1);
    expect(unattributedJoules(first)).toBe(unattributedJoules(second));
    expect(joules(first) / joules(second)).toBeCloseTo(4, 0);
    expect(first?.kind === 'usable' && first.uncertainty.samplingJoules).toBeGreaterThan(10);
  });

  test('sensor: when it stands still, shared windows are answered too, as unusable', async () => {
    let stuck = 0n;
    const { clock, hold, attach, window } = samplerOver([
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

  test('sensor: a window from before the trial came has no share', async () => {
    const { clock, hold, attach, window } = samplerOver([cpu(80)]);
    await hold(PACKAGE);
    await attach(1, 101);
    expect((await window(1, clock.now - SECOND, clock.now + SECOND))[0]).toMatchObject({
      kind: 'unusable',
      reason: 'the window began before the trial was attached',
    });
  });

  test('machine: a trial that is alone pays for all of it; several divide it', async () => {
    const { clock, core, processes, hold, attach, window } = samplerOver([
      { ...cpu(200), id: 'wall-meter', part: 'machine' },
    ]);
    await hold('wall-meter');
    processes.busy[101] = 0.1;
    await attach(1, 101);
    const start = clock.now;
    await clock.advance(3000);
    const [alone] = await window(1, start, start + 2n * SECOND);
    expect(alone).toMatchObject({ provenance: 'counter' });
    expect(joules(alone)).toBeCloseTo(400, 1);
    await attach(2, 102);
    await clock.advance(1000);
    const second = clock.now;
    await clock.advance(3000);
    const [shared] = await window(1, second, second + 2n * SECOND);
    expect(shared).toMatchObject({ provenance: 'shared-estimate' });
    expect(joules(shared)).toBeCloseTo(400 / 11, 0);
    await core.detach(2);
  });
});

test('two trials at rest beside each other are charged nothing of what the agent works: it is nobody’s', async () => {
  const { clock, core, processes, hold, attach } = samplerOver([cpu(50)]);
  processes.busy[AGENT] = 0.5;
  await hold(PACKAGE);
  for (const trial of [1, 2]) await attach(trial, 'none');
  await clock.advance(2000);
  const asked = [1, 2].map((trial) => core.total(trial, clock.now));
  await clock.advance(1500);
  for (const [energy] of await Promise.all(asked)) {
    expect(energy).toMatchObject({ microjoules: 0n, provenance: 'shared-estimate' });
    expect(Number(energy!.unattributedMicrojoules) / 1e6).toBeCloseTo(100, 0);
    expect(energy).not.toHaveProperty('isLowerBound');
  }
});

describe('the total', () => {
  test('counts from the attachment until now, and never goes back when another trial comes', async () => {
    const { clock, core, hold, attach } = samplerOver([gpu(), cpu(50)], [model()]);
    await hold(GPU, PACKAGE);
    await attach(1, 101, { devices: [GPU] });
    const totals: bigint[][] = [];
    for (let round = 0; round < 6; round++) {
      await clock.advance(500);
      if (round === 3) await attach(2, 102);
      const asked = core.total(1, clock.now);
      await clock.advance(200);
      const total = await asked;
      expect(total.map(({ provenance }) => provenance)).toEqual(['simulated', 'shared-estimate']);
      expect(total.filter(({ isLowerBound }) => isLowerBound)).toEqual([]);
      expect(total[1]?.unattributedMicrojoules).toBeGreaterThan(0n);
      totals.push(total.map(({ microjoules }) => microjoules));
    }
    for (let i = 1; i < totals.length; i++) {
      totals[i]!.forEach((value, device) => expect(value).toBeGreaterThan(totals[i - 1]![device]!));
    }
    expect(Number(totals[0]![0]!) / 1e6).toBeCloseTo(150, 0);
  });

  test('of a counter that was reset is a lower bound', async () => {
    let reset = false;
    const { clock, core, hold, attach } = samplerOver([
      { ...gpu((t) => steady(300, 100n * MS)(t) - (reset ? 290_000_000_000n : 0n)) },
    ]);
    await hold(GPU);
    await attach(1, 101, { devices: [GPU] });
    await clock.advance(1000);
    reset = true;
    await clock.advance(1000);
    const asked = core.total(1, clock.now);
    await clock.advance(200);
    const [energy] = await asked;
    const total = Number(energy!.microjoules) / 1e6;
    expect(total).toBeGreaterThan(500);
    expect(total).toBeLessThanOrEqual(600);
    expect(energy).toMatchObject({ isLowerBound: true });
  });

  /** Of a trial that lasts 6 s, with what happens to its GPU after the first. */
  async function sixSeconds(device: ScriptedDevice, happen: () => void) {
    const { clock, core, hold, attach } = samplerOver([device]);
    await hold(GPU);
    await attach(1, 101, { devices: [GPU] });
    await clock.advance(1000);
    happen();
    await clock.advance(5000);
    const asked = core.total(1, clock.now);
    await clock.advance(3000);
    return (await asked).map(({ microjoules, isLowerBound }) => ({ joules: Number(microjoules) / 1e6, isLowerBound }));
  }

  test('of a counter that stands still for a while is a lower bound', async () => {
    let since: bigint | undefined;
    let now = 0n;
    const counter = steady(300, 100n * MS);
    const stuck = gpu((t) => counter((now = t) < (since ?? t) ? t : (since ?? t)));
    const [energy] = await sixSeconds(stuck, () => (since = now));
    expect(energy).toMatchObject({ isLowerBound: true });
    expect(energy!.joules).toBeLessThan(301);
    expect(energy!.joules).toBeGreaterThan(250);
  });

  test('of a device that is lost is a lower bound, also where nothing of the trial was read', async () => {
    const gone: string[] = [];
    const [energy] = await sixSeconds({ ...gpu(), lostAt: () => gone[0] }, () => gone.push('fallen off the bus'));
    expect(energy).toMatchObject({ isLowerBound: true });
    expect(energy!.joules).toBeGreaterThan(250);
    const never = await sixSeconds({ ...gpu(), lostAt: () => 'fallen off the bus' }, () => undefined);
    expect(never).toEqual([{ joules: 0, isLowerBound: true }]);
  });

  test('of a counter that was could not be read for a while is whole once it answers again', async () => {
    let paused = false;
    let since = 0n;
    const counter = steady(300, 100n * MS);
    const device = gpu((t) => {
      if (!paused) since = t;
      return paused && t < since + 2n * SECOND ? undefined : counter(t);
    });
    const [energy] = await sixSeconds(device, () => (paused = true));
    expect(energy!.joules).toBeCloseTo(1800, 0);
    expect(energy!.isLowerBound).toBeUndefined();
  });
});

test('memory stays bounded while no trial is attached, and history is kept while one is', async () => {
  const { clock, hold, attach, window } = samplerOver([{ ...gpu(steady(300, MS)), traits: { ...MODEL } }]);
  await hold(GPU);
  await clock.advance(300_000);
  await attach(1, 101, { devices: [GPU] });
  const start = clock.now;
  await clock.advance(60_000);
  expect(joules((await window(1, start, start + 60n * SECOND))[0])).toBeCloseTo(18_000, 0);
  expect((await window(1, start - 200n * SECOND, start))[0]).toMatchObject({
    kind: 'unusable',
    reason: expect.stringMatching(/before the first reading/),
  });
});
