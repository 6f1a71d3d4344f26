import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';

import { loadCampaign } from '../../../coordinator/campaign/load.js';
import type { Campaign } from '../../../shared/domain/campaign.js';
import { sealedMetrics } from '../../../shared/domain/campaign.js';
import { applyOverrides } from '../../../shared/schema/default-configuration.js';

const FOLDER = 'deploy/campaigns';
const EXAMPLES = readdirSync(FOLDER).filter((name) => name.endsWith('.yaml'));

const load = async (name: string): Promise<Campaign> => (await loadCampaign(join(FOLDER, name))).campaign;

test('the examples are those that the guides name', () => {
  expect(EXAMPLES.sort()).toEqual(['command-python.yaml', 'command-shell.yaml', 'compare.yaml', 'quickstart.yaml']);
});

const published = (): z.ZodType =>
  z.fromJSONSchema(
    JSON.parse(readFileSync('deploy/campaign.schema.json', 'utf8')) as Parameters<typeof z.fromJSONSchema>[0],
  );

test.each(EXAMPLES)('%s is loaded, fits the published schema, and names it for editors', async (name) => {
  const campaign = await load(name);
  expect(campaign.name).toBe(name.replace('.yaml', ''));
  const text = readFileSync(join(FOLDER, name), 'utf8');
  expect(published().safeParse(parse(text)).error?.issues ?? []).toEqual([]);
  expect(text.split('\n')[0]).toBe('# yaml-language-server: $schema=../campaign.schema.json');
});

test('the quickstart trades loss against two energies, over 16 trials at least, with the test loss sealed', async () => {
  const campaign = await load('quickstart.yaml');
  expect(campaign.objectives.map(({ name, unit }) => [name, unit])).toEqual([
    ['validation_loss', 'nat/token'],
    ['train_energy', 'J'],
    ['decode_energy', 'J/token'],
  ]);
  expect(campaign.space.parameters.map(({ name }) => name)).toEqual([
    'learning_rate',
    'heads',
    'head_width',
    'layers',
    'context',
    'batch_size',
  ]);
  expect(campaign.budget.trials).toBeGreaterThanOrEqual(16);
  expect([...sealedMetrics(campaign)]).toEqual(['test_loss']);
});

test('the comparison runs each configuration on every class', async () => {
  const { hardware, budget } = await load('compare.yaml');
  expect(hardware).toMatchObject({ policy: 'compare', classes: [] });
  expect(budget.counts).toBe('configurations');
});

const hasProgram = (name: string): boolean => {
  try {
    execFileSync(name, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

/** Runs the command of a campaign as an agent would, in the middle of its space. */
async function runExample(name: string, trialFolder: string): Promise<{ campaign: Campaign; output: string }> {
  const campaign = await load(name);
  if (campaign.workload.kind !== 'command') throw new Error('no command');
  const values = { ...applyOverrides(campaign, []), seed: 1, trial_dir: trialFolder };
  const fill = (text: string): string =>
    Object.entries(values).reduce((filled, [key, value]) => filled.replaceAll(`{${key}}`, String(value)), text);
  const [program = '', ...argv] = campaign.workload.argv.map(fill);
  return { campaign, output: execFileSync(program, argv, { encoding: 'utf8' }) };
}

test('the Python example runs and yields every metric', async ({ skip }) => {
  skip(!hasProgram('python3'), 'no python3');
  const folder = mkdtempSync(join(tmpdir(), 'example-'));
  try {
    const { output } = await runExample('command-python.yaml', folder);
    expect(output).toMatch(/^validation loss=0\.\d+$/m);
    const metrics = JSON.parse(readFileSync(join(folder, 'metrics.json'), 'utf8')) as Record<
      string,
      Record<string, number>
    >;
    expect(metrics['validation']?.['accuracy']).toBeGreaterThan(0.7);
    expect(metrics['test']?.['accuracy']).toBeGreaterThan(0.7);
    await runExample('command-python.yaml', folder);
    expect(JSON.parse(readFileSync(join(folder, 'metrics.json'), 'utf8'))).toEqual(metrics);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('the shell example runs and yields its metric', async ({ skip }) => {
  skip(!hasProgram('gzip'), 'no gzip');
  const { output } = await runExample('command-shell.yaml', tmpdir());
  expect(output).toMatch(/^kilobytes=\d{3,4}$/m);
});
