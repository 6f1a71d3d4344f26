/** Tables of the store and the way from one version to the next. */

import { EnvironmentError } from '../../shared/domain/errors.js';
import type { Sql } from './sql.js';

/** One entry per version: the statements that lead to it from the version before. Never edited once released. */
const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE campaign (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, hash TEXT NOT NULL, campaign_json TEXT NOT NULL, source_text TEXT NOT NULL,
    state TEXT NOT NULL, close_reason TEXT, created_ms INTEGER NOT NULL, closed_ms INTEGER,
    active_seconds REAL NOT NULL DEFAULT 0, reference_json TEXT, versions_json TEXT NOT NULL
  ) STRICT;
  CREATE TABLE proposal (
    campaign TEXT NOT NULL REFERENCES campaign(id), ordinal INTEGER NOT NULL, configuration_index INTEGER NOT NULL,
    count INTEGER NOT NULL, history_version INTEGER NOT NULL, pending_json TEXT NOT NULL,
    configurations_json TEXT NOT NULL, method TEXT NOT NULL, created_ms INTEGER NOT NULL,
    PRIMARY KEY (campaign, ordinal)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE trial (
    id TEXT PRIMARY KEY, campaign TEXT NOT NULL REFERENCES campaign(id), ordinal INTEGER NOT NULL,
    configuration_json TEXT NOT NULL, configuration_hash TEXT NOT NULL, hardware_class TEXT, replicate INTEGER NOT NULL,
    state TEXT NOT NULL, attempts INTEGER NOT NULL, lease TEXT, failure_json TEXT, accounted_attempt INTEGER,
    remeasured INTEGER NOT NULL DEFAULT 0, avoid_json TEXT NOT NULL DEFAULT '[]',
    UNIQUE (campaign, ordinal)
  ) STRICT;
  CREATE TABLE attempt (
    trial TEXT NOT NULL REFERENCES trial(id), attempt INTEGER NOT NULL, lease TEXT NOT NULL UNIQUE, agent TEXT NOT NULL,
    slot TEXT NOT NULL, devices_json TEXT NOT NULL, hardware_class TEXT NOT NULL, granted_ms INTEGER NOT NULL,
    ended_ms INTEGER, end_reason TEXT, signature TEXT, outcome_known INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (trial, attempt)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE event (
    trial TEXT NOT NULL, attempt INTEGER NOT NULL, sequence INTEGER NOT NULL, kind TEXT NOT NULL,
    wall_ms REAL NOT NULL, ingested_ms INTEGER NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (trial, attempt, sequence)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE attempt_energy (
    trial TEXT NOT NULL, attempt INTEGER NOT NULL, device TEXT NOT NULL, part TEXT NOT NULL, provenance TEXT NOT NULL,
    sequence INTEGER NOT NULL, microjoules TEXT NOT NULL,
    PRIMARY KEY (trial, attempt, device, part, provenance)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE observation (
    trial TEXT NOT NULL, attempt INTEGER NOT NULL, sequence INTEGER NOT NULL, accounted INTEGER NOT NULL,
    PRIMARY KEY (trial, attempt)
  ) STRICT, WITHOUT ROWID;
  CREATE UNIQUE INDEX one_accounted_observation ON observation (trial) WHERE accounted = 1;
  CREATE TABLE sealed_metric (
    campaign TEXT NOT NULL, trial TEXT NOT NULL, attempt INTEGER NOT NULL, metric TEXT NOT NULL, value REAL NOT NULL,
    PRIMARY KEY (campaign, trial, attempt, metric)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE history (
    campaign TEXT NOT NULL, ordinal INTEGER NOT NULL, trial TEXT NOT NULL UNIQUE,
    PRIMARY KEY (campaign, ordinal)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE agent (
    id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, machine_json TEXT NOT NULL, first_seen_ms INTEGER NOT NULL,
    last_seen_ms INTEGER NOT NULL, failures_in_a_row INTEGER NOT NULL DEFAULT 0, quarantine TEXT
  ) STRICT;
  CREATE TABLE rejected (
    ordinal INTEGER PRIMARY KEY, subject TEXT NOT NULL, reason TEXT NOT NULL, received_ms INTEGER NOT NULL,
    body BLOB NOT NULL
  ) STRICT;
  `,
  // One row per device and part: a later reading of another provenance replaces the one before, and is not added to it.
  // Campaigns from before there was a protocol of warm-up, repeats and cool-down go on without one.
  `
  CREATE TABLE cumulative_energy (
    trial TEXT NOT NULL, attempt INTEGER NOT NULL, device TEXT NOT NULL, part TEXT NOT NULL, provenance TEXT NOT NULL,
    sequence INTEGER NOT NULL, microjoules TEXT NOT NULL, unattributed_microjoules TEXT,
    is_lower_bound INTEGER NOT NULL,
    PRIMARY KEY (trial, attempt, device, part)
  ) STRICT, WITHOUT ROWID;
  INSERT OR REPLACE INTO cumulative_energy
    SELECT trial, attempt, device, part, provenance, sequence, microjoules, NULL, 0 FROM attempt_energy
    ORDER BY sequence;
  DROP TABLE attempt_energy;
  ALTER TABLE cumulative_energy RENAME TO attempt_energy;
  UPDATE campaign SET campaign_json = json_insert(campaign_json, '$.measurement.warmUpSeconds', 0,
    '$.measurement.repeatTarget', 0, '$.measurement.repeatSeconds', 0, '$.measurement.coolDownSeconds', 0);
  `,
  // At most one decision for an attempt, and never another.
  `
  CREATE TABLE stop_decision (
    trial TEXT NOT NULL, attempt INTEGER NOT NULL, verdict TEXT NOT NULL, estimate_json TEXT NOT NULL,
    decided_ms INTEGER NOT NULL,
    PRIMARY KEY (trial, attempt)
  ) STRICT, WITHOUT ROWID;
  `,
  // A proposal may be taken in parts, and is asked for a class; campaigns may begin with trials of an earlier one.
  `
  ALTER TABLE proposal ADD COLUMN skip INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE proposal ADD COLUMN task TEXT;
  ALTER TABLE campaign ADD COLUMN earlier_json TEXT;
  CREATE TABLE prepared (campaign TEXT PRIMARY KEY REFERENCES campaign(id), prepared_json TEXT NOT NULL) STRICT, WITHOUT ROWID;
  `,
];

/**
 * Brings a database to the newest version.
 *
 * @throws {EnvironmentError} if it was written by a newer version of the program.
 */
export function migrate(sql: Sql): void {
  const version = Number(sql.get('PRAGMA user_version')?.['user_version'] ?? 0);
  if (version > MIGRATIONS.length) {
    throw new EnvironmentError(
      `the store has version ${version}, this program knows up to ${MIGRATIONS.length}. Use the newer program.`,
    );
  }
  for (const [index, statements] of MIGRATIONS.entries()) {
    if (index < version) continue;
    sql.transaction(() => {
      sql.exec(statements);
      sql.exec(`PRAGMA user_version = ${index + 1}`);
    });
  }
}
