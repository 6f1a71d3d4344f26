import { expect, test } from 'vitest';

import { readProgramLine } from '../../../shared/schema/program-line.js';

const report = (more: object): object => ({ type: 'report', seq: 1, step: 1, metrics: {}, ...more });
const edge = (more: object): object => ({
  ...{ type: 'window', seq: 1, edge: 'open', kind: 'train', monotonic_ns: 5 },
  ...more,
});

test.each([
  [report({ step: 1.5 }), 'step must be a whole number'],
  [report({ step: 'one' }), 'step must be a number'],
  [report({ seq: 0 }), 'seq must be above 0'],
  [report({ seq: undefined }), 'seq is missing'],
  [report({ fraction: 2 }), 'fraction must be at most 1'],
  [report({ metrics: [1] }), 'metrics must be a mapping of names to values'],
  [
    report({ metrics: { loss: 'secret' } }),
    'metrics.loss must be a number, or one of the texts NaN, Infinity and -Infinity',
  ],
  [report({ shell: 'rm' }), 'the line has a field too many: shell'],
  [edge({ edge: 'ajar' }), 'edge must be open or close'],
  [edge({ kind: '' }), 'kind must not be empty'],
  [edge({ monotonic_ns: undefined }), 'monotonic_ns is missing'],
  [
    edge({ monotonic_ns: 0.5 }),
    'monotonic_ns must be nanoseconds of CLOCK_MONOTONIC, as a whole number or a decimal text',
  ],
  [{ type: 'reboot', seq: 1 }, 'type must be hello, report, window, infeasible, checkpoint, repeat, done'],
  [{ seq: 1 }, 'type must be hello, report, window, infeasible, checkpoint, repeat, done'],
  [{ type: 'hello', protocol: 2, client: 'x' }, 'protocol must be 1'],
  [[1], 'the line must be a mapping of names to values'],
  [report({ seq: 'a', step: -1 }), 'seq must be a number; step must be at least 0'],
])('%j is refused in the words of the protocol', (line, words) => {
  expect(readProgramLine(line)).toBe(words);
});

test('what is wrong is said without the values, which may be sealed, and briefly', () => {
  const metrics = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`metric${i}`, '0.4711']));
  const answer = JSON.stringify(readProgramLine(report({ metrics })));
  expect(answer).not.toContain('4711');
  expect(answer.length).toBeLessThan(700);
  expect(JSON.stringify(readProgramLine(report({ ['x'.repeat(1e5)]: 1 }))).length).toBeLessThan(700);
});
