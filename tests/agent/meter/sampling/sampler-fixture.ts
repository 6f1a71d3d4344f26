/** A sampler over scripted sensors and processes, on a clock that a test moves. */

import { deviceId } from '../../../../shared/domain/identity.js';
import type { DeviceEnergy } from '../../../../shared/domain/measurement.js';
import { present } from '../../../../shared/domain/present.js';
import type { EnergySource } from '../../../../agent/meter/energy-source.js';
import type { ProcessStat } from '../../../../agent/meter/sampling/process-stat.js';
import { ProcessTable } from '../../../../agent/meter/sampling/processor-time.js';
import type { Attachment } from '../../../../agent/meter/sampling/sampler.js';
import { SamplerCore } from '../../../../agent/meter/sampling/sampler-core.js';
import { cpuModelSource } from '../../../../agent/meter/sources/cpu-model-source.js';
import { corePower } from '../../../../agent/meter/sources/cpu-power-figures.js';
import { ManualClock } from '../manual-clock.js';
import { COUNTER, MS, scriptedSource, steady, type ScriptedDevice } from '../sensors.js';

export const GPU = deviceId('GPU-1');
export const PACKAGE = deviceId('cpu-package-0');
/** The agent, leaders of two trials' groups, and a stranger. */
export const AGENT = 50;
export const STRANGER = 200;

/** What a test changes of the processes: share of a core that each uses, and which there are. */
export interface ScriptedProcesses {
  readonly busy: Record<number, number>;
  readonly parents: Map<number, number>;
  /** What each has in its environment, as far as it can be seen. */
  readonly variables: Map<number, string>;
}

export function samplerOver(devices: readonly ScriptedDevice[], more: readonly EnergySource[] = []) {
  const clock = new ManualClock();
  const start = clock.now;
  const processes: ScriptedProcesses = {
    busy: { 101: 1, 102: 1 },
    parents: new Map([
      [1, 0],
      [AGENT, 1],
      [101, AGENT],
      [102, AGENT],
      [STRANGER, 1],
    ]),
    variables: new Map(),
  };
  const worked = new Map<number, { at: bigint; share: number; ticks: number }>();
  /** Cumulative, however often a test changes how busy the process is. */
  const ticksOf = (pid: number): number => {
    const share = processes.busy[pid] ?? 0;
    const before = worked.get(pid) ?? { at: start, share, ticks: 0 };
    const ticks = before.ticks + (Number(clock.now - before.at) / 1e7) * before.share;
    worked.set(pid, { at: clock.now, share, ticks });
    return Math.floor(ticks);
  };
  const stat = (pid: number): ProcessStat | undefined => {
    const parent = processes.parents.get(pid);
    return parent === undefined ? undefined : { pid, parent, group: pid, start: pid, own: ticksOf(pid), reaped: 0 };
  };
  const core = new SamplerCore({
    clock,
    sources: [scriptedSource(clock, devices), ...more],
    processes: new ProcessTable({
      pids: () => [...processes.parents.keys()],
      stat,
      name: (pid) => (processes.parents.has(pid) ? `program-${pid}` : undefined),
      hasVariable: (pid, entry) => processes.variables.get(pid) === entry,
      busyTicks: () => [...processes.parents.keys()].reduce((sum, pid) => sum + ticksOf(pid), 0),
    }),
    ownPid: AGENT,
    periods: { counter: 20, load: 50 },
  });
  const hold = async (...ids: readonly string[]): Promise<void> => {
    await core.probe();
    const done = core.hold(ids.map(deviceId));
    await clock.advance(2000);
    await done;
  };
  const attach = (
    trial: number,
    processGroup: number | 'none',
    options: Pick<Attachment, 'mark' | 'toleratesStrangers'> & { readonly devices?: readonly string[] } = {},
  ): Promise<void> =>
    core.attach({
      trial,
      ...options,
      devices: (options.devices ?? []).map(deviceId),
      processGroup,
      atNanoseconds: clock.now,
    });
  /** Advances until the window is answered. */
  const window = async (
    trial: number,
    startNanoseconds: bigint,
    endNanoseconds: bigint,
  ): Promise<readonly DeviceEnergy[]> => {
    const answer = core.window({ trial, startNanoseconds, endNanoseconds });
    await clock.advance(4000);
    return answer;
  };
  return { clock, core, processes, hold, attach, window };
}

export const gpu = (energyAt: ScriptedDevice['energyAt'] = steady(300, 100n * MS)): ScriptedDevice => ({
  id: GPU,
  part: 'accelerator',
  provenance: 'simulated',
  energyAt,
});
export const cpu = (watts: number): ScriptedDevice => ({
  id: PACKAGE,
  part: 'cpu',
  traits: { ...COUNTER, updateNanoseconds: MS },
  energyAt: steady(watts, MS),
});
export const model = (): EnergySource => cpuModelSource(corePower('AMD EPYC', 10), 'AMD EPYC');

export type UsableEnergy = DeviceEnergy & { readonly kind: 'usable' };

export function usable(energy: DeviceEnergy | undefined): UsableEnergy {
  if (energy?.kind !== 'usable') throw new Error(energy?.reason ?? 'no energy');
  return energy;
}

export const joules = (energy: DeviceEnergy | undefined): number => Number(usable(energy).microjoules) / 1e6;
export const unattributedJoules = (energy: DeviceEnergy | undefined): number =>
  Number(present(usable(energy).unattributedMicrojoules, 'unattributed energy')) / 1e6;
