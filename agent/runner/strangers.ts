/** Processes of others on devices that a trial holds or wants, in words. */

import type { DeviceId } from '../../shared/domain/identity.js';
import type { Meter, Stranger } from '../meter/meter.js';

/** `wait`: no trial starts on a device that others use; `yield`: one that is joined leaves too; `ignore`: neither. */
export const FOREIGN_PROCESSES = ['wait', 'yield', 'ignore'] as const;
export type ForeignProcesses = (typeof FOREIGN_PROCESSES)[number];

/** Reason of an attempt that was not begun because of them. */
export const FOREIGN_PROCESSES_REASON = 'foreign-processes';

/** Who else uses these devices; `undefined`: nobody, or it cannot be told. */
export async function foreignUse(meter: Meter, devices: readonly DeviceId[]): Promise<string | undefined> {
  if (devices.length === 0) return undefined;
  const strangers = await meter.strangers(devices);
  return strangers.kind === 'present' ? strangersText(strangers.processes) : undefined;
}

const NAMED = 3;

/** `process 4711 (python) uses GPU-1`. */
export function strangersText(processes: readonly Stranger[]): string {
  const names = new Map(processes.map(({ pid, name }) => [pid, name === undefined ? `${pid}` : `${pid} (${name})`]));
  const devices = [...new Set(processes.map(({ device }) => device))].join(', ');
  const shown = [...names.values()].slice(0, NAMED).join(', ');
  const more = names.size > NAMED ? ` and ${names.size - NAMED} more` : '';
  return names.size === 1 ? `process ${shown} uses ${devices}` : `processes ${shown}${more} use ${devices}`;
}
