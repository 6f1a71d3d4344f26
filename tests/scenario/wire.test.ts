/** The wire between coordinator and agents: foreign versions, garbage, taken names and ports, and who comes first. */

import { randomBytes } from 'node:crypto';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';

import { encodeAgentMessage } from '../../shared/wire/lease-codec.js';
import { checkStore, storeFile } from '../support/check-store.js';
import type { EcoptProcess } from '../support/ecopt-process.js';
import { startFakeCoordinator } from '../support/fake-coordinator.js';
import { logged } from '../support/log-file.js';
import { helloOf, openRawAgent } from '../support/raw-agent.js';
import { openScenario } from '../support/scenario.js';
import type { Scenario } from '../support/scenario.js';

const ready = ({ message }: { readonly message: string }): boolean => message.startsWith('add a machine');

/** The coordinator's log. */
const logOf = ({ state }: Scenario): string => storeFile(state).replace('store.sqlite', 'coordinator.log');

/** The one line that a command which failed has said. */
async function onlyLine(process: EcoptProcess): Promise<string> {
  await process.exited;
  const lines = process.errors().trim().split('\n');
  expect(lines, process.errors()).toHaveLength(1);
  return lines[0]!;
}

/** A real agent can still do a whole campaign. */
async function expectService(scenario: Scenario, serve: EcoptProcess): Promise<void> {
  await using agent = scenario.agent('good');
  expect(await serve.event('campaign-closed')).toMatchObject({ finished: 2 });
  expect(agent.pid).toBeGreaterThan(0);
  expect((await serve.exited).code).toBe(0);
  expect(checkStore(scenario.state).states).toEqual({ completed: 2 });
}

test('an agent of another wire version is refused by name, whatever else its hello holds', async () => {
  using scenario = await openScenario({ trials: 2 });
  await using serve = scenario.serve();
  await serve.event('note', ready);
  using foreign = openRawAgent(scenario.port);
  foreign.sayBytes(encodeAgentMessage({ ...helloOf('newer'), wireVersion: 2, session: '' }));
  const answer = await foreign.answer();
  expect(answer).toMatchObject({ kind: 'refused', code: 'wire-version' });
  expect(answer.kind === 'refused' && answer.message).toMatch(/wire version 2.*speaks 1\. Install the same ECOpt/);
  expect(await foreign.ended).toBeUndefined();
  const told = await logged(logOf(scenario), ({ msg }) => msg === 'agent refused');
  expect(told).toMatchObject({ level: 'warn', code: 'wire-version' });
  await expectService(scenario, serve);
});

test('an agent that is refused for its wire version ends with one line', async () => {
  const message = 'the agent speaks wire version 1, this coordinator speaks 2. Install the same ECOpt on both sides';
  using coordinator = await startFakeCoordinator({ kind: 'refused', code: 'wire-version', message });
  using scenario = await openScenario();
  await using agent = scenario.agent('a', '--simulate', 'h100', '--coordinator', `127.0.0.1:${coordinator.port}`);
  expect((await agent.exited).code).toBe(1);
  const said = agent
    .errors()
    .split('\n')
    .filter((line) => line.startsWith('ecopt: '));
  expect(said).toEqual([`ecopt: ${message}`]);
});

test('bytes that are no message end their own stream and nothing else', async () => {
  using scenario = await openScenario({ trials: 2 });
  await using serve = scenario.serve();
  await serve.event('note', ready);
  const hello = encodeAgentMessage(helloOf('cut'));
  for (const bytes of [Buffer.alloc(0), randomBytes(500), hello.subarray(0, hello.length - 7)]) {
    using raw = openRawAgent(scenario.port);
    raw.sayBytes(bytes);
    expect(await raw.answer()).toMatchObject({ kind: 'refused', code: 'malformed' });
    expect(await raw.ended).toBeUndefined();
  }
  using rude = openRawAgent(scenario.port);
  rude.say({ kind: 'renew', leases: [] });
  expect(await rude.answer()).toMatchObject({ kind: 'refused', message: 'the first message must be hello' });
  using large = openRawAgent(scenario.port);
  large.sayBytes(Buffer.alloc(5 * 2 ** 20));
  expect(await large.ended).toMatch(/larger than max/);
  using late = openRawAgent(scenario.port);
  late.say(helloOf('late'));
  expect(await late.answer()).toMatchObject({ kind: 'welcome' });
  late.sayBytes(randomBytes(100));
  expect(await late.answer()).toMatchObject({ kind: 'refused', code: 'malformed' });
  await strangersAt(scenario.port);
  await expectService(scenario, serve);
});

/** What port scanners and browsers say; resolves when each was hung up on. */
async function strangersAt(port: number): Promise<void> {
  for (const greeting of ['GET / HTTP/1.1\r\nHost: x\r\n\r\n', randomBytes(300), '']) {
    await new Promise<void>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => socket.end(greeting));
      socket.on('error', () => undefined).once('close', () => resolve());
      socket.resume();
    });
  }
}

test('a name that is taken is refused with the host that has it; its own agent comes back to it at once', async () => {
  using scenario = await openScenario({ trials: 2 });
  await using serve = scenario.serve();
  await serve.event('note', ready);
  using first = openRawAgent(scenario.port);
  first.say(helloOf('good'));
  expect(await first.answer()).toMatchObject({ kind: 'welcome' });
  using second = openRawAgent(scenario.port);
  second.say(helloOf('good', { session: 'of another process' }));
  const answer = await second.answer();
  expect(answer).toMatchObject({ kind: 'refused', code: 'name-taken' });
  expect(answer.kind === 'refused' && answer.message).toMatch(/named good is connected from desk.*--name/);
  using reconnected = openRawAgent(scenario.port);
  reconnected.say(helloOf('good'));
  expect(await reconnected.answer()).toMatchObject({ kind: 'welcome' });
  expect(await first.ended).toBeUndefined();
  await using real = scenario.agent('good');
  await real.line((line) => line.includes('is connected from desk'));
  reconnected[Symbol.dispose]();
  expect(await serve.event('campaign-closed')).toMatchObject({ finished: 2 });
});

test('an agent that was started before its coordinator says so once, waits and joins', async () => {
  using scenario = await openScenario({ trials: 2 });
  await using agent = scenario.agent('early');
  await agent.line((line) => line.includes('coordinator not reached'));
  await using serve = scenario.serve();
  expect(await serve.event('campaign-closed')).toMatchObject({ finished: 2 });
  const missed = agent.lines.filter((line) => line.includes('coordinator not reached'));
  expect(missed.length).toBeLessThanOrEqual(2);
  expect(missed[0]).toContain(`127.0.0.1:${scenario.port}`);
});

test('a port that is busy is named in one line', async () => {
  using scenario = await openScenario();
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as AddressInfo;
  await using serve = scenario.serve('--port', String(port));
  expect((await serve.exited).code).toBe(1);
  expect(await onlyLine(serve)).toMatch(new RegExp(`127\\.0\\.0\\.1:${port}: the port is in use.*--port`));
  other.close();
});

test('something else at the coordinator’s address is named, and waited for', async () => {
  using scenario = await openScenario();
  const web = createServer((socket) => socket.on('error', () => undefined).end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
  const { port } = web.address() as AddressInfo;
  await using agent = scenario.agent('a', '--simulate', 'h100', '--coordinator', `127.0.0.1:${port}`);
  const line = await agent.line((text) => text.includes('coordinator not reached'));
  expect(line).toContain(`127.0.0.1:${port}`);
  expect(line).not.toContain('undefined');
  web.close();
});
