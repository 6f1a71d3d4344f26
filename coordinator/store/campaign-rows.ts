/** Rows of campaigns, proposals and agents. */

import type { Campaign } from '../../shared/domain/campaign.js';
import type { Configuration } from '../../shared/domain/configuration.js';
import type { MachineDescription } from '../../shared/domain/hardware.js';
import { agentId, campaignId } from '../../shared/domain/identity.js';
import type { Sql, SqlRow } from './sql.js';
import type { CampaignChange, ProposalRecord, Store, StoredAgent, StoredCampaign } from './store.js';

type CampaignRows = Pick<
  Store,
  | 'insertCampaign'
  | 'changeCampaign'
  | 'campaign'
  | 'campaigns'
  | 'insertProposal'
  | 'proposals'
  | 'saveAgent'
  | 'agents'
>;

export function campaignRows(sql: Sql): CampaignRows {
  return {
    insertCampaign: (campaign) => insertCampaign(sql, campaign),
    changeCampaign: (id, change) => changeCampaign(sql, id, change),
    campaign: (id) => rowOr(sql.get('SELECT * FROM campaign WHERE id = ?', id), readCampaign),
    campaigns: () => sql.all('SELECT * FROM campaign ORDER BY created_ms, id').map(readCampaign),
    insertProposal: (record) => insertProposal(sql, record),
    proposals: (campaign) =>
      sql.all('SELECT * FROM proposal WHERE campaign = ? ORDER BY ordinal', campaign).map(readProposal),
    saveAgent: (agent) => saveAgent(sql, agent),
    agents: () => sql.all('SELECT * FROM agent ORDER BY first_seen_ms, id').map(readAgent),
  };
}

const rowOr = <T>(row: SqlRow | undefined, read: (row: SqlRow) => T): T | undefined => (row ? read(row) : undefined);

function insertCampaign(sql: Sql, stored: StoredCampaign): void {
  sql.run(
    `INSERT INTO campaign (id, name, hash, campaign_json, source_text, state, created_ms, versions_json)
     VALUES (?, ?, ?, ?, ?, 'open', ?, ?)`,
    stored.id,
    stored.campaign.name,
    stored.hash,
    JSON.stringify(stored.campaign),
    stored.text,
    stored.createdMilliseconds,
    JSON.stringify(stored.versions),
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
});

function insertProposal(sql: Sql, record: ProposalRecord): void {
  sql.run(
    'INSERT INTO proposal VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
    record.campaign,
    record.ordinal,
    record.index,
    record.count,
    record.historyVersion,
    JSON.stringify(record.pending),
    JSON.stringify(record.configurations),
    record.method,
    record.createdMilliseconds,
  );
}

const readProposal = (row: SqlRow): ProposalRecord => ({
  campaign: campaignId(String(row['campaign'])),
  ordinal: Number(row['ordinal']),
  index: Number(row['configuration_index']),
  count: Number(row['count']),
  historyVersion: Number(row['history_version']),
  pending: json<Configuration[]>(row['pending_json']),
  configurations: json<Configuration[]>(row['configurations_json']),
  method: String(row['method']),
  createdMilliseconds: Number(row['created_ms']),
});

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
