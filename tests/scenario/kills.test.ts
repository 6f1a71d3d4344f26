/** `kill -9` of every process in mid-campaign: afterwards nothing is lost, nothing counts twice. */

import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { expect, test } from 'vitest';

import { checkStore } from '../support/check-store.js';
import { isAlive, openScenario } from '../support/scenario.js';
import type { Scenario } from '../support/scenario.js';

const ready = ({ message }: { readonly message: string }): boolean => message.startsWith('add a machine');

/** Process ids of the NATS servers whose configuration lies in this scenario's folder. */
function natsServers({ state }: Scenario): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => commandLine(pid).includes('nats-server') && commandLine(pid).includes(state))
    .map(Number);
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

test('the trainer is killed: the trial is tried again and the campaign completes', async () => {
  using scenario = await openScenario({ trials: 4 });
  scenario.hold();
  await using run = scenario.run();
  process.kill(await scenario.held(), 'SIGKILL');
  const returned = await run.event('trial-returned');
  scenario.letGo();
  const closed = await run.event('campaign-closed');
  await run.exited;
  expect(closed.finished).toBe(4);
  const found = checkStore(scenario.state);
  expect(found).toMatchObject({ states: { completed: 4 }, attempts: 5 });
  expect(returned.attempts).toBe(1);
});

test('the coordinator is killed: the same command resumes and gives the same proposals', async () => {
  using scenario = await openScenario({ trials: 5 });
  await using first = scenario.run();
  await first.event('trial-completed');
  scenario.hold();
  await scenario.held();
  first.kill('SIGKILL');
  await first.exited;
  scenario.letGo();
  await using second = scenario.run();
  await second.line((line) => line.includes('resuming campaign'));
  const closed = await second.event('campaign-closed');
  await second.exited;
  expect(closed).toMatchObject({ finished: 5 });
  expect(await second.exited).toEqual({ code: 0, signal: null });
  expect(checkStore(scenario.state).states).toEqual({ completed: 5 });
});

test('a serving coordinator is killed: its agent goes on training and the result counts', async () => {
  using scenario = await openScenario({ trials: 4 });
  await using first = scenario.serve();
  await first.event('note', ready);
  scenario.hold();
  await using agent = scenario.agent('a');
  await scenario.held();
  first.kill('SIGKILL');
  await first.exited;
  scenario.letGo();
  await using second = scenario.serve();
  const closed = await second.event('campaign-closed');
  await second.exited;
  expect(closed).toMatchObject({ finished: 4, searchEnergyIsLowerBound: false });
  expect(agent.pid).toBeGreaterThan(0);
  expect(checkStore(scenario.state)).toMatchObject({ states: { completed: 4 }, attempts: 4 });
});

test('the agent is killed: its trainer goes too, the trial is run again, the energy is a stated lower bound', async () => {
  using scenario = await openScenario({ trials: 3 });
  await using serve = scenario.serve();
  await serve.event('note', ready);
  scenario.hold();
  await using first = scenario.agent('a');
  const trainer = await scenario.held();
  first.kill('SIGKILL');
  await first.exited;
  await using second = scenario.agent('a');
  await serve.event('trial-returned');
  scenario.letGo();
  const closed = await serve.event('campaign-closed');
  await serve.exited;
  expect(isAlive(trainer)).toBe(false);
  expect(closed).toMatchObject({ finished: 3, searchEnergyIsLowerBound: true });
  expect(second.pid).toBeGreaterThan(0);
  expect(checkStore(scenario.state)).toMatchObject({ states: { completed: 3 }, attempts: 4, lowerBound: true });
});

test('a local agent is killed: the run starts it again', async () => {
  using scenario = await openScenario({ trials: 3 });
  scenario.hold();
  await using run = scenario.run();
  await scenario.held();
  const [agent] = execFileSync('pgrep', ['-f', `ecopt.js agent .*${scenario.state}`], { encoding: 'utf8' })
    .trim()
    .split('\n');
  process.kill(Number(agent), 'SIGKILL');
  await run.event('note', ({ message }) => message.includes('starting it again'));
  scenario.letGo();
  expect(await run.event('campaign-closed')).toMatchObject({ finished: 3 });
  await run.exited;
  expect(checkStore(scenario.state).states).toEqual({ completed: 3 });
});

test('the NATS server is killed: it is started again and no outcome is lost', async () => {
  using scenario = await openScenario({ trials: 5 });
  scenario.hold();
  await using run = scenario.run();
  await scenario.held();
  const servers = natsServers(scenario);
  expect(servers.length).toBeGreaterThan(0);
  for (const pid of servers) process.kill(pid, 'SIGKILL');
  scenario.letGo();
  expect(await run.event('campaign-closed')).toMatchObject({ finished: 5, searchEnergyIsLowerBound: false });
  await run.exited;
  expect(checkStore(scenario.state)).toMatchObject({ states: { completed: 5 }, attempts: 5, extras: 0 });
});

test('everything is killed at once: the same command resumes', async () => {
  using scenario = await openScenario({ trials: 4 });
  await using first = scenario.run();
  await first.event('trial-completed');
  scenario.hold();
  const trainer = await scenario.held();
  const agents = execFileSync('pgrep', ['-f', `ecopt.js agent .*${scenario.state}`], { encoding: 'utf8' })
    .trim()
    .split('\n');
  for (const pid of [first.pid, ...agents.map(Number), ...natsServers(scenario), trainer]) process.kill(pid, 'SIGKILL');
  await first.exited;
  scenario.letGo();
  await using second = scenario.run();
  expect(await second.event('campaign-closed')).toMatchObject({ finished: 4 });
  await second.exited;
  expect(checkStore(scenario.state).states).toEqual({ completed: 4 });
});

test('Ctrl-C once finishes the running trial, keeps the campaign open, and says how to go on', async () => {
  using scenario = await openScenario({ trials: 4 });
  scenario.hold();
  await using first = scenario.run();
  await scenario.held();
  first.kill('SIGINT');
  await first.event('note', ({ message }) => message.startsWith('stopping'));
  scenario.letGo();
  const left = await first.event('campaign-left');
  expect((await first.exited).code).toBe(130);
  expect(left.finished).toBe(1);
  expect(left.next[0]!.command).toContain('ecopt run');
  await using second = scenario.run();
  expect(await second.event('campaign-closed')).toMatchObject({ finished: 4 });
  await second.exited;
  expect(checkStore(scenario.state)).toMatchObject({ states: { completed: 4 }, attempts: 4 });
});

test('a store file that is held by a running coordinator is refused in one line', async () => {
  using scenario = await openScenario();
  scenario.hold();
  await using _first = scenario.run();
  await scenario.held();
  await using second = scenario.run();
  expect((await second.exited).code).toBe(1);
  expect(second.errors().trim().split('\n')).toHaveLength(1);
  expect(second.errors()).toContain('--state');
});
