import { expect, test } from 'vitest';

import { spaceFaults } from '../../../coordinator/space/space-faults.js';
import type { Parameter } from '../../../shared/domain/search-space.js';
import { MIXED_SPACE } from './spaces.js';

const messages = (...parameters: readonly Parameter[]): string[] =>
  spaceFaults({ parameters, constraints: [] }).map(({ message }) => message);
const choice: Parameter = { kind: 'categorical', name: 'choice', values: ['a', 'b'] };

test('a good space has no faults', () => {
  expect(spaceFaults(MIXED_SPACE)).toEqual([]);
});

test('conditions in a circle are reported with the circle', () => {
  const inCircle = (name: string, parent: string): Parameter => ({
    kind: 'categorical',
    name,
    values: ['x', 'y'],
    when: { parameter: parent, in: ['x'] },
  });
  expect(messages(inCircle('a', 'b'), inCircle('b', 'c'), inCircle('c', 'a'))).toEqual([
    'depends on itself: a needs b needs c needs a',
  ]);
  expect(messages(inCircle('a', 'a'))).toEqual(['depends on itself: a needs a']);
});

/** A description of each fault, the parameter with it, and the message. */
const FAULTS: readonly (readonly [Parameter, string])[] = [
  [{ kind: 'categorical', name: 'p', values: [] }, 'has no values'],
  [{ kind: 'ordinal', name: 'p', values: [1, 1] }, 'has a value twice'],
  [{ kind: 'float', name: 'p', low: NaN, high: 1, scale: 'linear' }, 'must be finite'],
  [{ kind: 'float', name: 'p', low: 0, high: 1, scale: 'log' }, 'above 0 on a log scale'],
  [{ kind: 'float', name: 'p', low: 0.5, high: 1, scale: 'logit' }, 'between 0 and 1 on a logit scale'],
  [{ kind: 'integer', name: 'p', low: 0.5, high: 1, scale: 'linear' }, 'whole numbers'],
  [{ kind: 'integer', name: 'p', low: 1, high: 9, scale: 'linear', step: 0.5 }, 'step must be a whole number'],
  [{ kind: 'float', name: 'p', low: 1, high: 9, scale: 'linear', step: 0 }, 'step (0) must be above 0'],
  [{ kind: 'float', name: 'p', low: 1, high: 9, scale: 'log', step: 1 }, 'needs a linear scale'],
  [{ kind: 'constant', name: 'p', value: 1, when: { parameter: 'choise', in: ['a'] } }, 'did you mean "choice"?'],
  [{ kind: 'constant', name: 'p', value: 1, when: { parameter: 'choice', in: [] } }, 'lists no values'],
  [
    { kind: 'constant', name: 'p', value: 1, when: { parameter: 'choice', in: ['c'] } },
    '"choice" never takes; it takes "a", "b"',
  ],
  [{ kind: 'constant', name: 'choice', value: 1 }, 'is described twice'],
];

for (const [parameter, message] of FAULTS) {
  test(`a parameter is refused when it ${message}`, () => {
    expect(messages(choice, parameter)).toEqual([expect.stringContaining(message)]);
  });
}

test('all faults are reported at once, those of constraints with their column', () => {
  const faults = spaceFaults({
    parameters: [choice, { kind: 'float', name: 'p', low: 2, high: 1, scale: 'linear' }],
    constraints: ['p > 0', 'p > q', 'choice + 1 == 2'],
  });
  expect(faults).toEqual([
    { at: { parameter: 'p' }, message: 'low (2) must not be above high (1)' },
    { at: { constraint: 1 }, message: 'unknown parameter "q" (column 5)', column: 5 },
    { at: { constraint: 2 }, message: 'a number is needed, but this is a text (column 1)', column: 1 },
  ]);
});
