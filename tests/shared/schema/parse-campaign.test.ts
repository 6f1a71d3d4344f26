import { expect, test } from 'vitest';
import { stringify } from 'yaml';

import { PROPOSER_KINDS } from '../../../shared/domain/campaign.js';
import { CAMPAIGN_DEFAULTS } from '../../../shared/schema/campaign-defaults.js';
import { parseCampaign } from '../../../shared/schema/parse-campaign.js';
import { BUILTIN_CAMPAIGN, COMMAND_CAMPAIGN, campaignOf } from './campaign-texts.js';

test('a small file becomes a complete campaign', () => {
  const { seed, description, owner, hardware, needs, measurement, proposer, limits, secrets } = CAMPAIGN_DEFAULTS;
  expect(campaignOf(COMMAND_CAMPAIGN)).toEqual({
    name: 'small',
    ...{ seed, description, owner, hardware, needs, proposer, limits, secrets },
    // No objective is energy per item.
    measurement: { ...measurement, repeatTarget: 0, warmUpSeconds: 0 },
    space: {
      parameters: [
        { kind: 'float', name: 'lr', low: 0.001, high: 0.1, scale: 'log' },
        { kind: 'ordinal', name: 'heads', values: [1, 2, 4] },
      ],
      constraints: [],
    },
    objectives: [
      { name: 'loss', goal: 'minimize', unit: '', scale: 'linear', from: 'metric', metric: 'loss' },
      { name: 'energy', goal: 'minimize', unit: 'J', scale: 'log', from: 'energy', energy: { window: 'train' } },
    ],
    constraints: [],
    metrics: [],
    workload: {
      kind: 'command',
      argv: ['python3', 'train.py', '{lr}', '{heads}'],
      environment: {},
      metrics: { loss: { kind: 'pattern', pattern: 'loss=(.*)' } },
    },
    budget: { trials: 16, counts: 'trials' },
  });
});

test('every kind of proposer is taken, and improvement per joule leaves no trace where it is not asked for', () => {
  const proposerOf = (proposer: object): object => campaignOf({ ...COMMAND_CAMPAIGN, proposer }).proposer;
  for (const kind of PROPOSER_KINDS) expect(proposerOf({ kind })).toEqual({ ...CAMPAIGN_DEFAULTS.proposer, kind });
  expect(proposerOf({ 'per-joule': true })).toEqual({ ...CAMPAIGN_DEFAULTS.proposer, perJoule: true });
  expect(proposerOf({ 'per-joule': false })).toEqual(CAMPAIGN_DEFAULTS.proposer);
});

test('bounds on outcomes are read', () => {
  const bounds = ['latency <= 20', 'energy<=1.5e3', 'accuracy >= -.5'];
  expect(campaignOf({ ...COMMAND_CAMPAIGN, 'outcome-constraints': bounds }).constraints).toEqual([
    { metric: 'latency', relation: '<=', bound: 20 },
    { metric: 'energy', relation: '<=', bound: 1500 },
    { metric: 'accuracy', relation: '>=', bound: -0.5 },
  ]);
});

test('energy per item is repeated and warmed up for unless the file says otherwise, other energy is not', () => {
  const measured = (energy: object, measurement: object = {}): readonly number[] => {
    const campaign = campaignOf({ ...COMMAND_CAMPAIGN, objectives: { e: { energy } }, measurement });
    return [campaign.measurement.repeatTarget, campaign.measurement.warmUpSeconds];
  };
  const { repeatTarget, warmUpSeconds } = CAMPAIGN_DEFAULTS.measurement;
  expect(measured({ window: 'infer', per: 'token' })).toEqual([repeatTarget, warmUpSeconds]);
  expect(measured({ window: 'infer' })).toEqual([0, 0]);
  expect(measured({ window: 'train', per: 'token' })).toEqual([0, 0]);
  expect(measured({ window: 'infer' }, { repeat: { target: '5 %' }, 'warm-up': '1 min' })).toEqual([0.05, 60]);
  expect(measured({ window: 'infer', per: 'token' }, { repeat: { target: 0 }, 'warm-up': '0 s' })).toEqual([0, 0]);
});

