/** Puts a campaign into the store, or finds the one that was begun with the same file. */

import { UsageError } from '../shared/domain/errors.js';
import { campaignId } from '../shared/domain/identity.js';
import type { CampaignId } from '../shared/domain/identity.js';
import { ECOPT_VERSION } from '../shared/domain/version.js';
import { findEarlier } from './campaign/find-earlier.js';
import type { LoadedCampaign } from './campaign/load.js';
import { warmStart } from './campaign/warm-start.js';
import type { Store, StoredCampaign } from './store/store.js';

export interface Submission {
  readonly nowMilliseconds: number;
  /** Id or name of an earlier campaign whose trials it begins with. */
  readonly from?: string;
}

export interface Submitted {
  readonly id: CampaignId;
  /** True: it was begun earlier and goes on from where it stood. */
  readonly resumed: boolean;
  /** What was taken of the earlier campaign and what not, a line each. */
  readonly notes: readonly string[];
}

/**
 * An unfinished campaign of equal content is resumed; else a new one begins. One that an older version began goes on as it
 * was begun, with the protocol of its time.
 *
 * @throws {UsageError} if the earlier campaign is unknown or has nothing in common with this one, or if the campaign was
 *   begun without it.
 */
export function submitCampaign(store: Store, loaded: LoadedCampaign, { nowMilliseconds, from }: Submission): Submitted {
  const { campaign, text, hash, formerHash } = loaded;
  const all = store.campaigns();
  const same = all.filter((stored) => stored.hash === hash);
  const open = [...same, ...all.filter((stored) => stored.hash === formerHash)].find(({ state }) => state === 'open');
  if (open) {
    if (from !== undefined) checkBegunWith(store, open, from);
    return { id: open.id, resumed: true, notes: [] };
  }
  const { earlier, notes = [] } = from === undefined ? {} : warmStart(campaign, findEarlier(store, from));
  const base = `${
    campaign.name
      .replace(/[^A-Za-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, '')
      .slice(0, 60) || 'campaign'
  }-${hash.slice(0, 6)}`;
  const id = campaignId(same.length === 0 ? base : `${base}-${same.length + 1}`);
  store.insertCampaign({
    id,
    campaign,
    hash,
    text,
    state: 'open',
    createdMilliseconds: nowMilliseconds,
    activeSeconds: 0,
    versions: { ecopt: ECOPT_VERSION, node: process.version },
    ...(earlier && { earlier }),
  });
  return { id, resumed: false, notes };
}

/** What a campaign begins with is part of it, and never changes. */
function checkBegunWith(store: Store, { id, earlier }: StoredCampaign, from: string): void {
  const name = earlier && store.campaign(campaignId(earlier.from))?.campaign.name;
  if (earlier?.from === from || name === from) return;
  findEarlier(store, from);
  const begun = earlier ? `with trials of ${earlier.from}` : 'without earlier trials';
  throw new UsageError(
    `--from ${from}: campaign ${id} has the same file, was begun ${begun} and is not finished; resume it without --from, or change the file's name or seed`,
  );
}
