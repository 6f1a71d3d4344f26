/** Reads a campaign file from disk. */

import { createReadStream } from 'node:fs';

import type { Campaign } from '../../shared/domain/campaign.js';
import { UsageError } from '../../shared/domain/errors.js';
import { NOT_REGULAR, openRegular } from '../../shared/runtime/regular-file.js';
import { renderFault } from '../../shared/schema/fault.js';
import type { ParsedCampaign } from '../../shared/schema/parse-campaign.js';
import { parseCampaign } from '../../shared/schema/parse-campaign.js';
import { checkConstraints } from './check-constraints.js';

/** A campaign with the text that it came from. */
export interface LoadedCampaign {
  readonly campaign: Campaign;
  readonly text: string;
  /** SHA-256 of the content; see `campaignHash`. */
  readonly hash: string;
  /** Under which an older version knew the same file. */
  readonly formerHash?: string;
}

/** Campaign files are small; a larger one was named by mistake. */
const LARGEST_BYTES = 2 ** 20;

/**
 * The campaign in a file.
 *
 * @throws {UsageError} if the file cannot be read (one line), or with one line for each fault; those are also in
 *   `details.faults`.
 */
export async function loadCampaign(path: string): Promise<LoadedCampaign> {
  const text = await readCampaignText(path);
  const parsed = checkCampaign(text);
  if (parsed.ok) {
    const { ok: _, ...loaded } = parsed;
    return { ...loaded, text };
  }
  const { faults } = parsed;
  throw new UsageError(faults.map((fault) => renderFault(path, fault)).join('\n'), { path, faults });
}

/** Every check of a campaign file, constraints included. */
const checkCampaign = (text: string): ParsedCampaign => parseCampaign(text, { checkConstraints });

/**
 * Text of a campaign file.
 *
 * @throws {UsageError} in one line.
 */
export async function readCampaignText(path: string): Promise<string> {
  const bytes = await readBytes(path);
  if (bytes.length > LARGEST_BYTES) throw new UsageError(`${path}: is larger than 1 MiB; name a campaign file in YAML`);
  if (bytes.includes(0)) throw new UsageError(`${path}: is a binary file; name a campaign file in YAML`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new UsageError(`${path}: is not UTF-8 text; save it as UTF-8`, { path }, { cause: error });
  }
}

/** At most one byte more than allowed. */
async function readBytes(path: string): Promise<Buffer> {
  try {
    const chunks: Buffer[] = [];
    const file = createReadStream(path, { fd: openRegular(path), end: LARGEST_BYTES });
    for await (const chunk of file) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks);
  } catch (error) {
    const { code = 'unknown', message } = error as NodeJS.ErrnoException;
    throw new UsageError(`${path}: ${REASONS[code] ?? `cannot be read: ${message}`}`, { path }, { cause: error });
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file; examples are in deploy/campaigns',
  EISDIR: 'is a folder; name a campaign file in it',
  [NOT_REGULAR]: 'is a pipe, socket or device; save the campaign in a file and name that',
  ENOTDIR: 'a part of this path is a file, not a folder',
  EACCES: 'may not be read by this user; check its permissions',
  ELOOP: 'is a symbolic link that leads to itself',
};
