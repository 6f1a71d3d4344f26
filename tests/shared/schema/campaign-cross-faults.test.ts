import { expect, test } from 'vitest';

import { BUILTIN_CAMPAIGN, COMMAND_CAMPAIGN, faultLines } from './campaign-texts.js';

type Blocks = Readonly<Record<string, unknown>>;
type Case = readonly [name: string, change: Blocks, expected: readonly string[]];

/** A program that reads its own `trial.json`, so that any space will do. */
const reader = { kind: 'command', argv: ['train'] };
const space = (entries: Blocks): Blocks => ({ space: entries, workload: reader });
const command = (entries: Blocks): Blocks => ({
  workload: { ...(COMMAND_CAMPAIGN['workload'] as Blocks), ...entries },
});

const OBJECTIVES: readonly Case[] = [
  ['none', { objectives: {} }, ['objectives: is empty. Write at least one objective, such as loss: minimize.']],
  [
    'two about one metric',
    { objectives: { loss: 'minimize', error: { goal: 'minimize', metric: 'loss' } } },
    ['objectives.error: is about the same quantity as loss. Remove one of the two.'],
  ],
  [
    'two about one energy',
    { objectives: { a: { energy: { window: 'train' } }, b: { energy: { window: 'train' }, scale: 'linear' } } },
    ['objectives.b: is about the same quantity as a. Remove one of the two.'],
  ],
  [
    'a sealed metric as an objective',
    { metrics: { loss: { role: 'test' } } },
    [
      'objectives.loss: is the metric loss, which is sealed by role: test. Use a metric of the validation data, or give it role: info if it is none of the test data.',
    ],
  ],
  [
    'a metric twice',
    { metrics: { loss: {} } },
    ['metrics.loss: is an objective already. Remove it here; objectives are always shown.'],
  ],
  [
    'a slip in the kind of a window',
    { objectives: { loss: 'minimize', energy: { energy: { window: 'trian' } } } },
    ['objectives.energy.energy.window: is trian, no usual kind of window. Write train.'],
  ],
  [
    'a threshold without logarithm',
    { objectives: { loss: 'minimize', energy: { energy: { window: 'train' }, threshold: 0 } } },
    ['objectives.energy.threshold: is 0, but a log scale needs > 0. Write a positive number.'],
  ],
  [
    'two boundaries',
    {
      measurement: { boundary: 'cpu' },
      objectives: { loss: 'minimize', energy: { energy: { window: 'train', boundary: 'machine' } } },
    },
    [
      'objectives.energy.energy.boundary: is machine, but cpu elsewhere, and different boundaries in one campaign are not supported yet. Write the boundary once, under measurement.',
    ],
  ],
  [
    'a boundary in one of two',
    {
      objectives: {
        loss: 'minimize',
        a: { energy: { window: 'train', boundary: 'machine' } },
        b: { energy: { window: 'infer' } },
      },
    },
    [
      'objectives.b.energy.boundary: is missing, but machine elsewhere, and different boundaries in one campaign are not supported yet. Write the boundary once, under measurement.',
    ],
  ],
  [
    'a metric without source',
    { objectives: { los: 'minimize' } },
    [
      'objectives.los: is the metric los, for which workload.metrics has no source. Add los: {pattern: "los=([0-9.]+)"} there. Did you mean "loss"?',
    ],
  ],
];

const COMMAND: readonly Case[] = [
  [
    'a pattern without a group',
    command({ metrics: { loss: { pattern: 'loss=[0-9]+' } } }),
    ['workload.metrics.loss.pattern: has no group. Put the number into parentheses, as in "loss=([0-9.]+)".'],
  ],
  [
    'a placeholder for nothing',
    command({ argv: ['train', '{lr}', '{head}', '{heads}'] }),
    ['workload.argv[2]: uses {head}, which is no parameter. Did you mean "heads"?'],
  ],
  [
    'a parameter that is never used',
    command({ argv: ['train', '{lr}'] }),
    [
      'workload.argv: never uses the parameter heads. Add "{heads}", or "{trial_dir}" if the program reads its parameters from trial.json there.',
    ],
  ],
  [
    'a single brace',
    command({ argv: ['train', '{lr}', '{heads}', 'a}'] }),
    ['workload.argv[3]: has a single }. Write }} for a brace that is meant as such.'],
  ],
  [
    'a data set that is not needed',
    command({ argv: ['train', '{lr}', '{heads}', '{data.text}'] }),
    ['workload.argv[3]: uses {data.text}, but needs.data does not name it. Add the data set to needs: {data: […]}.'],
  ],
  [
    'a parameter that is not always there',
    {
      ...command({ argv: ['train', '{lr}', '{heads}'] }),
      space: { lr: { low: 0.1, high: 0.2, when: { heads: 2 } }, heads: [1, 2] },
    },
    [
      'workload.argv[1]: uses {lr}, which is not active in every trial. Let the program read it from {trial_dir}/trial.json, where only active parameters stand.',
    ],
  ],
  [
    'a whole command line',
    command({ argv: ['python train.py --lr={lr} {heads}'] }),
    [
      'workload.argv[0]: holds a whole command line. Write one entry per argument: [python, train.py, --lr={lr}, {heads}].',
    ],
  ],
  [
    'no program',
    command({ argv: ['', '{lr}', '{heads}'] }),
    ['workload.argv[0]: is empty. Write the program, such as python3.'],
  ],
  [
    'a broken expression',
    command({ metrics: { loss: { pattern: 'loss=(' } } }),
    [
      'workload.metrics.loss.pattern: is no regular expression: Unterminated group. Write for example "loss=([0-9.]+)".',
    ],
  ],
  [
    'a placeholder in a file name',
    command({ metrics: { loss: { json: '{dir}/x.json', key: 'a' } } }),
    ['workload.metrics.loss.json: uses {dir}, which is no parameter. Known here: lr, heads, seed, trial_dir.'],
  ],
];

