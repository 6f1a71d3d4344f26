/** Energy of one attempt: its windows, the idle time before it, and the sum over both. */

import type { DeviceId } from '../../shared/domain/identity.js';
import { worstProvenance, type AttemptEnergy, type WindowReading } from '../../shared/domain/measurement.js';
import type { Clock } from '../../shared/runtime/clock.js';
import type { Log } from '../../shared/runtime/log.js';
import type { Meter, TrialMeter } from '../meter/meter.js';
import type { MarkedWindow } from './program-record.js';
import type { FinishedProgram } from './trial-session.js';

export interface MeteredIdle {
  readonly windows: readonly WindowReading[];
  readonly energy: readonly AttemptEnergy[];
}

export interface IdleOptions {
  readonly meter: Meter;
  readonly clock: Clock;
  readonly devices: readonly DeviceId[];
  /** Length of the window; 0 skips it. */
  readonly seconds: number;
  /** Ends the wait early; there is no window then. */
  readonly stop: AbortSignal;
}

/** Meters the machine at rest before the program starts. */
export async function meterIdle({ meter, clock, devices, seconds, stop }: IdleOptions): Promise<MeteredIdle> {
  if (seconds === 0) return { windows: [], energy: [] };
  const trial = meter.attach({ devices });
  try {
    const startNanoseconds = clock.monotonicNanoseconds();
    await clock.sleep(1000 * seconds, stop).catch(() => undefined);
    if (stop.aborted) return { windows: [], energy: await trial.total() };
    const endNanoseconds = clock.monotonicNanoseconds();
    const marked: MarkedWindow = { kind: 'idle', label: '', ordinal: 0, startNanoseconds, endNanoseconds };
    return { windows: [await readWindow(trial, marked)], energy: await trial.total() };
  } finally {
    await trial.close();
  }
}

/** The windows that the program marked, else one `train` window over the whole process. */
export async function programWindows(program: FinishedProgram, log: Log): Promise<readonly WindowReading[]> {
  const { record, meter, startNanoseconds, endNanoseconds } = program;
  const whole: MarkedWindow = { kind: 'train', label: '', ordinal: 0, startNanoseconds, endNanoseconds };
  const marked = record.windows.length > 0 ? record.windows : [whole];
  const readings = await Promise.all(marked.map((window) => readWindow(meter, window)));
  for (const { kind, label, ordinal, devices } of readings) {
    const unusable = devices
      .filter((device) => device.kind === 'unusable')
      .map(({ device, reason }) => `${device}: ${reason}`);
    if (unusable.length > 0) log.warn({ kind, label, ordinal, unusable }, 'window unusable');
    else log.debug({ kind, label, ordinal }, 'window closed');
  }
  return readings;
}

const readWindow = async (meter: TrialMeter, window: MarkedWindow): Promise<WindowReading> => ({
  ...window,
  devices: await meter.window(window.startNanoseconds, window.endNanoseconds),
});

/** Device by device; a sum takes the worse provenance. */
export function addEnergies(a: readonly AttemptEnergy[], b: readonly AttemptEnergy[]): readonly AttemptEnergy[] {
  const sums = new Map<string, AttemptEnergy>();
  for (const energy of [...a, ...b]) {
    const key = `${energy.device} ${energy.part}`;
    const sum = sums.get(key);
    sums.set(key, sum ? plus(sum, energy) : energy);
  }
  return [...sums.values()];
}

const plus = (a: AttemptEnergy, b: AttemptEnergy): AttemptEnergy => ({
  ...a,
  microjoules: a.microjoules + b.microjoules,
  provenance: worstProvenance([a.provenance, b.provenance]) ?? a.provenance,
});
