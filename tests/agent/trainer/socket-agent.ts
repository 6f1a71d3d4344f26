/** The agent's end of the trial protocol, as little of it as the tests of its client need. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type Server, type Socket, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type AgentLine, type ProgramLine, programLineSchema } from '../../../shared/schema/trial-protocol.js';

/** Listens in a folder of its own; every line heard is kept in order, repeats included. */
export class SocketAgent implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'ecopt-trainer-'));
  readonly socketPath = join(this.folder, 'trial.sock');
  readonly heard: ProgramLine[] = [];
  /** Answers lines of the program; replace it to misbehave. */
  answer: (line: ProgramLine, agent: SocketAgent) => void = acknowledge;
  /** Highest line that counts as durable when a connection begins. */
  acknowledged = 0;
  private readonly waiting = new Set<() => void>();
  private readonly sockets = new Set<Socket>();
  private server: Server | undefined;

  /** Accepts connections from now on. */
  listen(): Promise<void> {
    const server = createServer((socket) => this.converse(socket));
    this.server = server;
    return new Promise((resolve) => server.listen(this.socketPath, resolve));
  }

  /** Drops all connections and accepts no more, as an agent that was killed. */
  async vanish(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    const { server } = this;
    this.server = undefined;
    if (server) await new Promise((resolve) => server.close(resolve));
  }

  say(line: AgentLine): void {
    for (const socket of this.sockets) socket.write(`${JSON.stringify(line)}\n`);
  }

  /** Says something that is not of the protocol. */
  sayRaw(text: string): void {
    for (const socket of this.sockets) socket.write(text);
  }

  /** Resolves when what was heard fulfils `condition`. */
  async until(condition: (heard: readonly ProgramLine[]) => boolean): Promise<void> {
    while (!condition(this.heard)) await new Promise<void>((resolve) => this.waiting.add(resolve));
  }

  /** Writes the file that describes the trial. */
  writeTrial(trial: object): void {
    writeFileSync(join(this.folder, 'trial.json'), JSON.stringify(trial));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.vanish();
    rmSync(this.folder, { recursive: true });
  }

  private converse(socket: Socket): void {
    this.sockets.add(socket);
    let unfinished = '';
    socket.on('error', () => undefined).on('close', () => this.sockets.delete(socket));
    socket.setEncoding('utf8').on('data', (text: string) => {
      const lines = (unfinished + text).split('\n');
      unfinished = lines.pop()!;
      for (const line of lines) this.hear(programLineSchema.parse(JSON.parse(line)));
    });
  }

  private hear(line: ProgramLine): void {
    this.heard.push(line);
    this.answer(line, this);
    for (const wake of this.waiting) wake();
    this.waiting.clear();
  }
}

/** What a faithful agent does. */
export function acknowledge(line: ProgramLine, agent: SocketAgent): void {
  if (line.type === 'hello') agent.say({ type: 'welcome', protocol: 1, acknowledged: agent.acknowledged });
  else if (line.type === 'repeat') agent.say({ type: 'repeat', id: line.id, again: false, delay_seconds: 0 });
  else {
    agent.acknowledged = Math.max(agent.acknowledged, line.seq);
    agent.say({ type: 'ack', seq: line.seq });
  }
}

/** Greets, but makes nothing durable. */
export function onlyGreet(line: ProgramLine, agent: SocketAgent): void {
  if (line.type === 'hello') agent.say({ type: 'welcome', protocol: 1, acknowledged: agent.acknowledged });
}

export const sequences = (heard: readonly ProgramLine[]): number[] =>
  heard.flatMap((line) => ('seq' in line ? [line.seq] : []));
