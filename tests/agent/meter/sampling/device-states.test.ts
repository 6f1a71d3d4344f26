import { describe, expect, test } from 'vitest';

import type { DeviceCondition } from '../../../../agent/meter/energy-source.js';
import type { Strangers } from '../../../../agent/meter/meter.js';
import { MS, SECOND, steady, type ScriptedDevice } from '../sensors.js';
import { AGENT, cpu, GPU, gpu, joules, PACKAGE, samplerOver, STRANGER, usable } from './sampler-fixture.js';

type State = Omit<DeviceCondition, 'device' | 'atNanoseconds'>;

/** A measured GPU whose state a test changes as it goes. */
function observedGpu(first: State) {
  const state = { current: first };
  const device: ScriptedDevice = { ...gpu(), provenance: 'counter', conditionAt: () => state.current };
  return { state, ...samplerOver([device]) };
}

const using = (...pids: readonly number[]): State => ({ processes: pids.map((pid) => ({ pid })) });

describe('strangers', () => {
  test('are neither the agent, nor its descendants, nor processes of attached trials wherever they have moved', async () => {
    const { clock, core, state, processes, hold, attach } = observedGpu(using(AGENT, 101));
    await hold(GPU);
    await attach(1, 101, { devices: [GPU], mark: 'ECOPT_TRIAL_DIR=/a' });
    processes.parents.set(301, 101);
    await clock.advance(300);
    processes.parents.set(301, 1); // Its parent has ended.
    processes.parents.delete(101);
    state.current = using(AGENT, 301);
    await clock.advance(1000);
    expect(await core.strangers([GPU])).toEqual({ kind: 'none' });
    processes.parents.set(302, 1); // Never seen below the trial, but marked by it.
    processes.variables.set(302, 'ECOPT_TRIAL_DIR=/a');
    state.current = using(AGENT, 302);
    await clock.advance(1000);
    expect(await core.strangers([GPU])).toEqual({ kind: 'none' });
    state.current = using(301, STRANGER);
    await clock.advance(1000);
    expect(await core.strangers([GPU])).toEqual({
      kind: 'present',
      processes: [{ device: GPU, pid: STRANGER, name: `program-${STRANGER}` }],
    } satisfies Strangers);
  });

  test('make a window unusable that they join, and neither one before nor one after', async () => {
    const { clock, state, hold, attach, window } = observedGpu(using(101));
    await hold(GPU);
    await attach(1, 101, { devices: [GPU] });
    const before = clock.now;
    await clock.advance(5000);
    state.current = using(101, STRANGER);
    const joined = clock.now;
    await clock.advance(1000);
    state.current = using(101);
    await clock.advance(8000);
    const after = joined + 4n * SECOND;
    expect(usable((await window(1, before, before + 3n * SECOND))[0]).events).toEqual([]);
    expect((await window(1, joined - SECOND, joined + SECOND))[0]).toMatchObject({
      kind: 'unusable',
      reason: `contaminated: process ${STRANGER} (program-${STRANGER}) used the device`,
    });
    expect(usable((await window(1, after, after + 2n * SECOND))[0]).events).toEqual([]);
  });

  test('that come in the last moment of a window are seen before it is answered', async () => {
    const { clock, core, state, hold, attach } = observedGpu(using(101));
    await hold(GPU);
    await clock.advance(500); // States are looked at on full seconds.
    await attach(1, 101, { devices: [GPU] });
    const start = clock.now;
    await clock.advance(3950);
    state.current = using(101, STRANGER);
    const answer = core.window({ trial: 1, startNanoseconds: start, endNanoseconds: start + 4n * SECOND });
    await clock.advance(300);
    state.current = using(101);
    expect((await answer)[0]).toMatchObject({ kind: 'unusable', reason: expect.stringMatching(/contaminated/) });
  });

  test('that were there at the last look may have stayed until the next', async () => {
    const { clock, core, state, hold, attach } = observedGpu(using(101, STRANGER));
    await hold(GPU);
    await attach(1, 101, { devices: [GPU] });
    await clock.advance(1100);
    state.current = using(101);
    const start = clock.now;
    const answer = core.window({ trial: 1, startNanoseconds: start, endNanoseconds: start + 500n * MS });
    await clock.advance(700);
    expect((await answer)[0]).toMatchObject({ kind: 'unusable', reason: expect.stringMatching(/contaminated/) });
  });

  test('only mark windows of a trial that tolerates them', async () => {
    const { clock, hold, attach, window } = observedGpu(using(101, STRANGER));
    await hold(GPU);
    await attach(1, 101, { devices: [GPU], toleratesStrangers: true });
    await clock.advance(1000);
    const start = clock.now;
    const energy = usable((await window(1, start, start + 2n * SECOND))[0]);
    expect(energy.events).toEqual(['other-processes']);
  });

  test('are unknown, and nobody is accused, where the source cannot tell or the process cannot be seen', async () => {
    const { clock, core, state, hold, attach, window } = observedGpu({
      processesUnknown: 'numbers of another namespace',
    });
    await hold(GPU);
    await attach(1, 101, { devices: [GPU] });
    expect(await core.strangers([GPU])).toEqual({ kind: 'unknown', reason: 'numbers of another namespace' });
    const start = clock.now;
    const energy = usable((await window(1, start, start + 2n * SECOND))[0]);
    expect(energy.events).toEqual(['other-processes-unknown']);
    state.current = using(987_654);
    await clock.advance(1000);
    expect(await core.strangers([GPU])).toMatchObject({
      kind: 'unknown',
      reason: expect.stringMatching(/process 987654 .*cannot be seen/),
    });
  });

  test('are unknown on a GPU that nobody observes; there are none on a simulated one or on a shared processor', async () => {
    const blind = samplerOver([{ ...gpu(), provenance: 'counter' }, cpu(50)]);
    await blind.hold(GPU, PACKAGE);
    await blind.attach(1, 101, { devices: [GPU] });
    expect(await blind.core.strangers([GPU])).toMatchObject({
      kind: 'unknown',
      reason: expect.stringMatching(/scripted does not tell/),
    });
    expect(await blind.core.strangers([PACKAGE])).toEqual({ kind: 'none' });
    const start = blind.clock.now;
    expect(usable((await blind.window(1, start, start + SECOND))[0]).events).toEqual(['other-processes-unknown']);
    const simulated = samplerOver([gpu()]);
    await simulated.hold(GPU);
    expect(await simulated.core.strangers([GPU])).toEqual({ kind: 'none' });
  });
});

