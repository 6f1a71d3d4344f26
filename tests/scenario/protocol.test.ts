/** The protocol of a trial on a machine with a GPU: rest before it, repeats in it, and others on its device. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';

import { checkStore } from '../support/check-store.js';
import { startEcopt, type EcoptProcess } from '../support/ecopt-process.js';
import { cCompiler, compileFakeNvml, startFakeNvml, type FakeNvml, type NvmlScenario } from '../support/fake-nvml.js';
import { finishedEcopt } from '../support/finished-ecopt.js';
import { openScenario, type Scenario } from '../support/scenario.js';

/** One of its own: a device of this name that another run of the tests holds is not ours. */
const GPU = `GPU-11111111-2222-3333-4444-${String(process.pid).padStart(12, '0')}`;
const WATTS = 100;
const MACHINE: NvmlScenario = {
  count: 1,
  'gpu0.uuid': GPU,
  'gpu0.name': 'NVIDIA Fake',
  'gpu0.pci': '00000000:17:00.0',
  'gpu0.energy': 1_000_000,
  'gpu0.energy.watts': WATTS,
  'gpu0.energy.period_ms': 20,
  'gpu0.temperature': 60,
  'gpu0.processes': 'none',
};
/** This process is no descendant of the agent. */
const SHARED: NvmlScenario = { ...MACHINE, 'gpu0.processes': String(process.pid) };
const USE = `process ${process.pid} (node) uses ${GPU}`;

const compiler = cCompiler();
const compiled = compiler === undefined ? '' : compileFakeNvml(compiler);
const cards: FakeNvml[] = [];
afterAll(() => cards.splice(0).forEach((card) => card[Symbol.dispose]()));

function newCard(scenario = MACHINE): FakeNvml {
  const card = startFakeNvml(compiled, scenario);
  cards.push(card);
  return card;
}

const REPEATING = (measurement: string): string => `
name: repeats
space:
  x: {low: 0, high: 1, kind: float}
objectives:
  loss: {metric: loss, goal: minimize}
  energy: {energy: {window: infer, label: predict, per: sample}}
workload:
  kind: command
  argv: [${JSON.stringify(process.execPath)}, ${JSON.stringify(join(process.cwd(), 'tests/support/repeating-program.mjs'))}, "{trial_dir}"]
  metrics:
    loss: {pattern: "loss=([0-9.]+)"}
budget: {trials: 1}
measurement: ${measurement}
`;

interface TriedWindow {
  readonly kind: string;
  readonly seconds: number;
  readonly items?: number;
  readonly devices: readonly { readonly part: string; readonly provenance: string; readonly joules: number }[];
}

interface Tried {
  readonly facts: Readonly<Record<string, string>>;
  readonly objectives: Readonly<Record<string, number>>;
  readonly windows: readonly TriedWindow[];
}

async function tried(scenario: Scenario, measurement: string, flags: readonly string[]): Promise<Tried> {
  const file = join(scenario.folder, 'repeats.yaml');
  writeFileSync(file, REPEATING(measurement));
  const environment = { ECOPT_NVML_LIBRARY: newCard().library };
  const { stdout, stderr, status } = await finishedEcopt(['try', file, '--json', ...flags], { environment });
  expect(status, stderr).toBe(0);
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as Tried;
}

describe.skipIf(compiler === undefined)('the protocol of a trial', () => {
  test('a trial cools down, rests, and repeats its window until its energy is known', async () => {
    using scenario = await openScenario();
    const measurement = '{idle: 1 s, cool-down: {celsius: 50, within: 1 s}, repeat: {target: 40 %, within: 30 s}}';
    const { facts, windows, objectives } = await tried(scenario, measurement, ['--devices', GPU]);
    const infers = windows.filter(({ kind }) => kind === 'infer');
    expect(windows.map(({ kind }) => kind)).toEqual(['cool-down', 'idle', ...infers.map(() => 'infer')]);
    expect(facts['cool-down']).toBe('waited 1 s: still 60 °C, more than 50 °C');
    expect(facts['idle'] ?? 'accelerators only: ').toMatch(/^accelerators only: /);
    expect(facts['repeats infer/predict']).toMatch(/^\d+ windows, ±[\d.]+ %: below 40 %$/);
    expect([8, 12, 18, 27, 41]).toContain(infers.length);
    expect(windows[1]!.devices).toMatchObject([{ part: 'accelerator', provenance: 'counter' }]);
    // Each window is 100 ms and a little at 100 W, for 10 samples.
    const seconds = infers.reduce((sum, window) => sum + window.seconds, 0);
    expect(objectives['energy']! / ((WATTS * seconds) / (10 * infers.length))).toBeCloseTo(1, 1);
  });

  test('simulated energy is not waited for, and repeated thrice', async () => {
    using scenario = await openScenario();
    const { facts, windows } = await tried(scenario, '{idle: 60 s}', ['--simulate', 'h100']);
    expect(windows.map(({ kind }) => kind)).toEqual(['infer', 'infer', 'infer']);
    expect(facts).toMatchObject({
      idle: 'skipped: simulated energy has no idle power',
      'repeats infer/predict': '3 windows: energy that is not measured needs no more',
    });
  });
});

