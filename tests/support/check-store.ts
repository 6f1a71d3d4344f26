/** What must hold in every store, whatever was killed on the way. */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';

import { CampaignBook } from '../../coordinator/campaign/campaign-book.js';
import { differentInReplay } from '../../coordinator/campaign/replay.js';
import { openSqliteStore } from '../../coordinator/store/sqlite-store.js';

export interface StoreFindings {
  readonly states: Readonly<Record<string, number>>;
  readonly attempts: number;
  readonly extras: number;
  readonly proposals: number;
  readonly lowerBound: boolean;
}

/** The one store file below a state folder. */
export const storeFile = (state: string): string => {
  const found = readdirSync(state, { recursive: true, encoding: 'utf8' }).find((path) => path.endsWith('store.sqlite'));
  return join(state, found!);
};

/** Checks the only campaign of a store after its coordinator has ended. */
export function checkStore(state: string): StoreFindings {
  const store = openSqliteStore(storeFile(state));
  try {
    const [stored] = store.campaigns();
    const { id } = stored!;
    const book = new CampaignBook(store, id);
    const trials = store.trials(id);
    const attempts = store.attempts(id);
    const completed = trials.filter(({ trial }) => trial.state === 'completed').map(({ trial }) => trial.id);
    for (const trial of completed) {
      expect(store.observation(trial), `${trial} has one accounted observation`).toBeDefined();
      const accounted = attempts.filter((one) => one.trial === trial && one.endReason === 'accounted');
      expect(accounted, `${trial} is accounted once`).toHaveLength(1);
    }
    expect(new Set(store.history(id)).size).toBe(store.history(id).length);
    expect(store.openAttempts().filter(({ trial }) => completed.includes(trial))).toEqual([]);
    expect(store.rejectedCount()).toBe(0);
    const records = store.proposals(id);
    const different = differentInReplay(stored!, records, book.history()).map(({ ordinal }) => ordinal);
    expect(different, 'every proposal is the same in a replay').toEqual([]);
    const states: Record<string, number> = {};
    for (const { trial } of trials) states[trial.state] = (states[trial.state] ?? 0) + 1;
    return {
      states,
      attempts: attempts.length,
      extras: trials.flatMap(({ trial }) => store.extraObservations(trial.id)).length,
      proposals: records.length,
      lowerBound: book.attempts().some(({ lowerBound }) => lowerBound),
    };
  } finally {
    store.close();
  }
}
