import { expect, test } from 'vitest';

import { knownCampaign, replay } from './replay.js';

const SETTINGS = { chance: 0.05, grace: 0.25, slots: 4, every: 6 };

test('over known campaigns few stopped trials would have joined the front, and it is as good without them', () => {
  const results = Array.from({ length: 15 }, (_, seed) => replay(seed, knownCampaign(seed, 40), SETTINGS));
  const sum = (pick: (result: (typeof results)[number]) => number): number =>
    results.reduce((all, result) => all + pick(result), 0);
  const stopped = sum((result) => result.stopped);
  expect(stopped).toBeGreaterThan(120);
  expect(sum(({ wrong }) => wrong) / stopped).toBeLessThan(SETTINGS.chance);
  expect(sum(({ volumeRatio }) => volumeRatio) / results.length).toBeGreaterThan(0.99);
  const without = sum(({ joulesWithout }) => joulesWithout);
  const saved = without - sum(({ joules }) => joules);
  expect(saved / without).toBeGreaterThan(0.1);
  // The estimate of what was saved is checked against what is known to have been.
  expect(Math.abs(sum(({ savedEstimate }) => savedEstimate) / saved - 1)).toBeLessThan(0.02);
});
