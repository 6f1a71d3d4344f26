/** One trial from its grant to its observation. */

import { TunerError } from '../../shared/domain/errors.js';
import { boundaryFor, type Boundary } from '../../shared/domain/measurement.js';
import type { Failure, Observation } from '../../shared/domain/trial.js';
import type { Log } from '../../shared/runtime/log.js';
import { seededRandom } from '../../shared/runtime/random.js';
import { failure } from './attempt-end.js';
import { addEnergies } from './attempt-energy.js';
import { boundaryProvenances, windowSeconds } from './boundary-sensors.js';
import { metricFiles } from './metric-source.js';
import { observationWithoutProgram, programObservation } from './observation.js';
import { openOutputLog, type OutputLog } from './output-log.js';
import { readProcessorTimes } from './processor-load.js';
import { RepeatDecisions } from './repeat-decisions.js';
import { restBeforeTrial } from './rest-before-trial.js';
import type { MeteredRest } from './rest.js';
import { StopRequest } from './stop-request.js';
import { foreignUse, FOREIGN_PROCESSES_REASON } from './strangers.js';
import { startMetering, startTelemetry, type MeteringOptions } from './telemetry.js';
import { makeTrialFolder, type TrialFolder } from './trial-folder.js';
import { planTrial, type TrialPlan } from './trial-plan.js';
import { runProgram, type FinishedProgram, type RunningProgram } from './trial-session.js';
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
    observation: observe({
      ...{ order, host, listener, stop, startedUnixMilliseconds },
      log: listener.log,
      boundary: boundaryFor(order.grant.measurement.boundary, order.devices),
    }),
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
  /** Of the campaign's energy, on these devices. */
  readonly boundary: Boundary;
}

async function observe(attempt: Attempt): Promise<Observation> {
  const { order, host, boundary } = attempt;
  let folder: TrialFolder | undefined;
  try {
    folder = makeTrialFolder({
      ...order,
      path: order.folder,
      temporaryFolder: host.temporaryFolder,
      windowSeconds: windowSeconds(boundaryProvenances(host.meter.sensors, boundary, order.devices)),
    });
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
  const { stop } = attempt;
  const output = openOutputLog(folder.logPath);
  let outputOpen = true;
  try {
    const rest = await restBefore(attempt);
    if (stop.reason !== undefined) return observationWithoutProgram(attempt, stoppedBefore(stop.reason), rest);
    const joined = await foreignFailure(attempt);
    if (joined) return observationWithoutProgram(attempt, joined, rest);
    const files = metricFiles(plan.metrics, plan.workingFolder);
    const program = await startProgram(attempt, { plan, folder, output, rest });
    output.close();
    outputOpen = false;
    return await programObservation(attempt, { plan, program, files, output, rest });
  } finally {
    if (outputOpen) output.close();
  }
}

function restBefore({ order, host, stop, boundary, listener }: Attempt): Promise<MeteredRest> {
  const { clock } = host;
  return restBeforeTrial({
    ...host,
    devices: order.devices,
    boundary,
    measurement: order.grant.measurement,
    companions: () => order.companions?.() ?? 0,
    processorTimes: host.processorTimes ?? readProcessorTimes,
    onMetered: (trial) =>
      startMetering({
        ...{ clock, beginNanoseconds: clock.monotonicNanoseconds() },
        energy: () => trial.total(),
        ...toldTo(listener),
      }),
    stop: stop.signal,
  });
}

const toldTo = (listener: TrialListener): Pick<MeteringOptions, 'onEvent' | 'onError'> => ({
  onEvent: (body) => listener.onEvent(body),
  onError: (error) => listener.log.warn({ error }, 'energy not read'),
});

/** Somebody else came to a device of the trial before its program: it is handed back. */
async function foreignFailure({ order, host }: Attempt): Promise<Failure | undefined> {
  if (host.foreignProcesses !== 'wait' && host.foreignProcesses !== 'yield') return undefined;
  const use = await foreignUse(host.meter, order.devices);
  return use === undefined ? undefined : failure('infrastructure', FOREIGN_PROCESSES_REASON, use);
}

interface ProgramSetting {
  readonly plan: TrialPlan;
  readonly folder: TrialFolder;
  readonly output: OutputLog;
  readonly rest: MeteredRest;
}

function startProgram(attempt: Attempt, { rest, ...setting }: ProgramSetting): Promise<FinishedProgram> {
  const { order, host, stop, listener, boundary } = attempt;
  const { grant, devices } = order;
  const { measurement, limits } = grant;
  const random = seededRandom(`${grant.seed}/${grant.trial}/${grant.attempt}/phase`);
  const stopping = (): boolean => stop.reason !== undefined;
  return runProgram({
    ...setting,
    stop,
    wantedMetrics: [...grant.requiredMetrics, ...grant.sealedMetrics],
    ...(limits.hours !== undefined && { limitSeconds: 3600 * limits.hours }),
    clock: host.clock,
    log: listener.log,
    attach: (processGroup) =>
      host.meter.attach({
        ...{ devices, processGroup, mark: setting.plan.mark },
        toleratesStrangers: host.foreignProcesses === 'ignore',
      }),
    decideRepeats: (meter, record) =>
      new RepeatDecisions({ measurement, boundary, meter, record, clock: host.clock, random, stopping }),
    onStarted: (running) => startReporting(attempt, running, rest.energy),
    onOutput: (chunk) => listener.onOutput(chunk),
  });
}

function startReporting(attempt: Attempt, running: RunningProgram, before: MeteredRest['energy']): Disposable {
  const { order, host, listener } = attempt;
  const { record, meter, startNanoseconds } = running;
  listener.onProcess(running.process.identity);
  listener.onEvent({ kind: 'started' });
  return startTelemetry({
    record,
    clock: host.clock,
    sealedMetrics: new Set(order.grant.sealedMetrics),
    beginNanoseconds: startNanoseconds,
    energy: async () => addEnergies(before, await meter.total()),
    ...toldTo(listener),
  });
}

const stoppedBefore = (reason: TrialStopReason): Failure =>
  failure('infrastructure', reason, `stopped before its program was started: ${reason}`);