describe('the state of a device', () => {
  test('is told as it was a moment ago', async () => {
    const { clock, core, state, hold } = observedGpu({ temperatureCelsius: 40, powerLimitWatts: 700 });
    await hold(GPU);
    state.current = { temperatureCelsius: 55 };
    await clock.advance(300);
    expect(await core.conditions([GPU])).toEqual([{ device: GPU, temperatureCelsius: 55, atNanoseconds: clock.now }]);
  });

  test('marks windows in which clocks were held down, by what held them', async () => {
    const { clock, state, hold, attach, window } = observedGpu({ ...using(101), throttled: [] });
    await hold(GPU);
    await attach(1, 101, { devices: [GPU] });
    const start = clock.now;
    await clock.advance(5000);
    state.current = { ...using(101), throttled: ['power-cap'] };
    await clock.advance(2000);
    state.current = { ...using(101), throttled: ['thermal'] };
    await clock.advance(2000);
    const events = async (from: bigint, to: bigint) => usable((await window(1, start + from, start + to))[0]).events;
    expect(await events(0n, 3n * SECOND)).toEqual([]);
    expect(await events(0n, 6n * SECOND)).toEqual(['power-capped']);
    expect([...(await events(0n, 8n * SECOND))].sort()).toEqual(['power-capped', 'throttled']);
  });

  test('gives windows the temperature at both edges', async () => {
    const { clock, state, hold, attach, window } = observedGpu({ ...using(101), temperatureCelsius: 40 });
    await hold(GPU);
    await attach(1, 101, { devices: [GPU] });
    const start = clock.now;
    await clock.advance(5000);
    state.current = { ...using(101), temperatureCelsius: 60 };
    await clock.advance(5000);
    const energy = usable((await window(1, start + 2n * SECOND, start + 9n * SECOND))[0]);
    expect(energy.temperatureCelsius).toEqual({ start: 40, end: 60 });
  });

  test('that is lost makes windows unusable at once, with the reason, and others go on', async () => {
    const gone: string[] = [];
    const { clock, core, hold, attach } = samplerOver([{ ...gpu(), lostAt: () => gone[0] }, cpu(50)]);
    await hold(GPU, PACKAGE);
    await attach(1, 101, { devices: [GPU] });
    await clock.advance(1000);
    gone.push('GPU has fallen off the bus');
    const start = clock.now - 500n * MS;
    const answer = core.window({ trial: 1, startNanoseconds: start, endNanoseconds: start + SECOND });
    await clock.advance(1000);
    const energies = await answer;
    expect(energies[0]).toMatchObject({ kind: 'unusable', reason: gone[0] });
    expect(usable(energies[1]).events).toEqual([]);
    const lost = { device: GPU, remark: `lost: ${gone[0]}`, isLost: true };
    expect(await core.sensors()).toMatchObject([lost, { device: PACKAGE }]);
    gone.length = 0;
    await clock.advance(1000);
    const [back] = await core.sensors();
    expect(back).not.toHaveProperty('isLost');
    expect(back).not.toHaveProperty('remark');
  });
});

