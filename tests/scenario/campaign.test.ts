/** Whole campaigns over the real wire: coordinator, NATS server, agents and trials as processes of their own. */

import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

import { checkStore } from '../support/check-store.js';
import { isAlive, openScenario } from '../support/scenario.js';

describe('a full campaign', () => {
  test('runs by one command, ends with a report, and every store rule holds', async () => {
    using scenario = await openScenario();
    await using run = scenario.run();
    const closed = await run.event('campaign-closed');
    expect(await run.exited).toEqual({ code: 0, signal: null });
    expect(closed).toMatchObject({
      finished: 6,
      planned: 6,
      reason: 'budget: 6 trials',
      searchEnergyIsLowerBound: false,
    });
    expect(closed.fronts[0]!.hypervolume).toBeGreaterThan(0);
    for (const path of closed.reports) expect(readFileSync(path, 'utf8').length).toBeGreaterThan(100);
    expect(checkStore(scenario.state)).toMatchObject({ states: { completed: 6 }, attempts: 6, extras: 0 });
    await using replay = scenario.ecopt('campaign', 'replay', String(closed.campaign), '--state', scenario.state);
    expect(await replay.exited).toEqual({ code: 0, signal: null });
    expect(replay.lines.join()).toContain('come out the same');
  });

  test('started again after its end is a new campaign', async () => {
    using scenario = await openScenario({ trials: 2 });
    await using first = scenario.run();
    const { campaign } = await first.event('campaign-closed');
    await first.exited;
    await using second = scenario.run();
    const closed = await second.event('campaign-closed');
    expect(closed).toMatchObject({ campaign: `${campaign}-2`, finished: 2 });
  });

  test('keeps the sealed metric out of every file and stream until it is closed', async () => {
    using scenario = await openScenario({ trials: 3 });
    await using serve = scenario.serve();
    await serve.event('note', ({ message }) => message.startsWith('add a machine'));
    await using agent = scenario.agent('a');
    await serve.event('trial-completed');
    scenario.hold();
    await scenario.held();
    const report = serve.lines.filter((line) => line.includes('0.424242'));
    expect(report).toEqual([]);
    const files = filesBelow(scenario.state).filter((path) => /\.(log|json|html|csv)$/.test(path));
    for (const path of files) expect(readFileSync(path, 'utf8'), path).not.toContain('0.424242');
    expect(agent.lines.join('\n')).not.toContain('0.424242');
    scenario.letGo();
    const closed = await serve.event('campaign-closed');
    const html = readFileSync(closed.reports[0]!, 'utf8');
    expect(html).toContain('0.4242');
  });
});

describe('agents', () => {
  test('one that joins in mid-campaign gets a trial at once', async () => {
    using scenario = await openScenario({ trials: 8 });
    await using serve = scenario.serve();
    await serve.event('note', ({ message }) => message.startsWith('add a machine'));
    await using first = scenario.agent('first');
    await serve.event('trial-started', ({ agentName }) => agentName === 'first');
    scenario.hold();
    await using second = scenario.agent('second', '--simulate', 'rtx4090');
    await serve.event('trial-started', ({ agentName }) => agentName === 'second');
    scenario.letGo();
    const closed = await serve.event('campaign-closed');
    expect(closed.finished).toBe(8);
    expect(closed.fronts.length).toBe(2);
    expect((await serve.exited).code).toBe(0);
    expect(checkStore(scenario.state).states).toEqual({ completed: 8 });
    expect([first.pid, second.pid].every((pid) => pid > 0)).toBe(true);
  });

  test('compare gives each configuration to both classes and prints the sentence on modelled energy', async () => {
    using scenario = await openScenario({ trials: 12, more: 'hardware: {policy: compare}\n' });
    await using run = scenario.run('--simulate', 'h100', 'rtx4090');
    const closed = await run.event('campaign-closed');
    expect(closed.finished).toBe(12);
    await run.exited;
    const html = readFileSync(
      closed.reports.find((path) => path.endsWith('.html'))!,
      'utf8',
    );
    expect(html).toMatch(/not evidence/);
    expect(html).toMatch(/simulated/);
    expect(checkStore(scenario.state).states).toEqual({ completed: 12 });
  });

  test('one that is stopped finishes its trial and leaves', async () => {
    using scenario = await openScenario({ trials: 4 });
    await using serve = scenario.serve();
    await serve.event('note', ({ message }) => message.startsWith('add a machine'));
    scenario.hold();
    await using leaving = scenario.agent('leaving');
    await scenario.held();
    leaving.kill('SIGINT');
    await leaving.line((line) => line.includes('agent draining'));
    scenario.letGo();
    expect((await leaving.exited).code).toBe(0);
    await serve.event('trial-completed');
    await using next = scenario.agent('next');
    const closed = await serve.event('campaign-closed');
    expect(closed).toMatchObject({ finished: 4, searchEnergyIsLowerBound: false });
    expect(next.pid).toBeGreaterThan(0);
    await serve.exited;
    expect(checkStore(scenario.state)).toMatchObject({ states: { completed: 4 }, attempts: 4 });
  });

  test('one that is stopped twice hands its trial back at once', async () => {
    using scenario = await openScenario({ trials: 2 });
    await using serve = scenario.serve();
    await serve.event('note', ({ message }) => message.startsWith('add a machine'));
    scenario.hold();
    await using leaving = scenario.agent('leaving');
    const pid = await scenario.held();
    leaving.kill('SIGINT');
    await leaving.line((line) => line.includes('agent draining'));
    leaving.kill('SIGTERM');
    expect((await leaving.exited).code).toBe(130);
    expect(isAlive(pid)).toBe(false);
    const returned = await serve.event('trial-returned');
    scenario.letGo();
    await using next = scenario.agent('next');
    await serve.event('campaign-closed');
    expect(next.pid).toBeGreaterThan(0);
    expect(returned.agentName).toBe('leaving');
    await serve.exited;
    expect(checkStore(scenario.state).states).toEqual({ completed: 2 });
  });

  test('a second one on the same state folder is told who holds it', async () => {
    using scenario = await openScenario();
    await using serve = scenario.serve();
    await serve.event('note', ({ message }) => message.startsWith('add a machine'));
    scenario.hold();
    await using first = scenario.agent('same');
    await scenario.held();
    await using second = scenario.agent('same');
    expect((await second.exited).code).toBe(1);
    expect(second.errors()).toContain(String(first.pid));
  });

  test('a second one on the same devices is refused with the ways out', async () => {
    using scenario = await openScenario();
    await using serve = scenario.serve();
    await serve.event('note', ({ message }) => message.startsWith('add a machine'));
    scenario.hold();
    await using first = scenario.agent('one', '--cpu-watts-per-core', '5');
    await scenario.held();
    await using second = scenario.agent('two', '--cpu-watts-per-core', '5');
    expect((await second.exited).code).toBe(1);
    expect(second.errors()).toContain(String(first.pid));
    expect(second.errors()).toContain('--simulate');
  });

  test('one that does not allow commands is refused visibly', async () => {
    using scenario = await openScenario();
    await using serve = scenario.serve();
    await serve.event('note', ({ message }) => message.startsWith('add a machine'));
    await using strict = scenario.ecopt(
      ...['agent', '--coordinator', `127.0.0.1:${scenario.port}`, '--name', 'strict', '--simulate', 'h100'],
      ...['--state', join(scenario.state, 'strict')],
    );
    const note = await serve.line((line) => line.includes('--allow-command'));
    expect(note).toContain('strict');
    expect(strict.pid).toBeGreaterThan(0);
  });
});

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