const EXECUTION: readonly Case[] = [
  [
    'a budget without limit',
    { budget: {} },
    ['budget: has no limit, so the campaign would never end. Write trials: 16, hours: 1 or energy: 50 kJ.'],
  ],
  [
    'trials and configurations',
    { budget: { trials: 3, configurations: 3 } },
    ['budget.configurations: stands beside trials. Keep one of the two.'],
  ],
  [
    'repeats without time',
    { measurement: { repeat: { within: '0 s' } } },
    ['measurement.repeat.within: is no time at all. Write target: 0 for every window once.'],
  ],
  [
    'a start beyond the budget',
    { proposer: { start: 17 } },
    ["proposer.start: is 17, more than the budget's 16. Write at most 16, or leave it out."],
  ],
  [
    'improvement per joule without a model',
    { proposer: { kind: 'grid', 'per-joule': true } },
    ['proposer.per-joule: has no meaning under kind: grid. Write kind: model, or remove it.'],
  ],
  [
    'more first configurations than trials',
    {
      budget: { trials: 1 },
      proposer: {
        first: [
          { lr: 0.01, heads: 1 },
          { lr: 0.01, heads: 2 },
        ],
      },
    },
    ["proposer.first: has 2 configurations, more than the budget's 1. Shorten it, or raise the budget."],
  ],
  [
    'replicates of a pool',
    { hardware: { replicates: 2 } },
    ['hardware.replicates: has a meaning only under policy: compare. Add policy: compare, or remove it.'],
  ],
  [
    'backfill of a pool',
    { hardware: { policy: 'pooled', backfill: true } },
    ['hardware.backfill: has a meaning only under policy: compare. Add policy: compare, or remove it.'],
  ],
  [
    'a first configuration with wrong values',
    { proposer: { first: [{ lr: 5, head: 2 }] } },
    [
      'proposer.first[0].head: names no parameter. Did you mean "heads"?',
      'proposer.first[0].heads: is missing. Allowed: 1, 2, 4.',
      'proposer.first[0].lr: is 5. Allowed: float from 0.001 to 0.1.',
    ],
  ],
  [
    'a repeated first configuration',
    {
      proposer: {
        first: [
          { lr: 0.01, heads: 2 },
          { heads: 2, lr: 0.01 },
        ],
      },
    },
    ['proposer.first[1]: stands here already. Remove it.'],
  ],
  [
    'a first configuration with an inactive value',
    { ...space({ a: ['x', 'y'], b: { choices: [1, 2], when: { a: 'y' } } }), proposer: { first: [{ a: 'x', b: 1 }] } },
    ['proposer.first[0].b: is not active here. Remove it; it is active only while a is y.'],
  ],
];

