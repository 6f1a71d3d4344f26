/** A network that is away for longer than a lease: every outcome is accounted once, and every joule is counted. */

import { expect, test } from 'vitest';

import { openSqliteStore } from '../../coordinator/store/sqlite-store.js';
import type { AgentMessage } from '../../shared/domain/conversation.js';
import { trialId } from '../../shared/domain/identity.js';
import type { TrialId } from '../../shared/domain/identity.js';
import { checkStore, storeFile } from '../support/check-store.js';
import { logged } from '../support/log-file.js';
import type { LoggedEvent } from '../support/log-file.js';
import { startNats } from '../support/nats-server.js';
import { LEASE_SECONDS, openScenario } from '../support/scenario.js';
import type { Scenario } from '../support/scenario.js';
import { openProxy } from '../support/tcp-proxy.js';

const ready = ({ message }: { readonly message: string }): boolean => message.startsWith('add a machine');

const logOf = ({ state }: Scenario): string => storeFile(state).replace('store.sqlite', 'coordinator.log');

/** True for the renewal of a lease whose outcome is on its way. */
function renewsPublishing({ msg, asked }: LoggedEvent): boolean {
  if (msg !== 'leases renewed') return false;
  return (asked as Extract<AgentMessage, { kind: 'renew' }>['leases']).some(({ phase }) => phase === 'publishing');
}

const timeOf = ({ time }: LoggedEvent): number => Date.parse(String(time));

test('the message server is away for longer than a lease: the outcome waits and is accounted once', async () => {
  await using nats = await startNats();
  using scenario = await openScenario({ trials: 2 });
  await using serve = scenario.serve('--nats', nats.url, '--log-level', 'debug');
  await serve.event('note', ready);
  scenario.hold();
  await using agent = scenario.agent('a');
  await scenario.held();
  await nats.kill();
  scenario.letGo();
  const first = await logged(logOf(scenario), renewsPublishing);
  const beyond = timeOf(first) + LEASE_SECONDS * 1000;
  await logged(logOf(scenario), (event) => renewsPublishing(event) && timeOf(event) > beyond);
  await nats.restart();
  await agent.line((line) => line.includes('message server reached'));
  expect(await serve.event('campaign-closed')).toMatchObject({ finished: 2, searchEnergyIsLowerBound: false });
  expect((await serve.exited).code).toBe(0);
  expect(checkStore(scenario.state)).toMatchObject({ states: { completed: 2 }, attempts: 2, extras: 0 });
});

test('an agent that was cut off for longer than its lease: the late result is an extra, and its energy counts', async () => {
  using scenario = await openScenario({ trials: 4 });
  using network = await openProxy(scenario.port);
  await using serve = scenario.serve();
  await serve.event('note', ready);
  scenario.hold();
  const address = `127.0.0.1:${network.port}`;
  await using cutOff = scenario.agent('cut-off', '--simulate', 'h100', '--coordinator', address);
  const lost = await serve.event('trial-started');
  await scenario.held();
  network.cut();
  await serve.event('trial-returned', ({ trial }) => trial === lost.trial);
  await using other = scenario.agent('other');
  const again = await serve.event('trial-started', ({ agentName }) => agentName === 'other');
  expect(again).toMatchObject({ trial: lost.trial, attempts: 2 });
  scenario.letGo();
  const late = await logged(logOf(scenario), ({ msg, agent }) => msg === 'outcome accounted' && agent === 'cut-off');
  expect(late).toMatchObject({ trial: lost.trial, attempt: 1, extra: true, outcome: 'completed' });
  network.mend();
  const closed = await serve.event('campaign-closed');
  expect(closed).toMatchObject({ finished: 4, searchEnergyIsLowerBound: false });
  expect((await serve.exited).code).toBe(0);
  expect(cutOff.lines.some((line) => line.includes('coordinator not reached'))).toBe(true);
  expect(other.pid).toBeGreaterThan(0);
  expect(checkStore(scenario.state)).toMatchObject({ states: { completed: 4 }, extras: 1 });
  const joules = joulesByAttempt(scenario, trialId(lost.trial));
  expect(joules).toHaveLength(2);
  expect(Math.min(...joules)).toBeGreaterThan(0);
  expect(closed.searchEnergyJoules.simulated).toBeGreaterThan(Math.max(...joules));
});

/** Energy of each attempt on a trial, as the store has it. */
function joulesByAttempt({ state }: Scenario, trial: TrialId): readonly number[] {
  const store = openSqliteStore(storeFile(state));
  try {
    return store.attemptsOf(trial).map(({ attempt }) => {
      const parts = store.attemptEnergy(trial, attempt);
      return parts.reduce((sum, { microjoules }) => sum + Number(microjoules) / 1e6, 0);
    });
  } finally {
    store.close();
  }
}

test('an agent that stood still for longer than its lease goes on and brings its result', async () => {
  using scenario = await openScenario({ trials: 2 });
  await using serve = scenario.serve();
  await serve.event('note', ready);
  scenario.hold();
  await using still = scenario.agent('still');
  const lost = await serve.event('trial-started');
  await scenario.held();
  still.kill('SIGSTOP');
  await serve.event('trial-returned', ({ trial }) => trial === lost.trial);
  await using other = scenario.agent('other');
  await serve.event('trial-started', ({ agentName }) => agentName === 'other');
  still.kill('SIGCONT');
  scenario.letGo();
  await still.line((line) => line.includes('trial completed'));
  expect(await serve.event('campaign-closed')).toMatchObject({ finished: 2, searchEnergyIsLowerBound: false });
  expect((await serve.exited).code).toBe(0);
  expect(other.pid).toBeGreaterThan(0);
  expect(checkStore(scenario.state)).toMatchObject({ states: { completed: 2 }, extras: 1 });
});

test('a connection that breaks within a lease is mended without anyone noticing', async () => {
  using scenario = await openScenario({ trials: 2 });
  using network = await openProxy(scenario.port);
  await using serve = scenario.serve();
  await serve.event('note', ready);
  scenario.hold();
  const address = `127.0.0.1:${network.port}`;
  await using agent = scenario.agent('a', '--simulate', 'h100', '--coordinator', address);
  await scenario.held();
  network.cut();
  await agent.line((line) => line.includes('coordinator not reached'));
  network.mend();
  await serve.event('agent-joined', ({ agent: { name } }) => name === 'a');
  scenario.letGo();
  expect(await serve.event('campaign-closed')).toMatchObject({ finished: 2, searchEnergyIsLowerBound: false });
  expect((await serve.exited).code).toBe(0);
  expect(checkStore(scenario.state)).toMatchObject({ states: { completed: 2 }, attempts: 2, extras: 0 });
});
