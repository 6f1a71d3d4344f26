/** Rows of events, energies, observations and sealed metrics. */

import { DomainError } from '../../shared/domain/errors.js';
import type { AttemptEvent } from '../../shared/domain/event.js';
import { deviceId } from '../../shared/domain/identity.js';
import type { CampaignId, TrialId } from '../../shared/domain/identity.js';
import type { AttemptEnergy, Part, Provenance } from '../../shared/domain/measurement.js';
import type { Observation } from '../../shared/domain/trial.js';
import { decodeEvent, encodeEvent } from '../../shared/wire/event-codec.js';
import type { Sql, SqlRow } from './sql.js';
import type { Store } from './store.js';

type EventRows = Pick<
  Store,
  | 'insertEvent'
  | 'events'
  | 'saveAttemptEnergy'
  | 'attemptEnergy'
  | 'insertObservation'
  | 'observation'
  | 'extraObservations'
  | 'sealMetrics'
  | 'unseal'
  | 'insertRejected'
  | 'rejectedCount'
>;

export function eventRows(sql: Sql): EventRows {
  return {
    insertEvent: (event, ingestedMilliseconds) => insertEvent(sql, event, ingestedMilliseconds),
    events: (trial, kinds) => events(sql, trial, kinds),
    saveAttemptEnergy: (event, energy) => energy.forEach((one) => saveEnergy(sql, event, one)),
    attemptEnergy: (trial, attempt) =>
      sql.all('SELECT * FROM attempt_energy WHERE trial = ? AND attempt = ?', trial, attempt).map(readEnergy),
    insertObservation: ({ trial, attempt, sequence }, accounted) =>
      sql.run(
        `INSERT INTO observation VALUES (?, ?, ?, ?)
         ON CONFLICT (trial, attempt) DO UPDATE SET sequence = excluded.sequence, accounted = excluded.accounted`,
        ...[trial, attempt, sequence, accounted ? 1 : 0],
      ),
    observation: (trial) => observations(sql, trial, 1)[0]?.observation,
    extraObservations: (trial) => observations(sql, trial, 0),
    sealMetrics(campaign, { trial, attempt }, metrics) {
      for (const [metric, value] of Object.entries(metrics)) {
        if (!Number.isFinite(value)) continue;
        sql.run('INSERT OR IGNORE INTO sealed_metric VALUES (?, ?, ?, ?, ?)', campaign, trial, attempt, metric, value);
      }
    },
    unseal: (campaign, trials) => unseal(sql, campaign, trials),
    insertRejected: ({ subject, reason, receivedMilliseconds, body }) =>
      sql.run(
        'INSERT INTO rejected (subject, reason, received_ms, body) VALUES (?, ?, ?, ?)',
        subject,
        reason,
        receivedMilliseconds,
        body,
      ),
    rejectedCount: () => Number(sql.get('SELECT count(*) AS n FROM rejected')?.['n'] ?? 0),
  };
}

function insertEvent(sql: Sql, event: AttemptEvent, ingestedMilliseconds: number): boolean {
  const { trial, attempt, sequence } = event;
  const key = 'SELECT 1 AS known FROM event WHERE trial = ? AND attempt = ? AND sequence = ?';
  if (sql.get(key, trial, attempt, sequence)) return false;
  sql.run(
    'INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?)',
    trial,
    attempt,
    sequence,
    event.body.kind,
    event.wallMilliseconds,
    ingestedMilliseconds,
    encodeEvent(withoutSealed(event)),
  );
  return true;
}

/** Sealed metrics live in their own table and nowhere else. */
function withoutSealed(event: AttemptEvent): AttemptEvent {
  if (event.body.kind !== 'observed') return event;
  return { ...event, body: { kind: 'observed', observation: { ...event.body.observation, sealed: {} } } };
}

function events(sql: Sql, trial: TrialId, kinds: readonly string[]): readonly AttemptEvent[] {
  return sql
    .all('SELECT kind, body FROM event WHERE trial = ? ORDER BY attempt, sequence', trial)
    .filter(({ kind }) => kinds.length === 0 || kinds.includes(String(kind)))
    .map(({ body }) => decodeEvent(body as Uint8Array));
}

function saveEnergy(sql: Sql, event: { trial: string; attempt: number; sequence: number }, one: AttemptEnergy): void {
  sql.run(
    `INSERT INTO attempt_energy VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET provenance = excluded.provenance, sequence = excluded.sequence,
       microjoules = excluded.microjoules, unattributed_microjoules = excluded.unattributed_microjoules,
       is_lower_bound = excluded.is_lower_bound
     WHERE excluded.sequence > sequence`,
    event.trial,
    event.attempt,
    one.device,
    one.part,
    one.provenance,
    event.sequence,
    String(one.microjoules),
    one.unattributedMicrojoules === undefined ? null : String(one.unattributedMicrojoules),
    one.isLowerBound ? 1 : 0,
  );
}

const readEnergy = (row: SqlRow): AttemptEnergy => ({
  device: deviceId(String(row['device'])),
  part: row['part'] as Part,
  provenance: row['provenance'] as Provenance,
  microjoules: BigInt(String(row['microjoules'])),
  ...(row['unattributed_microjoules'] !== null && {
    unattributedMicrojoules: BigInt(String(row['unattributed_microjoules'])),
  }),
  ...(row['is_lower_bound'] === 1 && { isLowerBound: true }),
});

function observations(
  sql: Sql,
  trial: TrialId,
  accounted: 0 | 1,
): readonly { readonly attempt: number; readonly observation: Observation }[] {
  const rows = sql.all(
    `SELECT attempt, body FROM observation JOIN event USING (trial, attempt, sequence)
     WHERE trial = ? AND accounted = ? ORDER BY attempt`,
    trial,
    accounted,
  );
  return rows.flatMap((row) => {
    const { body } = decodeEvent(row['body'] as Uint8Array);
    return body.kind === 'observed' ? [{ attempt: Number(row['attempt']), observation: body.observation }] : [];
  });
}

function unseal(
  sql: Sql,
  campaign: CampaignId,
  trials: readonly TrialId[],
): Readonly<Record<TrialId, Readonly<Record<string, number>>>> {
  const state = sql.get('SELECT state FROM campaign WHERE id = ?', campaign)?.['state'];
  if (state !== 'closed')
    throw new DomainError('sealed metrics stay sealed until the campaign is closed', { campaign });
  const result: Record<TrialId, Record<string, number>> = {};
  for (const trial of trials) {
    const rows = sql.all(
      `SELECT metric, value FROM sealed_metric JOIN trial ON trial.id = sealed_metric.trial
       WHERE sealed_metric.trial = ? AND sealed_metric.campaign = ? AND attempt = accounted_attempt`,
      trial,
      campaign,
    );
    result[trial] = Object.fromEntries(rows.map((row) => [String(row['metric']), Number(row['value'])]));
  }
  return result;
}
