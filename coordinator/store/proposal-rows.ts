/** Rows of the journal of proposals, and what is prepared for it. */

import type { Configuration } from '../../shared/domain/configuration.js';
import { campaignId } from '../../shared/domain/identity.js';
import type { CampaignId } from '../../shared/domain/identity.js';
import type { Sql, SqlRow } from './sql.js';
import type { PreparedProposal, ProposalRecord, Store } from './store.js';

type ProposalRows = Pick<Store, 'insertProposal' | 'proposals' | 'savePrepared' | 'prepared'>;

export function proposalRows(sql: Sql): ProposalRows {
  return {
    insertProposal: (record) => insertProposal(sql, record),
    proposals: (campaign) =>
      sql.all('SELECT * FROM proposal WHERE campaign = ? ORDER BY ordinal', campaign).map(readProposal),
    savePrepared: (campaign, prepared) =>
      sql.run('INSERT OR REPLACE INTO prepared VALUES (?, ?)', campaign, JSON.stringify(prepared)),
    prepared: (campaign) => readPrepared(sql, campaign),
  };
}

function insertProposal(sql: Sql, record: ProposalRecord): void {
  sql.run(
    `INSERT INTO proposal (campaign, ordinal, configuration_index, count, skip, history_version, pending_json, task,
       configurations_json, method, created_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    record.campaign,
    record.ordinal,
    record.index,
    record.count,
    record.skip,
    record.historyVersion,
    JSON.stringify(record.pending),
    record.task ?? null,
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
  skip: Number(row['skip']),
  historyVersion: Number(row['history_version']),
  pending: json<Configuration[]>(row['pending_json']),
  configurations: json<Configuration[]>(row['configurations_json']),
  method: String(row['method']),
  createdMilliseconds: Number(row['created_ms']),
  ...(row['task'] === null ? {} : { task: String(row['task']) }),
});

function readPrepared(sql: Sql, campaign: CampaignId): readonly PreparedProposal[] {
  const row = sql.get('SELECT prepared_json FROM prepared WHERE campaign = ?', campaign);
  return row ? json<PreparedProposal[]>(row['prepared_json']) : [];
}

/** Reads what this program wrote; the store is trusted, unlike the wire. */
const json = <T>(value: unknown): T => JSON.parse(String(value)) as T;
