/** Processes and their identity. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

import { identifyProcess, isAlive, processesWithArgument } from '../../../coordinator/broker/process-table.js';

test('this process is alive; one of the same number that started at another time is not', () => {
  const self = identifyProcess(process.pid)!;
  expect(isAlive(self)).toBe(true);
  expect(isAlive({ ...self, startTicks: `${Number(self.startTicks) + 1}` })).toBe(false);
});

test('a process is found by an argument as long as it lives', async () => {
  const mark = `mark-${process.pid}`;
  const child = spawn('/bin/sh', ['-c', 'read line', mark], { stdio: ['pipe', 'ignore', 'ignore'] });
  await once(child, 'spawn');
  expect(processesWithArgument(mark)).toEqual([identifyProcess(child.pid!)]);
  expect(processesWithArgument(mark.slice(0, -1))).toEqual([]);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(processesWithArgument(mark)).toEqual([]);
  expect(identifyProcess(child.pid!)).toBeUndefined();
});

test('a process that is dead and only not yet collected is none', async () => {
  // The shell becomes a program that never asks after the child it inherits.
  const child = spawn('/bin/sh', ['-c', 'sleep 0.2 & echo $!; exec sleep 600'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [pid] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
  await expect.poll(() => readFileSync(`/proc/${Number(pid)}/stat`, 'utf8')).toContain(') Z ');
  expect(identifyProcess(Number(pid))).toBeUndefined();
  child.kill('SIGKILL');
});
