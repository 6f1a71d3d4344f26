/** Tells processes on a device that have nothing to do with this agent from its own. */

import type { DeviceCondition } from '../energy-source.js';
import type { Stranger, Strangers } from '../meter.js';
import type { ProcessorTime, ProcessTable } from './processor-time.js';

export interface OwnProcesses {
  readonly table: ProcessTable;
  /** The agent: what it and its descendants do is no stranger's work. */
  readonly agent: number;
  /** The attached trials, whose processes may have left the agent's tree. */
  readonly trials: readonly ProcessorTime[];
}

/** Nobody is accused of whom nothing can be seen: a process that is hidden, elsewhere or just gone makes it unknown. */
export function findStrangers({ device, processes, processesUnknown }: DeviceCondition, own: OwnProcesses): Strangers {
  if (processes === undefined) {
    return { kind: 'unknown', reason: processesUnknown ?? 'the source does not tell which processes use the device' };
  }
  const { table, agent, trials } = own;
  const others = processes.filter(
    ({ pid }) => !table.descends(pid, agent) && !trials.some((trial) => trial.includes(pid)),
  );
  const seen = others.filter(({ pid }) => table.has(pid));
  if (seen.length > 0) return { kind: 'present', processes: seen.map(({ pid }) => stranger(device, pid, table)) };
  const [hidden] = others;
  return hidden === undefined
    ? { kind: 'none' }
    : { kind: 'unknown', reason: `process ${hidden.pid} on ${device} cannot be seen from here` };
}

/** Of several devices: who is present on any of them, else whether any cannot tell. */
export function combineStrangers(all: readonly Strangers[]): Strangers {
  const processes = all.flatMap((one) => (one.kind === 'present' ? one.processes : []));
  if (processes.length > 0) return { kind: 'present', processes };
  return all.find(({ kind }) => kind === 'unknown') ?? { kind: 'none' };
}

function stranger(device: Stranger['device'], pid: number, table: ProcessTable): Stranger {
  const name = table.name(pid);
  return { device, pid, ...(name !== undefined && { name }) };
}
