/** Tools that end, fail, hang or do not exist. */

import { expect, test } from 'vitest';

import { failureOf, runTool, succeeded } from '../../../coordinator/broker/child-process.js';

const sh = (script: string, timeoutMilliseconds = 20_000): ReturnType<typeof runTool> =>
  runTool('/bin/sh', ['-c', script], { environment: { GREETING: 'hello' }, timeoutMilliseconds });

test('a tool that hangs is ended, although its own child holds its output open', async () => {
  // The first test of the file: no pipe of another is still being closed.
  const pipes = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'PipeWrap').length;
  const before = pipes();
  expect(await sh('sleep 5 & sleep 600', 50)).toEqual({ kind: 'timed-out' });
  await expect.poll(pipes).toBe(before);
});

test('status and both outputs of a tool are kept, and only the given environment is seen', async () => {
  expect(await sh('echo "$GREETING $USER"; echo oops >&2; exit 3')).toEqual({
    kind: 'exited',
    status: 3,
    output: expect.stringMatching(/hello \n[^]*oops\n|oops\n[^]*hello \n/) as string,
  });
});

test('a tool that is not there leaves nothing that keeps this process waiting', async () => {
  const before = process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
  const result = await runTool('no-such-tool', [], { environment: { PATH: '/nowhere' }, timeoutMilliseconds: 600_000 });
  expect(result).toEqual({ kind: 'missing' });
  expect(process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length).toBe(before);
});

test('a cancelled tool is ended', async () => {
  const cancel = new AbortController();
  const options = { environment: {}, timeoutMilliseconds: 600_000, signal: cancel.signal };
  const running = runTool('/bin/sleep', ['600'], options);
  cancel.abort();
  expect(await running).toEqual({ kind: 'timed-out' });
});

test('a failure is told by the line that tells most', () => {
  const output = 'Reading lists...\nE: Unable to locate package x\nmore\n';
  expect(failureOf('apt-get', { kind: 'exited', status: 100, output })).toBe(
    'apt-get failed: E: Unable to locate package x',
  );
  expect(failureOf('go', { kind: 'exited', status: 2, output: '' })).toBe('go failed: status 2');
  expect(failureOf('go', { kind: 'missing' })).toBe('go is not installed');
  expect(failureOf('go', { kind: 'timed-out' })).toBe('go took too long');
  expect(succeeded({ kind: 'exited', status: 0, output })).toBe(true);
});
