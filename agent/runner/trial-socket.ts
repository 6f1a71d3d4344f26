/**
 * The agent's end of the trial protocol: a Unix socket on which the program speaks JSON lines.
 *
 * An acknowledged line is held by this process for as long as the attempt lives; an attempt never outlives its agent, so
 * nothing is written for it. Whatever a program sends, the answer is at worst `refused`.
 */

import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';

import type { Clock } from '../../shared/runtime/clock.js';
import { readProgramLine } from '../../shared/schema/program-line.js';
import { TRIAL_PROTOCOL_VERSION, type AgentLine, type ProgramLine } from '../../shared/schema/trial-protocol.js';
import { parseLooseJson } from './loose-json.js';

/** A line that counts: everything but greeting and questions. */
export type SequencedLine = Exclude<ProgramLine, { type: 'hello' | 'repeat' }>;
export type RepeatQuestion = Extract<ProgramLine, { type: 'repeat' }>;
export type RepeatAnswer = Extract<AgentLine, { type: 'repeat' }>;
export type TrialStopReason = (AgentLine & { type: 'stop' })['reason'];

export interface TrialSocketOptions {
  readonly path: string;
  readonly clock: Clock;
  /** Takes each new line once, in order; a text refuses the line and says what would be right. */
  onLine(line: SequencedLine): string | undefined;
  /** Answers a question, the same one always alike; a text refuses it. */
  onRepeat(question: RepeatQuestion): Promise<RepeatAnswer> | string;
  onHello(client: string): void;
  /** A line that made no sense, with the answer that the program got. */
  onRefused(message: string): void;
}

export interface TrialSocket {
  /** Asks the program to stop; told to every connection, also to later ones. */
  stop(reason: TrialStopReason): void;
  /** Takes what programs that have ended left in the socket, then closes. */
  close(): Promise<void>;
}

const MAX_LINE_BYTES = 256 * 1024;
const MAX_CONNECTIONS = 64;

/** Listens until closed. */
export async function openTrialSocket(options: TrialSocketOptions): Promise<TrialSocket> {
  const state: SocketState = { acknowledged: 0, stop: undefined, all: new Set(), connections: new Set() };
  const server = createServer((socket) => serve(socket, state, options));
  server.maxConnections = MAX_CONNECTIONS;
  rmSync(options.path, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.path, resolve);
  });
  chmodSync(options.path, 0o600);
  return {
    stop(reason) {
      state.stop = reason;
      for (const socket of state.connections) send(socket, { type: 'stop', reason });
    },
    close: () => closeServer(server, state, options.clock),
  };
}

/** A live program that ignores the end of its trial is cut off after this long. */
const CLOSE_MILLISECONDS = 1000;

async function closeServer(server: Server, state: SocketState, clock: Clock): Promise<void> {
  await clock.sleep(0); // One round of the event loop accepts whoever still waits to be accepted.
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  using _ = clock.after(CLOSE_MILLISECONDS, () => {
    for (const socket of state.all) socket.destroy();
  });
  await closed;
}

interface SocketState {
  /** Highest `seq` taken; lines up to it are repetitions. */
  acknowledged: number;
  stop: TrialStopReason | undefined;
  readonly all: Set<Socket>;
  /** Those that have said hello. */
  readonly connections: Set<Socket>;
}

function serve(socket: Socket, state: SocketState, options: TrialSocketOptions): void {
  const lines = new LineSplitter(MAX_LINE_BYTES);
  state.all.add(socket);
  socket.on('error', () => socket.destroy());
  socket.on('close', () => {
    state.all.delete(socket);
    state.connections.delete(socket);
  });
  socket.on('data', (chunk) => {
    for (const line of lines.add(chunk)) {
      const answer = line === undefined ? tooLong : answerTo(line, { socket, state, options });
      if (answer?.type === 'refused') options.onRefused(answer.message);
      if (answer) send(socket, answer);
    }
  });
}

const tooLong: AgentLine = { type: 'refused', message: `a line has at most ${MAX_LINE_BYTES} bytes` };
const refused = (message: string): AgentLine => ({ type: 'refused', message });

interface Connection {
  readonly socket: Socket;
  readonly state: SocketState;
  readonly options: TrialSocketOptions;
}

function answerTo(text: string, connection: Connection): AgentLine | undefined {
  if (text.trim() === '') return undefined;
  const parsed = parseLine(text);
  if (typeof parsed === 'string') return refused(parsed);
  if (parsed.type === 'hello') return greet(parsed.client, connection);
  if (!connection.state.connections.has(connection.socket)) return refused('the first line must be hello');
  return parsed.type === 'repeat' ? ask(parsed, connection) : take(parsed, connection);
}

function greet(client: string, { socket, state, options }: Connection): AgentLine | undefined {
  state.connections.add(socket);
  options.onHello(client);
  send(socket, { type: 'welcome', protocol: TRIAL_PROTOCOL_VERSION, acknowledged: state.acknowledged });
  return state.stop && { type: 'stop', reason: state.stop };
}

/** The answer may take a while; a program that has gone meanwhile asks again when it is back. */
function ask(question: RepeatQuestion, { socket, options }: Connection): AgentLine | undefined {
  const answer = options.onRepeat(question);
  if (typeof answer === 'string') return refused(answer);
  void answer.then((line) => send(socket, line));
  return undefined;
}

/** A refused line is spent all the same: its number is not waited for. */
function take(line: SequencedLine, { state, options }: Connection): AgentLine {
  if (line.seq > state.acknowledged) {
    state.acknowledged = line.seq;
    const refusal = options.onLine(line);
    if (refusal !== undefined) return refused(refusal);
  }
  return { type: 'ack', seq: line.seq };
}

function parseLine(text: string): ProgramLine | string {
  const value = parseLooseJson(text);
  if (value === undefined) return `not a line of JSON (${text.length} characters)`;
  return readProgramLine(value);
}

/** A program that never reads its answers must not fill our memory with them. */
const MAX_UNREAD_BYTES = 2 ** 20;

function send(socket: Socket, line: AgentLine): void {
  if (socket.destroyed) return;
  if (socket.writableLength > MAX_UNREAD_BYTES) socket.destroy();
  else socket.write(`${JSON.stringify(line)}\n`);
}

/** Splits a byte stream into lines; `undefined` stands for a line that was too long and is left out. */
class LineSplitter {
  readonly #limit: number;
  #pending: Buffer[] = [];
  #length = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  *add(chunk: Buffer): Generator<string | undefined> {
    let start = 0;
    for (let end = chunk.indexOf(0x0a); end !== -1; end = chunk.indexOf(0x0a, start)) {
      this.#push(chunk.subarray(start, end));
      yield this.#take();
      start = end + 1;
    }
    this.#push(chunk.subarray(start));
  }

  #push(part: Buffer): void {
    this.#length += part.length;
    if (this.#length > this.#limit) this.#pending = [];
    else this.#pending.push(part);
  }

  #take(): string | undefined {
    const line = this.#length > this.#limit ? undefined : Buffer.concat(this.#pending).toString('utf8');
    this.#pending = [];
    this.#length = 0;
    return line;
  }
}
