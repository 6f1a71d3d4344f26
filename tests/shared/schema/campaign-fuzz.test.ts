import { readFileSync } from 'node:fs';

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';

import { checkConstraints } from '../../../coordinator/campaign/check-constraints.js';
import { parseCampaign } from '../../../shared/schema/parse-campaign.js';
import { BUILTIN_CAMPAIGN, COMMAND_CAMPAIGN } from './campaign-texts.js';
import { campaignKeys } from './campaign-reference.js';

const SEED = 20_240_617;
const EXAMPLES = ['quickstart', 'compare', 'command-python', 'command-shell'].map((name) =>
  readFileSync(`deploy/campaigns/${name}.yaml`, 'utf8'),
);
const WORDS = [...new Set(campaignKeys().flatMap(({ path }) => path.split('.')))];

/** Every text yields a campaign or faults with a place, a problem and a remedy; nothing is thrown. */
function expectSound(text: string): void {
  const parsed = parseCampaign(text, { checkConstraints });
  if (parsed.ok) {
    expect(parsed.hash).toMatch(/^[0-9a-f]{64}$/);
    return;
  }
  const lines = text.split('\n').length;
  expect(parsed.faults.length).toBeGreaterThan(0);
  for (const { line, column, problem, remedy } of parsed.faults) {
    expect(line).toBeGreaterThanOrEqual(1);
    expect(line).toBeLessThanOrEqual(lines + 1);
    expect(column).toBeGreaterThanOrEqual(1);
    expect(`${problem} ${remedy}`).not.toMatch(/\n|undefined|\[object|NaN/);
    expect(remedy).toMatch(/[.?…]$/);
    expect(problem).not.toMatch(/\.$/);
  }
}

/** Values of any kind, with words that the schema knows among them. */
const anything = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.oneof(
      fc.integer(),
      fc.double({ noNaN: true }),
      fc.boolean(),
      fc.constant(null),
      fc.string(),
      fc.constantFrom(...WORDS),
    ),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.oneof(fc.constantFrom(...WORDS), fc.string()), tie('value'), { maxKeys: 4 }),
  ),
})).value;

test('random text yields faults and throws nothing', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ maxLength: 200 }), fc.string({ unit: 'binary', maxLength: 100 })), expectSound),
    { seed: SEED, numRuns: 200 },
  );
});

test('random data under known keys yields faults and throws nothing', () => {
  const blocks = fc.dictionary(fc.constantFrom(...WORDS), anything, { maxKeys: 10 });
  fc.assert(
    fc.property(blocks, (data) => expectSound(stringify(data))),
    { seed: SEED, numRuns: 200 },
  );
});

/** All paths into a value. */
function pathsOf(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, entry]) => pathsOf(entry, [...path, key]))];
}

function replaced(value: unknown, path: readonly string[], by: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return by;
  if (Array.isArray(value))
    return value.map((entry, i) => (String(i) === key ? replaced(entry, rest, by) : (entry as unknown)));
  const entries = value as Readonly<Record<string, unknown>>;
  return { ...entries, [key]: replaced(entries[key], rest, by) };
}

const FULL = {
  ...COMMAND_CAMPAIGN,
  constraints: ['heads * lr < 1'],
  proposer: { kind: 'sobol', start: 4, first: [{ lr: 0.01, heads: 2 }] },
  hardware: { policy: 'compare', classes: ['*'], replicates: 2, backfill: true },
  measurement: { boundary: 'cpu', require: 'any', idle: '1 s', remeasure: 0 },
  limits: { hours: '30 min', attempts: 1 },
  needs: { devices: 1, data: [] },
};

test('any one value of a valid campaign may be anything else', () => {
  for (const base of [FULL, BUILTIN_CAMPAIGN]) {
    const paths = pathsOf(base);
    fc.assert(
      fc.property(fc.nat(paths.length - 1), anything, (i, value) =>
        expectSound(stringify(replaced(base, paths[i] ?? [], value))),
      ),
      { seed: SEED, numRuns: 200 },
    );
  }
});

test('any cut, doubling or noise in an example is survived', () => {
  const change = fc.record({
    text: fc.constantFrom(...EXAMPLES),
    at: fc.nat(2000),
    length: fc.nat(40),
    noise: fc.oneof(
      fc.string({ maxLength: 5 }),
      fc.constantFrom('\t', '{', '}', '[', ']', ':', '- ', '&a ', '*a', '<<: ', '"', '#', '\n'),
    ),
  });
  fc.assert(
    fc.property(change, ({ text, at, length, noise }) => {
      expectSound(text.slice(0, at) + noise + text.slice(at + length));
      expectSound(text.slice(0, at) + text.slice(Math.max(0, at - length)));
    }),
    { seed: SEED, numRuns: 150 },
  );
});
