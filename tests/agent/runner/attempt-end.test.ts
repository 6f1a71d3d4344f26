import { expect, test } from 'vitest';

import { attemptEnd, type AttemptEvidence } from '../../../agent/runner/attempt-end.js';

const GOOD: AttemptEvidence = {
  exit: { kind: 'code', code: 0 },
  overTime: false,
  killedForMemory: false,
  done: false,
  speaks: false,
  reports: 0,
  missing: {},
  nonFinite: [],
  output: '',
};
const CRASH = { exit: { kind: 'code', code: 1 } } as const;
const KILLED = { exit: { kind: 'signal', signal: 'SIGKILL' } } as const;

test.each<[string, Partial<AttemptEvidence>, string, string]>([
  ['a crash before the first report of a speaking program', { ...CRASH, speaks: true }, 'infrastructure', 'exit-code'],
  ['a crash after a report', { ...CRASH, speaks: true, reports: 1 }, 'unknown', 'exit-code'],
  ['a crash of a plain program', CRASH, 'unknown', 'exit-code'],
  ['a signal', { exit: { kind: 'signal', signal: 'SIGSEGV' }, reports: 1 }, 'unknown', 'signal'],
  ['SIGKILL without evidence', KILLED, 'unknown', 'signal'],
  ['SIGKILL by the kernel for memory', { ...KILLED, killedForMemory: true }, 'configuration', 'out-of-memory'],
  [
    'a shell whose child was killed for memory',
    { exit: { kind: 'code', code: 137 }, killedForMemory: true },
    'configuration',
    'out-of-memory',
  ],
  [
    'device memory used up',
    { ...CRASH, output: 'x\nRuntimeError: CUDA out of memory.' },
    'configuration',
    'out-of-memory',
  ],
  ['a crash while another process was killed for memory', { ...CRASH, killedForMemory: true }, 'unknown', 'exit-code'],
  ['over time', { ...KILLED, overTime: true }, 'configuration', 'over-time'],
  ['not finite', { nonFinite: ['loss'] }, 'configuration', 'diverged'],
  ['a metric missing', { missing: { loss: 'why' } }, 'unknown', 'metric-missing'],
  ['done, but a metric missing and a bad exit', { ...CRASH, done: true, missing: { a: 'b' } }, 'unknown', 'exit-code'],
  ['cancelled', { ...KILLED, stopped: 'cancelled' }, 'infrastructure', 'cancelled'],
  [
    'infeasible, whatever the exit',
    { ...CRASH, infeasible: { type: 'infeasible', seq: 1, reason: 'invalid', message: '' } },
    'configuration',
    'invalid',
  ],
])('%s', (...[, evidence, kind, reason]) => {
  expect(attemptEnd({ ...GOOD, ...evidence })).toMatchObject({ kind: 'failed', failure: { kind, reason } });
});

test.each<[string, Partial<AttemptEvidence>]>([
  ['a good exit', {}],
  ['a stumble on the way out after all is done', { ...CRASH, done: true }],
])('%s completes the trial', (_, evidence) => {
  expect(attemptEnd({ ...GOOD, ...evidence })).toEqual({ kind: 'completed' });
});

test('a stop that was asked for is told from a crash, and keeps what was reported', () => {
  expect(attemptEnd({ ...GOOD, ...KILLED, stopped: 'stopped-early' })).toEqual({ kind: 'stopped-early' });
});
