/** One program from its start to the moment when nothing of it runs any more. */

import type { Clock } from '../../shared/runtime/clock.js';
import type { Log } from '../../shared/runtime/log.js';
import type { TrialMeter } from '../meter/meter.js';
import { memoryKills } from './memory-kills.js';
import type { OutputLog } from './output-log.js';
import { ProgramRecord } from './program-record.js';
import type { RepeatDecisions } from './repeat-decisions.js';
import type { StopRequest } from './stop-request.js';
import { startSubprocess, type Exit, type Subprocess } from './subprocess.js';
import type { TrialFolder } from './trial-folder.js';
import type { TrialPlan } from './trial-plan.js';
import { openTrialSocket, type TrialSocket, type TrialStopReason } from './trial-socket.js';

export interface TrialSessionOptions {
  readonly plan: TrialPlan;
  readonly folder: TrialFolder;
  readonly output: OutputLog;
  readonly stop: StopRequest;
  /** Metrics for which there is room whatever else the program reports. */
  readonly wantedMetrics: readonly string[];
  /** Wall time that the program may take; absent: any. */
  readonly limitSeconds?: number;
  readonly clock: Clock;
  readonly log: Log;
  /** Begins to meter the program's processes. */
  attach(processGroup: number): TrialMeter;
  /** Begins to decide on repeats of the program's windows. */
  decideRepeats(meter: TrialMeter, record: ProgramRecord): RepeatDecisions;
  /** The program runs. Disposed as soon as it has ended. */
  onStarted(running: RunningProgram): Disposable;
  onOutput(chunk: Uint8Array): void;
}

export interface RunningProgram {
  readonly process: Subprocess;
  readonly meter: TrialMeter;
  readonly record: ProgramRecord;
  readonly startNanoseconds: bigint;
}

/** What is left of a program that has ended; its meter is still open. */
export interface FinishedProgram {
  readonly meter: TrialMeter;
  readonly record: ProgramRecord;
  readonly startNanoseconds: bigint;
  readonly endNanoseconds: bigint;
  readonly exit: Exit;
  readonly greeted: boolean;
  /** A stop that the program was asked for before it had finished by itself. */
  readonly stopped?: TrialStopReason;
  readonly overTime: boolean;
  readonly killedForMemory: boolean;
  /** How often windows were repeated, and why not more often. */
  readonly repeats: Readonly<Record<string, string>>;
}

/** Between `stop` on the socket and SIGTERM, and from there to SIGKILL. */
const STOP_MILLISECONDS: Readonly<Record<TrialStopReason, { readonly polite: number; readonly grace: number }>> = {
  cancelled: { polite: 300, grace: 700 },
  drained: { polite: 300, grace: 700 },
  'stopped-early': { polite: 10_000, grace: 3000 },
};
const GRACE_MILLISECONDS = 3000;
/** A program that said `done` and does not exit is ended after this long. */
const LINGER_MILLISECONDS = 30_000;
/** More refused lines than this are only counted. */
const LOGGED_REFUSALS = 5;

/** @throws {EnvironmentError} if the program cannot be started here. */
export async function runProgram(options: TrialSessionOptions): Promise<FinishedProgram> {
  const { clock } = options;
  const earliest = clock.monotonicNanoseconds();
  const bounds = { beginNanoseconds: earliest, nowNanoseconds: () => clock.monotonicNanoseconds() };
  const record = new ProgramRecord(bounds, options.wantedMetrics);
  const state: SessionState = {
    record,
    ...{ greeted: false, refusals: 0, overTime: false, timers: [], process: undefined, repeats: undefined },
  };
  const killsBefore = memoryKills();
  const socket = await openSocket(options, state);
  try {
    const program = await superviseProgram(options, state, socket);
    const killedForMemory = (memoryKills() ?? 0) > (killsBefore ?? 0);
    const repeats = state.repeats?.facts() ?? {};
    return { ...program, record, greeted: state.greeted, overTime: state.overTime, killedForMemory, repeats };
  } finally {
    for (const timer of state.timers) timer[Symbol.dispose]();
    await socket.close();
  }
}

