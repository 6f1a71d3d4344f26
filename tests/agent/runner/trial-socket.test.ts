import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';

import {
  openTrialSocket,
  type RepeatAnswer,
  type RepeatQuestion,
  type SequencedLine,
  type TrialSocket,
} from '../../../agent/runner/trial-socket.js';
import { systemClock } from '../../../shared/runtime/clock.js';
import { temporaryFolder } from '../temporary-folder.js';

interface Setting {
  readonly server: TrialSocket;
  readonly path: string;
  readonly lines: SequencedLine[];
  readonly refusals: string[];
  readonly questions: RepeatQuestion[];
}

const open: TrialSocket[] = [];
const programs: Program[] = [];
afterEach(async () => {
  for (const { socket } of programs.splice(0)) socket.destroy();
  await Promise.all(open.splice(0).map((server) => server.close()));
});

type OnRepeat = (question: RepeatQuestion) => Promise<RepeatAnswer> | string;

const yes: OnRepeat = ({ id }) => Promise.resolve({ type: 'repeat', id, again: true, delay_seconds: 0.03 });

async function setting(refuse?: string, onRepeat: OnRepeat = yes): Promise<Setting> {
  const path = join(temporaryFolder(), 's');
  const lines: SequencedLine[] = [];
  const refusals: string[] = [];
  const questions: RepeatQuestion[] = [];
  const server = await openTrialSocket({
    path,
    clock: systemClock,
    onHello: () => undefined,
    onRepeat(question) {
      questions.push(question);
      return onRepeat(question);
    },
    onLine(line) {
      lines.push(line);
      return refuse;
    },
    onRefused: (message) => refusals.push(message),
  });
  open.push(server);
  return { server, path, lines, refusals, questions };
}

/** A program on the other end; `answer` gives the next line of the agent. */
class Program {
  readonly socket: Socket;
  readonly #answers: string[] = [];
  #waiting: ((line: string) => void)[] = [];
  #text = '';

