/** Rows of decisions on stopping trials early. */

import { trialId } from '../../shared/domain/identity.js';
import type { StopDecision, StoppingEstimate } from '../../shared/domain/stopping.js';
import type { Sql, SqlRow } from './sql.js';
import type { Store } from './store.js';

export const stopRows = (sql: Sql): Pick<Store, 'insertStopDecision' | 'stopDecisions'> => ({
  insertStopDecision: ({ trial, attempt, verdict, estimate, decidedMilliseconds }) =>
    sql.run(
      'INSERT OR IGNORE INTO stop_decision VALUES (?, ?, ?, ?, ?)',
      ...[trial, attempt, verdict, JSON.stringify(estimate), decidedMilliseconds],
    ),
  stopDecisions: (trial) =>
    sql.all('SELECT * FROM stop_decision WHERE trial = ? ORDER BY attempt', trial).map(readDecision),
});

const readDecision = (row: SqlRow): StopDecision => ({
  trial: trialId(String(row['trial'])),
  attempt: Number(row['attempt']),
  verdict: row['verdict'] === 'stop' ? 'stop' : 'spare',
  estimate: JSON.parse(String(row['estimate_json'])) as StoppingEstimate,
  decidedMilliseconds: Number(row['decided_ms']),
});
