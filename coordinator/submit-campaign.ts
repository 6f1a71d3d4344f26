/** Puts a campaign into the store, or finds the one that was begun with the same file. */

import { campaignId } from '../shared/domain/identity.js';
import type { CampaignId } from '../shared/domain/identity.js';
import { ECOPT_VERSION } from '../shared/domain/version.js';
import type { LoadedCampaign } from './campaign/load.js';
import type { Store } from './store/store.js';

export interface Submitted {
  readonly id: CampaignId;
  /** True: it was begun earlier and goes on from where it stood. */
  readonly resumed: boolean;
}

/**
 * An unfinished campaign of equal content is resumed; else a new one begins. One that an older version began goes on as it
 * was begun, with the protocol of its time.
 */
export function submitCampaign(store: Store, loaded: LoadedCampaign, now: number): Submitted {
  const { campaign, text, hash, formerHash } = loaded;
  const all = store.campaigns();
  const same = all.filter((stored) => stored.hash === hash);
  const open = [...same, ...all.filter((stored) => stored.hash === formerHash)].find(({ state }) => state === 'open');
  if (open) return { id: open.id, resumed: true };
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
    createdMilliseconds: now,
    activeSeconds: 0,
    versions: { ecopt: ECOPT_VERSION, node: process.version },
  });
  return { id, resumed: false };
}
