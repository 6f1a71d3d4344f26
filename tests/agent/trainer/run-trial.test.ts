import { expect, test } from 'vitest';

import { runTrial } from '../../../agent/trainer/run-trial.js';
import { Trial } from '../../../agent/trainer/trial.js';
import { EnvironmentError, UsageError } from '../../../shared/domain/errors.js';
import { systemClock, type Clock } from '../../../shared/runtime/clock.js';
import type { ProgramLine } from '../../../shared/schema/trial-protocol.js';
import { SocketAgent, acknowledge } from './socket-agent.js';

const OPTIONS = { tokens: 256, evaluation_tokens: 512, generate_tokens: 2, generations: 1, layers: 1, head_width: 4 };

interface Described {
  readonly trainer?: string | undefined;
  readonly clock?: Clock;
}

function describeTrial(
  agent: SocketAgent,
  configuration: object,
  { trainer = 'language-model', clock = systemClock }: Described = {},
): Trial {
  const workload = { kind: 'builtin', trainer, options: OPTIONS };
  agent.writeTrial({ trial: 't-1', attempt: 1, seed: 7, configuration, workload, devices: [] });
  return new Trial({
    folder: agent.folder,
    socketPath: agent.socketPath,
    client: 'test',
    clock,
    onLost: (error) => expect.unreachable(error.message),
  });
}

/** Runs one trial to its end; what the agent heard of it. */
async function heardOf(configuration: object, trainer?: string): Promise<readonly ProgramLine[]> {
  await using agent = new SocketAgent();
  await agent.listen();
  const trial = describeTrial(agent, configuration, { trainer });
  await runTrial({ trial, clock: systemClock, backend: 'tfjs-wasm' });
  await trial.close();
  return agent.heard;
}

test('a trial tells its agent of windows, metrics and, last of all, that it is done', async () => {
  const heard = await heardOf({ learning_rate: 0.01, heads: 2 });
  const windows = heard.filter((line) => line.type === 'window');
  expect(windows.map(({ edge, kind, label }) => `${edge} ${kind} ${label}`)).toEqual(
    ['warm-up ', 'train ', 'evaluate validation', 'evaluate test', 'infer decode'].flatMap((window) => [
      `open ${window}`,
      `close ${window}`,
    ]),
  );
  const edges = windows.map((line) => BigInt(line.monotonic_ns));
  expect(edges).toEqual([...edges].sort((a, b) => (a < b ? -1 : 1)));
  expect(heard.at(-1)).toMatchObject({ type: 'done', facts: { backend: 'tfjs-wasm', tfjs: '4.22.0' } });
});

test('a configuration that makes no sense is infeasible, with what would be right', async () => {
  const heard = await heardOf({ heads: 0 });
  expect(heard.at(-1)).toMatchObject({
    type: 'infeasible',
    reason: 'invalid',
    message: 'settings of the trial: heads: must be at least 1',
  });
});

test('a workload for another trainer is refused by name', async () => {
  const heard = await heardOf({}, 'image-model');
  expect(heard.at(-1)).toMatchObject({
    reason: 'invalid',
    message: expect.stringContaining('"image-model"') as string,
  });
});

test('training that diverges makes the configuration infeasible', async () => {
  const heard = await heardOf({ learning_rate: 10, context: 8, batch_size: 2 });
  expect(heard.at(-1)).toMatchObject({ type: 'infeasible', reason: 'diverged' });
});

test('a stopped trial says neither done nor infeasible', async () => {
  await using agent = new SocketAgent();
  agent.answer = (line) => {
    acknowledge(line, agent);
    if (line.type === 'report') agent.say({ type: 'stop', reason: 'stopped-early' });
  };
  await agent.listen();
  const trial = describeTrial(agent, { context: 2, batch_size: 1 });
  await runTrial({ trial, clock: systemClock, backend: 'tfjs-wasm' });
  await trial.close();
  expect(trial.stopped.reason).toBe('stopped-early');
  expect(agent.heard.at(-1)).toMatchObject({ type: 'window', edge: 'close', kind: 'train' });
});

test('a backend that does not exist is no fault of the configuration', async () => {
  await using agent = new SocketAgent();
  await agent.listen();
  const trial = describeTrial(agent, {});
  await expect(runTrial({ trial, clock: systemClock, backend: 'abacus' })).rejects.toThrow(UsageError);
  await trial.close();
  expect(agent.heard.map(({ type }) => type).filter((type) => type !== 'hello')).toEqual([]);
});

test('a window is repeated after the pause that the agent asks for; a stop cuts it short', async () => {
  await using agent = new SocketAgent();
  const slept: number[] = [];
  const sleep: Clock['sleep'] = (time, signal) => {
    slept.push(time);
    if (slept.length === 1) return Promise.resolve();
    agent.say({ type: 'stop', reason: 'stopped-early' });
    return new Promise((_, reject) => signal!.addEventListener('abort', () => reject(new Error('stopped'))));
  };
  agent.answer = (line) => {
    if (line.type !== 'repeat') acknowledge(line, agent);
    else agent.say({ type: 'repeat', id: line.id, again: line.id < 3, delay_seconds: 0.037 });
  };
  await agent.listen();
  const trial = describeTrial(agent, {}, { clock: { ...systemClock, sleep } });
  const answers: boolean[] = [];
  for (let i = 0; i < 3; i++) answers.push(await trial.repeat({ kind: 'infer', label: 'decode' }));
  expect(answers).toEqual([true, false, false]);
  expect(slept).toEqual([37, 37]);
  await trial.close();
});

test('metrics that are no numbers are spelled out', async () => {
  await using agent = new SocketAgent();
  await agent.listen();
  const trial = describeTrial(agent, {});
  trial.report({ step: 1, metrics: { a: NaN, b: -Infinity, c: 0.5 } });
  trial.checkpoint(1, 'weights.bin');
  await trial.close();
  expect(agent.heard[1]).toMatchObject({ metrics: { a: 'NaN', b: '-Infinity', c: 0.5 } });
  expect(agent.heard[2]).toMatchObject({ type: 'checkpoint', step: 1, path: 'weights.bin' });
});

test('a folder without a trial is named', () => {
  const open = (): Trial =>
    new Trial({
      folder: '/nowhere',
      socketPath: '/nowhere/s',
      client: '',
      clock: systemClock,
      onLost: () => undefined,
    });
  expect(open).toThrow(EnvironmentError);
  expect(open).toThrow('/nowhere/trial.json');
});
