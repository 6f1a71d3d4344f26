import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test } from 'vitest';
import { stringify } from 'yaml';

import { loadCampaign } from '../../../coordinator/campaign/load.js';
import { UsageError } from '../../../shared/domain/errors.js';
import { COMMAND_CAMPAIGN } from '../../shared/schema/campaign-texts.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'load-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (content: string | Uint8Array): string => {
  const path = join(folder, 'a.yaml');
  writeFileSync(path, content);
  return path;
};

async function refusal(path: string): Promise<string> {
  const error: unknown = await loadCampaign(path).then(
    () => 'loaded',
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(UsageError);
  return error instanceof Error ? error.message.replaceAll(folder, '.') : '';
}

test('a file yields its campaign, its text and the hash of its content', async () => {
  const text = stringify(COMMAND_CAMPAIGN);
  const loaded = await loadCampaign(write(text));
  expect(loaded).toMatchObject({ campaign: { name: 'small' }, text });
  expect((await loadCampaign(write(`# other\n${text}`))).hash).toBe(loaded.hash);
});

test('a mark of byte order and lines of Windows are read', async () => {
  const text = `\ufeff${stringify(COMMAND_CAMPAIGN).replaceAll('\n', '\r\n')}`;
  expect((await loadCampaign(write(text))).campaign.name).toBe('small');
});

test('every fault is a line with file, line and column', async () => {
  const text = stringify({ ...COMMAND_CAMPAIGN, seed: -1, constraints: ['heads +', 'head * 2 < 3', 'heads'] });
  expect((await refusal(write(text))).split('\n').map((line) => line.split('  ')[0])).toEqual([
    './a.yaml:28:7',
    './a.yaml:30:5',
    './a.yaml:31:5',
    './a.yaml:32:5',
  ]);
});

test('constraints are checked by the parser that will evaluate them', async () => {
  const faulty = { ...COMMAND_CAMPAIGN, constraints: ['haeds * lr < 1', 'heads >= 2'] };
  expect(await refusal(write(stringify(faulty)))).toMatch(/^\.\/a\.yaml:\d+:5 {2}constraints\[0\]: .*haeds.*heads/);
});

test('a constraint on a malformed parameter is no second fault', async () => {
  const space = { lr: { low: 1 }, heads: [1, 2, 4] };
  const lines = (
    await refusal(write(stringify({ ...COMMAND_CAMPAIGN, space, constraints: ['heads * lr < 1'] })))
  ).split('\n');
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain('space.lr.high: is missing');
});

test('constraints that allow nothing are a fault', async () => {
  const space = { lr: [0.1, 0.2], heads: [1, 2] };
  const text = stringify({ ...COMMAND_CAMPAIGN, space, constraints: ['heads > 2'] });
  expect(await refusal(write(text))).toContain('constraints: allow no configuration at all');
});

test('constraints over continuous parameters that contradict each other are a fault', async () => {
  const space = { lr: { low: 0.1, high: 0.9 }, decay: { low: 0.1, high: 0.9 } };
  const text = stringify({ ...COMMAND_CAMPAIGN, space, constraints: ['lr > 2 * decay', 'decay > 2 * lr'] });
  expect(await refusal(write(text))).toContain(
    'constraints: seem to contradict each other: no configuration was found',
  );
});

test('a first configuration that breaks a constraint is a fault', async () => {
  const first = [
    { lr: 0.01, heads: 4 },
    { lr: 0.01, heads: 1 },
  ];
  const text = stringify({ ...COMMAND_CAMPAIGN, constraints: ['heads >= 2'], proposer: { first } });
  expect(await refusal(write(text))).toMatch(/proposer\.first\[1\]: breaks the constraint "heads >= 2"\. Change it/);
});

test.each([
  ['an empty file', '', './a.yaml:1:1  the file is empty. Begin with "name: my-campaign"; see docs/campaign-file.md.'],
  ['a binary file', Uint8Array.of(0x7f, 0x45, 0, 1), './a.yaml: is a binary file; name a campaign file in YAML'],
  ['text of another encoding', Uint8Array.of(0x6e, 0xe4, 0x0a), './a.yaml: is not UTF-8 text; save it as UTF-8'],
  ['a large file', `#${'x'.repeat(2 ** 20)}`, './a.yaml: is larger than 1 MiB; name a campaign file in YAML'],
])('%s is one clear line', async (_, content, message) => {
  expect(await refusal(write(content))).toBe(message);
});

test('a file of exactly 1 MiB is read', async () => {
  const text = `${stringify(COMMAND_CAMPAIGN)}#`;
  expect((await loadCampaign(write(text.padEnd(2 ** 20, 'x')))).campaign.name).toBe('small');
});

test('what is no file is one clear line', async () => {
  expect(await refusal(folder)).toBe('.: is a folder; name a campaign file in it');
  expect(await refusal(join(folder, 'none.yaml'))).toBe(
    './none.yaml: there is no such file; examples are in deploy/campaigns',
  );
  expect(await refusal(join(write('x'), 'b.yaml'))).toBe(
    './a.yaml/b.yaml: a part of this path is a file, not a folder',
  );
  symlinkSync('loop.yaml', join(folder, 'loop.yaml'));
  expect(await refusal(join(folder, 'loop.yaml'))).toBe('./loop.yaml: is a symbolic link that leads to itself');
  expect(await refusal('a\0b')).toMatch(/cannot be read/);
});

test('a pipe in place of the file is refused, and nobody is waited for', async () => {
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  expect(await refusal(join(folder, 'pipe'))).toBe(
    './pipe: is a pipe, socket or device; save the campaign in a file and name that',
  );
});

test('a file that may not be read is one clear line', async () => {
  const path = write('name: a');
  chmodSync(path, 0);
  // The superuser may read every file, and then finds this one's faults.
  const expected =
    process.getuid?.() === 0 ? 'a.yaml:1:1' : 'a.yaml: may not be read by this user; check its permissions';
  expect(await refusal(path)).toContain(expected);
});
