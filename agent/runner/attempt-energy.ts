/** Energy of one attempt: its windows, and sums over devices. */

import { worstProvenance, type AttemptEnergy, type WindowReading } from '../../shared/domain/measurement.js';
import type { Log } from '../../shared/runtime/log.js';
import type { TrialMeter } from '../meter/meter.js';
import type { MarkedWindow } from './program-record.js';
import type { FinishedProgram } from './trial-session.js';

/** The windows that the program marked, else one `train` window over the whole process. */
export async function programWindows(program: FinishedProgram, log: Log): Promise<readonly WindowReading[]> {
  const { record, meter, startNanoseconds, endNanoseconds } = program;
  const whole: MarkedWindow = { kind: 'train', label: '', ordinal: 0, startNanoseconds, endNanoseconds };
  const marked = record.windows.length > 0 ? record.windows : [whole];
  const readings = await Promise.all(marked.map((window) => readWindow(meter, window)));
  logUnusable(readings, log);
  return readings;
}

/** Programs may mark a thousand windows: one line tells of all. */
function logUnusable(readings: readonly WindowReading[], log: Log): void {
  const faulty = readings.flatMap(({ kind, label, ordinal, devices }) => {
    const reasons = devices.flatMap((one) => (one.kind === 'unusable' ? [`${one.device}: ${one.reason}`] : []));
    return reasons.length === 0 ? [] : [{ window: { kind, label, ordinal }, reasons }];
  });
  const [first] = faulty;
  if (first === undefined) return;
  const reasons = [...new Set(faulty.flatMap((one) => one.reasons))];
  const more = reasons.length > SHOWN_REASONS && { otherReasons: reasons.length - SHOWN_REASONS };
  log.warn(
    {
      unusable: faulty.length,
      of: readings.length,
      first: first.window,
      why: reasons.slice(0, SHOWN_REASONS),
      ...more,
    },
    'windows unusable',
  );
}

const SHOWN_REASONS = 3;

/** A marked window with the energy of every device metered for the trial. */
export const readWindow = async (meter: TrialMeter, window: MarkedWindow): Promise<WindowReading> => ({
  ...window,
  devices: await meter.window(window.startNanoseconds, window.endNanoseconds),
});

/** Device by device; a sum takes the worse provenance, and is a lower bound when one part is. */
export function addEnergies(a: readonly AttemptEnergy[], b: readonly AttemptEnergy[]): readonly AttemptEnergy[] {
  const sums = new Map<string, AttemptEnergy>();
  for (const energy of [...a, ...b]) {
    const key = `${energy.device} ${energy.part}`;
    const sum = sums.get(key);
    sums.set(key, sum ? plus(sum, energy) : energy);
  }
  return [...sums.values()];
}

function plus(a: AttemptEnergy, b: AttemptEnergy): AttemptEnergy {
  const shared = [a, b].flatMap(({ unattributedMicrojoules }) => unattributedMicrojoules ?? []);
  return {
    device: a.device,
    part: a.part,
    microjoules: a.microjoules + b.microjoules,
    provenance: worstProvenance([a.provenance, b.provenance]) ?? a.provenance,
    ...(shared.length > 0 && { unattributedMicrojoules: shared.reduce((sum, one) => sum + one, 0n) }),
    ...((a.isLowerBound || b.isLowerBound) && { isLowerBound: true }),
  };
}
