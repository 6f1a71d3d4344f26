/** What an attempt yielded, put together once nothing of it runs any more. */

import type { AttemptEnd, Failure, Observation } from '../../shared/domain/trial.js';
import type { Log } from '../../shared/runtime/log.js';
import { attemptEnd } from './attempt-end.js';
import { addEnergies, programWindows } from './attempt-energy.js';
import { NO_REST, type MeteredRest } from './rest.js';
import type { MetricFiles } from './metric-source.js';
import type { OutputLog } from './output-log.js';
import { withoutSealed } from './seal.js';
import { sortMetrics, type SortedMetrics } from './sorted-metrics.js';
import type { TrialHost, TrialOrder } from './trial-order.js';
import type { TrialPlan } from './trial-plan.js';
import type { FinishedProgram } from './trial-session.js';

export interface ObservedAttempt {
  readonly order: TrialOrder;
  readonly host: Pick<TrialHost, 'clock' | 'facts' | 'trainerFacts'>;
  readonly log: Log;
  readonly startedUnixMilliseconds: number;
}

export interface ProgramWork {
  readonly plan: TrialPlan;
  readonly program: FinishedProgram;
  readonly files: MetricFiles;
  /** Closed. */
  readonly output: OutputLog;
  /** What was metered before the program started. */
  readonly rest: MeteredRest;
}

const TAIL_BYTES = 8 * 1024;

/** Of an attempt whose program ran; closes its meter. */
export async function programObservation(attempt: ObservedAttempt, work: ProgramWork): Promise<Observation> {
  const { program, rest, files, output } = work;
  const { record, meter, exit } = program;
  try {
    const windows = await programWindows(program, attempt.log);
    const energy = addEnergies(rest.energy, await meter.total());
    const metrics = sortMetrics(attempt.order.grant, record, files.read(output.text()));
    const hide = sealer(attempt, work, metrics);
    const outputTail = hide(output.tail(TAIL_BYTES));
    return {
      ...core(attempt, { windows: [...rest.windows, ...windows], energy }),
      end: judge(work, metrics, { outputTail, hide }),
      metrics: metrics.open,
      sealed: metrics.sealed,
      durationSeconds: Number(program.endNanoseconds - program.startNanoseconds) / 1e9,
      ...(exit.kind === 'code' && { exitCode: exit.code }),
      outputTail,
      facts: { ...versions(attempt), ...rest.facts, ...hideAll(programFacts(program), hide) },
    };
  } finally {
    await meter.close();
  }
}

/** Of an attempt whose program never ran. */
export function observationWithoutProgram(
  attempt: ObservedAttempt,
  failure: Failure,
  rest: MeteredRest = NO_REST,
): Observation {
  const { clock } = attempt.host;
  return {
    ...core(attempt, rest),
    end: { kind: 'failed', failure },
    metrics: {},
    sealed: {},
    durationSeconds: Math.max(0, clock.wallMilliseconds() - attempt.startedUnixMilliseconds) / 1000,
    outputTail: '',
    facts: { ...versions(attempt), ...rest.facts },
  };
}

const versions = ({ order, host }: ObservedAttempt): Readonly<Record<string, string>> => ({
  ...host.facts,
  ...(order.grant.workload.kind === 'builtin' && host.trainerFacts),
});

type Core = Pick<
  Observation,
  'windows' | 'energy' | 'agent' | 'slot' | 'devices' | 'hardwareClass' | 'startedUnixMilliseconds'
>;

const core = (
  { order: { grant, agent, devices }, startedUnixMilliseconds }: ObservedAttempt,
  { windows, energy }: Pick<MeteredRest, 'windows' | 'energy'>,
): Core => ({
  windows,
  energy,
  agent,
  slot: grant.slot,
  devices,
  hardwareClass: grant.hardwareClass,
  startedUnixMilliseconds,
});

function judge(
  { plan, program }: ProgramWork,
  { missing, nonFinite }: SortedMetrics,
  { outputTail, hide }: { readonly outputTail: string; hide(text: string): string },
): AttemptEnd {
  const { record, exit, stopped, overTime, killedForMemory } = program;
  const { infeasible } = record;
  return attemptEnd({
    exit,
    ...(stopped !== undefined && { stopped }),
    ...(infeasible && { infeasible: { ...infeasible, message: hide(infeasible.message) } }),
    overTime,
    killedForMemory,
    done: record.done !== undefined,
    speaks: plan.speaks || program.greeted,
    reports: record.reports,
    missing,
    nonFinite,
    output: outputTail,
  });
}

/** Hides in texts what the campaign seals. */
function sealer({ order: { grant } }: ObservedAttempt, { plan }: ProgramWork, { sealed }: SortedMetrics) {
  const sources = grant.sealedMetrics.map((name) => plan.metrics[name]);
  const figures = {
    names: grant.sealedMetrics,
    values: Object.values(sealed),
    patterns: sources.flatMap((source) => (source?.kind === 'pattern' ? [source.pattern] : [])),
  };
  return (text: string): string => withoutSealed(text, figures);
}

/** What the program said of itself, and what was odd about it. */
function programFacts({ record, exit, repeats }: FinishedProgram): Readonly<Record<string, string>> {
  return {
    ...record.done?.facts,
    ...repeats,
    ...(exit.kind === 'signal' && { endedBySignal: exit.signal }),
    ...(record.unclosed.length > 0 && { unclosedWindows: record.unclosed.join(', ') }),
  };
}

const hideAll = (
  facts: Readonly<Record<string, string>>,
  hide: (text: string) => string,
): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(facts).map(([name, text]) => [name, hide(text)]));
