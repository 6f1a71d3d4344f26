/** The store in one SQLite file. */

import { campaignRows } from './campaign-rows.js';
import { eventRows } from './event-rows.js';
import { proposalRows } from './proposal-rows.js';
import { migrate } from './schema.js';
import { openSql } from './sql.js';
import { stopRows } from './stop-rows.js';
import type { Store } from './store.js';
import { trialRows } from './trial-rows.js';

/**
 * Opens the store, creating or migrating it as needed.
 *
 * @param path - of the database file, or `:memory:`.
 * @throws {EnvironmentError} if it is held by another process, damaged, newer, or the disk refuses.
 */
export function openSqliteStore(path: string): Store {
  const sql = openSql(path);
  try {
    migrate(sql);
  } catch (error) {
    sql.close();
    throw error;
  }
  return {
    transaction: (work) => sql.transaction(work),
    ...campaignRows(sql),
    ...proposalRows(sql),
    ...trialRows(sql),
    ...eventRows(sql),
    ...stopRows(sql),
    close: () => sql.close(),
  };
}
