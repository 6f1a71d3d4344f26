/** Failures on a full disk: the machine's, unless the configuration's fault is plain. */

import { expect, test } from 'vitest';

import { failure } from '../../../agent/runner/attempt-end.js';
import { blameFullDisk } from '../../../agent/runner/full-disk.js';
import type { Failure } from '../../../shared/domain/trial.js';
import { sampleObservation } from '../../support/sample-domain.js';

const LACK = 'only 0 B are free where /x lies';
const after = (cause: Failure, lack: string | undefined): Failure | undefined => {
  const { end } = blameFullDisk({ ...sampleObservation, end: { kind: 'failed', failure: cause } }, lack);
  return end.kind === 'failed' ? end.failure : undefined;
};

test('a failure of unknown cause is the machine’s', () => {
  const found = after(failure('unknown', 'metric-missing', 'metric missing: loss'), LACK);
  expect(found).toMatchObject({ kind: 'infrastructure', reason: 'disk-full', signature: 'disk-full' });
  expect(found?.message).toBe(`metric missing: loss; ${LACK}`);
});

test('with room, and for known causes, everything stays as it is', () => {
  const unknown = failure('unknown', 'exit-code', 'ended with status 1');
  expect(after(unknown, undefined)).toBe(unknown);
  const diverged = failure('configuration', 'diverged', 'not finite at the end: loss');
  expect(after(diverged, LACK)).toBe(diverged);
  const completed = { ...sampleObservation, end: { kind: 'completed' } } as const;
  expect(blameFullDisk(completed, LACK)).toBe(completed);
});
