/** `ecopt doctor`: what this machine offers, how its energy will be known, and whether a trial could run here. */

import { renderMachine } from '../shared/runtime/machine-text.js';
import { EXIT, say, textOptions, type AgentContext } from './agent-context.js';
import { openMachine } from './open-machine.js';
import { machineFlags, type RawMachineFlags } from './machine-flags.js';

export interface DoctorFlags extends RawMachineFlags {
  readonly json?: boolean;
}

/** @returns The exit status: 0 if trials can run here and their energy will be known. */
export async function doctorCommand(flags: DoctorFlags, context: AgentContext): Promise<number> {
  const opened = await openMachine(machineFlags(flags), context);
  await opened.close();
  const { machine } = opened;
  const faults = [
    ...(machine.slots.length > 0 ? [] : ['no slot: no workload can run here']),
    ...(machine.sensors.some(({ available }) => available) ? [] : ['no sensor: energy will be unknown']),
  ];
  if (flags.json) say(context, JSON.stringify({ ...machine, faults }));
  else {
    for (const line of renderMachine(machine, textOptions(context))) say(context, line);
    for (const fault of faults) say(context, `Not ready: ${fault}`);
    if (faults.length === 0) say(context, 'Ready: start it with ecopt agent --coordinator HOST:PORT');
  }
  return faults.length === 0 ? EXIT.done : EXIT.failed;
}
