import { expect, test } from 'vitest';
import { stringify } from 'yaml';

import { parseCampaign } from '../../../shared/schema/parse-campaign.js';
import { COMMAND_CAMPAIGN } from './campaign-texts.js';

const parse = (blocks: object) => parseCampaign(stringify({ ...COMMAND_CAMPAIGN, ...blocks }));
const stoppingOf = (stopping: unknown) => {
  const parsed = parse({ stopping });
  return parsed.ok ? parsed.campaign.stopping : parsed.faults.map(({ path }) => path);
};

test.each([
  [{}, { chance: 0.05, grace: 0.25 }],
  [{ chance: '2 %' }, { chance: 0.02, grace: 0.25 }],
  [
    { chance: 0.1, grace: '0 %' },
    { chance: 0.1, grace: 0 },
  ],
])('%j means %j', (stopping, expected) => {
  expect(stoppingOf(stopping)).toEqual(expected);
});

test('without the block every trial runs to its end', () => {
  const parsed = parse({});
  expect(parsed.ok && 'stopping' in parsed.campaign).toBe(false);
});

test.each([
  [{ chance: 0 }, ['stopping.chance']],
  [{ chance: '0 %' }, ['stopping.chance']],
  [{ chance: 1.5 }, ['stopping.chance']],
  [{ grace: '100 %' }, ['stopping.grace']],
  [{ graze: 0.2 }, ['stopping.graze']],
])('%j is a fault', (stopping, paths) => {
  expect(stoppingOf(stopping)).toEqual(paths);
});

test('a comparison needs every configuration whole', () => {
  const parsed = parse({ stopping: {}, hardware: { policy: 'compare' } });
  expect(parsed).toMatchObject({ ok: false, faults: [{ path: 'stopping' }] });
});
