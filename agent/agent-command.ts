/** `ecopt agent`: offers this machine to a coordinator until it is told to stop. */

import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';

import { EnvironmentError, UsageError } from '../shared/domain/errors.js';
import type { MachineDescription } from '../shared/domain/hardware.js';
import { createLog, LOG_LEVELS, type Log, type LogLevel } from '../shared/runtime/log.js';
import { renderMachine } from '../shared/runtime/machine-text.js';
import { seededRandom } from '../shared/runtime/random.js';
import { aborted, EXIT, say, textOptions, type AgentContext } from './agent-context.js';
import { openAgentState, type AgentState } from './agent-state.js';
import { calibrationFolder } from './calibration-folder.js';
import { coordinatorAddress, type AddressFlags } from './coordinator-address.js';
import { readMachineId } from './hardware/machine-facts.js';
import { lostEnergy } from './lost-energy.js';
import { machineFlags, type RawMachineFlags } from './machine-flags.js';
import { openMachine } from './open-machine.js';
import { watchParent } from './parent-watch.js';
import { FOREIGN_PROCESSES, type ForeignProcesses } from './runner/strangers.js';
import { startAgent } from './start-agent.js';

export interface AgentFlags extends RawMachineFlags, AddressFlags {
  readonly name?: string;
  readonly state?: string;
  readonly parent?: string;
  readonly foreignProcesses: string;
  readonly logLevel: string;
  readonly json?: boolean;
}

/** @returns The exit status. */
export async function agentCommand(flags: AgentFlags, context: AgentContext): Promise<number> {
  const coordinator = coordinatorAddress(flags, context.clock.wallMilliseconds());
  const name = agentName(flags);
  const log = createLog({ level: logLevel(flags.logLevel), format: flags.json ? 'json' : 'text' });
  const foreignProcesses = foreignRule(flags.foreignProcesses);
  const chosen = machineFlags(flags);
  using leave = leaveSignals(flags, context);
  const calibrations = calibrationFolder(context, flags.state);
  const state = await openState(name, flags, context);
  try {
    const folders = { journalFolder: state.meterFolder, calibrationFolder: calibrations };
    const opened = await openMachine(chosen, context, folders);
    try {
      announce({ flags, context, log }, opened.machine);
      warnOfUnmetered(opened.machine, log);
      const session = randomUUID();
      const { clock } = context;
      const own = { name, session, coordinator, foreignProcesses, clock, random: seededRandom(session), log };
      return await live(await startAgent({ ...own, opened, state, lostEnergy: lostEnergy(folders) }), leave, log);
    } finally {
      await opened.close();
    }
  } finally {
    await state.close();
  }
}

/** Before the machine is opened: the meter keeps its journal in there. */
function openState(name: string, { state }: AgentFlags, context: AgentContext): Promise<AgentState> {
  const { environment, clock, processId } = context;
  return openAgentState({
    machineId: readMachineId(),
    name,
    clock,
    processId,
    ...(state !== undefined && { chosen: state }),
    ...(environment['XDG_STATE_HOME'] && { stateHome: environment['XDG_STATE_HOME'] }),
  });
}

interface LeaveSignals extends Disposable {
  /** In good order. */
  readonly soon: Promise<void>;
  readonly atOnce: Promise<void>;
}

/** Without the process that started it an agent leaves at once: the next start brings an agent of its own. */
function leaveSignals({ parent }: AgentFlags, { interrupted, interruptedTwice, clock }: AgentContext): LeaveSignals {
  const atOnce = aborted(interruptedTwice);
  if (parent === undefined) return { soon: aborted(interrupted), atOnce, [Symbol.dispose]: () => undefined };
  const pid = Number(parent);
  if (!Number.isInteger(pid) || pid < 1) throw new UsageError(`--parent ${parent}: must be the number of a process`);
  let onGone: () => void = () => undefined;
  const gone = new Promise<void>((resolve) => (onGone = resolve));
  const watch = watchParent(pid, clock, () => onGone());
  return {
    soon: Promise.race([aborted(interrupted), gone]),
    atOnce: Promise.race([atOnce, gone]),
    [Symbol.dispose]: () => watch[Symbol.dispose](),
  };
}

type RunningAgent = Awaited<ReturnType<typeof startAgent>>;

async function live(agent: RunningAgent, { soon, atOnce }: LeaveSignals, log: Log): Promise<number> {
  try {
    const why = await Promise.race([agent.refused, soon.then(() => undefined)]);
    if (why !== undefined) {
      await agent.abandon();
      throw new EnvironmentError(why);
    }
    log.info({}, 'agent draining');
    const drained = agent.drain().then((waiting) => {
      if (waiting > 0) log.warn({ outcomes: waiting }, 'outcomes wait on disk for the next start');
      return EXIT.done;
    });
    const hurried = atOnce.then(async () => {
      await agent.abandon();
      return EXIT.interrupted;
    });
    return await Promise.race([drained, hurried]);
  } finally {
    await agent.close();
    log.info({}, 'agent left');
  }
}

function announce(
  { flags, context, log }: { readonly flags: AgentFlags; readonly context: AgentContext; readonly log: Log },
  machine: Parameters<typeof renderMachine>[0],
): void {
  if (flags.json) log.info({ machine }, 'machine described');
  else for (const line of renderMachine(machine, textOptions(context))) say(context, line);
  if (machine.slots.length === 0) throw new EnvironmentError('this machine has no slot on which any workload can run');
}

/** Slots are made once, when the agent starts: what cannot be read then is not offered when it comes back. */
export function warnOfUnmetered({ sensors }: Pick<MachineDescription, 'sensors'>, log: Log): void {
  for (const { device, part, isUnmetered, detail: why } of sensors) {
    if (part !== 'accelerator' || !isUnmetered) continue;
    log.warn({ device, why, remedy: 'start the agent again once this is mended' }, 'accelerator not offered');
  }
}

/** Agents of one host need names of their own: state and registration hang on them. */
function agentName({ name, simulate }: AgentFlags): string {
  if (name === undefined) return [hostname(), simulate].filter((part) => part !== undefined).join('-');
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name)) return name;
  throw new UsageError(
    `--name ${name}: use letters, digits, ".", "_" and "-", at most 64, the first a letter or digit`,
  );
}

function foreignRule(text: string): ForeignProcesses {
  const rule = FOREIGN_PROCESSES.find((candidate) => candidate === text);
  if (rule) return rule;
  throw new UsageError(`--foreign-processes ${text}: must be one of ${FOREIGN_PROCESSES.join(', ')}`);
}

function logLevel(text: string): LogLevel {
  const level = LOG_LEVELS.find((candidate) => candidate === text);
  if (level) return level;
  throw new UsageError(`--log-level ${text}: must be one of ${LOG_LEVELS.join(', ')}`);
}
