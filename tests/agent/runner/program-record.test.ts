import { expect, test } from 'vitest';

import { MAX_WINDOWS, ProgramRecord } from '../../../agent/runner/program-record.js';
import { sortMetrics } from '../../../agent/runner/sorted-metrics.js';

const record = (): ProgramRecord => new ProgramRecord({ beginNanoseconds: 100n, nowNanoseconds: () => 1000n });
const edge = (kind: 'open' | 'close', at: number | string, more: object = {}) =>
  ({ type: 'window', seq: 1, edge: kind, kind: 'train', label: '', ordinal: 0, monotonic_ns: at, ...more }) as const;

test('a window has both its edges, its count and its place among its like', () => {
  const program = record();
  expect(program.take(edge('open', '200', { ordinal: 3 }))).toBeUndefined();
  expect(program.unclosed).toEqual(['train//3']);
  expect(program.take(edge('close', 300, { ordinal: 3, items: 8, unit: 'token' }))).toBeUndefined();
  expect(program.windows).toEqual([
    { kind: 'train', label: '', ordinal: 3, startNanoseconds: 200n, endNanoseconds: 300n, items: 8, unit: 'token' },
  ]);
  expect(program.unclosed).toEqual([]);
});

test.each([
  ['closed before it was opened', [edge('close', 200)], 'is not open'],
  ['opened twice', [edge('open', 200), edge('open', 300)], 'is open already'],
  ['opened again', [edge('open', 200), edge('close', 300), edge('open', 400)], 'was closed already'],
  ['that ends before it begins', [edge('open', 300), edge('close', 200)], 'ends before it begins'],
  ['from before the trial', [edge('open', 99)], 'CLOCK_MONOTONIC'],
  ['from the future', [edge('open', '1700000000000000000')], 'CLOCK_MONOTONIC'],
  ['with a number beyond its field', [edge('open', 200, { ordinal: 2 ** 32 })], 'at most'],
  ['that is the agent’s own', [edge('open', 200, { kind: 'idle' })], "the kind idle are the agent's own"],
  ['of cooling down', [edge('open', 200, { kind: 'cool-down' })], "the kind cool-down are the agent's own"],
  ['with an endless name', [edge('open', 200, { label: 'x'.repeat(201) })], 'at most'],
])('a window %s is refused, and changes nothing', (_, lines, message) => {
  const program = record();
  const answers = lines.map((line) => program.take(line));
  expect(answers.at(-1)).toContain(message);
  expect(answers.slice(0, -1)).toEqual(answers.slice(0, -1).map(() => undefined));
});

test('no program can make an outcome grow without bound', () => {
  const program = record();
  const answers = Array.from({ length: MAX_WINDOWS + 1 }, (_, ordinal) => program.take(edge('open', 200, { ordinal })));
  expect(answers.filter((answer) => answer !== undefined)).toHaveLength(1);
  const many = Object.fromEntries(Array.from({ length: 1001 }, (_, i) => [`m${i}`, i]));
  expect(program.take({ type: 'report', seq: 1, step: 1, metrics: many })).toBe(
    'a trial has at most 1000 metrics: m1000 is left out, the rest of the report is taken',
  );
  expect(program.metrics.size).toBe(1000);
});

test('there is room for the metrics that are wanted, whatever else was reported before', () => {
  const program = new ProgramRecord({ beginNanoseconds: 100n, nowNanoseconds: () => 1000n }, ['loss', 'test_loss']);
  const many = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`m${i}`, i]));
  expect(program.take({ type: 'report', seq: 1, step: 1, metrics: many })).toBeUndefined();
  const last = { m0: 7, loss: 0.5, test_loss: 0.6, odd: 1, more: 2 };
  expect(program.take({ type: 'report', seq: 2, step: 9, metrics: last })).toContain('odd and 1 more are left out');
  expect(Object.fromEntries(program.metrics)).toEqual({ ...many, m0: 7, loss: 0.5, test_loss: 0.6 });
  expect([program.step, program.reports]).toEqual([9, 2]);
});

test('a wanted metric whose report was refused is missing for that reason', () => {
  const program = new ProgramRecord({ beginNanoseconds: 100n, nowNanoseconds: () => 1000n }, ['loss']);
  const wanted = { sealedMetrics: [], requiredMetrics: ['loss', 'other'] };
  program.take({ type: 'report', seq: 1, step: 2 ** 32, metrics: { loss: 1 } });
  expect(sortMetrics(wanted, program, { metrics: {}, missing: {} }).missing).toEqual({
    loss: `its report was refused: a step is at most ${2 ** 32 - 1}`,
    other: 'the program did not report it',
  });
  program.take({ type: 'report', seq: 2, step: 2, metrics: { loss: 1 } });
  expect(sortMetrics(wanted, program, { metrics: {}, missing: {} }).open).toEqual({ loss: 1 });
});

test('the last value of a metric stands, also when it is not finite', () => {
  const program = record();
  program.take({ type: 'report', seq: 1, step: 1, fraction: 0.5, metrics: { loss: 1, a: 2 } });
  program.take({ type: 'report', seq: 2, step: 2, metrics: { loss: '-Infinity' } });
  expect(Object.fromEntries(program.metrics)).toEqual({ loss: -Infinity, a: 2 });
  expect([program.step, program.fraction, program.reports]).toEqual([2, undefined, 2]);
});
