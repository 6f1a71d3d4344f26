/** `ecopt try`: runs one configuration of a campaign on this machine, without a coordinator, and shows what it costs. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { sealedMetrics, type Campaign } from '../shared/domain/campaign.js';
import type { Configuration } from '../shared/domain/configuration.js';
import type { Grant } from '../shared/domain/conversation.js';
import { EnvironmentError, UsageError } from '../shared/domain/errors.js';
import type { MachineDescription, Slot } from '../shared/domain/hardware.js';
import { agentId, campaignId, leaseId, trialId, type HardwareClassId } from '../shared/domain/identity.js';
import { objectiveValues } from '../shared/domain/objective-values.js';
import type { Observation, TrialResult } from '../shared/domain/trial.js';
import { interruptedStatus } from '../shared/runtime/interruptions.js';
import { createLog } from '../shared/runtime/log.js';
import { machineSummary } from '../shared/runtime/machine-text.js';
import { NOT_REGULAR, readRegular } from '../shared/runtime/regular-file.js';
import { applyOverrides } from '../shared/schema/default-configuration.js';
import { renderFault } from '../shared/schema/fault.js';
import { parseCampaign } from '../shared/schema/parse-campaign.js';
import { EXIT, say, type AgentContext } from './agent-context.js';
import { calibrationFolder } from './calibration-folder.js';
import { machineFlags, type RawMachineFlags } from './machine-flags.js';
import { openMachine, type OpenedMachine } from './open-machine.js';
import { runTrial } from './runner/run-trial.js';
import { objectivesText, observationJson, observationText } from './try-text.js';

export interface TryFlags extends Omit<RawMachineFlags, 'allowCommand'> {
  readonly set?: readonly string[];
  readonly state?: string;
  readonly json?: boolean;
}

/** @returns The exit status: 0 if the trial completed with every metric and every objective of the campaign. */
export async function tryCommand(file: string, flags: TryFlags, context: AgentContext): Promise<number> {
  const campaign = readCampaign(file);
  const configuration = applyOverrides(campaign, flags.set ?? []);
  // Who types the command line allows what the campaign file in front of them runs.
  const opened = await openMachine(machineFlags({ ...flags, allowCommand: true }), context, {
    calibrationFolder: calibrationFolder(context, flags.state),
  });
  const folder = mkdtempSync(join(tmpdir(), 'ecopt-try-'));
  try {
    const grant = grantOf(campaign, configuration, slotFor(campaign, opened.machine));
    if (!flags.json) for (const line of opening(grant, opened.machine)) say(context, line);
    const { observation, isStarted } = await run(grant, { opened, folder, context, echo: !flags.json });
    const metrics = { all: grant.requiredMetrics, sealed: grant.sealedMetrics };
    const values = startedOnly(objectiveValues(campaign, observation), isStarted);
    const { objectives, missing, energies } = values;
    if (flags.json)
      say(
        context,
        JSON.stringify({ ...observationJson(observation, configuration, metrics), objectives, missing, energies }),
      );
    else {
      for (const line of observationText(observation, metrics)) say(context, line);
      for (const line of objectivesText(campaign.objectives, values, observation)) say(context, line);
    }
    if (context.interrupted.aborted) return interruptedStatus(context.interrupted);
    return observation.end.kind === 'completed' && Object.keys(missing).length === 0 ? EXIT.done : EXIT.failed;
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await opened.close();
  }
}

interface RunOptions {
  readonly opened: OpenedMachine;
  readonly folder: string;
  readonly context: AgentContext;
  /** Show the program's output as it comes. */
  readonly echo: boolean;
}

interface Tried {
  readonly observation: Observation;
  /** False when the trial ended before its program ran. */
  readonly isStarted: boolean;
}

/** A program that never ran is not to blame for what it did not mark. */
const startedOnly = <T extends Pick<TrialResult, 'missing'>>(values: T, isStarted: boolean): T =>
  isStarted
    ? values
    : { ...values, missing: Object.fromEntries(Object.keys(values.missing).map((name) => [name, NOT_STARTED])) };

const NOT_STARTED = 'the program was not started';

async function run(grant: Grant, { opened, folder, context, echo }: RunOptions): Promise<Tried> {
  const { stdout, interrupted } = context;
  const slot = opened.machine.slots.find(({ id }) => id === grant.slot);
  const order = { grant, agent: agentId('try'), devices: slot?.devices ?? [], folder: join(folder, 'trial') };
  let isStarted = false;
  const trial = runTrial(order, opened.host, {
    log: createLog({ level: 'warn', format: 'text' }),
    onEvent: () => undefined,
    onProcess: () => (isStarted = true),
    onOutput: (chunk) => echo && stdout.write(chunk),
  });
  interrupted.addEventListener('abort', () => trial.stop('cancelled'), { once: true });
  const observation = await trial.observation;
  return { observation, isStarted };
}

function readCampaign(file: string): Campaign {
  let text: string;
  try {
    text = readRegular(file).toString('utf8');
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new UsageError(`${file}: ${REASONS[code ?? ''] ?? message}`, {}, { cause });
  }
  const parsed = parseCampaign(text);
  if (parsed.ok) return parsed.campaign;
  throw new UsageError(parsed.faults.map((fault) => renderFault(file, fault)).join('\n'));
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file; examples are in deploy/campaigns',
  EISDIR: 'is a folder; name a campaign file in it',
  [NOT_REGULAR]: 'is a pipe, socket or device; save the campaign in a file and name that',
};

interface ChosenSlot {
  readonly slot: Slot;
  readonly hardwareClass: HardwareClassId;
}

/** The first slot that takes the campaign's kind of workload: accelerators come first. */
function slotFor({ workload: { kind } }: Campaign, { slots }: MachineDescription): ChosenSlot {
  for (const slot of slots) {
    const hardwareClass = slot.classes[kind];
    if (hardwareClass !== undefined) return { slot, hardwareClass };
  }
  throw new EnvironmentError(`this machine has no slot for a ${kind} workload; see ecopt doctor`);
}

function grantOf(campaign: Campaign, configuration: Configuration, { slot, hardwareClass }: ChosenSlot): Grant {
  const { objectives, constraints, metrics, workload, needs, measurement, limits, seed, secrets } = campaign;
  const required = [
    ...objectives.flatMap((objective) => (objective.from === 'metric' ? [objective.metric] : [])),
    ...constraints.map(({ metric }) => metric),
    ...metrics.map(({ name }) => name),
  ];
  return {
    lease: leaseId('try'),
    trial: trialId('try'),
    attempt: 1,
    campaign: campaignId('try'),
    slot: slot.id,
    hardwareClass,
    termSeconds: Infinity,
    configuration,
    seed,
    workload,
    needs,
    measurement,
    limits,
    sealedMetrics: [...sealedMetrics(campaign)],
    requiredMetrics: [...new Set(required)],
    secrets,
  };
}

const opening = ({ configuration, hardwareClass, seed }: Grant, machine: MachineDescription): string[] => [
  machineSummary(machine),
  `on ${hardwareClass}, seed ${seed}`,
  ...Object.entries(configuration).map(([name, value]) => `  ${name} = ${value}`),
  '',
];
