/** `ecopt measure`: the energy of any command, which runs as if nobody looked. */

import { repeatInterval, nextLook } from '../shared/domain/repeat-interval.js';
import { UsageError } from '../shared/domain/errors.js';
import { ECOPT_VERSION } from '../shared/domain/version.js';
import { EXIT, textOptions, type AgentContext } from './agent-context.js';
import { calibrationFolder } from './calibration-folder.js';
import { machineFlags } from './machine-flags.js';
import { chosenMeter } from './measure-choice.js';
import { usableSums, type Measurement } from './measure-figures.js';
import { measureSettings, type MeasureFlags, type MeasureSettings, type Runs } from './measure-flags.js';
import { measurementJson } from './measure-json.js';
import { liveLine } from './measure-live.js';
import { exitStatus, isInForeground, relaySignals, type SignalRelay } from './measure-process.js';
import { reportFile } from './measure-report.js';
import { measureIdle, measureRun, type MeasuredRun } from './measure-run.js';
import { ownHalfWidth } from './measure-statistics.js';
import { measurementText } from './measure-text.js';
import type { Meter } from './meter/meter.js';
import { openMeterWith, VISIBLE_VARIABLE } from './open-machine.js';

/** @returns The exit status of the command, as a shell gives it. */
export async function measureCommand(
  [program, ...args]: readonly string[],
  flags: MeasureFlags,
  context: AgentContext,
): Promise<number> {
  if (program === undefined) throw new UsageError('give the command to measure: ecopt measure -- COMMAND');
  const settings = measureSettings(flags);
  using report = openReport(settings, context);
  using signals = relaySignals({ source: context.signals, isFromTerminal: isInForeground });
  const use = { takeLocks: false, calibrationFolder: calibrationFolder(context, flags.state) };
  const chosen = machineFlags(flags);
  const visible = context.environment[VISIBLE_VARIABLE];
  const choice = { ...chosen, ...(visible !== undefined && { visible }) };
  const meter = chosenMeter(await openMeterWith(chosen, context, use), choice);
  try {
    const work = { argv: [program, ...args] as const, meter, context, signals };
    const idle = settings.idleSeconds > 0 ? await measureIdle(settings.idleSeconds, work) : undefined;
    if (signals.ended.aborted || context.interrupted.aborted) return interrupted(signals, context);
    const { runs, target } = await runAll(work, settings);
    report.write({
      argv: work.argv,
      runs,
      ...(idle && { idle }),
      ...(target && { target }),
      ...(settings.carbon && { carbon: settings.carbon }),
      ...runsWanted(settings.runs),
      ...(chosen.wallMeter && { wallAccuracy: chosen.wallMeter.accuracy }),
      devices: meter.devices,
      versions: { ecopt: ECOPT_VERSION, node: process.versions.node, ...meter.versions },
    });
    const last = runs.at(-1);
    return last ? exitStatus(last.end) : EXIT.failed;
  } finally {
    await meter.close();
  }
}

/** Before the command was started. */
function interrupted({ signal }: SignalRelay, { stderr }: AgentContext): number {
  stderr.write(`ecopt: ended by ${signal ?? 'a signal'} before the command was started; nothing was measured\n`);
  return signal === undefined ? EXIT.interrupted : exitStatus({ kind: 'signal', signal });
}

interface Work {
  readonly argv: readonly [string, ...string[]];
  readonly meter: Meter;
  readonly context: AgentContext;
  readonly signals: SignalRelay;
}

type Repeated = Pick<Measurement, 'runs' | 'target'>;

/** A run that fails, or a signal, ends the series. */
async function runAll(work: Work, { runs: wanted, everyMilliseconds }: MeasureSettings): Promise<Repeated> {
  const {
    context: { stderr, clock, stdin },
    signals,
  } = work;
  const runs: MeasuredRun[] = [];
  const withoutInput = wanted.kind !== 'once' && !stdin.isTTY;
  let isOver = false;
  while (!isOver) {
    const title = titleOf(wanted, runs.length + 1);
    const run = await measureRun({
      ...work,
      withoutInput,
      watch: (meter, startNanoseconds) =>
        liveLine({ stream: stderr, clock, everyMilliseconds }, { meter, startNanoseconds, title }),
    });
    runs.push(run);
    isOver = signals.ended.aborted || exitStatus(run.end) !== 0 || isEnough(wanted, runs);
  }
  if (wanted.kind !== 'until') return { runs };
  const { relativeHalfWidth } = wanted;
  return { runs, target: { relativeHalfWidth, isReached: isKnown(runs, relativeHalfWidth) } };
}

function runsWanted(runs: Runs): Pick<Measurement, 'runsWanted'> {
  if (runs.kind === 'once') return {};
  return { runsWanted: runs.kind === 'count' ? runs.count : runs.atMost };
}

function titleOf(wanted: Runs, number: number): string {
  if (wanted.kind === 'once') return '';
  return `run ${number} of ${wanted.kind === 'count' ? wanted.count : `at most ${wanted.atMost}`}`;
}

function isEnough(wanted: Runs, runs: readonly MeasuredRun[]): boolean {
  if (wanted.kind === 'once') return true;
  if (wanted.kind === 'count') return runs.length >= wanted.count;
  const isLook = nextLook(runs.length - 1) === runs.length;
  return runs.length >= wanted.atMost || (isLook && isKnown(runs, wanted.relativeHalfWidth));
}

function isKnown(runs: readonly MeasuredRun[], relativeHalfWidth: number): boolean {
  const sums = usableSums(runs);
  const interval = repeatInterval(sums.map(({ value }) => ({ joules: value, items: 1 })));
  if (interval === undefined) return false;
  // Runs that a coarse sensor shows alike are no better known than each of them allows.
  return Math.max(interval.relativeHalfWidth, ownHalfWidth(sums) / interval.mean) <= relativeHalfWidth;
}

interface Report extends Disposable {
  write(measurement: Measurement): void;
}

/** @throws {UsageError} if its file cannot be written, before anything runs. */
function openReport({ output, json }: MeasureSettings, context: AgentContext): Report {
  const file = output === undefined ? undefined : reportFile(output);
  const text = (measurement: Measurement): string[] => {
    if (json) return [JSON.stringify(measurementJson(measurement))];
    const options = file === undefined ? textOptions(context, context.stderr) : { color: false, width: FILE_WIDTH };
    return measurementText(measurement, options);
  };
  return {
    write(measurement) {
      const lines = text(measurement).map((line) => `${line}\n`);
      try {
        file?.write(lines.join(''));
      } catch (error) {
        context.stderr.write(`\necopt: --output ${output}: cannot be written: ${(error as Error).message}\n`);
        context.stderr.write(lines.join(''));
      }
      // What the command wrote last may have no end of line.
      if (file === undefined) context.stderr.write(`\n${lines.join('')}`);
    },
    [Symbol.dispose]: () => file?.[Symbol.dispose](),
  };
}

const FILE_WIDTH = 100;
