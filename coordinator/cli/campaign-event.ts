/** What happened to a campaign between two looks at it. */

import type { TrialResult } from '../../shared/domain/trial.js';
import type {
  AgentView,
  CampaignSnapshot,
  EndedAttemptView,
  FrontView,
  RunningTrialView,
} from '../campaign/snapshot.js';
import { frontName } from './campaign-text.js';

export type CampaignEvent =
  /** The first look; results of an earlier run are not told again. */
  | { readonly kind: 'campaign-opened' }
  | { readonly kind: 'agent-joined'; readonly agent: AgentView }
  | { readonly kind: 'agent-left'; readonly agent: AgentView }
  | { readonly kind: 'agent-quarantined'; readonly agent: AgentView; readonly reason: string }
  /** It is connected, but none of its slots can take this campaign's trials. */
  | { readonly kind: 'agent-unfit'; readonly agent: AgentView; readonly reason: string }
  | { readonly kind: 'agent-readmitted'; readonly agent: AgentView }
  | { readonly kind: 'trial-started'; readonly running: RunningTrialView }
  | { readonly kind: 'trial-reported'; readonly running: RunningTrialView }
  /** The attempt ended without a result that counts: it failed, or its lease was lost or handed back. */
  | { readonly kind: 'trial-returned'; readonly running: RunningTrialView; readonly ended: EndedAttemptView }
  /** It ran to its end, but its energy could not be used: the trial is run once more. */
  | {
      readonly kind: 'trial-remeasured';
      readonly running: RunningTrialView;
      readonly ended: EndedAttemptView;
      readonly reason: string;
    }
  | { readonly kind: 'trial-finished'; readonly result: TrialResult }
  | { readonly kind: 'front-changed'; readonly front: FrontView }
  | { readonly kind: 'method-changed'; readonly method: string }
  /** The campaign gives out no more trials, such as `budget: 18 trials`. */
  | { readonly kind: 'budget-reached'; readonly reason: string };

/** Every change from one snapshot to the next, each once, in the order in which a person would tell it. */
export function eventsBetween(previous: CampaignSnapshot | undefined, next: CampaignSnapshot): CampaignEvent[] {
  const before = previous ?? { ...next, state: 'open', agents: [], running: [], results: next.results, fronts: [] };
  return [
    ...(previous ? [] : [{ kind: 'campaign-opened' } as const]),
    ...agentEvents(before.agents, next.agents),
    ...finishedTrials(before, next),
    ...runningEvents(before, next),
    ...frontEvents(before, next),
    ...methodEvents(previous?.proposerMethod, next.proposerMethod),
    ...(before.state === 'open' && next.state === 'closed'
      ? [{ kind: 'budget-reached', reason: next.closeReason ?? 'closed' } as const]
      : []),
  ];
}

function agentEvents(before: readonly AgentView[], now: readonly AgentView[]): CampaignEvent[] {
  const earlier = new Map(before.map((agent) => [agent.id, agent]));
  const present = new Set(now.map(({ id }) => id));
  const gone = before.filter(({ id, connected }) => connected && !present.has(id));
  return [
    ...gone.map((agent) => ({ kind: 'agent-left', agent }) as const),
    ...now.flatMap((agent) => changesOf(agent, earlier.get(agent.id))),
  ];
}

function changesOf(agent: AgentView, earlier: AgentView | undefined): CampaignEvent[] {
  const events: CampaignEvent[] = [];
  const was = earlier?.connected ?? false;
  if (agent.connected && !was) events.push({ kind: 'agent-joined', agent });
  if (!agent.connected && was) events.push({ kind: 'agent-left', agent });
  const { quarantined, unfit } = agent;
  if (agent.connected && unfit !== undefined && (!was || earlier?.unfit !== unfit)) {
    events.push({ kind: 'agent-unfit', agent, reason: unfit });
  }
  if (quarantined !== undefined && earlier?.quarantined === undefined) {
    events.push({ kind: 'agent-quarantined', agent, reason: quarantined });
  }
  if (quarantined === undefined && earlier?.quarantined !== undefined) events.push({ kind: 'agent-readmitted', agent });
  return events;
}

function finishedTrials(before: CampaignSnapshot, next: CampaignSnapshot): CampaignEvent[] {
  const told = new Set(before.results.map(({ trial }) => trial.id));
  return next.results
    .filter(({ trial }) => !told.has(trial.id))
    .map((result) => ({ kind: 'trial-finished', result }) as const);
}

function runningEvents(before: CampaignSnapshot, next: CampaignSnapshot): CampaignEvent[] {
  const earlier = new Map(before.running.map((running) => [attemptOf(running), running]));
  const now = new Set(next.running.map(attemptOf));
  const finished = new Set(next.results.map(({ trial }) => trial.id));
  const returned = before.running.filter((running) => !now.has(attemptOf(running)) && !finished.has(running.trial.id));
  return [
    ...returned.map((running) => returnedEvent(running, next)),
    ...next.running.flatMap((running) => progressOf(running, earlier.get(attemptOf(running)))),
  ];
}

function returnedEvent(running: RunningTrialView, { measuredAgain, endedAttempts }: CampaignSnapshot): CampaignEvent {
  const { id, attempts } = running.trial;
  const isThis = ({ trial, attempt }: Pick<EndedAttemptView, 'trial' | 'attempt'>): boolean =>
    trial === id && attempt === attempts;
  const again = measuredAgain.find(isThis);
  const lastSeen = { trial: id, attempt: attempts, joules: running.joules, isLowerBound: true };
  const ended = endedAttempts.find(isThis) ?? lastSeen;
  return again
    ? { kind: 'trial-remeasured', running, ended, reason: again.reason }
    : { kind: 'trial-returned', running, ended };
}

function progressOf(running: RunningTrialView, earlier: RunningTrialView | undefined): CampaignEvent[] {
  if (!earlier) return [{ kind: 'trial-started', running }];
  const moved = running.step !== earlier.step || running.fraction !== earlier.fraction;
  return moved ? [{ kind: 'trial-reported', running }] : [];
}

const attemptOf = ({ trial }: RunningTrialView): string => `${trial.id}/${trial.attempts}`;

function frontEvents(before: CampaignSnapshot, next: CampaignSnapshot): CampaignEvent[] {
  const earlier = new Map(before.fronts.map((front) => [frontName(front, before.campaign), membersOf(front)]));
  return next.fronts
    .filter((front) => membersOf(front) !== (earlier.get(frontName(front, next.campaign)) ?? ''))
    .map((front) => ({ kind: 'front-changed', front }) as const);
}

const membersOf = ({ results }: FrontView): string => results.map(({ trial }) => trial.id).join(' ');

const methodEvents = (before: string | undefined, now: string | undefined): CampaignEvent[] =>
  now !== undefined && now !== before ? [{ kind: 'method-changed', method: now }] : [];