const UNSUPPORTED: readonly Case[] = [
  [
    'device hours',
    { budget: { trials: 3, 'device-hours': 4 } },
    ['budget.device-hours: is not supported yet. Use hours, trials or energy.'],
  ],
  [
    'pinned trials',
    { hardware: { policy: 'pinned' } },
    ['hardware.policy: is not supported yet. Use pooled with classes: […].'],
  ],
  [
    'all needs',
    {
      needs: {
        environment: 'pytorch',
        data: ['text'],
        devices: 2,
        'device-memory': '16 GiB',
        disk: '1 GB',
      },
    },
    [
      'needs.environment: is not supported yet. Remove it.',
      'needs.data: is not supported yet. Give the program a path in its arguments.',
      'needs.devices: is not supported yet. Write devices: 1.',
      'needs.device-memory: is not supported yet. Use hardware: {classes: […]}.',
      'needs.disk: is not supported yet. Remove it.',
    ],
  ],
  ['code', { code: { kind: 'snapshot', path: '.' } }, ['code: is not supported yet. Have the code on every agent.']],
  [
    'secrets',
    { secrets: ['TOKEN'] },
    ['secrets: is not supported yet. Set the variables where the agents are started.'],
  ],
  [
    'checkpoints',
    { checkpoints: { store: '/x', keep: 'front', 'max-size': '1 GB' } },
    ['checkpoints: is not supported yet. Remove it.'],
  ],
  [
    'earlier trials',
    { 'start-from': 'old' },
    ['start-from: is not supported yet. Name it on the command line: --from CAMPAIGN.'],
  ],
  [
    'two conditions',
    space({ a: ['x', 'y'], b: [1, 2], c: { choices: [1, 2], when: { a: 'x', b: 1 } } }),
    ['space.c.when: is not supported yet. Name one parameter; make that one conditional in turn.'],
  ],
];

const BUILTIN: readonly Case[] = [
  [
    'a foreign parameter',
    { space: { learning_rat: { low: 0.1, high: 0.2 } } },
    ['space.learning_rat: is no parameter of the trainer language-model. Did you mean "learning_rate"?'],
  ],
  [
    'an unknown option',
    { workload: { kind: 'builtin', trainer: 'language-model', options: { token: 1 } } },
    ['workload.options.token: is not known here. Did you mean "tokens"?'],
  ],
  [
    'an option out of range',
    { workload: { kind: 'builtin', trainer: 'language-model', options: { tokens: 0 } } },
    ['workload.options.tokens: is 0, but must be at least 1. Write a number from 1 to 10000000000.'],
  ],
  [
    'an odd width',
    { space: { head_width: [7, 8] } },
    [
      'space.head_width.values[0]: is 7, but must be even: rotary positions turn pairs of numbers. Write a number from 1 to 1024.',
    ],
  ],
  [
    'an option that is searched',
    { workload: { kind: 'builtin', trainer: 'language-model', options: { heads: 2 } } },
    ['workload.options.heads: is a parameter of the space already. Remove it here, or there.'],
  ],
  [
    'fractions for whole numbers',
    { space: { heads: { low: 0.5, high: 4 } } },
    [
      'space.heads: is a range of fractions, but the trainer takes whole numbers. Write kind: integer, or list the values.',
    ],
  ],
  [
    'values that the trainer refuses',
    { space: { heads: [0, 2] } },
    ['space.heads.values[0]: is 0, but must be at least 1. Write a number from 1 to 256.'],
  ],
  [
    'a metric that is not reported',
    { objectives: { loss: 'minimize' } },
    [
      'objectives.loss: is the metric loss, which the trainer does not report. Known here: train_loss, validation_loss, test_loss, parameters, train_tokens_per_second, decode_tokens_per_second.',
    ],
  ],
  [
    'the test split as an objective',
    { objectives: { test_loss: 'minimize' } },
    ['objectives.test_loss: is test_loss, which is read from the test data. Use validation_loss.'],
  ],
  [
    'the test split unsealed',
    { metrics: { test_loss: {} } },
    ['metrics.test_loss: is read from the test data, so it must be sealed. Write role: test.'],
  ],
  [
    'an unknown metric',
    { metrics: { parameter: {} } },
    ['metrics.parameter: is no metric that the trainer reports. Did you mean "parameters"?'],
  ],
  [
    'an unknown window',
    { objectives: { e: { energy: { window: 'training' } } } },
    ['objectives.e.energy.window: is training, which the trainer does not mark. Did you mean "train"?'],
  ],
  [
    'a sum over windows that are repeated',
    {
      objectives: {
        e: { energy: { window: 'infer', label: 'decode' } },
        f: { energy: { window: 'infer', label: 'decode', per: 'token' } },
      },
    },
    [
      'objectives.e.energy: sums windows that are repeated as often as it takes. Add per: token, or write target: 0 under measurement.repeat.',
    ],
  ],
  [
    'a sum over windows that shall be repeated',
    { objectives: { e: { energy: { window: 'infer' } } }, measurement: { repeat: { target: '5 %' } } },
    [
      'objectives.e.energy: sums windows that are repeated as often as it takes. Add per: token, or write target: 0 under measurement.repeat.',
    ],
  ],
  [
    'an unknown label and item',
    { objectives: { e: { energy: { window: 'infer', label: 'prefill', per: 'sample' } } } },
    [
      'objectives.e.energy.label: is prefill, which the trainer does not mark. Known here: decode.',
      'objectives.e.energy.per: is sample, but the trainer counts tokens. Write per: token.',
    ],
  ],
];

