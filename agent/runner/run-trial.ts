/** One trial from its grant to its observation. */

import { TunerError } from '../../shared/domain/errors.js';
import type { AttemptEnergy } from '../../shared/domain/measurement.js';
import type { Failure, Observation } from '../../shared/domain/trial.js';
import type { Log } from '../../shared/runtime/log.js';
import { failure } from './attempt-end.js';
import { addEnergies, meterIdle } from './attempt-energy.js';
import { metricFiles } from './metric-source.js';
import { observationWithoutProgram, programObservation } from './observation.js';
import { openOutputLog } from './output-log.js';
import { StopRequest } from './stop-request.js';
import { startTelemetry } from './telemetry.js';
import { makeTrialFolder, type TrialFolder } from './trial-folder.js';
import { planTrial, type TrialPlan } from './trial-plan.js';
import { runProgram, type RunningProgram } from './trial-session.js';
import type { TrialHost, TrialListener, TrialOrder } from './trial-order.js';
import type { TrialStopReason } from './trial-socket.js';

export interface RunningTrial {
  /** Never rejects for anything that program, sensors or disk do: that is in the observation's end. */
  readonly observation: Promise<Observation>;
  stop(reason: TrialStopReason): void;
}

/** Starts a trial. */
export function runTrial(order: TrialOrder, host: TrialHost, listener: TrialListener): RunningTrial {
  const stop = new StopRequest();
  const startedUnixMilliseconds = host.clock.wallMilliseconds();
  return {
    observation: observe({ order, host, listener, stop, log: listener.log, startedUnixMilliseconds }),
    stop: (reason) => stop.request(reason),
  };
}

interface Attempt {
  readonly order: TrialOrder;
  readonly host: TrialHost;
  readonly listener: TrialListener;
  readonly stop: StopRequest;
  readonly log: Log;
  readonly startedUnixMilliseconds: number;
}

async function observe(attempt: Attempt): Promise<Observation> {
  const { order, host } = attempt;
  let folder: TrialFolder | undefined;
  try {
    folder = makeTrialFolder({ ...order, path: order.folder, temporaryFolder: host.temporaryFolder });
    const plan = planTrial(order.grant, { folder, devices: order.devices }, host.provision);
    if (plan.kind === 'refused') return observationWithoutProgram(attempt, plan.failure);
    return await runPlan(attempt, plan, folder);
  } catch (error) {
    attempt.listener.log.error({ error }, 'trial not run');
    const message = error instanceof TunerError ? error.message : `cannot run the trial: ${String(error)}`;
    return observationWithoutProgram(attempt, failure('infrastructure', 'not-started', message));
  } finally {
    folder?.close();
  }
}

async function runPlan(attempt: Attempt, plan: TrialPlan, folder: TrialFolder): Promise<Observation> {
  const { order, host, stop, listener } = attempt;
  const output = openOutputLog(folder.logPath);
  let outputOpen = true;
  try {
    const idle = await meterIdle({
      ...host,
      devices: order.devices,
      seconds: order.grant.measurement.idleSeconds,
      stop: stop.signal,
    });
    if (stop.reason !== undefined) return observationWithoutProgram(attempt, stoppedBefore(stop.reason), idle);
    const files = metricFiles(plan.metrics, plan.workingFolder);
    const program = await runProgram({
      plan,
      folder,
      output,
      stop,
      ...(order.grant.limits.hours !== undefined && { limitSeconds: 3600 * order.grant.limits.hours }),
      clock: host.clock,
      log: listener.log,
      attach: (processGroup) => host.meter.attach({ devices: order.devices, processGroup }),
      onStarted: (running) => startReporting(attempt, running, idle.energy),
      onOutput: (chunk) => listener.onOutput(chunk),
    });
    output.close();
    outputOpen = false;
    return await programObservation(attempt, { plan, program, files, output, idle });
  } finally {
    if (outputOpen) output.close();
  }
}

function startReporting(attempt: Attempt, running: RunningProgram, idle: readonly AttemptEnergy[]): Disposable {
  const { order, host, listener } = attempt;
  const { record, meter, startNanoseconds } = running;
  listener.onProcess(running.process.identity);
  listener.onEvent({ kind: 'started' });
  return startTelemetry({
    record,
    clock: host.clock,
    sealedMetrics: new Set(order.grant.sealedMetrics),
    beginNanoseconds: startNanoseconds,
    energy: async () => addEnergies(idle, await meter.total()),
    onEvent: (body) => listener.onEvent(body),
    onError: (error) => listener.log.warn({ error }, 'energy not read'),
  });
}

const stoppedBefore = (reason: TrialStopReason): Failure =>
  failure('infrastructure', reason, `stopped before its program was started: ${reason}`);
