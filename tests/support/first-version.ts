/** Takes a store of this version back to its first one, but for the energies of attempts. */

/** Undoes what later versions added. */
export const BACK_TO_FIRST_VERSION = `
  DROP TABLE stop_decision;
  DROP TABLE prepared;
  ALTER TABLE proposal DROP COLUMN skip;
  ALTER TABLE proposal DROP COLUMN task;
  ALTER TABLE campaign DROP COLUMN earlier_json;
  PRAGMA user_version = 1;
`;
