import { expect, test } from 'vitest';

import { COMMAND_CAMPAIGN, faultLines } from './campaign-texts.js';

type Blocks = Readonly<Record<string, unknown>>;
type Case = readonly [name: string, change: Blocks, expected: readonly string[]];

/** A program that reads its own `trial.json`, so that any space will do. */
const reader = { kind: 'command', argv: ['train'] };
const space = (entries: Blocks): Blocks => ({ space: entries, workload: reader });
const command = (entries: Blocks): Blocks => ({
  workload: { ...(COMMAND_CAMPAIGN['workload'] as Blocks), ...entries },
});

const FORM: readonly Case[] = [
  ['a key that is not known', { sede: 1 }, ['sede: is not known here. Did you mean "seed"?']],
  [
    'a key with another kind of dash',
    { outcome_constraints: [] },
    ['outcome_constraints: is not known here. Did you mean "outcome-constraints"?'],
  ],
  ['a wrong type', { seed: 'one' }, ['seed: is "one", but must be a number. Write for example 1.']],
  ['a number out of range', { seed: -1 }, ['seed: is -1, but must be at least 0. Write for example 1.']],
  ['an empty value', { budget: null }, ['budget: is empty, but must be a mapping. Write for example {trials: 16}.']],
  ['no budget', { budget: undefined }, ['budget: is missing. Write for example {trials: 16}.']],
  [
    'an unusable name',
    { name: 'my campaign' },
    [
      'name: is "my campaign", which cannot be read. Use letters, digits, ".", "_" and "-" only, beginning with a letter or digit; at most 64.',
    ],
  ],
  [
    'a quantity without unit',
    { budget: { energy: 50 } },
    [
      'budget.energy: is 50, but must be a text. Write a number and a unit (J, kJ, MJ, GJ, Wh, kWh, MWh), such as "50 kJ".',
    ],
  ],
  [
    'a variable that is no text',
    { workload: { kind: 'command', argv: ['a'], environment: { OMP_NUM_THREADS: 4 } } },
    ['workload.environment.OMP_NUM_THREADS: is 4, but must be a text. Put the value in quotes.'],
  ],
  [
    'hours that are no time',
    { budget: { hours: 'long' } },
    ['budget.hours: is "long", which cannot be read. Write hours as a number such as 1.5, or a text such as "90 min".'],
  ],
  [
    'hours below nothing',
    { budget: { hours: 0 } },
    ['budget.hours: is 0, but must be above 0. Write hours as a number such as 1.5, or a text such as "90 min".'],
  ],
  [
    'a negative time',
    { measurement: { idle: '-1 s' } },
    [
      'measurement.idle: is "-1 s", but must not be negative. Write a number and a unit (s, min, h, d), such as "90 min".',
    ],
  ],
  [
    'a negative energy',
    { budget: { energy: '-1 kWh' } },
    [
      'budget.energy: is "-1 kWh", but must not be negative. Write a number and a unit (J, kJ, MJ, GJ, Wh, kWh, MWh), such as "50 kJ".',
    ],
  ],
  [
    'a unit that is not known here',
    { limits: { hours: '1 ms' } },
    [
      'limits.hours: is "1 ms", but must be in one of the units s, min, h, d. Write hours as a number such as 0.5, or a text such as "10 min".',
    ],
  ],
  [
    'a share with an exponent',
    { measurement: { repeat: { target: '1e-30 %' } } },
    [
      'measurement.repeat.target: is "1e-30 %", but must be written without an exponent. Write a share such as "2 %" or 0.02.',
    ],
  ],
  [
    'trials without end',
    { budget: { trials: 1e15 } },
    ['budget.trials: is 1000000000000000, but must be at most 1000000. Write for example 16.'],
  ],
  [
    'a carbon intensity beyond all grids',
    { carbon: { 'grams-per-kwh': 1e300 } },
    ['carbon.grams-per-kwh: is 1e+300, but must be at most 10000. Write for example 344.'],
  ],
  [
    'an unknown boundary',
    { measurement: { boundary: 'gpu' } },
    ['measurement.boundary: is "gpu". Write one of: accelerator, cpu, accelerator+cpu+dram, machine.'],
  ],
  [
    'a misspelt word',
    { hardware: { policy: 'compair' } },
    ['hardware.policy: is "compair". Did you mean "compare"? Write one of: pooled, compare, pinned.'],
  ],
  [
    'an unknown kind of workload',
    { workload: { kind: 'comand' } },
    ['workload.kind: is "comand". Did you mean "command"? Write one of: builtin, command.'],
  ],
  [
    'a workload without kind',
    { workload: { argv: ['x'] } },
    ['workload.kind: is missing. Write one of: builtin, command.'],
  ],
  [
    'a goal in other words',
    { objectives: { loss: { goal: 'min' } } },
    ['objectives.loss.goal: is "min". Did you mean "minimize"? Write one of: minimize, maximize.'],
  ],
  [
    'an objective with nothing but a misspelt key',
    { objectives: { loss: { gaol: 'minimize' } } },
    ['objectives.loss.gaol: is not known here. Did you mean "goal"?'],
  ],
  [
    'energy that is misspelt',
    { objectives: { loss: { enrgy: { window: 'train' } } } },
    ['objectives.loss.enrgy: is not known here. Did you mean "energy"?'],
  ],
  [
    'an objective without goal',
    { objectives: { loss: { unit: 'nat' } } },
    ['objectives.loss.goal: is missing. Write one of: minimize, maximize.'],
  ],
  [
    'a metric source of no form',
    command({ metrics: { loss: 'stdout' } }),
    ['workload.metrics.loss: is "stdout". Write {json: FILE, key: NAME}, or {pattern: "loss=([0-9.]+)"}.'],
  ],
  [
    'a JSON source without key',
    command({ metrics: { loss: { json: 'a.json' } } }),
    ['workload.metrics.loss.key: is missing. Write for example test.loss.'],
  ],
  [
    'a number too large to be whole',
    { seed: 2 ** 60 },
    ['seed: is 1152921504606847000, but must be at most 2147483647. Write for example 1.'],
  ],
];

