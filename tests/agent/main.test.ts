/** The command line as its help shows it. */

import { afterEach, expect, test, vi } from 'vitest';

import { main as agent } from '../../agent/main.js';
import { main as coordinator } from '../../coordinator/main.js';

afterEach(() => void vi.restoreAllMocks());

async function helpOf(main: typeof agent, ...words: readonly string[]): Promise<string> {
  const written: unknown[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(text) > 0);
  expect(await main([...words, '--help'])).toBe(0);
  return written.join('');
}

test.each(['agent', 'calibrate-meter', 'doctor', 'measure', 'try'])('one help lists %s', async (word) => {
  expect(await helpOf(coordinator)).toMatch(new RegExp(`^ {2}${word}\\b`, 'm'));
});

test.each(['agent', 'calibrate-meter', 'doctor', 'measure', 'try'])(
  '%s finds calibrations by --state',
  async (word) => {
    expect(await helpOf(agent, word)).toContain('--state <dir>');
  },
);

test.each([
  ['measure', ['--output', '--', 'true'], '--output'],
  ['measure', ['--wall-meter', '--', 'true'], '--wall-meter'],
  ['doctor', ['--quick', '--state', '--'], '--state'],
  ['agent', ['--label', '--'], '--label'],
])('%s with %j says which flag has no value', async (word, flags, name) => {
  const written: unknown[] = [];
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => written.push(text) > 0);
  expect(await agent([word, ...flags])).toBe(2);
  expect(written).toEqual([`ecopt: ${name}: has no value before --; give it one, or leave it out\n`]);
});
