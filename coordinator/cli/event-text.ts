/** What happened to a campaign, each in one plain line. */

import { formatDuration, formatMeasure } from '../../shared/domain/quantity.js';
import type { Campaign } from '../../shared/domain/campaign.js';
import type { TrialResult } from '../../shared/domain/trial.js';
import { stoppedText } from '../../shared/domain/stopping.js';
import { machineSummary } from '../../shared/runtime/machine-text.js';
import { savedText } from '../analysis/saved-energy.js';
import { trialBudgetText } from '../campaign/budget.js';
import type { CampaignSnapshot, EndedAttemptView, FrontView, RunningTrialView } from '../campaign/snapshot.js';
import type { CampaignEvent } from './campaign-event.js';
import {
  addedJoules,
  configurationText,
  counted,
  failureText,
  frontName,
  hypervolumeUnit,
  objectiveText,
  searchEnergyText,
  whyFailed,
} from './campaign-text.js';

/** One line on an event, without its time; undefined where there is nothing to say to a reader of lines. */
export function eventText(event: CampaignEvent, snapshot: CampaignSnapshot): string | undefined {
  switch (event.kind) {
    case 'campaign-opened':
      return openedText(snapshot);
    case 'agent-joined':
      return `agent ${event.agent.name} joined: ${machineSummary(event.agent.machine)}`;
    case 'agent-left':
      return `agent ${event.agent.name} left`;
    case 'agent-quarantined':
      return `agent ${event.agent.name} gets no more trials: ${event.reason}`;
    case 'agent-unfit':
      return `agent ${event.agent.name} can take no trial of this campaign: ${event.reason}`;
    case 'agent-readmitted':
      return `agent ${event.agent.name} gets trials again`;
    case 'trial-started':
      return startedText(event.running, snapshot);
    case 'trial-reported':
      return undefined;
    case 'trial-returned':
      return returnedText(event);
    case 'trial-remeasured':
      return remeasuredText(event);
    case 'trial-finished':
      return finishedText(event.result, snapshot);
    case 'front-changed':
      return frontText(event.front, snapshot);
    case 'method-changed':
      return `proposer: ${event.method}`;
    case 'budget-reached':
      return `no more trials: ${event.reason}; search energy ${searchEnergyText(snapshot.searchEnergy, snapshot.searchEnergyIsLowerBound)}`;
  }
}

function openedText({ campaign, id, finished, planned }: CampaignSnapshot): string {
  const objectives = campaign.objectives.map(
    ({ goal, name, unit }) => `${goal} ${name}${unit === '' ? '' : ` (${unit})`}`,
  );
  const state = finished > 0 ? `resumed with ${counted(finished, 'trial')} finished` : 'opened';
  const budget = planned === undefined ? budgetText(campaign) : `, ${counted(planned, 'trial')} planned`;
  return `campaign ${campaign.name} (${id}) ${state}${budget}: ${objectives.join(', ')}`;
}

/** Of a comparison before its hardware classes are known, and so how many trials it takes. */
function budgetText({ budget, hardware }: Campaign): string {
  if (budget.trials === undefined || budget.counts === 'trials') return '';
  const each = hardware.replicates === 1 ? '' : `, ${hardware.replicates} times`;
  return `, ${trialBudgetText(budget.trials, budget.counts)} planned on each hardware class${each}`;
}

function startedText({ trial, agentName, hardwareClass }: RunningTrialView, { campaign }: CampaignSnapshot): string {
  const again = trial.attempts > 1 ? `, attempt ${trial.attempts}` : '';
  return `trial ${trial.index} started on ${agentName} (${hardwareClass}${again}): ${configurationText(trial.configuration, campaign)}`;
}

function returnedText({ running, ended }: Extract<CampaignEvent, { kind: 'trial-returned' }>): string {
  const { trial, agentName, elapsedSeconds } = running;
  const why = ended.failure === undefined ? '' : `: ${whyFailed(ended.failure)}`;
  return `trial ${trial.index} did not finish on ${agentName} after ${formatDuration(elapsedSeconds)} (energy ${spentText([ended])})${why}; it is queued again`;
}

const remeasuredText = ({ running, ended, reason }: Extract<CampaignEvent, { kind: 'trial-remeasured' }>): string =>
  `trial ${running.trial.index} is measured again: it ran to its end on ${running.agentName} (energy ${spentText([ended])}), but ${reason}`;

/** What attempts took that gave no result. */
function spentText(ended: readonly EndedAttemptView[]): string {
  const isLowerBound = ended.some((attempt) => attempt.isLowerBound || Object.keys(attempt.joules).length === 0);
  return searchEnergyText(addedJoules(ended.map(({ joules }) => joules)), isLowerBound);
}

/** How a trial ended: its objectives, or why it has none. */
function finishedText(result: TrialResult, { campaign, endedAttempts }: CampaignSnapshot): string {
  const { trial, observation, stopped } = result;
  const after = observation ? ` after ${formatDuration(observation.durationSeconds)}` : '';
  if (stopped) {
    const saved = stopped.saved ? `; saved ${savedText(stopped.saved)}, by estimate` : '';
    return `trial ${trial.index} stopped early${after} ${stoppedText(stopped)}${saved}`;
  }
  const ended = endedAttempts.filter((attempt) => attempt.trial === trial.id);
  const spent =
    trial.state === 'failed' && ended.length > 0
      ? ` (energy ${spentText(ended)} in ${counted(ended.length, 'attempt')})`
      : '';
  const values = campaign.objectives.map((objective) => objectiveText(result, objective)).join(', ');
  const text = trial.state === 'completed' ? values : failureText(result);
  return `trial ${trial.index} ${trial.state}${after}${spent}${text === trial.state ? '' : `: ${text}`}`;
}

function frontText(front: FrontView, { campaign }: CampaignSnapshot): string {
  const { results, hypervolume } = front;
  const whose = `front of ${frontName(front, campaign)}`;
  if (results.length === 0) return `${whose} is empty`;
  const trials = `${results.length === 1 ? 'trial' : 'trials'} ${results.map(({ trial }) => trial.index).join(', ')}`;
  const volume = formatMeasure(hypervolume, hypervolumeUnit(campaign));
  return `${whose}: ${trials}${hypervolume === undefined ? '' : `, hypervolume ${volume}`}`;
}