const SPACE: readonly Case[] = [
  [
    'no parameters',
    space({}),
    ['space: is empty. Write at least one parameter, such as lr: {low: 0.0001, high: 0.01, scale: log}.'],
  ],
  ['a misspelt key', space({ a: { low: 0.1, hihg: 1 } }), ['space.a.hihg: is not known here. Did you mean "high"?']],
  ['a missing bound', space({ a: { low: 0.1 } }), ['space.a.high: is missing. Write for example 0.01.']],
  [
    'an unknown form',
    space({ a: { min: 0, max: 1 } }),
    [
      'space.a: is a mapping without any key known here. Write a range such as {low: 0.0001, high: 0.01, scale: log}, a list of values such as [1, 2, 4], or one constant value.',
    ],
  ],
  [
    'bounds in the wrong order',
    space({ a: { low: 1.5, high: 0.5 } }),
    ['space.a.high: is 0.5, but must be above low, which is 1.5. Swap them, or write {value: …} for a constant.'],
  ],
  [
    'a log scale from zero',
    space({ a: { low: 0, high: 0.5, scale: 'log' } }),
    ['space.a.low: is 0, but a log scale needs > 0. Write a positive number, such as 0.0001.'],
  ],
  [
    'a logit scale to one',
    space({ a: { low: 0, high: 1, scale: 'logit' } }),
    [
      'space.a.low: is 0, but a logit scale needs > 0. Write a small positive number, such as 0.01.',
      'space.a.high: is 1, but a logit scale needs < 1. Write a number below 1, such as 0.99.',
    ],
  ],
  [
    'a step on a log scale',
    space({ a: { low: 0.1, high: 1, scale: 'log', step: 0.1 } }),
    ['space.a.step: does not go with a log scale. Remove it, or list the values.'],
  ],
  [
    'a step beyond the range',
    space({ a: { low: 0.1, high: 0.2, step: 3 } }),
    ['space.a.step: is 3, more than the whole range. Write at most 0.1.'],
  ],
  [
    'whole bounds without kind',
    space({ a: { low: 1, high: 8 } }),
    [
      'space.a: has whole bounds, 1 and 8, but does not say whether fractions are meant. Add kind: integer, or kind: float.',
    ],
  ],
  [
    'fractions as integers',
    space({ a: { low: 0.5, high: 8, kind: 'integer' } }),
    ['space.a.low: is 0.5, but must be a whole number. Round it, or write kind: float.'],
  ],
  [
    'integers on a logit scale',
    space({ a: { low: 1, high: 8, kind: 'integer', scale: 'logit' } }),
    [
      'space.a.high: is 8, but a logit scale needs < 1. Write a number below 1, such as 0.99.',
      'space.a.scale: is logit, which is for fractions. Write linear or log.',
    ],
  ],
  ['no values', space({ a: { values: [] } }), ['space.a.values: is empty. Write for example [1, 2, 4].']],
  [
    'a repeated value',
    space({ a: ['x', 'y', 'x'] }),
    ['space.a[2]: is x, which stands here already. Remove one of them.'],
  ],
  [
    'unsorted numbers',
    space({ a: { values: [4, 1] } }),
    [
      'space.a.values: is not in ascending order. Sort the numbers, or write choices: […] if their order means nothing.',
    ],
  ],
  [
    'an unusable name',
    space({ 'head-width': [1, 2] }),
    ['space.head-width: is not a usable name. Use letters, digits and "_" only, beginning with a letter; at most 64.'],
  ],
  [
    'a name of JavaScript',
    space({ constructor: [1, 2] }),
    ['space.constructor: is not a usable name. Use letters, digits and "_" only, beginning with a letter; at most 64.'],
  ],
  [
    'the name of a placeholder',
    space({ seed: [1, 2] }),
    ['space.seed: is a word that ECOpt fills in itself. Choose another name than seed, trial_dir, data.'],
  ],
  [
    'a condition on nothing',
    space({ a: { choices: ['x', 'y'], when: { optimiser: 'sgd' } }, optimizer: ['sgd', 'adam'] }),
    ['space.a.when.optimiser: names no parameter. Did you mean "optimizer"?'],
  ],
  [
    'a condition on a fraction',
    space({ a: { choices: ['x', 'y'], when: { b: 0.5 } }, b: { low: 0.1, high: 0.9 } }),
    [
      'space.a.when.b: is a range of fractions, which a condition cannot name. Use a parameter with listed or whole values.',
    ],
  ],
  [
    'a condition that never holds',
    space({ a: { choices: ['x', 'y'], when: { b: ['u', 'w'] } }, b: ['u', 'v'] }),
    ['space.a.when.b[1]: is "w", which b never is. Allowed: u, v.'],
  ],
  [
    'a circle of conditions',
    space({ a: { choices: ['x', 'y'], when: { b: 'x' } }, b: { choices: ['x', 'y'], when: { a: 'x' } } }),
    [
      'space.a.when.b: makes a depend on itself. Remove one of the conditions of this circle.',
      'space.b.when.a: makes b depend on itself. Remove one of the conditions of this circle.',
    ],
  ],
  [
    'a condition on itself',
    space({ a: { choices: ['x', 'y'], when: { a: 'x' } } }),
    ['space.a.when.a: makes a depend on itself. Remove one of the conditions of this circle.'],
  ],
];

const suites: readonly (readonly [string, Blocks, readonly Case[]])[] = [
  ['form', COMMAND_CAMPAIGN, FORM],
  ['space', COMMAND_CAMPAIGN, SPACE],
];

for (const [suite, base, cases] of suites) {
  test.each(cases)(`${suite}: %s is refused with what would be right`, (_, change, expected) => {
    expect([...faultLines({ ...base, ...change })].sort()).toEqual([...expected].sort());
  });
}
