/** A campaign file finds the campaign that was begun with it, also by an older version. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';

import type { LoadedCampaign } from '../../coordinator/campaign/load.js';
import { openSql } from '../../coordinator/store/sql.js';
import { openSqliteStore } from '../../coordinator/store/sqlite-store.js';
import type { Store } from '../../coordinator/store/store.js';
import { submitCampaign } from '../../coordinator/submit-campaign.js';
import type { Campaign } from '../../shared/domain/campaign.js';
import { campaignId, trialId } from '../../shared/domain/identity.js';
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
  const first = submitCampaign(store, loaded(), { nowMilliseconds: 1 });
  expect(first.resumed).toBe(false);
  expect(submitCampaign(store, loaded(), { nowMilliseconds: 2 })).toEqual({ id: first.id, resumed: true, notes: [] });
  expect(submitCampaign(store, loaded({ ...COMMAND_CAMPAIGN, seed: 5 }), { nowMilliseconds: 3 }).resumed).toBe(false);
  store.changeCampaign(first.id, { state: 'closed' });
  const second = submitCampaign(store, loaded(), { nowMilliseconds: 4 });
  expect(second).toEqual({ id: `${first.id}-2`, resumed: false, notes: [] });
  store.close();
});

test('one that the first version began goes on with the protocol of its time', () => {
  const file = join(folder, 'store.sqlite');
  formerStore(file, loaded());
  const store = openSqliteStore(file);
  expect(submitCampaign(store, loaded(), { nowMilliseconds: 2 })).toEqual({ id: 'former', resumed: true, notes: [] });
  expect(store.campaign(campaignId('former'))?.campaign).toEqual({
    ...loaded().campaign,
    measurement: {
      ...{ require: 'any', remeasure: 2, idleSeconds: 0 },
      ...{ warmUpSeconds: 0, repeatTarget: 0, repeatSeconds: 0, coolDownSeconds: 0 },
    },
  });
  const measurement = { 'warm-up': '1 s' };
  expect(submitCampaign(store, loaded({ ...COMMAND_CAMPAIGN, measurement }), { nowMilliseconds: 3 }).resumed).toBe(
    false,
  );
  store.close();
});

describe('a campaign that starts from another', () => {
  const other = { ...COMMAND_CAMPAIGN, seed: 5 };
  const first = { nowMilliseconds: 1 };

  /** A store with a finished campaign of one failed trial, which tells that its configuration cannot be run. */
  function storeWithOld(): { store: Store; old: string } {
    const store = openSqliteStore(':memory:');
    const { id } = submitCampaign(store, loaded(), first);
    const failure = { kind: 'configuration', reason: 'diverged', message: 'm', signature: 's' } as const;
    const trial = { id: trialId(`${id}-1`), campaign: id, index: 1, replicate: 0, attempts: 1, configurationHash: 'h' };
    const queued = { ...trial, configuration: { lr: 0.01, heads: 2 }, state: 'queued' } as const;
    store.insertTrial(queued);
    store.saveTrial({ trial: { ...queued, state: 'failed', failure }, remeasured: 0, avoid: [] });
    store.appendHistory(id, trial.id);
    store.changeCampaign(id, { state: 'closed' });
    return { store, old: id };
  }

  test('keeps what it takes, and is resumed with and without naming the other again', () => {
    const { store, old } = storeWithOld();
    const begun = submitCampaign(store, loaded(other), { nowMilliseconds: 2, from: 'small' });
    expect(begun).toMatchObject({ resumed: false, notes: [`1 of 1 trial of campaign ${old} taken as a start`] });
    const { earlier } = store.campaign(begun.id)!;
    expect(earlier).toMatchObject({ from: old, observations: [{ feasible: false, failure: 'diverged' }] });
    for (const from of [undefined, old, 'small']) {
      const again = { nowMilliseconds: 3, ...(from !== undefined && { from }) };
      expect(submitCampaign(store, loaded(other), again)).toEqual({ id: begun.id, resumed: true, notes: [] });
    }
    store.close();
  });

  test('cannot be begun once more with others, or with some after all', () => {
    const { store, old } = storeWithOld();
    const { id } = submitCampaign(store, loaded(other), { nowMilliseconds: 2 });
    expect(() => submitCampaign(store, loaded(other), { nowMilliseconds: 3, from: old })).toThrow(
      `--from ${old}: campaign ${id} has the same file, was begun without earlier trials and is not finished; resume it`,
    );
    expect(() => submitCampaign(store, loaded(other), { nowMilliseconds: 3, from: 'nothing' })).toThrow(
      '--from nothing: no campaign has this id or name',
    );
    expect(() => submitCampaign(store, loaded({ ...other, seed: 6 }), { ...first, from: id })).toThrow(
      `campaign ${id}: no trial can be taken`,
    );
    store.close();
  });
});
