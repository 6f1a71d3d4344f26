import { expect, test } from 'vitest';

import { savedEnergy } from '../../../coordinator/analysis/saved-energy.js';
import { eventText } from '../../../coordinator/cli/event-text.js';
import { finalLines } from '../../../coordinator/cli/final-view.js';
import { storyAt } from '../../support/campaign-story.js';
import { STOPPED, stoppedResult, stoppedStory } from '../../support/stopped-story.js';

const snapshot = { ...storyAt(0), ...stoppedStory() };

test('the line of a stopped trial says when, why and what is estimated to be saved', () => {
  const text = eventText({ kind: 'trial-finished', result: stoppedResult() }, snapshot);
  expect(text).toMatch(
    /^trial \d+ stopped early after \S+ s at 41 % of its work: chance 1.2 % to improve the front, by the curves of 14 finished trials; saved about 140 J ± 20 J \(model\), by estimate$/,
  );
});

test('the last screen sums up what was saved, and says that it is an estimate', () => {
  const text = finalLines({ snapshot, reports: [], next: [] }, { width: 500, color: false }).join('\n');
  expect(text).toContain('Saved   about 140 J ± 20 J (model) in 1 trial stopped early, by estimate');
  expect(text).toContain('1 stopped-early');
});

test('savings are summed by provenance, uncertainties as if they went together; unknown ones are left out', () => {
  const other = { ...STOPPED, saved: { value: 10, standard: 1, provenance: 'counter' as const } };
  const { saved: _, ...unknown } = STOPPED;
  const results = [STOPPED, STOPPED, other, unknown].map((stopped) => ({ stopped }));
  expect(savedEnergy(results)).toEqual([
    { provenance: 'model', trials: 2, value: 280, standard: 40 },
    { provenance: 'counter', trials: 1, value: 10, standard: 1 },
  ]);
  expect(savedEnergy([{}])).toEqual([]);
});
