/** One run of a command with the energy that each device spent meanwhile. */

import type { DeviceId } from '../shared/domain/identity.js';
import type { DeviceEnergy } from '../shared/domain/measurement.js';
import type { AgentContext } from './agent-context.js';
import { processesWith, runCommand, type CommandEnd, type LeftProcess, type SignalRelay } from './measure-process.js';
import { watchStandstill } from './measure-standstill.js';
import type { Meter, TrialMeter } from './meter/meter.js';

export interface MeasuredRun {
  readonly end: CommandEnd;
  readonly startedUnixMilliseconds: number;
  /** From just before its start until its end was seen, as the window of its energy. */
  readonly seconds: number;
  /** For so long this program itself stood still meanwhile: it may have seen the end that late. Absent: it did not. */
  readonly stoodSeconds?: number;
  /** Empty when the command was never started. */
  readonly devices: readonly DeviceEnergy[];
  /** What the command started and still ran when its energy was known; absent or empty: nothing that can be seen. */
  readonly leftBehind?: readonly LeftProcess[];
}

/** The machine at rest before the first run. */
export interface IdleReading {
  readonly seconds: number;
  readonly devices: readonly DeviceEnergy[];
}

export interface RunOptions {
  readonly argv: readonly [string, ...string[]];
  readonly meter: Meter;
  readonly context: AgentContext;
  readonly signals: SignalRelay;
  /** True: the command reads nothing. */
  readonly withoutInput: boolean;
  /** Begins to show what is known while the command runs. */
  watch(spent: Pick<TrialMeter, 'total' | 'tickSeconds'>, startNanoseconds: bigint): Disposable;
}

/** Set for the command, and with it for all that it starts: by it those are found that leave their group and parents. */
const markVariable = (processId: number): string => `ECOPT_MEASURE_${processId}`;

/**
 * Resolves when the command has ended and its energy is known.
 *
 * Charged: what the accelerators spent as a whole, and of processors and memory the share of the command's processes.
 */
export async function measureRun(options: RunOptions): Promise<MeasuredRun> {
  const { argv, meter, context, signals, withoutInput, watch } = options;
  const { clock, workingFolder, processId } = context;
  const startedUnixMilliseconds = clock.wallMilliseconds();
  const spawned = clock.monotonicNanoseconds();
  const variable = markVariable(processId);
  const environment = { ...context.environment, [variable]: String(spawned) };
  const mark = `${variable}=${spawned}`;
  using standstill = watchStandstill(clock, spawned);
  let trial: TrialMeter | undefined;
  let watching: Disposable | undefined;
  const onStart = (pid: number): void => {
    const own = { processGroup: pid, mark, sinceNanoseconds: spawned };
    trial = meter.attach({ devices: acceleratorsOf(meter), ...own, toleratesStrangers: true });
    watching = watch(trial, spawned);
  };
  try {
    let stop = spawned;
    const onExit = (): void => void (stop = clock.monotonicNanoseconds());
    const end = await runCommand({ argv, workingFolder, environment, withoutInput, onStart, onExit }, signals);
    watching?.[Symbol.dispose]();
    const stoodSeconds = standstill.longestSeconds(stop);
    const devices = (await trial?.window(spawned, stop)) ?? [];
    return {
      ...{ end, startedUnixMilliseconds, devices, leftBehind: processesWith(mark) },
      seconds: Number(stop - spawned) / 1e9,
      ...(stoodSeconds > 0 && { stoodSeconds }),
    };
  } finally {
    await trial?.close();
  }
}

/** Meters the machine before the command; `undefined` when a signal came first. */
export async function measureIdle(
  seconds: number,
  { meter, context: { clock }, signals }: Pick<RunOptions, 'meter' | 'context' | 'signals'>,
): Promise<IdleReading | undefined> {
  const trial = meter.attach({ devices: acceleratorsOf(meter), toleratesStrangers: true });
  try {
    const start = clock.monotonicNanoseconds();
    await clock.sleep(1000 * seconds, signals.ended).catch(() => undefined);
    if (signals.ended.aborted) return undefined;
    const stop = clock.monotonicNanoseconds();
    return { seconds: Number(stop - start) / 1e9, devices: await trial.window(start, stop) };
  } finally {
    await trial.close();
  }
}

/** Accelerators whose energy can be known here. */
export function acceleratorsOf({ devices, sensors }: Pick<Meter, 'devices' | 'sensors'>): readonly DeviceId[] {
  const metered = new Set(sensors.flatMap((sensor) => (isMeteredAccelerator(sensor) ? [sensor.device] : [])));
  return devices.map(({ id }) => id).filter((id) => metered.has(id));
}

const isMeteredAccelerator = ({ part, available }: Meter['sensors'][number]): boolean =>
  part === 'accelerator' && available;
