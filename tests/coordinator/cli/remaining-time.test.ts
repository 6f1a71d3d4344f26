import { expect, test } from 'vitest';

import { remainingText, remainingTime } from '../../../coordinator/cli/remaining-time.js';
import type { CampaignSnapshot } from '../../../coordinator/campaign/snapshot.js';
import { storyAt, STORY_SECONDS } from '../../support/campaign-story.js';

/** A campaign of one slot in which each of `finished` trials took `seconds`, with nothing between them. */
function steady(finished: number, seconds: number, change: Partial<CampaignSnapshot> = {}): CampaignSnapshot {
  const base = storyAt(20);
  const [result] = storyAt(30).results as [CampaignSnapshot['results'][number]];
  const one = { ...result, observation: { ...result.observation!, durationSeconds: seconds } };
  return {
    ...base,
    finished,
    planned: 10,
    activeSeconds: finished * seconds,
    results: Array.from({ length: finished }, () => one),
    running: base.running.map(({ fraction: _, ...view }) => view),
    ...change,
  };
}

test('a steady campaign takes as long as its remaining trials', () => {
  expect(remainingTime(steady(4, 30))).toEqual({ low: 180, high: 180 });
});

test('what running trials have done already is taken off', () => {
  const { running } = steady(4, 30);
  const half = running.map((view) => ({ ...view, fraction: 0.5 }));
  const left = remainingTime(steady(4, 30, { running: half, activeSeconds: 135 }));
  expect(left?.low).toBeCloseTo(165, 10);
  expect(left?.high).toBeCloseTo(165, 10);
});

test.each<[string, CampaignSnapshot]>([
  ['too few trials are finished', steady(2, 30)],
  ['nothing runs', steady(4, 30, { running: [] })],
  ['no trial budget is set', (({ planned: _, ...rest }) => rest)(steady(4, 30))],
  [
    'no agent is connected',
    steady(4, 30, { agents: storyAt(20).agents.map((agent) => ({ ...agent, connected: false })) }),
  ],
  [
    'all agents are quarantined',
    steady(4, 30, { agents: storyAt(20).agents.map((agent) => ({ ...agent, quarantined: 'x' })) }),
  ],
  [
    'twice as many agents came as there were',
    steady(4, 30, { agents: storyAt(20).agents.map((agent) => ({ ...agent, slots: 3 })) }),
  ],
  ['the campaign is closed', storyAt(STORY_SECONDS)],
])('nothing is said when %s', (_, snapshot) => {
  expect(remainingTime(snapshot)).toBeUndefined();
});

test.each([
  [{ low: 12, high: 14 }, 'about 10 s left'],
  [{ low: 40, high: 70 }, 'about 40 s to 1 min 10 s left'],
  [{ low: 230, high: 250 }, 'about 4 min left'],
  [{ low: 180, high: 300 }, 'about 3 min to 5 min left'],
  [{ low: 7000, high: 7300 }, 'about 2 h left'],
])('%j is "%s"', (time, text) => {
  expect(remainingText(time)).toBe(text);
});
