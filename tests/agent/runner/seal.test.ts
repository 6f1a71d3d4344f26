import { expect, test } from 'vitest';

import { withoutSealed } from '../../../agent/runner/seal.js';

const SEALED = { names: ['test_acc'], values: [0.87312], patterns: ['held-out: (\\S+)'] };

test.each([
  'test_acc=1',
  'Test_Acc rises',
  'final 0.87312',
  'final 0.873',
  'final 0.87',
  '87.31 %',
  '87.3120%',
  '8.7312e-1',
  'held-out: high',
])('%s is hidden', (line) => {
  expect(withoutSealed(`a\n${line}\nb`, SEALED)).toBe('a\n[sealed]\nb');
});

test.each(['loss 0.5', 'epoch 87', 'epoch 1', '0.8732', '0.86', 'test 3'])('%s is shown', (line) => {
  expect(withoutSealed(line, SEALED)).toBe(line);
});

test('without sealed metrics nothing is hidden', () => {
  expect(withoutSealed('0.87312', { names: [], values: [], patterns: [] })).toBe('0.87312');
});

test('a pattern that cannot be matched in time hides everything rather than nothing', () => {
  const hostile = { names: ['x_'], values: [], patterns: ['(a+)+$'] };
  expect(withoutSealed(`fine\n${'a'.repeat(60)}b`, hostile)).toBe('[sealed]\n[sealed]');
});
