/** Rows of trials, their attempts and the history. */

import type { Configuration } from '../../shared/domain/configuration.js';
import {
  agentId,
  campaignId,
  deviceId,
  hardwareClassId,
  leaseId,
  slotId,
  trialId,
} from '../../shared/domain/identity.js';
import type { Failure, Trial, TrialState } from '../../shared/domain/trial.js';
import type { Sql, SqlRow } from './sql.js';
import type { Attempt, AttemptEndReason, NewAttempt, Store, StoredTrial } from './store.js';

type TrialRows = Pick<
  Store,
  | 'insertTrial'
  | 'saveTrial'
  | 'trial'
  | 'trials'
  | 'insertAttempt'
  | 'endAttempt'
  | 'markOutcomeKnown'
  | 'attempts'
  | 'attemptsOf'
  | 'openAttempts'
  | 'appendHistory'
  | 'history'
>;

const OF_CAMPAIGN = 'FROM attempt WHERE trial IN (SELECT id FROM trial WHERE campaign = ?)';

export function trialRows(sql: Sql): TrialRows {
  return {
    insertTrial: (trial) => insertTrial(sql, trial),
    saveTrial: (trial) => saveTrial(sql, trial),
    trial(id) {
      const row = sql.get('SELECT * FROM trial WHERE id = ?', id);
      return row && readTrial(row);
    },
    trials: (campaign) => sql.all('SELECT * FROM trial WHERE campaign = ? ORDER BY ordinal', campaign).map(readTrial),
    insertAttempt: (attempt) => insertAttempt(sql, attempt),
    endAttempt(end) {
      sql.run(
        'UPDATE attempt SET ended_ms = ?, end_reason = ?, signature = ? WHERE trial = ? AND attempt = ?',
        end.endedMilliseconds ?? null,
        end.endReason ?? null,
        end.signature ?? null,
        end.trial,
        end.attempt,
      );
    },
    markOutcomeKnown: (trial, attempt) =>
      sql.run('UPDATE attempt SET outcome_known = 1 WHERE trial = ? AND attempt = ?', trial, attempt),
    attempts: (campaign) => sql.all(`SELECT * ${OF_CAMPAIGN} ORDER BY granted_ms`, campaign).map(readAttempt),
    attemptsOf: (trial) => sql.all('SELECT * FROM attempt WHERE trial = ? ORDER BY attempt', trial).map(readAttempt),
    openAttempts: () => sql.all('SELECT * FROM attempt WHERE ended_ms IS NULL').map(readAttempt),
    appendHistory: (campaign, trial) =>
      sql.run(
        `INSERT OR IGNORE INTO history
         VALUES (?1, (SELECT coalesce(max(ordinal), 0) + 1 FROM history WHERE campaign = ?1), ?2)`,
        campaign,
        trial,
      ),
    history: (campaign) =>
      sql
        .all('SELECT trial FROM history WHERE campaign = ? ORDER BY ordinal', campaign)
        .map((row) => trialId(String(row['trial']))),
  };
}

function insertTrial(sql: Sql, trial: Trial): void {
  sql.run(
    `INSERT INTO trial (id, campaign, ordinal, configuration_json, configuration_hash, hardware_class, replicate, state,
       attempts) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    trial.id,
    trial.campaign,
    trial.index,
    JSON.stringify(trial.configuration),
    trial.configurationHash,
    trial.hardwareClass ?? null,
    trial.replicate,
    trial.state,
    trial.attempts,
  );
}

function saveTrial(sql: Sql, { trial, accountedAttempt, remeasured, avoid }: StoredTrial): void {
  sql.run(
    `UPDATE trial SET state = ?, attempts = ?, lease = ?, failure_json = ?, accounted_attempt = ?, remeasured = ?,
       avoid_json = ? WHERE id = ?`,
    trial.state,
    trial.attempts,
    trial.lease ?? null,
    trial.failure ? JSON.stringify(trial.failure) : null,
    accountedAttempt ?? null,
    remeasured,
    JSON.stringify(avoid),
    trial.id,
  );
}

const readTrial = (row: SqlRow): StoredTrial => ({
  trial: {
    id: trialId(String(row['id'])),
    campaign: campaignId(String(row['campaign'])),
    index: Number(row['ordinal']),
    configuration: JSON.parse(String(row['configuration_json'])) as Configuration,
    configurationHash: String(row['configuration_hash']),
    replicate: Number(row['replicate']),
    state: row['state'] as TrialState,
    attempts: Number(row['attempts']),
    ...(row['hardware_class'] === null ? {} : { hardwareClass: hardwareClassId(String(row['hardware_class'])) }),
    ...(row['lease'] === null ? {} : { lease: leaseId(String(row['lease'])) }),
    ...(row['failure_json'] === null ? {} : { failure: JSON.parse(String(row['failure_json'])) as Failure }),
  },
  remeasured: Number(row['remeasured']),
  avoid: (JSON.parse(String(row['avoid_json'])) as string[]).map(agentId),
  ...(row['accounted_attempt'] === null ? {} : { accountedAttempt: Number(row['accounted_attempt']) }),
});

function insertAttempt(sql: Sql, attempt: NewAttempt): void {
  sql.run(
    `INSERT INTO attempt (trial, attempt, lease, agent, slot, devices_json, hardware_class, granted_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    attempt.trial,
    attempt.attempt,
    attempt.lease,
    attempt.agent,
    attempt.slot,
    JSON.stringify(attempt.devices),
    attempt.hardwareClass,
    attempt.grantedMilliseconds,
  );
}

const readAttempt = (row: SqlRow): Attempt => ({
  trial: trialId(String(row['trial'])),
  attempt: Number(row['attempt']),
  lease: leaseId(String(row['lease'])),
  agent: agentId(String(row['agent'])),
  slot: slotId(String(row['slot'])),
  devices: (JSON.parse(String(row['devices_json'])) as string[]).map(deviceId),
  hardwareClass: hardwareClassId(String(row['hardware_class'])),
  grantedMilliseconds: Number(row['granted_ms']),
  outcomeKnown: row['outcome_known'] === 1,
  ...(row['ended_ms'] === null ? {} : { endedMilliseconds: Number(row['ended_ms']) }),
  ...(row['end_reason'] === null ? {} : { endReason: row['end_reason'] as AttemptEndReason }),
  ...(row['signature'] === null ? {} : { signature: String(row['signature']) }),
});
