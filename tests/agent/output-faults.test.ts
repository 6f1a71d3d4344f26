import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';

import { watchOutputs } from '../../agent/output-faults.js';

test('a reader that has gone is no fault; a full disk is told once', () => {
  const [stdout, stderr] = [new EventEmitter(), new EventEmitter()];
  const told: string[] = [];
  watchOutputs([stdout, stderr], (fault) => told.push(fault));
  const fail = (stream: EventEmitter, code: string): boolean =>
    stream.emit('error', Object.assign(new Error(`${code}: write`), { code }));
  fail(stdout, 'EPIPE');
  fail(stderr, 'EPIPE');
  expect(told).toEqual([]);
  fail(stdout, 'ENOSPC');
  fail(stdout, 'ENOSPC');
  expect(told).toEqual(['the output cannot be written: ENOSPC: write']);
});
