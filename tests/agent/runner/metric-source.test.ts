import { execFileSync } from 'node:child_process';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { metricFiles } from '../../../agent/runner/metric-source.js';
import { temporaryFolder } from '../temporary-folder.js';

const pattern = (text: string) => ({ m: { kind: 'pattern', pattern: text } as const });
const file = (key: string, path = 'm.json') => ({ m: { kind: 'json-file', path, key } as const });
const found = (source: Parameters<typeof metricFiles>[0], output: string) => metricFiles(source, '/').read(output);

test.each([
  ['loss=(\\S+)', 'loss=1\nloss=0.5\n', 0.5],
  ['loss=(\\S+)', 'loss=3 loss=2', 2],
  ['loss=(\\S+)', 'loss=1\rloss=0.25\rdone', 0.25],
  ['(?<value>\\d+) of (\\d+)', '3 of 4', 3],
  ['\\d+', 'a 12 b', 12],
  ['loss=(\\S+)', 'loss=1e-3', 0.001],
  ['loss=(\\S+)', 'loss=-inf', -Infinity],
])('%s finds its last number in %j', (expression, output, value) => {
  expect(found(pattern(expression), output)).toEqual({ metrics: { m: value }, missing: {} });
});

test('NaN is a value, not a missing metric', () => {
  expect(found(pattern('loss=(\\S+)'), 'loss=nan').metrics).toEqual({ m: NaN });
});

test.each([
  ['loss=(\\S+)', 'nothing', 'matches'],
  ['loss=(\\S+)', 'loss=high', 'no number'],
  ['loss=(', 'loss=1', 'no regular expression'],
  ['(a+)+$', `${'a'.repeat(60)}b`, 'too long'],
])('%s in %j is missing, with the reason', (expression, output, reason) => {
  expect(found(pattern(expression), output).missing['m']).toContain(reason);
});

function written(content: string): ReturnType<typeof metricFiles> {
  const folder = temporaryFolder();
  const files = metricFiles(file('val.acc'), folder);
  writeFileSync(join(folder, 'm.json'), content);
  return files;
}

test.each([
  ['{"val": {"acc": 0.5}}', 0.5],
  ['{"val.acc": 2, "val": {"acc": 1}}', 2],
  ['{"val": {"acc": "0.25"}}', 0.25],
  ['{"val": {"acc": NaN}}', NaN],
])('a number is found in %s', (content, value) => {
  expect(written(content).read('').metrics).toEqual({ m: value });
});

test.each([
  ['{"val": {}}', 'no number'],
  ['{"val": {"acc": null}}', 'no number'],
  ['loss: 1', 'not JSON'],
])('%s is missing, with the reason', (content, reason) => {
  expect(written(content).read('').missing['m']).toContain(reason);
});

test('list items count from 0', () => {
  const folder = temporaryFolder();
  const files = metricFiles(file('epochs.1.loss'), folder);
  writeFileSync(join(folder, 'm.json'), '{"epochs": [{"loss": 2}, {"loss": 1}]}');
  expect(files.read('').metrics).toEqual({ m: 1 });
});

test('a file that an earlier trial left behind is not taken for this one', () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'm.json'), '{"val": {"acc": 1}}');
  const files = metricFiles(file('val.acc'), folder);
  expect(files.read('').missing['m']).toContain('older than this trial');
  expect(metricFiles(file('x', 'none.json'), folder).read('').missing['m']).toContain('not written');
});

test.each([['/dev/zero'], ['/dev/null']])(
  'a link to %s in place of the file neither blocks nor goes on for ever',
  (target) => {
    const folder = temporaryFolder();
    const files = metricFiles(file('loss'), folder);
    symlinkSync(target, join(folder, 'm.json'));
    expect(files.read('').missing['m']).toContain('is no regular file');
  },
);

test('a pipe in place of the file does not block', () => {
  const folder = temporaryFolder();
  const files = metricFiles(file('loss'), folder);
  execFileSync('mkfifo', [join(folder, 'm.json')]);
  expect(files.read('').missing['m']).toContain('is no regular file');
});
