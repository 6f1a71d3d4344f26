import fc from 'fast-check';
import { expect, test } from 'vitest';

import type { Campaign } from '../../../shared/domain/campaign.js';
import { UsageError } from '../../../shared/domain/errors.js';
import { applyOverrides } from '../../../shared/schema/default-configuration.js';
import { configurationRefusals } from '../../../shared/schema/parameter-value.js';
import { COMMAND_CAMPAIGN, campaignOf } from './campaign-texts.js';

const reader = { kind: 'command', argv: ['train'] };
const campaignWith = (space: object, proposer: object = {}): Campaign =>
  campaignOf({ ...COMMAND_CAMPAIGN, space, workload: reader, proposer });

/** One parameter of every kind; `momentum` and `nesterov` hang on the one before. */
const SPACE = {
  momentum: { low: 0.5, high: 0.99, when: { optimizer: 'sgd' } },
  nesterov: { choices: [true, false], when: { warmup: [1, 2] } },
  optimizer: ['adam', 'sgd'],
  warmup: { low: 1, high: 8, kind: 'integer', when: { optimizer: 'sgd' } },
  lr: { low: 1e-4, high: 1e-2, scale: 'log' },
  dropout: { low: 0.1, high: 0.9, scale: 'logit' },
  width: { low: 16, high: 256, kind: 'integer', step: 16 },
  mix: { low: 0, high: 1, kind: 'float', step: 0.25 },
  heads: [1, 2, 4],
  tag: 'v1',
};

const refusalOf = (settings: readonly string[], campaign = campaignWith(SPACE)): string => {
  try {
    applyOverrides(campaign, settings);
    return 'accepted';
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return error.message;
  }
};

test('what is not set is in the middle, on the scale of the parameter', () => {
  expect(applyOverrides(campaignWith(SPACE), [])).toEqual({
    optimizer: 'adam',
    lr: 0.001,
    dropout: 0.5,
    width: 128,
    mix: 0.5,
    heads: 2,
    tag: 'v1',
  });
});

test('what is set is taken, and brings what depends on it', () => {
  const configuration = applyOverrides(campaignWith(SPACE), ['optimizer=sgd', 'warmup = 2', 'lr=3e-4', 'heads=4']);
  expect(configuration).toEqual({
    momentum: 0.745,
    nesterov: true,
    optimizer: 'sgd',
    warmup: 2,
    lr: 3e-4,
    dropout: 0.5,
    width: 128,
    mix: 0.5,
    heads: 4,
    tag: 'v1',
  });
  expect(Object.keys(configuration)).toEqual(Object.keys(SPACE));
  expect(Object.isFrozen(configuration)).toBe(true);
});

test('values are numbers, truth or text as the parameter lists them', () => {
  const campaign = campaignWith({ a: { choices: ['1', 'x'] }, b: { choices: [true, 'no'] }, c: { choices: [1, 2.5] } });
  expect(applyOverrides(campaign, ['a=1', 'b=true', 'c=2.50'])).toEqual({ a: '1', b: true, c: 2.5 });
});

test('a first configuration comes before the middle, and a setting before it', () => {
  const first = [{ lr: 0.005, heads: 4, optimizer: 'sgd' }];
  const campaign = campaignWith({ lr: SPACE.lr, heads: [1, 2, 4], optimizer: ['adam', 'sgd'] }, { first });
  expect(applyOverrides(campaign, [])).toEqual(first[0]);
  expect(applyOverrides(campaign, ['heads=1', 'heads=2'])).toEqual({ lr: 0.005, heads: 2, optimizer: 'sgd' });
});

test.each([
  [['lr'], '--set lr: write NAME=VALUE, such as --set momentum=…'],
  [['=3'], '--set =3: write NAME=VALUE, such as --set momentum=…'],
  [['lrr=3'], '--set lrr=3: lrr is no parameter. Did you mean "lr"?'],
  [['lr=3'], '--set lr=3: lr is 3. Allowed: float from 0.0001 to 0.01.'],
  [['lr=high'], '--set lr=high: lr is "high". Allowed: float from 0.0001 to 0.01.'],
  [['lr='], '--set lr=: lr is "". Allowed: float from 0.0001 to 0.01.'],
  [['heads=3'], '--set heads=3: heads is 3. Allowed: 1, 2, 4.'],
  [['width=20'], '--set width=20: width is 20. Allowed: integer from 16 to 256 in steps of 16.'],
  [['warmup=1.5', 'optimizer=sgd'], '--set warmup=1.5: warmup is 1.5. Allowed: integer from 1 to 8.'],
  [
    ['momentum=0.9'],
    '--set momentum: it is active only while optimizer is sgd, but optimizer is adam. Values of momentum: float from 0.5 to 0.99.',
  ],
  [
    ['nesterov=true'],
    '--set nesterov: it is active only while warmup is 1 or 2, but warmup is not active. Values of nesterov: true, false.',
  ],
])('%j is refused with what would be right', (settings, message) => {
  expect(refusalOf(settings)).toBe(message);
});

test('the middle is a legal configuration in any space', () => {
  const float = fc
    .tuple(
      fc.double({ min: 1e-6, max: 0.4, noNaN: true }),
      fc.double({ min: 0.5, max: 0.99, noNaN: true }),
      fc.constantFrom('linear', 'log', 'logit'),
    )
    .map(([low, high, scale]) => ({ kind: 'float', low, high, scale }));
  const integer = fc
    .tuple(
      fc.integer({ min: 1, max: 99 }),
      fc.integer({ min: 100, max: 999 }),
      fc.constantFrom('linear', 'log'),
      fc.integer({ min: 1, max: 9 }),
    )
    .map(([low, high, scale, step]) => ({ kind: 'integer', low, high, scale, ...(scale === 'linear' && { step }) }));
  const list = fc
    .uniqueArray(fc.string({ minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 4 })
    .map((choices) => ({ choices }));
  fc.assert(
    fc.property(
      fc.dictionary(fc.stringMatching(/^[a-z]{5}$/), fc.oneof(float, integer, list), { minKeys: 1, maxKeys: 5 }),
      (space) => {
        const campaign = campaignWith(space);
        expect(configurationRefusals(campaign.space, applyOverrides(campaign, []))).toEqual([]);
      },
    ),
    { seed: 7, numRuns: 60 },
  );
});
