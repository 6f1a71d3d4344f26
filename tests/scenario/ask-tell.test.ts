/** `ecopt ask-tell` as programs use it: the guide's own examples, pipes that end and break, signals, kills, large input. */

import { execFileSync, spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';

import { finishedEcopt } from '../support/finished-ecopt.js';

const GUIDE = readFileSync('docs/ask-tell.md', 'utf8');

/** The block of the guide in a language; there is one. */
const block = (language: string): string => new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\`$`, 'm').exec(GUIDE)![1]!;

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ecopt-ask-tell-'));
  file = join(folder, 'branin-currin.yaml');
  writeFileSync(file, block('yaml'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
});

const lines = (stdout: string): Record<string, unknown>[] =>
  stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('the examples of the guide', () => {
  test('in Python find most of the front of Branin-Currin', ({ skip }) => {
    skip(!hasPython(), 'no python3');
    symlinkSync(resolve('dist/ecopt.js'), join(folder, 'ecopt'));
    const code = block('python');
    expect(code.trim().split('\n').length).toBeLessThanOrEqual(22);
    const output = execFileSync('python3', ['-c', code], {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, PATH: `${folder}${delimiter}${process.env['PATH']}` },
    });
    const { front, hypervolume, reference } = JSON.parse(output) as {
      readonly front: readonly unknown[];
      readonly hypervolume: number;
      readonly reference: object;
    };
    expect(reference).toEqual({ branin: 18, currin: 6 });
    expect(front.length).toBeGreaterThan(3);
    // 25 random points reach 30 or so; the best possible is 59.36.
    expect(hypervolume).toBeGreaterThan(50);
  });

  test('in JavaScript run with the package by its name', () => {
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', block('js')], { encoding: 'utf8' });
    expect(output).toContain('id: 5');
  });
});

const hasPython = (): boolean => {
  try {
    execFileSync('python3', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

describe('a session', () => {
  test('answers each line by one, names wrong ones by number, and ends with the input', async () => {
    const input = '{"ask": 2}\n\nwrong\n{"tell": {"id": 2, "outcomes": {"branin": 3, "currin": 4}}}\n{"best": true}';
    const { status, stdout, stderr } = await finishedEcopt(['ask-tell', file], { input });
    expect(lines(stdout)).toMatchObject([
      { asked: [{ id: 1 }, { id: 2 }] },
      { error: expect.stringMatching(/^line 3: is not JSON/) as string, line: 3 },
      { told: { id: 2, runs: 1 } },
      { best: { front: [{ id: 2 }], hypervolume: 30 } },
    ]);
    expect([status, stderr]).toEqual([1, '']);
    expect((await finishedEcopt(['ask-tell', file], { input: '{"ask": 1}\n' })).status).toBe(0);
    expect(await finishedEcopt(['ask-tell', file])).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  test('with a wrong file or flag is one line for each fault', async () => {
    writeFileSync(file, 'space: {x: {low: 2, high: 1.5}}\nobjectives: {a: minimize}\nbudget: {trials: 3}\n');
    const { status, stdout, stderr } = await finishedEcopt(['ask-tell', file]);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr.trim().split('\n')).toEqual([
      expect.stringMatching(/branin-currin\.yaml:1:\d+ {2}space\.x\.high: is 1\.5, but must be above low/),
      expect.stringMatching(/branin-currin\.yaml:3:1 {2}budget: belongs to a campaign\. Remove it/),
    ]);
    const { status: flagged, stderr: told } = await finishedEcopt(['ask-tell', file, '--jornal', 'x']);
    expect([flagged, told]).toEqual([2, "ecopt: unknown option '--jornal' (Did you mean --journal?)\n"]);
  });

  test('takes 10,000 outcomes in one go, and a line that is too long', async () => {
    const outcome = (i: number): string =>
      `{"tell": {"configuration": {"x": ${i / 10_000}, "y": 0.5}, "outcomes": {"branin": ${i}, "currin": 1}}}\n`;
    const input = `${'x'.repeat(2 ** 20 + 1)}\n${Array.from({ length: 10_000 }, (_, i) => outcome(i)).join('')}{"best": true}\n`;
    const { stdout } = await finishedEcopt(['ask-tell', file], { input });
    const replies = lines(stdout);
    expect(replies).toHaveLength(10_002);
    expect(replies[0]).toMatchObject({ error: expect.stringContaining('longer than 1048576 bytes') as string });
    expect(replies.at(-1)).toMatchObject({ best: { front: [{ id: 1 }] } });
  });

  test('ends quietly when nobody reads its answers', async () => {
    const child = start();
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.stdin.on('error', () => undefined);
    child.stdout.destroy();
    child.stdin.write('{"ask": 1}\n'.repeat(100));
    const status = await new Promise((done) => child.once('close', done));
    expect([status, stderr]).toEqual([0, '']);
  });

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('ends at %s, in the middle of a thought too', async (signal, expected) => {
    const child = start();
    const answers = createInterface(child.stdout);
    child.stdin.write(
      `${JSON.stringify({ ask: 1 })}\n${Array.from(
        { length: 60 },
        (_, i) =>
          `{"tell":{"configuration":{"x":${i / 60},"y":0.5},"outcomes":{"branin":${i % 7},"currin":${i % 5}}}}\n`,
      ).join('')}{"ask": 500}\n`,
    );
    let seen = 0;
    for await (const _ of answers) if (++seen === 61) child.kill(signal);
    const { exitCode } = child;
    expect(exitCode ?? (await new Promise((done) => child.once('close', done)))).toBe(expected);
    expect(seen).toBe(61);
  });

  test('killed at any moment goes on from its journal as if nothing had happened', async () => {
    const script = [
      { ask: 2 },
      { tell: { id: 1, outcomes: { branin: 5, currin: 2 } } },
      { ask: 1 },
      { tell: { id: 2, failure: 'diverged' } },
      { ask: 1 },
    ].map((line) => `${JSON.stringify(line)}\n`);
    const whole = lines((await finishedEcopt(['ask-tell', file], { input: script.join('') })).stdout);
    const journal = join(folder, 'journal');
    const replies: unknown[] = [];
    for (const line of script) {
      const child = start('--journal', journal);
      child.stdin.write(line);
      const answer = await new Promise<string>((done) => createInterface(child.stdout).once('line', done));
      child.kill('SIGKILL');
      await new Promise((done) => child.once('close', done));
      replies.push(JSON.parse(answer));
    }
    expect(replies).toEqual(whole);
  });

  function start(...flags: readonly string[]): ChildProcessWithoutNullStreams {
    const child = spawn(process.execPath, [resolve('dist/ecopt.js'), 'ask-tell', file, ...flags]);
    onTestFinished(() => void child.kill('SIGKILL'));
    return child;
  }
});