  constructor(path: string) {
    this.socket = connect(path);
    programs.push(this);
    this.socket.on('error', () => undefined);
    this.socket.setEncoding('utf8');
    this.socket.on('data', (text: string) => {
      const lines = (this.#text + text).split('\n');
      this.#text = lines.pop()!;
      for (const line of lines) (this.#waiting.shift() ?? ((l: string) => this.#answers.push(l)))(line);
    });
  }

  say(...lines: unknown[]): this {
    this.socket.write(lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join(''));
    return this;
  }

  async answer(): Promise<unknown> {
    const line = this.#answers.shift() ?? (await new Promise<string>((resolve) => this.#waiting.push(resolve)));
    return JSON.parse(line);
  }
}

const HELLO = { type: 'hello', protocol: 1, client: 'test' };
const report = (seq: number): object => ({ type: 'report', seq, step: seq, metrics: { loss: 1 / seq } });

test('hello is welcomed, each line is acknowledged and taken once', async () => {
  const { path, lines } = await setting();
  const program = new Program(path).say(HELLO, report(1), report(2), report(2), report(1));
  expect(await program.answer()).toEqual({ type: 'welcome', protocol: 1, acknowledged: 0 });
  for (const seq of [1, 2, 2, 1]) expect(await program.answer()).toEqual({ type: 'ack', seq });
  expect(lines.map(({ seq }) => seq)).toEqual([1, 2]);
});

test('after a broken connection the program learns what is taken, and repetitions do not count', async () => {
  const { path, lines } = await setting();
  const first = new Program(path).say(HELLO, report(1), report(2));
  for (let i = 0; i < 3; i++) await first.answer();
  first.socket.destroy();
  const second = new Program(path).say(HELLO, report(2), report(3));
  expect(await second.answer()).toEqual({ type: 'welcome', protocol: 1, acknowledged: 2 });
  expect(await second.answer()).toEqual({ type: 'ack', seq: 2 });
  expect(await second.answer()).toEqual({ type: 'ack', seq: 3 });
  expect(lines.map(({ seq }) => seq)).toEqual([1, 2, 3]);
});

test.each([
  ['no JSON', 'hello there'],
  ['no object', '[1]'],
  ['an unknown type', { type: 'reboot', seq: 1 }],
  ['a field too many', { ...report(1), shell: 'rm' }],
  ['a fraction of 200 %', { ...report(1), fraction: 2 }],
  ['a negative number', { ...report(1), seq: -1 }],
  ['prototype tricks', '{"type":"report","seq":1,"step":1,"metrics":{},"__proto__":{"x":1}}'],
  ['a line of a megabyte', 'x'.repeat(2 ** 20)],
])('%s is refused, and the conversation goes on', async (_, hostile) => {
  const { path, lines, refusals } = await setting();
  const program = new Program(path).say(HELLO, hostile, report(1));
  await program.answer();
  expect(await program.answer()).toMatchObject({ type: 'refused' });
  expect(await program.answer()).toEqual({ type: 'ack', seq: 1 });
  expect(lines).toHaveLength(1);
  expect(refusals).toHaveLength(1);
});

test('nothing counts before hello, and a foreign version of the protocol is refused', async () => {
  const { path, lines } = await setting();
  const program = new Program(path).say(report(1), { ...HELLO, protocol: 2 });
  expect(await program.answer()).toMatchObject({ type: 'refused', message: 'the first line must be hello' });
  expect(await program.answer()).toMatchObject({ type: 'refused' });
  expect(lines).toEqual([]);
});

test('what Python prints for NaN is taken', async () => {
  const { path, lines } = await setting();
  const program = new Program(path).say(HELLO, '{"type": "report", "seq": 1, "step": 1, "metrics": {"loss": NaN}}');
  await program.answer();
  expect(await program.answer()).toEqual({ type: 'ack', seq: 1 });
  expect(lines[0]).toMatchObject({ metrics: { loss: 'NaN' } });
});

test('a refused line is spent: its number is not waited for', async () => {
  const { path } = await setting('no');
  const program = new Program(path).say(HELLO, report(1), report(1));
  await program.answer();
  expect(await program.answer()).toEqual({ type: 'refused', message: 'no' });
  expect(await program.answer()).toEqual({ type: 'ack', seq: 1 });
});

test('stop reaches every connection, also one that is made later', async () => {
  const { path, server } = await setting();
  const early = new Program(path).say(HELLO);
  await early.answer();
  server.stop('cancelled');
  expect(await early.answer()).toEqual({ type: 'stop', reason: 'cancelled' });
  const late = new Program(path).say(HELLO);
  await late.answer();
  expect(await late.answer()).toEqual({ type: 'stop', reason: 'cancelled' });
});

test('what a program said before it ended is taken although nobody had looked yet', async () => {
  const { path, server, lines } = await setting();
  const program = new Program(path).say(HELLO, report(1), report(2));
  program.socket.end();
  await server.close();
  expect(lines.map(({ seq }) => seq)).toEqual([1, 2]);
});

const question = (id: number): object => ({ type: 'repeat', id, kind: 'infer', label: 'decode' });

test('a question is answered by its id and takes no number of the counted lines', async () => {
  const { path, lines, questions } = await setting();
  const program = new Program(path).say(HELLO, report(1), question(7), report(2));
  await program.answer();
  expect(await program.answer()).toEqual({ type: 'ack', seq: 1 });
  const others = [await program.answer(), await program.answer()];
  expect(others).toContainEqual({ type: 'repeat', id: 7, again: true, delay_seconds: 0.03 });
  expect(others).toContainEqual({ type: 'ack', seq: 2 });
  expect(questions).toEqual([question(7)]);
  expect(lines).toHaveLength(2);
});

test.each([
  ['no id', { type: 'repeat', kind: 'infer' }],
  ['an id of 0', { ...question(1), id: 0 }],
  ['a broken id', { ...question(1), id: 1.5 }],
  ['a text as id', { ...question(1), id: '1' }],
  ['no kind', { type: 'repeat', id: 1 }],
  ['a number among the counted lines', { ...question(1), seq: 1 }],
])('a question with %s is refused', async (_, hostile) => {
  const { path, questions } = await setting();
  const program = new Program(path).say(HELLO, hostile, report(1));
  await program.answer();
  expect(await program.answer()).toMatchObject({ type: 'refused' });
  expect(await program.answer()).toEqual({ type: 'ack', seq: 1 });
  expect(questions).toEqual([]);
});

test('a question before hello is refused', async () => {
  const { path, questions } = await setting();
  const program = new Program(path).say(question(1));
  expect(await program.answer()).toMatchObject({ type: 'refused', message: 'the first line must be hello' });
  expect(questions).toEqual([]);
});

test('an answer that was lost with its connection is given on the next one', async () => {
  let decide: (answer: RepeatAnswer) => void = () => undefined;
  const decision = new Promise<RepeatAnswer>((resolve) => (decide = resolve));
  const { path, questions } = await setting(undefined, () => decision);
  const first = new Program(path).say(HELLO, question(1), report(1));
  for (let i = 0; i < 2; i++) await first.answer();
  first.socket.destroy();
  const second = new Program(path).say(HELLO, question(1));
  expect(await second.answer()).toEqual({ type: 'welcome', protocol: 1, acknowledged: 1 });
  await expect.poll(() => questions.length).toBe(2);
  decide({ type: 'repeat', id: 1, again: false, delay_seconds: 0 });
  expect(await second.answer()).toEqual({ type: 'repeat', id: 1, again: false, delay_seconds: 0 });
});

test('a question that makes no sense is refused in the words of who decides', async () => {
  const { path, refusals } = await setting(undefined, () => 'close the window first');
  const program = new Program(path).say(HELLO, question(1));
  await program.answer();
  expect(await program.answer()).toEqual({ type: 'refused', message: 'close the window first' });
  expect(refusals).toEqual(['close the window first']);
});