test('everything that can be written arrives in canonical units', () => {
  const campaign = campaignOf({
    ...COMMAND_CAMPAIGN,
    description: 'all of it',
    owner: 'ada',
    seed: 7,
    constraints: ['heads * lr < 1'],
    objectives: {
      loss: { goal: 'minimize', metric: 'val/loss', unit: 'nat', threshold: 4, scale: 'log' },
      energy: { energy: { window: 'infer', label: 'decode', per: 'token' }, threshold: 2, goal: 'minimize' },
    },
    metrics: { speed: { unit: '1/s' }, test: { role: 'test' } },
    workload: {
      kind: 'command',
      argv: ['python3', 'train.py', '{lr}', '{heads}', '{seed}', '{{x}}'],
      'working-folder': '/home/lab',
      environment: { THREADS: '4' },
      metrics: {
        'val/loss': { json: '{trial_dir}/m.json', key: 'a.b' },
        speed: { pattern: 's=(.*)' },
        test: { pattern: 't=(.*)' },
      },
    },
    budget: { configurations: 12, hours: '90 min', energy: '0.5 kWh' },
    hardware: { policy: 'compare', classes: ['*H200*'], replicates: 2, backfill: true },
    measurement: { boundary: 'accelerator+cpu+dram', require: 'measured', idle: '5 s', remeasure: 0 },
    proposer: { kind: 'sobol', start: 4, first: [{ lr: 0.01, heads: 2 }] },
    limits: { hours: '30 min', attempts: 1 },
    needs: { devices: 1 },
    secrets: [],
  });
  expect(campaign).toMatchObject({
    seed: 7,
    space: { constraints: ['heads * lr < 1'] },
    objectives: [
      { from: 'metric', metric: 'val/loss', unit: 'nat', threshold: 4, scale: 'log' },
      { from: 'energy', unit: 'J/token', threshold: 2, energy: { window: 'infer', label: 'decode', per: 'token' } },
    ],
    metrics: [
      { name: 'speed', role: 'info', unit: '1/s' },
      { name: 'test', role: 'test', unit: '' },
    ],
    workload: {
      workingFolder: '/home/lab',
      environment: { THREADS: '4' },
      metrics: { 'val/loss': { kind: 'json-file', path: '{trial_dir}/m.json', key: 'a.b' } },
    },
    budget: { trials: 12, counts: 'configurations', hours: 1.5, energyJoules: 1.8e6 },
    hardware: { policy: 'compare', classes: ['*H200*'], replicates: 2, backfill: true },
    measurement: { boundary: 'accelerator+cpu+dram', require: 'measured', idleSeconds: 5, remeasure: 0 },
    proposer: { kind: 'sobol', start: 4, first: [{ lr: 0.01, heads: 2 }] },
    limits: { hours: 0.5, attempts: 1 },
  });
});

test('parameters may be written in short and long forms', () => {
  const space = {
    a: { low: 0.5, high: 2 },
    b: { low: 1, high: 8, kind: 'integer', step: 2, scale: 'linear' },
    c: { low: 0, high: 1, kind: 'float', step: 0.25 },
    d: { low: 0.01, high: 0.99, scale: 'logit' },
    e: [1, 2],
    f: ['adam', 'sgd'],
    g: { values: ['small', 'large'], kind: 'ordinal' },
    h: { choices: [3, 1, 2] },
    i: 5,
    j: { value: true },
    k: { values: [7] },
    l: { low: 0.1, high: 0.9, when: { f: 'sgd' } },
    m: { choices: ['x', 'y'], when: { f: ['sgd', 'adam'] } },
  };
  const workload = { kind: 'command', argv: ['train'] };
  expect(campaignOf({ ...COMMAND_CAMPAIGN, space, workload }).space.parameters).toEqual([
    { name: 'a', kind: 'float', low: 0.5, high: 2, scale: 'linear' },
    { name: 'b', kind: 'integer', low: 1, high: 8, scale: 'linear', step: 2 },
    { name: 'c', kind: 'float', low: 0, high: 1, scale: 'linear', step: 0.25 },
    { name: 'd', kind: 'float', low: 0.01, high: 0.99, scale: 'logit' },
    { name: 'e', kind: 'ordinal', values: [1, 2] },
    { name: 'f', kind: 'categorical', values: ['adam', 'sgd'] },
    { name: 'g', kind: 'ordinal', values: ['small', 'large'] },
    { name: 'h', kind: 'categorical', values: [3, 1, 2] },
    { name: 'i', kind: 'constant', value: 5 },
    { name: 'j', kind: 'constant', value: true },
    { name: 'k', kind: 'constant', value: 7 },
    { name: 'l', kind: 'float', low: 0.1, high: 0.9, scale: 'linear', when: { parameter: 'f', in: ['sgd'] } },
    { name: 'm', kind: 'categorical', values: ['x', 'y'], when: { parameter: 'f', in: ['sgd', 'adam'] } },
  ]);
});

test('the boundary of an energy objective becomes the campaign’s', () => {
  const energy = { energy: { window: 'train', boundary: 'machine' } };
  const objectives = { loss: 'minimize', energy };
  expect(campaignOf({ ...COMMAND_CAMPAIGN, objectives }).measurement.boundary).toBe('machine');
  expect(campaignOf(COMMAND_CAMPAIGN).measurement).not.toHaveProperty('boundary');
});

test('a built-in trainer lends its units, and its test metric is sealed even when it is not named', () => {
  const { objectives, metrics } = campaignOf({ ...BUILTIN_CAMPAIGN, metrics: { parameters: {} } });
  expect(objectives[0]).toMatchObject({ name: 'validation_loss', unit: 'nat/token' });
  expect(metrics).toEqual([
    { name: 'parameters', role: 'info', unit: '1' },
    { name: 'test_loss', role: 'test', unit: 'nat/token' },
  ]);
});

test('a campaign is frozen through and through', () => {
  const everyObject = (value: unknown): object[] =>
    typeof value === 'object' && value !== null ? [value, ...Object.values(value).flatMap(everyObject)] : [];
  const all = everyObject(campaignOf(COMMAND_CAMPAIGN));
  expect(all.length).toBeGreaterThan(15);
  expect(all.filter((value) => !Object.isFrozen(value))).toEqual([]);
});

