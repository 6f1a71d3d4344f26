/** The earlier campaign that somebody means by its id or its name. */

import { UsageError } from '../../shared/domain/errors.js';
import { present } from '../../shared/domain/present.js';
import type { Store, StoredCampaign } from '../store/store.js';
import { CampaignBook } from './campaign-book.js';
import type { EarlierCampaign } from './warm-start.js';

/**
 * A campaign of the store; the newest one of several of the same name.
 *
 * @throws {UsageError} if there is none.
 */
export function findEarlier(store: Store, idOrName: string): EarlierCampaign {
  const all = store.campaigns();
  const found = all.find(({ id }) => id === idOrName) ?? all.findLast(({ campaign }) => campaign.name === idOrName);
  if (!found) {
    const known = all.map(({ id }) => id).join(', ') || 'none';
    throw new UsageError(`--from ${idOrName}: no campaign has this id or name here; known: ${known}`);
  }
  return earlierCampaign(store, found);
}

function earlierCampaign(store: Store, { id, campaign }: StoredCampaign): EarlierCampaign {
  const book = new CampaignBook(store, id);
  const results = new Map(book.results().map((result) => [result.trial.id, result]));
  const observations = book.history();
  return {
    id,
    campaign,
    trials: book.trials().length,
    results: store.history(id).map((trial, i) => {
      const result = present(results.get(trial), 'result');
      return {
        index: result.trial.index,
        observation: present(observations[i], 'observation'),
        metrics: { ...result.observation?.metrics, ...result.objectives },
      };
    }),
  };
}
