/** The hash of a campaign's content, and the one under which the first version knew the same file. */

import { expect, test } from 'vitest';

import { parseCampaign } from '../../../shared/schema/parse-campaign.js';

/** With energy per item, so that repeats are on by default today. */
const FORMER = `name: former
seed: 7
space:
  learning_rate: {low: 0.0001, high: 0.1, scale: log}
  width: [16, 32, 64]
objectives:
  loss: minimize
  energy: {energy: {window: infer, label: decode, per: token}}
workload:
  kind: command
  argv: [python3, train.py, --lr, '{learning_rate}', --width, '{width}']
budget: {trials: 12}
`;

const hashesOf = (more = ''): { readonly hash: string; readonly formerHash?: string } => {
  const parsed = parseCampaign(FORMER + more);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  return parsed;
};

// Printed by the program as of commit da7ac9b.
test.each([
  ['', 'c085763b030f250d636231e3b9209a22ec2161ced4b189af9986c6227eea371b'],
  [
    'measurement: {require: measured, boundary: cpu, remeasure: 1}',
    '3d1d71546342836a13a0311f49c5f3cd766bfcddddfad3d92f64a74c6bce091c',
  ],
  ['measurement: {idle: 3 s}', 'd899a60ac1ca5308dcd37a1d84f84abc4a01b033f56c9012259e9b0f6d8216db'],
  ['measurement: {idle: 0 s}', 'c085763b030f250d636231e3b9209a22ec2161ced4b189af9986c6227eea371b'],
])('a file with %j has the hash that the first version gave it', (more, hash) => {
  expect(hashesOf(more).formerHash).toBe(hash);
  expect(hashesOf(more).hash).not.toBe(hash);
});

test.each([
  'measurement: {warm-up: 2 s}',
  'measurement: {repeat: {target: 0}}',
  'measurement: {cool-down: {celsius: 40}}',
  'carbon: {region: DEU}',
])('a file with %j was unknown to the first version', (more) => {
  expect(hashesOf(more)).not.toHaveProperty('formerHash');
});

test('what is written as it would be anyway has the same hash; another protocol has another', () => {
  const { hash } = hashesOf();
  expect(hashesOf('measurement: {idle: 5 s, warm-up: 2 s, repeat: {target: 2 %}}').hash).toBe(hash);
  expect(hashesOf('measurement: {idle: 0 s}').hash).not.toBe(hash);
});
