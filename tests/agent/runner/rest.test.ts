import { expect, test } from 'vitest';

import type { DeviceCondition } from '../../../agent/meter/energy-source.js';
import type { Meter, Strangers, TrialMeter } from '../../../agent/meter/meter.js';
import type { ProcessorTimes } from '../../../agent/runner/processor-load.js';
import { restBeforeTrial } from '../../../agent/runner/rest-before-trial.js';
import type { MeteredRest, RestOptions } from '../../../agent/runner/rest.js';
import { startMetering } from '../../../agent/runner/telemetry.js';
import type { AttemptEventBody } from '../../../shared/domain/event.js';
import { deviceId } from '../../../shared/domain/identity.js';
import type { Provenance } from '../../../shared/domain/measurement.js';
import { CAMPAIGN_DEFAULTS } from '../../../shared/schema/campaign-defaults.js';
import { manualClock, type ManualClock } from '../../support/manual-clock.js';
import { steadyMeter, WATTS, type SteadySetting } from './trial-fixture.js';

const GPU = deviceId('GPU-1');
const NOBODY: Strangers = { kind: 'none' };
const PYTHON: Strangers = { kind: 'present', processes: [{ device: GPU, pid: 4711, name: 'python' }] };

/** A machine whose state depends on the seconds since the rest began. */
interface Machine {
  readonly provenance?: SteadySetting['provenance'];
  readonly boundary?: RestOptions['boundary'];
  readonly measurement?: Partial<RestOptions['measurement']>;
  companions?(seconds: number): number;
  strangers?(seconds: number): Strangers;
  /** Busy processors of two. */
  busy?(seconds: number): number;
  celsius?(seconds: number): number | undefined;
  readonly stopAfter?: number;
  readonly devices?: RestOptions['devices'];
  readonly processorTimes?: () => ProcessorTimes | undefined;
  /** Why the figures of the device cannot be used, such as others who used it. */
  readonly unusable?: string;
  /** Of the processors' figures; absent: as the device's. */
  readonly host?: Provenance;
}

const secondsOf = (clock: ManualClock): number => Number(clock.monotonicNanoseconds()) / 1e9;

/** Processor time of two processors that are as busy as told, in ticks of a hundredth of a second. */
function processorTimes(clock: ManualClock, busy: (seconds: number) => number): ProcessorTimes {
  let busyTicks = 0;
  for (let at = 0; at < secondsOf(clock); at += 0.05) busyTicks += 5 * busy(at);
  return { busyTicks, totalTicks: 200 * secondsOf(clock), processors: 2 };
}

/** Figures of the card that cannot be used. */
const spoiled = (meter: Meter, reason: string): Meter => ({
  ...meter,
  attach(trial) {
    const attached = meter.attach(trial);
    const card = { kind: 'unusable', device: GPU, part: 'accelerator', source: 'fake', reason } as const;
    return { ...attached, window: () => Promise.resolve([card]) };
  },
});

/** The same energy once more, of the processors. */
const withHost = (meter: Meter, provenance?: Provenance): Meter => ({
  ...meter,
  attach(trial) {
    const attached = meter.attach(trial);
    const window: TrialMeter['window'] = async (start, end) => {
      const own = await attached.window(start, end);
      const host = { device: deviceId('cpu'), part: 'cpu' as const, ...(provenance && { provenance }) };
      return [...own, ...own.map((energy) => ({ ...energy, ...host }))];
    };
    return { ...attached, window };
  },
});

interface Rested extends MeteredRest {
  readonly seconds: number;
  readonly open: number;
  /** What was told of it while it lasted, in joules. */
  readonly told: readonly number[];
}

async function rest(machine: Machine): Promise<Rested> {
  const clock = manualClock();
  const { companions = () => 0, strangers = () => NOBODY, busy = () => 0.05, celsius = () => undefined } = machine;
  const conditions = (): DeviceCondition[] => {
    const temperature = celsius(secondsOf(clock));
    const atNanoseconds = clock.monotonicNanoseconds();
    return [{ device: GPU, atNanoseconds, ...(temperature !== undefined && { temperatureCelsius: temperature }) }];
  };
  const meter = steadyMeter(clock, {
    ...{ provenance: machine.provenance ?? 'counter', part: 'accelerator', device: GPU, conditions },
    strangers: () => strangers(secondsOf(clock)),
  });
  const stop = new AbortController();
  const told: number[] = [];
  const onEvent = (event: AttemptEventBody): void => {
    if (event.kind === 'metered') told.push(Number(event.energy[0]!.microjoules) / 1e6);
  };
  const resting = restBeforeTrial({
    ...{
      meter: withHost(machine.unusable === undefined ? meter : spoiled(meter, machine.unusable), machine.host),
      clock,
      devices: machine.devices ?? [GPU],
      boundary: machine.boundary ?? 'accelerator',
    },
    measurement: { ...CAMPAIGN_DEFAULTS.measurement, ...machine.measurement },
    companions: () => companions(secondsOf(clock)),
    processorTimes: machine.processorTimes ?? (() => processorTimes(clock, busy)),
    onMetered: (trial) =>
      startMetering({
        ...{ clock, beginNanoseconds: clock.monotonicNanoseconds(), onEvent },
        ...{ energy: () => trial.total(), onError: expect.unreachable },
      }),
    stop: stop.signal,
  });
  let over = false;
  void resting.finally(() => (over = true));
  while (!over) {
    for (let i = 0; i < 20; i++) await Promise.resolve();
    if (secondsOf(clock) >= (machine.stopAfter ?? Infinity)) stop.abort();
    else if (!over) clock.advance(50);
  }
  const seconds = secondsOf(clock);
  clock.advance(10_000); // What is told ends with the rest.
  return { ...(await resting), seconds, open: meter.open(), told };
}

