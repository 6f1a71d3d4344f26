import { readFileSync } from 'node:fs';

import { format } from 'prettier';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';

import { parseCampaign } from '../../../shared/schema/parse-campaign.js';
import { BUILTIN_CAMPAIGN, COMMAND_CAMPAIGN } from './campaign-texts.js';
import { campaignJsonSchema, campaignKeys, campaignTable, inline, trainerTables } from './campaign-reference.js';

// `npx vitest run --project unit tests/shared/schema -u` makes both files anew.
const SCHEMA_FILE = 'deploy/campaign.schema.json';
const GUIDE_FILE = 'docs/campaign-file.md';

test('the published JSON Schema is that of the parser', async () => {
  const text = await format(JSON.stringify(campaignJsonSchema()), { parser: 'json', printWidth: 120 });
  await expect(text).toMatchFileSnapshot(`../../../${SCHEMA_FILE}`);
});

test('the guide lists every key and option as the schemas have them', async () => {
  const guide = readFileSync(GUIDE_FILE, 'utf8');
  const current = withPart(withPart(guide, 'keys', campaignTable()), 'trainer', trainerTables());
  await expect(current).toMatchFileSnapshot(`../../../${GUIDE_FILE}`);
});

/** The guide with the part between two marks replaced. */
function withPart(guide: string, name: string, part: string): string {
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  expect(guide).toContain(open);
  const [before = '', rest = ''] = guide.split(open);
  return `${before}${open}\n\n${part}\n\n${close}${rest.split(close)[1] ?? ''}`;
}

test('every key has a description and, unless its words are given, an example', () => {
  const poor = campaignKeys().filter(({ node }) => !node.description || (!node.examples && !node.const && !node.enum));
  expect(poor.map(({ path }) => path)).toEqual([]);
});

test('the examples of the guide, written as they stand there, are read as what they are', () => {
  for (const { path, node } of campaignKeys()) {
    for (const example of node.examples ?? []) expect([path, parse(inline(example))]).toEqual([path, example]);
  }
});

/** The published schema as an editor applies it. */
const published = (): z.ZodType =>
  z.fromJSONSchema(JSON.parse(readFileSync(SCHEMA_FILE, 'utf8')) as Parameters<typeof z.fromJSONSchema>[0]);

test('an editor accepts what the parser accepts, and marks unknown keys', () => {
  const schema = published();
  for (const blocks of [COMMAND_CAMPAIGN, BUILTIN_CAMPAIGN]) {
    expect(schema.safeParse(blocks).success).toBe(true);
    expect(schema.safeParse({ ...blocks, sede: 1 }).success).toBe(false);
    expect(schema.safeParse({ ...blocks, budget: { trials: 'many' } }).success).toBe(false);
    expect(schema.safeParse({ ...blocks, space: { a: { low: 1 } } }).success).toBe(false);
  }
});

test('the first file of the guide is valid', () => {
  const [, text = ''] = /```yaml\n([^]*?)```/.exec(readFileSync(GUIDE_FILE, 'utf8')) ?? [];
  expect(parseCampaign(text)).toMatchObject({ ok: true, campaign: { name: 'my-campaign' } });
});