describe('a second reading', () => {
  const checked = (watts: bigint, device: Partial<ScriptedDevice> = {}) =>
    samplerOver([{ ...gpu(), checkAt: () => watts * 1_000_000n, ...device }]);

  test('stands beside the first and is not in the sum', async () => {
    const { clock, core, hold, attach, window } = checked(303n);
    await hold(GPU);
    await attach(1, 101, { devices: [GPU] });
    await clock.advance(1000);
    const start = clock.now;
    const energy = usable((await window(1, start, start + 2n * SECOND))[0]);
    expect(joules(energy)).toBeCloseTo(600, 0);
    expect(energy.check?.source).toBe('scripted-power');
    expect(Number(energy.check?.microjoules) / 1e6).toBeCloseTo(606, 0);
    expect(energy.events).toEqual([]);
    await clock.advance(60_000);
    const [state] = await core.sensors();
    expect(state?.quality?.disagreement).toBeCloseTo(0.01, 3);
  });

  test('disagrees when it differs by more than both are uncertain', async () => {
    const { clock, hold, attach, window } = checked(360n);
    await hold(GPU);
    await attach(1, 101, { devices: [GPU] });
    await clock.advance(1000);
    const start = clock.now;
    expect(usable((await window(1, start, start + 2n * SECOND))[0]).events).toEqual(['disagrees']);
  });

  test('is told where the counter was reset, and does not take its place', async () => {
    let reset = false;
    const { clock, hold, attach, window } = checked(300n, {
      energyAt: (t) => steady(300, 100n * MS)(t) - (reset ? 290_000_000_000n : 0n),
    });
    await hold(GPU);
    await attach(1, 101, { devices: [GPU] });
    const start = clock.now;
    await clock.advance(1000);
    reset = true;
    await clock.advance(1000);
    expect((await window(1, start, start + 2n * SECOND))[0]).toMatchObject({
      kind: 'unusable',
      reason: expect.stringMatching(/reset within the window; its other reading \(scripted-power\) gives 60\d\.\d J/),
    });
  });

  test('marks that hold for every window are on every window', async () => {
    const { clock, hold, attach, window } = checked(300n, { marks: ['module-scope'] });
    await hold(GPU);
    await attach(1, 101, { devices: [GPU] });
    const start = clock.now;
    expect(usable((await window(1, start, start + 2n * SECOND))[0]).events).toEqual(['module-scope']);
  });
});

test('the update period of the slowest sensor of a trial is told, as found or as documented', async () => {
  const { clock, core, hold, attach } = samplerOver([gpu(), cpu(50)]);
  await hold(GPU, PACKAGE);
  await attach(1, 101, { devices: [GPU] });
  await attach(2, 102);
  await clock.advance(20_000);
  expect(await core.tickSeconds(1)).toBeCloseTo(0.1, 3);
  expect(await core.tickSeconds(2)).toBeLessThan(0.03);
  await expect(core.tickSeconds(3)).rejects.toThrow(/not attached/);
});
