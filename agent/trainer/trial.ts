/** A trial as its program sees it: what to run, and how to say what happens. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { EnvironmentError } from '../../shared/domain/errors.js';
import type { Clock } from '../../shared/runtime/clock.js';
import { TRIAL_FILE_NAME, type TrialFile, trialFileSchema } from '../../shared/schema/trial-protocol.js';
import { ProtocolClient, type Statement } from './protocol-client.js';

export type Metrics = Readonly<Record<string, number>>;

export interface Progress {
  readonly step: number;
  /** Part of the whole trial that is done, in [0, 1]. */
  readonly fraction?: number;
  readonly metrics: Metrics;
}

/** Which window, and in what its items are counted. */
export interface WindowMark {
  readonly kind: string;
  readonly label?: string;
  /** Counts repeats of the same window, from 0. */
  readonly ordinal?: number;
  readonly unit: string;
}

export type InfeasibleReason = Extract<Statement, { type: 'infeasible' }>['reason'];

/** What a trainer needs of its trial. */
export interface TrialPort {
  /** Aborted when the trial shall end soon. */
  readonly stopped: AbortSignal;
  report(progress: Progress): void;
  /**
   * Marks the time that `work` takes as a window; `work` returns how many items it processed.
   *
   * The device must be idle when this is called and when `work` resolves: the edges are stamped there and then.
   */
  window(mark: WindowMark, work: () => Promise<number>): Promise<void>;
  /**
   * Whether a window that was closed before shall be run once more. When it shall, this resolves after the pause that
   * the agent asks for, so that the sensor's tick does not always fall on the same part of the work.
   */
  repeat(mark: Pick<WindowMark, 'kind' | 'label'>): Promise<boolean>;
}

export interface TrialOptions {
  /** Folder of the trial, with its `trial.json`. */
  readonly folder: string;
  readonly socketPath: string;
  /** Name and version of the program. */
  readonly client: string;
  readonly clock: Clock;
  /** The agent is gone for good. */
  readonly onLost: (error: Error) => void;
}

/** The trial of this process, connected to its agent. */
export class Trial implements TrialPort {
  readonly file: TrialFile;
  private readonly clock: Clock;
  private readonly client: ProtocolClient;
  private readonly stopping = new AbortController();

  /** @throws {EnvironmentError} if the trial's file cannot be read. */
  constructor({ folder, socketPath, client, clock, onLost }: TrialOptions) {
    this.file = readTrialFile(join(folder, TRIAL_FILE_NAME));
    this.clock = clock;
    const onStop = (reason: string): void => this.requestStop(reason);
    this.client = new ProtocolClient({ socketPath, client, clock, onStop, onLost });
  }

  get stopped(): AbortSignal {
    return this.stopping.signal;
  }

  /** Ends the trial soon, as when the agent asks for it. */
  requestStop(reason: string): void {
    this.stopping.abort(reason);
  }

  report({ step, fraction, metrics }: Progress): void {
    const encoded = Object.fromEntries(Object.entries(metrics).map(([name, value]) => [name, encodeNumber(value)]));
    this.client.say({
      type: 'report',
      step,
      metrics: encoded,
      monotonic_ns: this.now(),
      ...(fraction !== undefined && { fraction }),
    });
  }

  async window({ kind, label = '', ordinal = 0, unit }: WindowMark, work: () => Promise<number>): Promise<void> {
    const mark = { type: 'window', kind, label, ordinal } as const;
    this.client.say({ ...mark, edge: 'open', monotonic_ns: this.now() });
    const items = await work();
    this.client.say({ ...mark, edge: 'close', items, unit, monotonic_ns: this.now() });
  }

  async repeat({ kind, label = '' }: Pick<WindowMark, 'kind' | 'label'>): Promise<boolean> {
    const { again, delay_seconds: delay } = await this.client.askRepeat(kind, label);
    if (again) await this.clock.sleep(1000 * delay, this.stopped).catch(() => undefined);
    return again && !this.stopped.aborted;
  }

  /** This configuration cannot be run. */
  infeasible(reason: InfeasibleReason, message: string): void {
    this.client.say({ type: 'infeasible', reason, message });
  }

  checkpoint(step: number, path: string): void {
    this.client.say({ type: 'checkpoint', step, path });
  }

  /** All work is done; `facts` are versions and settings that explain the result. */
  done(facts: Readonly<Record<string, string>>): void {
    this.client.say({ type: 'done', facts });
  }

  /** Waits until the agent has everything, then ends the conversation. */
  async close(): Promise<void> {
    await this.client.flush();
    this.client.close();
  }

  private now(): string {
    return String(this.clock.monotonicNanoseconds());
  }
}

type EncodedNumber = number | 'NaN' | 'Infinity' | '-Infinity';

/** JSON has no word for numbers that are not finite. */
const encodeNumber = (value: number): EncodedNumber =>
  Number.isFinite(value) ? value : (String(value) as EncodedNumber);

function readTrialFile(path: string): TrialFile {
  try {
    return trialFileSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    throw new EnvironmentError(`${path} does not describe a trial`, {}, { cause: error });
  }
}