const kinds = ({ windows }: MeteredRest): string[] => windows.map(({ kind }) => kind);
const HOST = { boundary: 'accelerator+cpu+dram' } as const;

test('a machine at rest is metered for as long as the campaign wants, and its energy is the attempt’s', async () => {
  const found = await rest({});
  expect(kinds(found)).toEqual(['idle']);
  expect(found.windows[0]!.devices.map(({ part }) => part)).toEqual(['accelerator', 'cpu']);
  expect(found.facts).toEqual({});
  const [{ startNanoseconds, endNanoseconds } = expect.unreachable()] = found.windows;
  expect(Number(endNanoseconds - startNanoseconds) / 1e9).toBeCloseTo(5, 1);
  expect(Number(found.energy[0]!.microjoules) / 1e6).toBeGreaterThanOrEqual(5 * WATTS);
  expect(found.open).toBe(0);
});

test.each([
  ['model', 'skipped: modelled energy has no idle power'],
  ['simulated', 'skipped: simulated energy has no idle power'],
  ['shared-estimate', 'skipped: a share of a device has no idle power'],
] as const)('energy by %s has no idle window, and nothing is waited for', async (provenance, idle) => {
  const found = await rest({ provenance });
  expect(found).toMatchObject({ windows: [], energy: [], facts: { idle }, seconds: 0 });
});

test('modelled energy beside a sensor is not in the idle window', async () => {
  const found = await rest({ host: 'model' });
  expect(found.windows[0]?.devices.map(({ part }) => part)).toEqual(['accelerator']);
});

test('without a sensor within the boundary there is no idle window', async () => {
  expect(await rest({ boundary: 'cpu' })).toMatchObject({
    windows: [],
    facts: { idle: 'skipped: no sensor within the boundary cpu' },
  });
});

test('a campaign that asks for none gets none, without a word', async () => {
  expect(await rest({ measurement: { idleSeconds: 0 } })).toMatchObject({ windows: [], facts: {}, seconds: 0 });
});

test('what it spends is told while it lasts: an agent that dies meanwhile leaves it', async () => {
  const measurement = { idleSeconds: 4, coolDownCelsius: 45, coolDownSeconds: 3 };
  const { told, seconds, energy } = await rest({ measurement, celsius: () => 60 });
  expect(seconds).toBeCloseTo(7, 1);
  expect(told.map((joules) => Math.round(joules / WATTS))).toEqual([2, 4, 6]);
  expect(Number(energy[0]!.microjoules) / 1e6).toBeGreaterThan(told.at(-1)!);
});

test('others on the device before the window: it is skipped at once, and they are named', async () => {
  const found = await rest({ strangers: () => PYTHON });
  expect(found).toMatchObject({
    windows: [],
    facts: { idle: 'skipped: process 4711 (python) uses GPU-1' },
    seconds: 0,
  });
});

test('others on the device at its end: the window is void', async () => {
  const found = await rest({ strangers: (seconds) => (seconds > 3 ? PYTHON : NOBODY) });
  expect(found).toMatchObject({ windows: [], facts: { idle: 'skipped: process 4711 (python) uses GPU-1' } });
  expect(Number(found.energy[0]!.microjoules) / 1e6).toBeGreaterThanOrEqual(5 * WATTS);
});

test('a window that others joined and left is dropped, also beside busy processors', async () => {
  const unusable = 'contaminated: process 4711 (python) used the device';
  const facts = { idle: `skipped: GPU-1: ${unusable}` };
  expect(await rest({ unusable })).toMatchObject({ windows: [], facts });
  expect(await rest({ unusable, busy: () => 2 })).toMatchObject({ windows: [], facts });
});

test('where it cannot be told who uses the device nobody is accused', async () => {
  expect(kinds(await rest({ strangers: () => ({ kind: 'unknown', reason: 'another name space' }) }))).toEqual(['idle']);
});