/** The agent's log line with this message. */
const logLine = async (agent: EcoptProcess, message: string): Promise<Record<string, unknown>> =>
  JSON.parse(await agent.line((line) => line.includes(`"${message}"`))) as Record<string, unknown>;

const [WITHDRAWN, OFFERED] = ['slot not offered: others use it', 'slot offered again: others have left it'];

function agentOn(card: FakeNvml, scenario: Scenario, ...flags: readonly string[]): EcoptProcess {
  const state = ['--name', 'shared', '--state', join(scenario.state, 'of-shared')];
  const coordinator = ['--coordinator', `127.0.0.1:${scenario.port}`];
  return startEcopt(['agent', ...coordinator, ...state, '--allow-command', '--json', '--devices', GPU, ...flags], {
    environment: { ECOPT_NVML_LIBRARY: card.library },
  });
}

const CAMPAIGN = { trials: 2, more: 'measurement: {idle: 0 s, boundary: accelerator, remeasure: 2}\n' };

describe.skipIf(compiler === undefined)('others on the device', () => {
  test('no trial starts on a device that others use; one does when they have left', async () => {
    using scenario = await openScenario(CAMPAIGN);
    await using serve = scenario.serve();
    const card = newCard(SHARED);
    await using agent = agentOn(card, scenario);
    expect(await logLine(agent, WITHDRAWN)).toMatchObject({ slot: GPU, why: USE });
    expect(agent.lines.join('\n')).not.toContain('trial started');
    card.set(MACHINE);
    await logLine(agent, OFFERED);
    expect(await serve.event('campaign-closed')).toMatchObject({ finished: 2 });
    expect((await serve.exited).code).toBe(0);
    expect(checkStore(scenario.state)).toMatchObject({ states: { completed: 2 }, attempts: 2 });
  });

  test('a trial that others join goes on, and is measured again when they have left', async () => {
    using scenario = await openScenario(CAMPAIGN);
    scenario.hold();
    await using serve = scenario.serve();
    const card = newCard();
    await using agent = agentOn(card, scenario);
    await logLine(agent, 'trial started');
    card.set(SHARED);
    await logLine(agent, WITHDRAWN);
    scenario.letGo();
    await logLine(agent, 'trial completed');
    card.set(MACHINE);
    expect(await serve.event('campaign-closed')).toMatchObject({ finished: 2 });
    expect((await serve.exited).code).toBe(0);
    expect(agent.lines.join('\n')).toMatch(/contaminated: process \d+ \(node\) used the device.*windows unusable/);
    expect(checkStore(scenario.state)).toMatchObject({ states: { completed: 2 }, attempts: 3 });
  });

  test('with yield a trial that others join makes room for them and is run when they have left', async () => {
    using scenario = await openScenario(CAMPAIGN);
    scenario.hold();
    await using serve = scenario.serve();
    const card = newCard();
    await using agent = agentOn(card, scenario, '--foreign-processes', 'yield');
    await logLine(agent, 'trial started');
    card.set(SHARED);
    expect(await logLine(agent, 'trial handed back')).toMatchObject({ why: USE });
    scenario.letGo();
    card.set(MACHINE);
    expect(await serve.event('campaign-closed')).toMatchObject({ finished: 2 });
    expect((await serve.exited).code).toBe(0);
    expect(checkStore(scenario.state)).toMatchObject({ states: { completed: 2 }, attempts: 3 });
  });

  test('with ignore the trial goes on and its windows are only marked', async () => {
    using scenario = await openScenario(CAMPAIGN);
    await using serve = scenario.serve();
    await using agent = agentOn(newCard(SHARED), scenario, '--foreign-processes', 'ignore');
    expect(await serve.event('campaign-closed')).toMatchObject({ finished: 2 });
    expect((await serve.exited).code).toBe(0);
    expect(agent.lines.join('\n')).not.toContain('unusable');
    expect(checkStore(scenario.state)).toMatchObject({ states: { completed: 2 }, attempts: 2 });
  });

  test('a rule that does not exist is refused by name', async () => {
    const { status, stderr } = await finishedEcopt(['agent', '--foreign-processes', 'fight']);
    expect(status).toBe(2);
    expect(stderr).toBe('ecopt: --foreign-processes fight: must be one of wait, yield, ignore\n');
  });
});
