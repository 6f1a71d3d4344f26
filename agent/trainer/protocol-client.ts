/** The program's end of the trial protocol: sends lines in order, keeps them until acknowledged, reconnects and sends again. */

import { type Socket, createConnection } from 'node:net';

import { EnvironmentError, WireError } from '../../shared/domain/errors.js';
import type { Clock } from '../../shared/runtime/clock.js';
import {
  type AgentLine,
  type ProgramLine,
  TRIAL_PROTOCOL_VERSION,
  agentLineSchema,
} from '../../shared/schema/trial-protocol.js';

type RepeatAnswer = Extract<AgentLine, { type: 'repeat' }>;

type WithoutSequence<Line> = Line extends { seq: number } ? Omit<Line, 'seq'> : never;

/** What a program has to say; its sequence number is given when it is queued. */
export type Statement = WithoutSequence<ProgramLine>;

export type StopReason = Extract<AgentLine, { type: 'stop' }>['reason'];

export interface ProtocolClientOptions {
  readonly socketPath: string;
  /** Name and version of this client, for the agent's log. */
  readonly client: string;
  readonly clock: Clock;
  readonly onStop: (reason: StopReason) => void;
  /** The agent is gone for good or does not understand: nothing said from now on is heard. */
  readonly onLost: (error: Error) => void;
  /** How long to look for the agent before it is lost; milliseconds. */
  readonly patienceMilliseconds?: number;
}

/** What is asked, and who waits for the answer. */
interface Question extends PromiseWithResolvers<RepeatAnswer> {
  readonly text: string;
}

interface QueuedLine {
  readonly seq: number;
  readonly text: string;
}

/** An agent that was restarted is back within seconds; one that is away longer has given the trial up. */
const PATIENCE_MILLISECONDS = 120_000;

/** Pause before the first and before every later attempt to reconnect; it doubles in between. */
const FIRST_PAUSE_MILLISECONDS = 20;
const LONGEST_PAUSE_MILLISECONDS = 1000;

/** One conversation with the agent over as many connections as it takes. */
export class ProtocolClient {
  private readonly options: ProtocolClientOptions;
  private readonly unacknowledged: QueuedLine[] = [];
  private readonly ended = new AbortController();
  private readonly drained = new Set<PromiseWithResolvers<void>>();
  private readonly questions = new Map<number, Question>();
  private sequence = 0;
  private asked = 0;
  private pause = FIRST_PAUSE_MILLISECONDS;
  private lastHeard: bigint;
  private socket: Socket | undefined;
  /** The connection on which the agent has said welcome. */
  private welcomed: Socket | undefined;
  private failure: Error | undefined;

  constructor(options: ProtocolClientOptions) {
    this.options = options;
    this.lastHeard = options.clock.monotonicNanoseconds();
    this.connect();
  }

  /** Queues one line; returns at once. */
  say(statement: Statement): void {
    if (this.failure) return;
    const seq = ++this.sequence;
    const line: QueuedLine = { seq, text: `${JSON.stringify({ ...statement, seq })}\n` };
    this.unacknowledged.push(line);
    this.welcomed?.write(line.text);
  }

  /** Asks whether a window shall be run once more; rejects when the agent is lost. */
  askRepeat(kind: string, label: string): Promise<RepeatAnswer> {
    if (this.failure) return Promise.reject(this.failure);
    const id = ++this.asked;
    const text = `${JSON.stringify({ type: 'repeat', id, kind, label })}\n`;
    const answer = new Promise<RepeatAnswer>((resolve, reject) => this.questions.set(id, { text, resolve, reject }));
    this.welcomed?.write(text);
    return answer;
  }

  /** Resolves when everything said is durable at the agent; rejects when the agent is lost. */
  flush(): Promise<void> {
    if (this.failure) return Promise.reject(this.failure);
    if (this.unacknowledged.length === 0) return Promise.resolve();
    return new Promise((resolve, reject) => this.drained.add({ resolve, reject }));
  }

  /** Ends the conversation; call after {@link flush}. */
  close(): void {
    this.ended.abort();
    this.socket?.end();
  }

  private connect(): void {
    const socket = createConnection(this.options.socketPath);
    this.socket = socket;
    socket.on('connect', () => {
      const hello = { type: 'hello', protocol: TRIAL_PROTOCOL_VERSION, client: this.options.client };
      socket.write(`${JSON.stringify(hello)}\n`);
    });
    // An error is always followed by `close`, which reconnects.
    socket.on('error', () => undefined);
    socket.on('close', () => this.reconnect(socket));
    let unfinished = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      const lines = (unfinished + text).split('\n');
      unfinished = lines.pop() ?? '';
      for (const line of lines) this.hear(line, socket);
    });
  }

  private reconnect(closed: Socket): void {
    if (this.ended.signal.aborted) return;
    if (this.welcomed === closed) {
      this.welcomed = undefined;
      this.lastHeard = this.options.clock.monotonicNanoseconds();
    }
    const { clock, socketPath, patienceMilliseconds = PATIENCE_MILLISECONDS } = this.options;
    const silence = Number(clock.monotonicNanoseconds() - this.lastHeard) / 1e6;
    if (silence > patienceMilliseconds) {
      this.lose(new EnvironmentError(`no agent answered at ${socketPath} for ${Math.round(silence / 1000)} s`));
      return;
    }
    const pause = this.pause;
    this.pause = Math.min(2 * pause, LONGEST_PAUSE_MILLISECONDS);
    clock.sleep(pause, this.ended.signal).then(
      () => this.connect(),
      () => undefined,
    );
  }

  private hear(text: string, socket: Socket): void {
    this.lastHeard = this.options.clock.monotonicNanoseconds();
    const line = parseAgentLine(text);
    if (line.type === 'ack') this.forget(line.seq);
    else if (line.type === 'stop') this.options.onStop(line.reason);
    else if (line.type === 'repeat') this.answered(line);
    else if (line.type === 'welcome') this.resume(line.acknowledged, socket);
    else this.lose(new WireError(`the agent refused a line: ${line.message}`));
  }

  private answered(line: RepeatAnswer): void {
    this.questions.get(line.id)?.resolve(line);
    this.questions.delete(line.id);
  }

  /** Sends again, in order, what the agent does not have; then what it has not answered. */
  private resume(acknowledged: number, socket: Socket): void {
    this.pause = FIRST_PAUSE_MILLISECONDS;
    this.welcomed = socket;
    this.forget(acknowledged);
    for (const { text } of [...this.unacknowledged, ...this.questions.values()]) socket.write(text);
  }

  /** Everything up to `seq` is durable. */
  private forget(seq: number): void {
    const kept = this.unacknowledged.findIndex((line) => line.seq > seq);
    this.unacknowledged.splice(0, kept < 0 ? this.unacknowledged.length : kept);
    if (this.unacknowledged.length > 0) return;
    for (const waiting of this.drained) waiting.resolve();
    this.drained.clear();
  }

  private lose(error: Error): void {
    this.failure = error;
    this.ended.abort();
    this.socket?.destroy();
    for (const waiting of [...this.drained, ...this.questions.values()]) waiting.reject(error);
    this.drained.clear();
    this.questions.clear();
    this.options.onLost(error);
  }
}

interface PromiseWithResolvers<Value> {
  readonly resolve: (value: Value) => void;
  readonly reject: (error: Error) => void;
}

function parseAgentLine(text: string): AgentLine | { readonly type: 'refused'; readonly message: string } {
  try {
    return agentLineSchema.parse(JSON.parse(text));
  } catch {
    return { type: 'refused', message: `this client understands nothing of ${text.slice(0, 200)}` };
  }
}
