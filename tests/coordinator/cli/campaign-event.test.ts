import { expect, test } from 'vitest';

import { eventText } from '../../../coordinator/cli/event-text.js';
import { eventsBetween, type CampaignEvent } from '../../../coordinator/cli/campaign-event.js';
import type { CampaignSnapshot, EndedAttemptView, RunningTrialView } from '../../../coordinator/campaign/snapshot.js';
import { STORY_SECONDS, storyAt } from '../../support/campaign-story.js';

/** Events of the whole story when it is looked at every `step` seconds. */
function told(step: number): CampaignEvent[] {
  const events: CampaignEvent[] = [];
  let last: CampaignSnapshot | undefined;
  for (let seconds = 0; seconds <= STORY_SECONDS + step; seconds += step) {
    const next = storyAt(seconds);
    events.push(...eventsBetween(last, next));
    last = next;
  }
  return events;
}

const trials = (events: readonly CampaignEvent[], kind: CampaignEvent['kind']): string[] =>
  events.flatMap((event) => {
    if (event.kind !== kind) return [];
    if (event.kind === 'trial-finished') return [`${event.result.trial.index}`];
    return 'running' in event ? [`${event.running.trial.index}/${event.running.trial.attempts}`] : [event.kind];
  });

test.each([0.25, 0.5, 1])('looked at every %s s, each thing that happens is told exactly once', (step) => {
  const events = told(step);
  const all = Array.from({ length: 18 }, (_, i) => `${i + 1}`);
  expect(trials(events, 'trial-finished').sort()).toEqual([...all].sort());
  expect(trials(events, 'trial-started').sort()).toEqual([...all.map((index) => `${index}/1`), '18/2'].sort());
  expect(trials(events, 'trial-returned')).toEqual(['18/1']);
  expect(trials(events, 'campaign-opened')).toHaveLength(1);
  expect(trials(events, 'agent-joined')).toHaveLength(2);
  expect(trials(events, 'agent-left')).toHaveLength(1);
  expect(trials(events, 'budget-reached')).toHaveLength(1);
});

test('looked at rarely, every end is still told once, and nothing is told of what came and went unseen', () => {
  const events = told(60);
  expect(new Set(trials(events, 'trial-finished')).size).toBe(18);
  expect(trials(events, 'trial-finished')).toHaveLength(18);
});

test('two equal looks tell nothing', () => {
  for (const seconds of [0, 35, 112, STORY_SECONDS])
    expect(eventsBetween(storyAt(seconds), storyAt(seconds))).toEqual([]);
});

test('the first look at a resumed campaign does not tell its old results again', () => {
  const events = eventsBetween(undefined, storyAt(70));
  expect(trials(events, 'trial-finished')).toEqual([]);
  expect(trials(events, 'trial-started')).toHaveLength(2);
  expect(trials(events, 'agent-joined')).toHaveLength(2);
});

test('a campaign that is found closed says so at once', () => {
  expect(eventsBetween(undefined, storyAt(STORY_SECONDS)).map(({ kind }) => kind)).toContain('budget-reached');
});

const changed = (change: (agent: CampaignSnapshot['agents'][number]) => object): CampaignEvent['kind'][] => {
  const before = storyAt(70);
  const after = { ...before, agents: before.agents.map((agent) => ({ ...agent, ...change(agent) })) };
  return eventsBetween(before, after).map(({ kind }) => kind);
};

test('an agent is quarantined, unfit, or gone, each told once per agent', () => {
  expect(changed(({ name }) => (name === 'desk' ? { quarantined: '3 trials failed' } : {}))).toEqual([
    'agent-quarantined',
  ]);
  expect(changed(({ name }) => (name === 'desk' ? { unfit: 'no GPU' } : {}))).toEqual(['agent-unfit']);
  expect(changed(() => ({ connected: false }))).toEqual(['agent-left', 'agent-left']);
});

test('an agent that vanishes from the list has left; one that comes back joins again', () => {
  const before = storyAt(70);
  const without = { ...before, agents: before.agents.slice(1) };
  expect(eventsBetween(before, without).map(({ kind }) => kind)).toEqual(['agent-left']);
  expect(eventsBetween(without, before).map(({ kind }) => kind)).toEqual(['agent-joined']);
});

test('a front is told when its members change, not when its order of magnitude does', () => {
  const before = storyAt(70);
  const [front, ...others] = before.fronts as [CampaignSnapshot['fronts'][number]];
  const moved = { ...before, fronts: [{ ...front, hypervolume: 1 }, ...others] };
  const grown = { ...before, fronts: [{ ...front, results: before.results.slice(0, 3) }, ...others] };
  expect(eventsBetween(before, moved)).toEqual([]);
  expect(eventsBetween(before, grown).map(({ kind }) => kind)).toEqual(['front-changed']);
});

const lastSeen = ({ trial, joules }: RunningTrialView): EndedAttemptView => ({
  trial: trial.id,
  attempt: trial.attempts,
  joules,
  isLowerBound: true,
});

test('an attempt that failed tells its reason and the energy of all of it, though no reading came while it ran', () => {
  const before = storyAt(40);
  const running = { ...before.running[0]!, joules: {} };
  const failure = { kind: 'unknown', reason: 'exit-code', message: 'ended with 3', signature: 'exit-3' } as const;
  const ended = { ...lastSeen(running), joules: { counter: 375.3 }, isLowerBound: false, failure };
  const after = { ...before, running: [], endedAttempts: [ended] };
  const [told] = eventsBetween({ ...before, running: [running] }, after);
  expect(eventText(told!, after)).toMatch(
    /^trial \d+ did not finish on \S+ after .+ \(energy 375 J counter\): exit-code: ended with 3; it is queued again$/,
  );
});

test('an attempt that ran to its end without a usable energy is told as measured again, not as lost', () => {
  const before = storyAt(40);
  const [running] = before.running;
  const { id, index, attempts } = running!.trial;
  const reason = 'train_energy: GPU-1: contaminated';
  const after = { ...before, running: [], measuredAgain: [{ trial: id, index, attempt: attempts, reason }] };
  const told = eventsBetween(before, after);
  expect(told).toEqual([
    { kind: 'trial-remeasured', running, ended: lastSeen(running!), reason },
    ...before.running.slice(1).map((other) => ({ kind: 'trial-returned', running: other, ended: lastSeen(other) })),
  ]);
  expect(eventText(told[0]!, after)).toMatch(
    /^trial \d+ is measured again: it ran to its end on \S+ \(energy .+\), but train_energy: GPU-1: contaminated$/,
  );
});
