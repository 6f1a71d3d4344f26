import fc from 'fast-check';
import { expect, test } from 'vitest';

import { commandArguments, substitute, type PlaceholderValues } from '../../../agent/runner/command.js';
import { commandRefusal } from '../../../agent/runner/command-policy.js';

const VALUES: PlaceholderValues = {
  configuration: { lr: 0.001, optimizer: 'adam', nesterov: true },
  seed: 7,
  trialFolder: '/t',
  dataSets: { cifar: '/data/cifar' },
};

test.each([
  ['--lr={lr}', '--lr=0.001'],
  ['{optimizer}/{nesterov}/{seed}', 'adam/true/7'],
  ['{trial_dir}/x', '/t/x'],
  ['{data.cifar}', '/data/cifar'],
  ['{{"lr": {lr}}}', '{"lr": 0.001}'],
  ['$HOME; `ls` {{}}', '$HOME; `ls` {}'],
  ['', ''],
])('%s becomes %s', (template, text) => {
  expect(substitute(template, VALUES)).toEqual({ kind: 'text', text });
});

test.each([
  ['{momentum}', 'no active parameter'],
  ['{}', 'no active parameter'],
  ['{toString}', 'no active parameter'],
  ['{__proto__}', 'no active parameter'],
  ['{data.imagenet}', 'no data set called imagenet'],
  ['{lr', 'single {'],
  ['lr}', 'single }'],
])('%s is a clear fault', (template, message) => {
  const result = substitute(template, VALUES);
  expect(result).toMatchObject({ kind: 'fault', message: expect.stringContaining(message) as string });
});

test('a value stays within its argument and is not looked at again, whatever it holds', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (a, b) => {
      const values = { ...VALUES, configuration: { a, b } };
      expect(commandArguments({ argv: ['x', '{a}', '--b={b}'] }, values)).toEqual({
        kind: 'argv',
        argv: ['x', a, `--b=${b}`],
      });
    }),
  );
  const nested = { ...VALUES, configuration: { a: '{seed}; rm -rf "$HOME"' } };
  expect(substitute('{a}', nested)).toEqual({ kind: 'text', text: '{seed}; rm -rf "$HOME"' });
});

const policy = (...patterns: string[]) => ({ kind: 'patterns', patterns }) as const;

test('only what the operator allowed is run', () => {
  const none = { environment: {} };
  expect(commandRefusal({ kind: 'none' }, ['true'], none)).toContain('--allow-command');
  expect(commandRefusal({ kind: 'any' }, ['true'], none)).toBeUndefined();
  expect(commandRefusal(policy('python3 /opt/*.py *'), ['python3', '/opt/a.py', '--x'], none)).toBeUndefined();
  expect(commandRefusal(policy('python3 /opt/?.py'), ['python3', '/opt/a.py'], none)).toBeUndefined();
  expect(commandRefusal(policy('python3 /opt/*.py'), ['python3', '-c', 'evil'], none)).toContain('allows only');
  expect(commandRefusal(policy('a.c'), ['abc'], none)).toContain('allows only');
  expect(commandRefusal(policy('true'), ['true', 'x'], none)).toContain('allows only');
});

test.each(['LD_PRELOAD', 'PYTHONPATH', 'PATH', 'NODE_OPTIONS', 'BASH_ENV'])(
  'a campaign cannot lead an allowed program astray by %s',
  (name) => {
    expect(commandRefusal(policy('*'), ['true'], { environment: { [name]: '/x' } })).toContain(name);
    expect(commandRefusal({ kind: 'any' }, ['true'], { environment: { [name]: '/x' } })).toBeUndefined();
  },
);
