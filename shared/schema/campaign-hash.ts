/** The identity of a campaign's content: equal content has equal hashes, whatever comments, layout and short forms say. */

import { createHash } from 'node:crypto';

import type { Campaign } from '../domain/campaign.js';

/**
 * SHA-256 of a campaign in lower-case hexadecimal digits.
 *
 * The order of mapping keys does not matter, but that of parameters and objectives does: proposals depend on it.
 */
export const campaignHash = (campaign: Campaign): string =>
  createHash('sha256').update(canonicalJson(campaign)).digest('hex');

/** JSON with sorted keys and no spaces. */
function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value)
    .filter(([, entry]) => entry !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, entry]) => `${JSON.stringify(key)}:${canonicalJson(entry)}`).join(',')}}`;
}
