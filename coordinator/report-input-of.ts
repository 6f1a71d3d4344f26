/** Store -> what a report is made from. Test metrics are unsealed here, for the front of a closed campaign only. */

import type { TrialId } from '../shared/domain/identity.js';
import { isFinal } from '../shared/domain/trial.js';
import type { CampaignBook } from './campaign/campaign-book.js';
import { requestOf } from './campaign/proposer-history.js';
import { diagnoseModels } from './proposer/model-diagnostics.js';
import type { ModelDiagnosis } from './proposer/model-diagnostics.js';
import { frontTrials } from './report/front-data.js';
import type { ReportInput } from './report/report-input.js';
import type { Store } from './store/store.js';

export interface ReportSources {
  readonly store: Store;
  readonly book: CampaignBook;
  readonly nowMilliseconds: number;
  /** Version and origin of the NATS server, when one is at hand. */
  readonly messageServer?: string;
}

/** The models fitted to all results, as for one more proposal. */
function modelNotes(book: CampaignBook): readonly ModelDiagnosis[] {
  const history = book.history();
  const basis = { index: history.length, count: 1, historyVersion: history.length, pending: [] };
  return diagnoseModels(requestOf(book.stored, basis, history));
}

export function reportInputOf({ store, book, nowMilliseconds, messageServer }: ReportSources): ReportInput {
  const { stored } = book;
  const results = book.results();
  const unfinished = book.trials().filter(({ trial }) => !isFinal(trial.state));
  const model = modelNotes(book);
  const { earlier } = stored;
  const took = new Set(book.attempts().map(({ agent }) => agent));
  return {
    campaign: stored.campaign,
    campaignId: stored.id,
    campaignText: stored.text,
    state: stored.state,
    createdUnixMilliseconds: stored.createdMilliseconds,
    nowUnixMilliseconds: nowMilliseconds,
    results: [...results, ...unfinished.map(({ trial }) => ({ trial, objectives: {}, missing: {}, energies: {} }))],
    attempts: book.attempts(),
    agents: store.agents().filter(({ id }) => took.has(id)),
    proposals: store.proposals(stored.id).map(({ index, skip, configurations, method }) => ({
      index: index + skip,
      count: configurations.length,
      method,
    })),
    ...(model.length > 0 && { model }),
    ...(earlier && { startedFrom: { campaign: earlier.from, trials: earlier.observations.length } }),
    versions: { ...stored.versions, ...(messageServer === undefined ? {} : { 'message server': messageServer }) },
    ...(stored.closedMilliseconds === undefined ? {} : { closedUnixMilliseconds: stored.closedMilliseconds }),
    ...(stored.reference === undefined ? {} : { reference: stored.reference }),
    ...(stored.state === 'closed' ? { sealed: unsealedFront(store, book) } : {}),
  };
}

/** Test metrics of the front's trials; only for a closed campaign. */
export function unsealedFront(
  store: Store,
  book: CampaignBook,
): Readonly<Record<TrialId, Readonly<Record<string, number>>>> {
  return store.unseal(book.id, frontTrials(book.stored.campaign, book.results()));
}
