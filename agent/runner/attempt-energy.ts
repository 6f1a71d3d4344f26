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
  for (const { kind, label, ordinal, devices } of readings) {
    const unusable = devices
      .filter((device) => device.kind === 'unusable')
      .map(({ device, reason }) => `${device}: ${reason}`);
    if (unusable.length > 0) log.warn({ kind, label, ordinal, unusable }, 'window unusable');
    else log.debug({ kind, label, ordinal }, 'window closed');
  }
  return readings;
}

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
