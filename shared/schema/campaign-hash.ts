/** The identity of a campaign's content: equal content has equal hashes, whatever comments, layout and short forms say. */

import { createHash } from 'node:crypto';

import type { Campaign } from '../domain/campaign.js';
import type { CampaignFile } from './campaign-schema.js';

/**
 * SHA-256 of a campaign in lower-case hexadecimal digits.
 *
 * The order of mapping keys does not matter, but that of parameters and objectives does: proposals depend on it.
 */
export const campaignHash = (campaign: Campaign): string => contentHash(campaign);

/** SHA-256 of plain data in lower-case hexadecimal digits; the order of keys does not matter. */
export const contentHash = (content: object): string =>
  createHash('sha256').update(canonicalJson(content)).digest('hex');

/**
 * The hash that the same file had before campaigns knew of warm-up, repeats, cool-down and carbon, and when an idle window
 * was taken only where the file asked for one: under it stores of that time hold their campaigns.
 *
 * @returns `undefined` for a file that could not have been read then.
 */
export function formerCampaignHash(campaign: Campaign, { measurement = {} }: CampaignFile): string | undefined {
  const isNew = measurement['warm-up'] ?? measurement.repeat ?? measurement['cool-down'] ?? campaign.carbon;
  if (isNew !== undefined) return undefined;
  const { require, remeasure, boundary, idleSeconds } = campaign.measurement;
  const former = { require, remeasure, boundary, idleSeconds: measurement.idle === undefined ? 0 : idleSeconds };
  return contentHash({ ...campaign, measurement: former });
}

/** JSON with sorted keys and no spaces. */
function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value)
    .filter(([, entry]) => entry !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, entry]) => `${JSON.stringify(key)}:${canonicalJson(entry)}`).join(',')}}`;
}