interface SessionState {
  readonly record: ProgramRecord;
  greeted: boolean;
  refusals: number;
  process: Subprocess | undefined;
  /** Present while the program is metered. */
  repeats: RepeatDecisions | undefined;
  overTime: boolean;
  readonly timers: Disposable[];
}

function openSocket({ folder, clock, log }: TrialSessionOptions, state: SessionState): Promise<TrialSocket> {
  return openTrialSocket({
    path: folder.socketPath,
    clock,
    onRepeat: (question) => state.repeats?.answer(question) ?? 'nothing is metered yet',
    onHello(client) {
      state.greeted = true;
      log.debug({ client }, 'program connected');
    },
    onLine(line) {
      const refusal = state.record.take(line);
      if (line.type === 'done') endAfter(LINGER_MILLISECONDS, state, clock);
      return refusal;
    },
    onRefused(message) {
      state.refusals += 1;
      if (state.refusals <= LOGGED_REFUSALS) log.warn({ refusal: message }, 'program line refused');
    },
  });
}

type Supervised = Omit<FinishedProgram, 'record' | 'greeted' | 'overTime' | 'killedForMemory' | 'repeats'>;

async function superviseProgram(
  options: TrialSessionOptions,
  state: SessionState,
  socket: TrialSocket,
): Promise<Supervised> {
  const { plan, output, clock, log, stop } = options;
  const process = await startSubprocess({
    ...plan,
    clock,
    onOutput(chunk) {
      output.write(chunk);
      options.onOutput(chunk);
    },
  });
  state.process = process;
  let meter: TrialMeter | undefined;
  try {
    meter = options.attach(process.group);
    state.repeats = options.decideRepeats(meter, state.record);
    const startNanoseconds = clock.monotonicNanoseconds();
    log.info({ pid: process.group }, 'trial started');
    using _ = options.onStarted({ process, meter, record: state.record, startNanoseconds });
    limitTime(options, state);
    const stopped = obeyStops({ stop, socket, process, state, clock });
    const { exit, atNanoseconds } = await process.exited;
    stopped.settle();
    const reason = stopped.reason();
    return { meter, startNanoseconds, endNanoseconds: atNanoseconds, exit, ...(reason && { stopped: reason }) };
  } catch (error) {
    await meter?.close();
    throw error;
  } finally {
    const stuck = await process.end(GRACE_MILLISECONDS);
    if (stuck.length > 0) log.error({ pids: stuck }, 'processes could not be ended');
  }
}

/** Timers are cleared with the session. */
function endAfter(milliseconds: number, state: SessionState, clock: Clock): void {
  state.timers.push(clock.after(milliseconds, () => void state.process?.end(GRACE_MILLISECONDS)));
}

function limitTime({ limitSeconds, clock }: TrialSessionOptions, state: SessionState): void {
  if (limitSeconds === undefined) return;
  const onLimit = (): void => {
    state.overTime = true;
    endAfter(0, state, clock);
  };
  state.timers.push(clock.after(limitSeconds * 1000, onLimit));
}

interface StopOptions {
  readonly stop: StopRequest;
  readonly socket: TrialSocket;
  readonly process: Subprocess;
  readonly state: SessionState;
  readonly clock: Clock;
}

/** Passes stop requests on to the program until `settle`; a program that was done before is left to its end. */
function obeyStops({ stop, socket, process, state, clock }: StopOptions): {
  settle(): void;
  reason(): TrialStopReason | undefined;
} {
  let settled = false;
  let effective: TrialStopReason | undefined;
  stop.onRequest((reason) => {
    if (settled) return;
    if (state.record.done === undefined) effective = reason;
    socket.stop(reason);
    const { polite, grace } = STOP_MILLISECONDS[reason];
    state.timers.push(clock.after(polite, () => void process.end(grace)));
  });
  return { settle: () => (settled = true), reason: () => effective };
}
