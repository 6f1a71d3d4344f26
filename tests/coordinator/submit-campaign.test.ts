/** A campaign file finds the campaign that was begun with it, also by an older version. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test } from 'vitest';
import { stringify } from 'yaml';

import type { LoadedCampaign } from '../../coordinator/campaign/load.js';
import { openSql } from '../../coordinator/store/sql.js';
import { openSqliteStore } from '../../coordinator/store/sqlite-store.js';
import { submitCampaign } from '../../coordinator/submit-campaign.js';
import type { Campaign } from '../../shared/domain/campaign.js';
import { campaignId } from '../../shared/domain/identity.js';
import { parseCampaign } from '../../shared/schema/parse-campaign.js';
import { BACK_TO_FIRST_VERSION } from '../support/first-version.js';
import { COMMAND_CAMPAIGN } from '../shared/schema/campaign-texts.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'submit-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function loaded(blocks: object = COMMAND_CAMPAIGN): LoadedCampaign {
  const text = stringify(blocks);
  const parsed = parseCampaign(text);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  return { ...parsed, text };
}

/** The store of the first version with the campaign of a file. */
function formerStore(file: string, { campaign, formerHash = '', text }: LoadedCampaign): void {
  const store = openSqliteStore(file);
  const { require, remeasure } = campaign.measurement;
  const former = { ...campaign, measurement: { require, remeasure, idleSeconds: 0 } } as Campaign;
  const base = { state: 'open', createdMilliseconds: 1, activeSeconds: 0, versions: {} } as const;
  store.insertCampaign({ ...base, id: campaignId('former'), campaign: former, hash: formerHash, text });
  store.close();
  const sql = openSql(file);
  sql.exec('DROP TABLE attempt_energy');
  sql.exec('CREATE TABLE attempt_energy (trial, attempt, device, part, provenance, sequence, microjoules)');
  sql.exec(BACK_TO_FIRST_VERSION);
  sql.close();
}

test('an unfinished campaign of equal content is resumed, another begins', () => {
  const store = openSqliteStore(':memory:');
  const first = submitCampaign(store, loaded(), 1);
  expect(first.resumed).toBe(false);
  expect(submitCampaign(store, loaded(), 2)).toEqual({ id: first.id, resumed: true });
  expect(submitCampaign(store, loaded({ ...COMMAND_CAMPAIGN, seed: 5 }), 3).resumed).toBe(false);
  store.changeCampaign(first.id, { state: 'closed' });
  const second = submitCampaign(store, loaded(), 4);
  expect(second).toEqual({ id: `${first.id}-2`, resumed: false });
  store.close();
});

test('one that the first version began goes on with the protocol of its time', () => {
  const file = join(folder, 'store.sqlite');
  formerStore(file, loaded());
  const store = openSqliteStore(file);
  expect(submitCampaign(store, loaded(), 2)).toEqual({ id: 'former', resumed: true });
  expect(store.campaign(campaignId('former'))?.campaign).toEqual({
    ...loaded().campaign,
    measurement: {
      ...{ require: 'any', remeasure: 2, idleSeconds: 0 },
      ...{ warmUpSeconds: 0, repeatTarget: 0, repeatSeconds: 0, coolDownSeconds: 0 },
    },
  });
  const measurement = { 'warm-up': '1 s' };
  expect(submitCampaign(store, loaded({ ...COMMAND_CAMPAIGN, measurement }), 3).resumed).toBe(false);
  store.close();
});
