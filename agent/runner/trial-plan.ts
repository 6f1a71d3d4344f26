/** From a grant to the process that it asks for, or the reason why this agent does not start it. */

import type { CommandWorkload, MetricSource } from '../../shared/domain/campaign.js';
import type { Grant } from '../../shared/domain/conversation.js';
import type { DeviceId } from '../../shared/domain/identity.js';
import type { Failure } from '../../shared/domain/trial.js';
import { TRIAL_FOLDER_VARIABLE, TRIAL_SOCKET_VARIABLE } from '../../shared/schema/trial-protocol.js';
import { failure } from './attempt-end.js';
import { commandArguments, substitute, type PlaceholderValues } from './command.js';
import { commandRefusal, type CommandPolicy } from './command-policy.js';
import type { TrialFolder } from './trial-folder.js';

/** What the operator of the machine provides to every trial. */
export interface TrialProvision {
  /** The minimal environment that trials start with. */
  readonly environment: Readonly<Record<string, string>>;
  /** Program and arguments of the built-in trainer. */
  readonly trainer: readonly string[];
  /** Working folder of commands that name none. */
  readonly startFolder: string;
  readonly dataSets: Readonly<Record<string, string>>;
  readonly commands: CommandPolicy;
}

export interface TrialPlan {
  readonly kind: 'plan';
  readonly argv: readonly string[];
  readonly workingFolder: string;
  readonly environment: Readonly<Record<string, string>>;
  /** `NAME=value` of the environment that marks every process of this trial. */
  readonly mark: string;
  readonly metrics: Readonly<Record<string, MetricSource>>;
  /** The program is known to speak the trial protocol. */
  readonly speaks: boolean;
}

type Plan = TrialPlan | { readonly kind: 'refused'; readonly failure: Failure };

/** The mark of the trial in `folder`, for {@link TrialPlan.mark} and for finding what a dead agent left running. */
export const trialMark = (folder: string): string => `${TRIAL_FOLDER_VARIABLE}=${folder}`;

export function planTrial(
  grant: Grant,
  place: { readonly folder: TrialFolder; readonly devices: readonly DeviceId[] },
  provision: TrialProvision,
): Plan {
  const lacking = unmetNeed(grant);
  if (lacking !== undefined) return refused(failure('infrastructure', 'refused', lacking));
  const own = {
    [TRIAL_FOLDER_VARIABLE]: place.folder.path,
    [TRIAL_SOCKET_VARIABLE]: place.folder.socketPath,
    CUDA_VISIBLE_DEVICES: place.devices.filter((id) => /^(GPU|MIG)-/.test(id)).join(','),
  };
  const mark = trialMark(place.folder.path);
  const { workload } = grant;
  if (workload.kind === 'builtin') {
    const environment = { ...provision.environment, ...own };
    const workingFolder = place.folder.path;
    return { kind: 'plan', argv: provision.trainer, workingFolder, environment, mark, metrics: {}, speaks: true };
  }
  const environment = { ...provision.environment, ...workload.environment, ...own };
  return commandPlan(workload, { grant, folder: place.folder.path, provision, environment, mark });
}

/** What this version of the agent cannot give, said before anything is started. */
function unmetNeed({ secrets, needs }: Grant): string | undefined {
  if (secrets.length > 0) return `this agent holds no secret called ${secrets[0]}`;
  if (needs.environment !== undefined) return `this agent offers no environment called ${needs.environment}`;
  return undefined;
}

interface CommandContext {
  readonly grant: Grant;
  readonly folder: string;
  readonly provision: TrialProvision;
  readonly environment: Readonly<Record<string, string>>;
  readonly mark: string;
}

function commandPlan(workload: CommandWorkload, context: CommandContext): Plan {
  const { grant, folder, provision, environment, mark } = context;
  const { configuration, seed } = grant;
  const values: PlaceholderValues = { configuration, seed, trialFolder: folder, dataSets: provision.dataSets };
  const command = commandArguments(workload, values);
  if (command.kind === 'fault') return refused(failure('configuration', 'invalid', command.message));
  const refusal = commandRefusal(provision.commands, command.argv, workload);
  if (refusal !== undefined) return refused(failure('infrastructure', 'refused', refusal));
  const metrics = metricSources(workload.metrics, values);
  if (typeof metrics === 'string') return refused(failure('configuration', 'invalid', metrics));
  const workingFolder = workload.workingFolder ?? provision.startFolder;
  return { kind: 'plan', argv: command.argv, workingFolder, environment, mark, metrics, speaks: false };
}

/** Sources with placeholders in their paths filled in, or the first fault. */
function metricSources(
  sources: Readonly<Record<string, MetricSource>>,
  values: PlaceholderValues,
): Record<string, MetricSource> | string {
  const filled: Record<string, MetricSource> = {};
  for (const [name, source] of Object.entries(sources)) {
    if (source.kind === 'pattern') filled[name] = source;
    else {
      const path = substitute(source.path, values);
      if (path.kind === 'fault') return path.message;
      filled[name] = { ...source, path: path.text };
    }
  }
  return filled;
}

const refused = (cause: Failure): Plan => ({ kind: 'refused', failure: cause });
