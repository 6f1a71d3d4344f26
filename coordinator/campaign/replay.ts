/** Makes journaled proposals again: the search can be trusted to be the function of its journal. */

import { isDeepStrictEqual } from 'node:util';

import type { Configuration } from '../../shared/domain/configuration.js';
import type { ProposerObservation } from '../../shared/domain/proposal.js';
import { propose } from '../proposer/propose.js';
import type { ProposalRecord, StoredCampaign } from '../store/store.js';
import { requestOf } from './proposer-history.js';

/** Records whose configurations come out differently. Records of one request are made by one computation. */
export function differentInReplay(
  stored: Pick<StoredCampaign, 'campaign' | 'earlier'>,
  records: readonly ProposalRecord[],
  history: readonly ProposerObservation[],
): readonly ProposalRecord[] {
  let last: { readonly record: ProposalRecord; readonly made: readonly Configuration[] } | undefined;
  return records.filter((record) => {
    if (!last || !isSameRequest(last.record, record)) {
      last = { record, made: propose(requestOf(stored, record, history)).configurations };
    }
    const { skip, configurations } = record;
    return !isDeepStrictEqual(last.made.slice(skip, skip + configurations.length), configurations);
  });
}

const isSameRequest = (a: ProposalRecord, b: ProposalRecord): boolean =>
  a.index === b.index &&
  a.count === b.count &&
  a.historyVersion === b.historyVersion &&
  a.task === b.task &&
  isDeepStrictEqual(a.pending, b.pending);