const suites: readonly (readonly [string, Blocks, readonly Case[]])[] = [
  ['objectives', COMMAND_CAMPAIGN, OBJECTIVES],
  ['command', COMMAND_CAMPAIGN, COMMAND],
  ['execution', COMMAND_CAMPAIGN, EXECUTION],
  ['not supported yet', COMMAND_CAMPAIGN, UNSUPPORTED],
  ['language model', BUILTIN_CAMPAIGN, BUILTIN],
];

for (const [suite, base, cases] of suites) {
  test.each(cases)(`${suite}: %s is refused with what would be right`, (_, change, expected) => {
    expect([...faultLines({ ...base, ...change })].sort()).toEqual([...expected].sort());
  });
}

test.each([undefined, 0, '0 %', '0.0%'])(
  'with repeat.target %s every window is run as often as the options say',
  (target) => {
    const objectives = { e: { energy: { window: 'infer', label: 'decode' } }, validation_loss: 'minimize' };
    expect(
      faultLines({ ...BUILTIN_CAMPAIGN, objectives, measurement: { repeat: target === undefined ? {} : { target } } }),
    ).toEqual([]);
  },
);

test.each([
  ['100 %', 'is "100 %", but must be at least 0 and below 1 (100 %)'],
  ['150%', 'is "150%", but must be at least 0 and below 1 (100 %)'],
  ['-1 %', 'is "-1 %", but must be at least 0 and below 1 (100 %)'],
  [1, 'is 1, but must be below 1'],
  [-0.1, 'is -0.1, but must be at least 0'],
  ['two', 'is "two", which cannot be read'],
])('a repeat.target of %s is refused', (target, problem) => {
  expect(faultLines({ ...COMMAND_CAMPAIGN, measurement: { repeat: { target } } })).toEqual([
    `measurement.repeat.target: ${problem}. Write a share such as "2 %" or 0.02.`,
  ]);
});

test.each(['0 %', '0.5 %', '99.9 %', 0, 0.5])('a repeat.target of %s is taken', (target) => {
  expect(faultLines({ ...COMMAND_CAMPAIGN, measurement: { repeat: { target } } })).toEqual([]);
});

test.each([
  [
    { measurement: { idle: '25 h' } },
    'measurement.idle: is "25 h", but must be at most 24 h. Write for example "10 s".',
  ],
  [
    { measurement: { 'warm-up': '1e9 h' } },
    'measurement.warm-up: is "1e9 h", but must be at most 24 h. Write for example "10 s".',
  ],
  [
    { measurement: { repeat: { within: '99999 h' } } },
    'measurement.repeat.within: is "99999 h", but must be at most 24 h. Write for example "10 s".',
  ],
  [
    { measurement: { 'cool-down': { celsius: 45, within: '2 d' } } },
    'measurement.cool-down.within: is "2 d", but must be at most 24 h. Write for example "10 s".',
  ],
  [{ budget: { energy: '0 J' } }, 'budget.energy: is "0 J", but must be at least 0.001 J. Write for example "50 kJ".'],
  [
    { budget: { energy: '1e-9 J' } },
    'budget.energy: is "1e-9 J", but must be at least 0.001 J. Write for example "50 kJ".',
  ],
  [
    { budget: { energy: '1e300 J' } },
    'budget.energy: is "1e300 J", but must be at most 1e15 J. Write for example "50 kJ".',
  ],
  [
    { limits: { hours: '0.000001 s' } },
    'limits.hours: is "0.000001 s", but must be at least 0.1 s. Write for example 24.',
  ],
  [{ budget: { hours: '0 s' } }, 'budget.hours: is "0 s", but must be at least 0.1 s. Write for example 24.'],
  [
    { limits: { hours: 1e6 } },
    'limits.hours: is 1000000, but must be at most 87600 h (10 years). Write for example 24.',
  ],
  [
    { limits: { hours: '1e300 h' } },
    'limits.hours: is "1e300 h", but must be at most 87600 h (10 years). Write for example 24.',
  ],
  [
    { budget: { hours: '3651 d' } },
    'budget.hours: is "3651 d", but must be at most 87600 h (10 years). Write for example 24.',
  ],
])('lengths that nobody can mean are refused: %j', (change, line) => {
  expect(faultLines({ ...COMMAND_CAMPAIGN, ...change })).toEqual([line]);
});

test('lengths up to the longest are taken', () => {
  const measurement = { idle: '24 h', 'warm-up': '1 d', repeat: { within: '24 h' } };
  expect(
    faultLines({ ...COMMAND_CAMPAIGN, measurement, limits: { hours: '3650 d' }, budget: { hours: 87_600 } }),
  ).toEqual([]);
});

test('the campaigns that the cases change are without fault', () => {
  expect([COMMAND_CAMPAIGN, BUILTIN_CAMPAIGN].flatMap(faultLines)).toEqual([]);
});
