import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';

import { interruptedStatus, interruptions } from '../../../shared/runtime/interruptions.js';
import { manualClock } from '../../support/manual-clock.js';

test('a signal that comes twice at once is one Ctrl-C; a later one is the second', () => {
  const [source, clock] = [new EventEmitter(), manualClock()];
  const { interrupted, interruptedTwice } = interruptions(source, clock);
  const press = (): void => void [source.emit('SIGINT', 'SIGINT'), source.emit('SIGINT', 'SIGINT')];
  press();
  expect([interrupted.aborted, interruptedTwice.aborted]).toEqual([true, false]);
  clock.advance(300);
  press();
  expect(interruptedTwice.aborted).toBe(true);
});

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
])('%s gives the status %i', (signal, status) => {
  const source = new EventEmitter();
  const { interrupted } = interruptions(source, manualClock());
  source.emit(signal, signal);
  source.emit('SIGINT', 'SIGINT');
  expect(interruptedStatus(interrupted)).toBe(status);
});

test('another signal counts at once', () => {
  const [source, clock] = [new EventEmitter(), manualClock()];
  const { interruptedTwice } = interruptions(source, clock);
  source.emit('SIGINT', 'SIGINT');
  source.emit('SIGTERM', 'SIGTERM');
  expect(interruptedTwice.aborted).toBe(true);
});
