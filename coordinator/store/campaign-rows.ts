/** Rows of campaigns and agents. */

import type { Campaign } from '../../shared/domain/campaign.js';
import type { MachineDescription } from '../../shared/domain/hardware.js';
import { agentId, campaignId } from '../../shared/domain/identity.js';
import type { Sql, SqlRow } from './sql.js';
import type { CampaignChange, EarlierTrials, Store, StoredAgent, StoredCampaign } from './store.js';

type CampaignRows = Pick<
  Store,
  'insertCampaign' | 'changeCampaign' | 'campaign' | 'campaigns' | 'saveAgent' | 'agents'
>;

export function campaignRows(sql: Sql): CampaignRows {
  return {
    insertCampaign: (campaign) => insertCampaign(sql, campaign),
    changeCampaign: (id, change) => changeCampaign(sql, id, change),
    campaign: (id) => rowOr(sql.get('SELECT * FROM campaign WHERE id = ?', id), readCampaign),
    campaigns: () => sql.all('SELECT * FROM campaign ORDER BY created_ms, id').map(readCampaign),
    saveAgent: (agent) => saveAgent(sql, agent),
    agents: () => sql.all('SELECT * FROM agent ORDER BY first_seen_ms, id').map(readAgent),
  };
}

const rowOr = <T>(row: SqlRow | undefined, read: (row: SqlRow) => T): T | undefined => (row ? read(row) : undefined);

function insertCampaign(sql: Sql, stored: StoredCampaign): void {
  sql.run(
    `INSERT INTO campaign (id, name, hash, campaign_json, source_text, state, created_ms, versions_json,
       earlier_json)
     VALUES (?, ?, ?, ?, ?, 'open', ?, ?, ?)`,
    stored.id,
    stored.campaign.name,
    stored.hash,
    JSON.stringify(stored.campaign),
    stored.text,
    stored.createdMilliseconds,
    JSON.stringify(stored.versions),
    stored.earlier ? JSON.stringify(stored.earlier) : null,
  );
}

function changeCampaign(sql: Sql, id: string, change: CampaignChange): void {
  sql.run(
    `UPDATE campaign SET state = coalesce(?, state), close_reason = coalesce(?, close_reason),
       closed_ms = coalesce(?, closed_ms), active_seconds = coalesce(?, active_seconds),
       reference_json = coalesce(?, reference_json) WHERE id = ?`,
    change.state ?? null,
    change.closeReason ?? null,
    change.closedMilliseconds ?? null,
    change.activeSeconds ?? null,
    change.reference ? JSON.stringify(change.reference) : null,
    id,
  );
}

const readCampaign = (row: SqlRow): StoredCampaign => ({
  id: campaignId(String(row['id'])),
  campaign: json<Campaign>(row['campaign_json']),
  hash: String(row['hash']),
  text: String(row['source_text']),
  state: row['state'] === 'open' ? 'open' : 'closed',
  createdMilliseconds: Number(row['created_ms']),
  activeSeconds: Number(row['active_seconds']),
  versions: json<Record<string, string>>(row['versions_json']),
  ...(row['close_reason'] === null ? {} : { closeReason: String(row['close_reason']) }),
  ...(row['closed_ms'] === null ? {} : { closedMilliseconds: Number(row['closed_ms']) }),
  ...(row['reference_json'] === null ? {} : { reference: json<number[]>(row['reference_json']) }),
  ...(row['earlier_json'] === null ? {} : { earlier: readEarlier(json<EarlierTrials>(row['earlier_json'])) }),
});

/** JSON writes what is unknown as null. */
const readEarlier = ({ from, observations }: EarlierTrials): EarlierTrials => ({
  from,
  observations: observations.map(({ constraintValues, ...rest }) => ({
    ...rest,
    values: rest.values.map(knownOr),
    noise: rest.noise.map(knownOr),
    ...(constraintValues && { constraintValues: constraintValues.map(knownOr) }),
  })),
});

const knownOr = (value: number | null | undefined): number | undefined => value ?? undefined;

function saveAgent(sql: Sql, agent: StoredAgent): void {
  sql.run(
    'INSERT OR REPLACE INTO agent VALUES (?, ?, ?, ?, ?, ?, ?)',
    agent.id,
    agent.name,
    JSON.stringify(agent.machine),
    agent.firstSeenMilliseconds,
    agent.lastSeenMilliseconds,
    agent.failuresInARow,
    agent.quarantine ?? null,
  );
}

const readAgent = (row: SqlRow): StoredAgent => ({
  id: agentId(String(row['id'])),
  name: String(row['name']),
  machine: json<MachineDescription>(row['machine_json']),
  firstSeenMilliseconds: Number(row['first_seen_ms']),
  lastSeenMilliseconds: Number(row['last_seen_ms']),
  failuresInARow: Number(row['failures_in_a_row']),
  ...(row['quarantine'] === null ? {} : { quarantine: String(row['quarantine']) }),
});

/** Reads what this program wrote; the store is trusted, unlike the wire. */
const json = <T>(value: unknown): T => JSON.parse(String(value)) as T;