test('a trial that runs beside, or that did for a moment, makes rest of the host void', async () => {
  const facts = { idle: 'skipped: another trial runs here' };
  expect(await rest({ ...HOST, companions: () => 1 })).toMatchObject({ windows: [], facts, seconds: 0 });
  const passing = await rest({ ...HOST, companions: (seconds) => (seconds > 2 && seconds < 2.5 ? 1 : 0) });
  expect(passing).toMatchObject({ windows: [], facts });
  expect(passing.seconds).toBeLessThan(3);
});

test('a busy machine has no rest, and the window ends as soon as that is sure', async () => {
  const found = await rest({ ...HOST, busy: () => 1.26 });
  expect(found).toMatchObject({ windows: [], facts: { idle: 'skipped: the machine is busy (CPU 63 %)' } });
  expect(found.seconds).toBeLessThan(2);
  const late = await rest({ ...HOST, busy: (seconds) => (seconds > 3 ? 2 : 0) });
  expect(late.facts['idle']).toMatch(/^skipped: the machine is busy \(CPU \d+ %\)$/);
});

test('also an idle window too short to be looked into is judged at its end', async () => {
  const found = await rest({ ...HOST, busy: () => 2, measurement: { idleSeconds: 0.3 } });
  expect(found).toMatchObject({ windows: [], facts: { idle: 'skipped: the machine is busy (CPU 100 %)' } });
});

test('a machine that does not tell its load has no rest of the host', async () => {
  const facts = { idle: 'skipped: the load of the processors is unknown here' };
  expect(await rest({ ...HOST, processorTimes: () => undefined })).toMatchObject({ windows: [], facts });
});

test('an accelerator rests beside busy processors; only its own energy is kept then', async () => {
  const found = await rest({ companions: () => 1 });
  expect(kinds(found)).toEqual(['idle']);
  expect(found.windows[0]!.devices.map(({ part }) => part)).toEqual(['accelerator']);
  expect(found.facts).toEqual({ idle: 'accelerators only: another trial runs here' });
});

test('a stop ends the wait; what was spent is kept, the window is not', async () => {
  const found = await rest({ stopAfter: 2 });
  expect(found).toMatchObject({ windows: [], facts: {} });
  expect(found.seconds).toBeLessThan(2.1);
  expect(Number(found.energy[0]!.microjoules) / 1e6).toBeGreaterThanOrEqual(2 * WATTS);
});

const COOL = { coolDownCelsius: 45, coolDownSeconds: 60 };
/** Falls by one degree a second. */
const cooling = (from: number) => (seconds: number) => from - Math.floor(seconds);

test('a hot device is waited for, in a window of its own, before the rest', async () => {
  const found = await rest({ measurement: COOL, celsius: cooling(52) });
  expect(kinds(found)).toEqual(['cool-down', 'idle']);
  expect(found.facts).toEqual({ 'cool-down': 'waited 7 s: 45 °C, no more than 45 °C' });
  const [coolDown, idle] = found.windows;
  expect(Number(coolDown!.endNanoseconds - coolDown!.startNanoseconds) / 1e9).toBeCloseTo(7, 0);
  expect(idle!.startNanoseconds).toBeGreaterThanOrEqual(coolDown!.endNanoseconds);
  expect(Number(found.energy[0]!.microjoules) / 1e6).toBeGreaterThanOrEqual(12 * WATTS);
});

test.each([
  ['cool already', (): number => 40, 'no wait: 40 °C, no more than 45 °C'],
  ['of unknown temperature', (): undefined => undefined, 'no wait: the temperature of GPU-1 is unknown'],
] as const)('a device that is %s is not waited for', async (_, celsius, said) => {
  const found = await rest({ measurement: { ...COOL, idleSeconds: 0 }, celsius });
  expect(found).toMatchObject({ windows: [], facts: { 'cool-down': said }, seconds: 0 });
});

test('a trial on the processor has no temperature to wait for', async () => {
  const found = await rest({ measurement: { ...COOL, idleSeconds: 0 }, devices: [] });
  expect(found.facts).toEqual({ 'cool-down': 'no wait: no device with a temperature is held' });
});

test('a device that stays hot is waited for no longer than allowed', async () => {
  const found = await rest({ measurement: { ...COOL, idleSeconds: 0 }, celsius: () => 70 });
  expect(kinds(found)).toEqual(['cool-down']);
  expect(found.facts).toEqual({ 'cool-down': 'waited 60 s: still 70 °C, more than 45 °C' });
});

test('a temperature that is lost meanwhile ends the wait', async () => {
  const celsius = (seconds: number): number | undefined => (seconds > 3 ? undefined : 70);
  const found = await rest({ measurement: { ...COOL, idleSeconds: 0 }, celsius });
  expect(found.facts).toEqual({ 'cool-down': 'waited 4 s: then the temperature of GPU-1 is unknown' });
});