const hashOf = (text: string): string => {
  const parsed = parseCampaign(text);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  return parsed.hash;
};

test('equal content has equal hashes, whatever its form', () => {
  const text = stringify(COMMAND_CAMPAIGN);
  const hash = hashOf(text);
  expect(hash).toMatch(/^[0-9a-f]{64}$/);
  const { name, ...rest } = COMMAND_CAMPAIGN;
  expect(hashOf(stringify({ ...rest, name }))).toBe(hash);
  expect(hashOf(`# a comment\n${JSON.stringify(COMMAND_CAMPAIGN, null, 3)}`)).toBe(hash);
  expect(hashOf(text.replace('- 1\n', '- 1.0\n'))).toBe(hash);
  expect(hashOf(stringify({ ...COMMAND_CAMPAIGN, seed: 0, hardware: { policy: 'pooled' }, secrets: [] }))).toBe(hash);
  expect(hashOf(stringify({ ...COMMAND_CAMPAIGN, budget: { trials: 16, hours: 1.5 } }))).toBe(
    hashOf(stringify({ ...COMMAND_CAMPAIGN, budget: { hours: '90 min', trials: 16 } })),
  );
});

test('the order of names does not matter in configurations and variables', () => {
  const turned = (entries: object): object => Object.fromEntries(Object.entries(entries).reverse());
  const [first, environment] = [
    { lr: 0.01, heads: 2 },
    { A: '1', B: '2' },
  ];
  const workload = COMMAND_CAMPAIGN['workload'] as object;
  const hashes = [(entries: object) => entries, turned].map((order) =>
    hashOf(
      stringify({
        ...COMMAND_CAMPAIGN,
        proposer: { first: [order(first)] },
        workload: { ...workload, environment: order(environment) },
      }),
    ),
  );
  expect(hashes[0]).toBe(hashes[1]);
});

test('any other content has another hash, the order of parameters included', () => {
  const { space, ...rest } = COMMAND_CAMPAIGN;
  const turned = Object.fromEntries(Object.entries(space as object).reverse());
  const others = [
    COMMAND_CAMPAIGN,
    { ...rest, space, seed: 1 },
    { ...rest, space: turned },
    { ...rest, space, budget: { trials: 17 } },
    { ...rest, space, budget: { configurations: 16 } },
    { ...rest, space, description: 'other' },
  ];
  expect(new Set(others.map((blocks) => hashOf(stringify(blocks)))).size).toBe(others.length);
});

test('faults come in the order of lines, from all blocks at once', () => {
  const text = [
    'name: demo',
    'seed: x',
    'space:',
    '  lr: {low: 0, high: 1.5, scale: log}',
    '  heads: [4, 2]',
    'objectives:',
    '  loss: minimise',
    'workload: {kind: command, argv: [train, "{lt}"]}',
    'budgets: {trials: 3}',
    'budget: {trials: 2}',
    'proposer: {start: 9}',
    'secrets: [TOKEN]',
  ].join('\n');
  const parsed = parseCampaign(text);
  expect(parsed.ok ? [] : parsed.faults.map(({ line, column, path }) => `${line}:${column} ${path}`)).toEqual([
    '2:7 seed',
    '4:13 space.lr.low',
    '5:10 space.heads',
    '7:9 objectives.loss',
    '8:41 workload.argv[1]',
    '9:1 budgets',
    '11:19 proposer.start',
    '12:1 secrets',
  ]);
});

test.each(['', '# only a comment\n', '---\n', 'null'])('the empty file %j is one fault', (text) => {
  const parsed = parseCampaign(text);
  expect(parsed.ok ? [] : parsed.faults.map(({ problem }) => problem)).toEqual(['the file is empty']);
});

test.each(['just text', '- a\n- b\n', '42'])('%j holds no keys', (text) => {
  const parsed = parseCampaign(text);
  expect(parsed.ok ? [] : parsed.faults.map(({ problem }) => problem)).toEqual([
    'the file does not hold keys and values',
  ]);
});

test('a key that stands twice is refused, together with everything else', () => {
  const text = stringify(COMMAND_CAMPAIGN);
  const lines = (more: string): string[] => {
    const parsed = parseCampaign(`${text}${more}`);
    return parsed.ok ? ['accepted'] : parsed.faults.map(({ problem }) => problem);
  };
  expect(lines('name: again\n')).toEqual(['this key stands here twice']);
  expect(lines('name: again\nsede: 1\n')).toEqual(['this key stands here twice', 'is not known here']);
});

test('a flood of faults is cut short', () => {
  const keys = Array.from({ length: 500 }, (_, i) => `key${i}: 1`);
  const parsed = parseCampaign([stringify(COMMAND_CAMPAIGN), ...keys].join('\n'));
  expect(parsed.ok).toBe(false);
  if (parsed.ok) return;
  expect(parsed.faults).toHaveLength(101);
  expect(parsed.faults.at(-1)?.problem).toBe('there are 400 more faults');
});
