/** The campaign of the story with one trial that was stopped early, and nothing else. */

import type { CampaignSnapshot } from '../../coordinator/campaign/snapshot.js';
import type { StoppedEarly } from '../../shared/domain/stopping.js';
import type { TrialResult } from '../../shared/domain/trial.js';
import { storyAt, STORY_SECONDS } from './campaign-story.js';

export const STOPPED: StoppedEarly = {
  estimate: {
    ...{ fraction: 0.41, chance: 0.012, curves: 14 },
    finals: [{ name: 'loss', value: 5.5, low: 5.4, high: 5.6 }],
    joules: { value: 300, standard: 20 },
  },
  saved: { value: 140, standard: 20, provenance: 'model' },
};

/** The first completed trial of the story, as if it had been stopped. */
export function stoppedResult(): TrialResult {
  const done = storyAt(STORY_SECONDS).results.find(({ trial }) => trial.state === 'completed')!;
  const trial = { ...done.trial, state: 'stopped-early' as const };
  return { ...done, trial, objectives: {}, missing: {}, energies: {}, stopped: STOPPED };
}

export const stoppedStory = (): Pick<CampaignSnapshot, 'results' | 'finished' | 'fronts'> => ({
  results: [stoppedResult()],
  finished: 1,
  fronts: [],
});
