/**
 * Writes to the store for as long as it lives, to be killed at any moment: `node store-writer.mjs FILE [N]`.
 *
 * Each transaction adds one trial with its attempt and puts it into the history; when it is committed, it says `done N`.
 * In the middle of the given transaction it says `half` and stands still.
 */
import { writeSync } from 'node:fs';
import { openSqliteStore } from '../../dist/coordinator/store/sqlite-store.js';

const store = openSqliteStore(process.argv[2]);
const campaign = 'c1';
if (!store.campaign(campaign)) {
  const base = { state: 'open', createdMilliseconds: 0, activeSeconds: 0, versions: {}, hash: 'h', text: '' };
  store.insertCampaign({ ...base, id: campaign, campaign: { name: 'killed' } });
}
const say = (line) => writeSync(1, `${line}\n`);

for (let index = store.trials(campaign).length + 1; ; index++) {
  const trial = `c1-${index}`;
  store.transaction(() => {
    const life = { configurationHash: 'h', replicate: 0, state: 'leased', attempts: 1, lease: `l-${index}` };
    store.insertTrial({ id: trial, campaign, index, configuration: { x: index }, ...life });
    if (index === Number(process.argv[3])) {
      say('half');
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    }
    const place = { agent: 'a', slot: 's', devices: [], hardwareClass: 'h', grantedMilliseconds: index };
    store.insertAttempt({ trial, attempt: 1, lease: `l-${index}`, ...place });
    store.appendHistory(campaign, trial);
  });
  say(`done ${index}`);
}
