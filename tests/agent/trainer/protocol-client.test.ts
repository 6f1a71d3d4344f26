import { expect, test } from 'vitest';

import { ProtocolClient, type ProtocolClientOptions } from '../../../agent/trainer/protocol-client.js';
import { systemClock } from '../../../shared/runtime/clock.js';
import { SocketAgent, acknowledge, onlyGreet, sequences } from './socket-agent.js';

function clientOf(agent: SocketAgent, options: Partial<ProtocolClientOptions> = {}): ProtocolClient {
  return new ProtocolClient({
    socketPath: agent.socketPath,
    client: 'test',
    clock: systemClock,
    onStop: () => undefined,
    onLost: (error) => expect.unreachable(error.message),
    ...options,
  });
}

const report = (step: number) => ({ type: 'report', step, metrics: { loss: 1 / step } }) as const;

test('a connection begins with hello, and lines follow in order with sequences from 1', async () => {
  await using agent = new SocketAgent();
  await agent.listen();
  const client = clientOf(agent);
  client.say(report(1));
  client.say(report(2));
  await client.flush();
  expect(agent.heard.map(({ type }) => type)).toEqual(['hello', 'report', 'report']);
  expect(agent.heard[0]).toEqual({ type: 'hello', protocol: 1, client: 'test' });
  expect(sequences(agent.heard)).toEqual([1, 2]);
  client.close();
});

test('what was not acknowledged is sent again, in order, to an agent that comes back', async () => {
  await using agent = new SocketAgent();
  agent.answer = onlyGreet;
  await agent.listen();
  const client = clientOf(agent);
  [1, 2, 3].forEach((step) => client.say(report(step)));
  await agent.until((heard) => heard.length === 4);
  await agent.vanish();
  client.say(report(4));
  agent.answer = acknowledge;
  await agent.listen();
  await client.flush();
  expect(sequences(agent.heard)).toEqual([1, 2, 3, 1, 2, 3, 4]);
  client.close();
});

test('what the welcome says is durable is not sent again', async () => {
  await using agent = new SocketAgent();
  agent.answer = onlyGreet;
  await agent.listen();
  const client = clientOf(agent);
  [1, 2, 3].forEach((step) => client.say(report(step)));
  await agent.until((heard) => heard.length === 4);
  await agent.vanish();
  agent.acknowledged = 2;
  agent.answer = acknowledge;
  await agent.listen();
  await client.flush();
  expect(sequences(agent.heard)).toEqual([1, 2, 3, 3]);
  client.close();
});

test('a program may speak before its agent listens', async () => {
  await using agent = new SocketAgent();
  const client = clientOf(agent);
  client.say(report(1));
  await agent.listen();
  await client.flush();
  expect(sequences(agent.heard)).toEqual([1]);
  client.close();
});

test('nothing is flushed before the agent has acknowledged it', async () => {
  await using agent = new SocketAgent();
  agent.answer = onlyGreet;
  await agent.listen();
  const client = clientOf(agent);
  client.say(report(1));
  client.say(report(2));
  let isFlushed = false;
  const flushed = client.flush().then(() => (isFlushed = true));
  await agent.until((heard) => heard.length === 3);
  agent.say({ type: 'ack', seq: 1 });
  client.say(report(3));
  await agent.until((heard) => heard.length === 4);
  expect(isFlushed).toBe(false);
  agent.say({ type: 'ack', seq: 3 });
  await flushed;
  client.close();
});

test('a request to stop is passed on, though it comes in pieces', async () => {
  await using agent = new SocketAgent();
  agent.answer = onlyGreet;
  await agent.listen();
  const reasons: string[] = [];
  const client = clientOf(agent, { onStop: (reason) => reasons.push(reason) });
  client.say(report(1));
  await agent.until((heard) => heard.length === 2);
  agent.sayRaw('{"type":"stop","rea');
  // Two exchanges later the first piece has certainly been read.
  for (const step of [2, 3]) {
    client.say(report(step));
    await agent.until((heard) => heard.length === step + 1);
  }
  agent.sayRaw('son":"drained"}\n{"type":"ack","seq":3}\n');
  await client.flush();
  expect(reasons).toEqual(['drained']);
  client.close();
});

test('a question is answered by its id, and asked again of an agent that comes back', async () => {
  await using agent = new SocketAgent();
  agent.answer = onlyGreet;
  await agent.listen();
  const client = clientOf(agent);
  client.say(report(1));
  const [first, second] = [client.askRepeat('infer', 'decode'), client.askRepeat('infer', '')];
  await agent.until((heard) => heard.length === 4);
  agent.say({ type: 'repeat', id: 2, again: false, delay_seconds: 0 });
  expect(await second).toMatchObject({ id: 2, again: false });
  await agent.vanish();
  agent.answer = acknowledge;
  await agent.listen();
  expect(await first).toMatchObject({ id: 1, again: false });
  expect(agent.heard.slice(4)).toEqual([
    { type: 'hello', protocol: 1, client: 'test' },
    expect.objectContaining({ seq: 1 }),
    { type: 'repeat', id: 1, kind: 'infer', label: 'decode' },
  ]);
  await client.flush();
  client.close();
});

test('a question to an agent that is lost fails', async () => {
  await using agent = new SocketAgent();
  const client = clientOf(agent, { patienceMilliseconds: 50, onLost: () => undefined });
  await expect(client.askRepeat('infer', '')).rejects.toThrow('no agent answered');
  await expect(client.askRepeat('infer', '')).rejects.toThrow('no agent answered');
});

test('a refused line ends the conversation with what would be right', async () => {
  await using agent = new SocketAgent();
  agent.answer = (line, { say }) => {
    if (line.type === 'hello') onlyGreet(line, agent);
    else say.call(agent, { type: 'refused', message: 'step must be a whole number' });
  };
  await agent.listen();
  const client = clientOf(agent, { onLost: () => undefined });
  client.say(report(1));
  await expect(client.flush()).rejects.toThrow('step must be a whole number');
  await expect(client.flush()).rejects.toThrow('refused');
});

test('an agent that speaks another language is as good as lost', async () => {
  await using agent = new SocketAgent();
  agent.answer = (_, { sayRaw }) => sayRaw.call(agent, 'welcome!\n');
  await agent.listen();
  const lost = new Promise<Error>((resolve) => void clientOf(agent, { onLost: resolve }));
  expect((await lost).message).toContain('welcome!');
});

test('an agent that stays away longer than the patience is lost, and flushing fails', async () => {
  await using agent = new SocketAgent();
  const lost: Error[] = [];
  const client = clientOf(agent, { patienceMilliseconds: 50, onLost: (error) => lost.push(error) });
  client.say(report(1));
  await expect(client.flush()).rejects.toThrow('no agent answered');
  expect(lost.map(({ message }) => message)).toEqual([expect.stringContaining(agent.socketPath)]);
});

test('patience counts from the end of the last conversation', async () => {
  await using agent = new SocketAgent();
  await agent.listen();
  let now = 0n;
  const clock = { ...systemClock, monotonicNanoseconds: () => now };
  const client = clientOf(agent, { clock, patienceMilliseconds: 1000 });
  client.say(report(1));
  await client.flush();
  now += 3600n * 1_000_000_000n;
  await agent.vanish();
  await agent.listen();
  client.say(report(2));
  await client.flush();
  expect(sequences(agent.heard)).toEqual([1, 2]);
  client.close();
});
