/** `ecopt measure` as a user runs it: the command has its streams, signals and status to itself, and its energy is known. */

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';

import { temporaryFolder } from '../agent/temporary-folder.js';
import { startEcopt } from '../support/ecopt-process.js';
import { cCompiler, compileFakeNvml, startFakeNvml, type NvmlScenario } from '../support/fake-nvml.js';
import { finishedEcopt, type FinishOptions } from '../support/finished-ecopt.js';

const node = (program: string): string[] => [process.execPath, '-e', program];
const measure = (args: readonly string[], options?: FinishOptions): ReturnType<typeof finishedEcopt> =>
  finishedEcopt(['measure', ...args], options);

/** The parts of the report that are asked about. */
interface Report {
  readonly runs: readonly {
    readonly seconds: number;
    readonly end: object;
    readonly devices: readonly { readonly part: string; readonly joules?: number; readonly uncertainty: object }[];
    readonly sum: { readonly kind: string; readonly joules?: number; readonly gramsCo2e?: number };
  }[];
  readonly statistics?: { readonly sum: { readonly count: number; readonly halfWidth?: number } };
  readonly target?: object;
  readonly idle?: object;
}

/** The JSON object that the report is; what the command wrote there stands before it. */
const reportOf = (stderr: string): Report => JSON.parse(stderr.trim().split('\n').at(-1)!) as Report;

describe('the command', () => {
  test.each([
    ['a status', node('process.exit(3)'), 3],
    ['its death by a signal', node("process.kill(process.pid, 'SIGKILL')"), 137],
    ['its absence', ['no-such-program-anywhere'], 127],
    ['a file that cannot be run', ['/etc/passwd'], 126],
  ])('gives its status on: %s', async (_, command, status) => {
    const finished = await measure(['--', ...command]);
    expect(finished.status).toBe(status);
    expect(finished.stderr).toContain('ecopt measure');
  });

  test('has input and output to itself; the report is on standard error, behind its own', async () => {
    const program = "process.stdin.pipe(process.stdout); console.error('mine')";
    const { status, stdout, stderr } = await measure([...node(program)], { input: 'a\u0000b\r\nä' });
    expect([status, stdout]).toEqual([0, 'a\u0000b\r\nä']);
    expect(stderr).toMatch(/^mine\n\necopt measure {2}/);
  });

  test('has its own flags, with -- or without', async () => {
    const args = ['console.log(process.argv.slice(1).join())', '--', '--json', '--repeat', '9'];
    for (const dashes of [['--'], []]) {
      const { stdout } = await measure([...dashes, process.execPath, '-e', ...args]);
      expect(stdout).toBe('--json,--repeat,9\n');
    }
  });

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('gets %s; what was spent is reported', async (signal) => {
    const program = `process.on('${signal}', () => process.exit(9)); setInterval(() => undefined, 1e3); console.log('on')`;
    let isSent = false;
    const { status, stderr } = await measure(['--json', '--', ...node(program)], {
      onOutput(_, send) {
        if (!isSent) send(signal);
        isSent = true;
      },
    });
    expect(status).toBe(9);
    expect(reportOf(stderr).runs).toMatchObject([{ end: { kind: 'code', code: 9 } }]);
  });

  test('that a signal ends gives 128 and its number', async () => {
    const { status, stderr } = await measure(['--', ...node("setInterval(() => undefined, 1e3); console.log('on')")], {
      onOutput: (_, send) => send('SIGTERM'),
    });
    expect(status).toBe(143);
    expect(stderr).toContain('Ended       by SIGTERM');
  });
});

/** Whether a process has a listener of its own for SIGUSR2, which only what hands signals on has. */
const handsOn = (pid: number): boolean => {
  const [, caught = '0'] = /^SigCgt:\s*([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return ((BigInt(`0x${caught}`) >> BigInt(constants.signals.SIGUSR2 - 1)) & 1n) === 1n;
};

test('a signal before the command begins ends it all at once', async () => {
  await using waiting = startEcopt(['measure', '--idle', '10min', '--', 'echo', 'ran']);
  await vi.waitFor(() => expect(handsOn(waiting.pid)).toBe(true), { timeout: 10_000 });
  waiting.kill('SIGTERM');
  expect(await waiting.exited).toEqual({ code: 143, signal: null });
  expect(waiting.lines).toEqual(['ecopt: ended by SIGTERM before the command was started; nothing was measured']);
});

describe('a fault is one line, and the command does not run:', () => {
  test.each([
    [['--repeat', '0'], '--repeat 0: must be a whole number'],
    [['--until', 'soon'], '--until soon: must be a relative half-width'],
    [['--carbon', 'DEX'], 'DEX is no country or region of the Ember data. Did you mean DEU?'],
    [['--output', '/none/report'], '--output /none/report: cannot be written'],
    [['--simulate', 'x100'], 'there is no model x100'],
    [['--idel', '5s'], "unknown option '--idel' (Did you mean --idle?)"],
  ])('%j', async (flags, line) => {
    const { status, stdout, stderr } = await measure([...flags, '--', 'echo', 'ran']);
    expect([status, stdout, stderr.trim().split('\n').length]).toEqual([2, '', 1]);
    expect(stderr).toContain(line);
  });

  test('no command', async () => {
    expect(await measure([])).toMatchObject({ status: 2, stderr: "ecopt: missing required argument 'command'\n" });
  });
});

test('without a sensor the energy of the processor is modelled, and says so', async () => {
  const program = 'for (const end = Date.now() + 500; Date.now() < end; );';
  const environment = { ECOPT_SYSFS_ROOT: temporaryFolder(), CUDA_VISIBLE_DEVICES: '' };
  const { stderr } = await measure(['--', ...node(program)], { environment });
  expect(stderr).toContain('model (cpu-model): modelled, not measured');
});

describe('with an NVIDIA GPU', () => {
  const compiler = cCompiler();
  let compiled: string;

  beforeAll(() => {
    if (compiler !== undefined) compiled = compileFakeNvml(compiler);
  });
  beforeEach(({ skip }) => skip(compiler === undefined, 'no C compiler'));

  const WATTS = 200;
  const card: NvmlScenario = {
    ...{ driver: '570.86', count: 1, 'gpu0.uuid': 'GPU-aaaaaaaa-0000-4000-8000-000000000001' },
    ...{ 'gpu0.name': 'NVIDIA L4', 'gpu0.pci': '00000000:1A:00.0', 'gpu0.architecture': 8 },
    ...{ 'gpu0.energy': 5_000_000, 'gpu0.energy.watts': WATTS, 'gpu0.energy.period_ms': 20 },
  };
  const withCard = (more: NvmlScenario = {}): Readonly<Record<string, string>> => {
    const fake = startFakeNvml(compiled, { ...card, ...more });
    onTestFinished(() => fake[Symbol.dispose]());
    return { ECOPT_NVML_LIBRARY: fake.library };
  };
  const onCard = ['--devices', 'GPU-aaaaaaaa-0000-4000-8000-000000000001', '--json'];
  const accelerator = (report: Report, run = 0): Report['runs'][number]['devices'][number] =>
    report.runs[run]!.devices.find(({ part }) => part === 'accelerator')!;

  test('the joules are those of the counter, within the stated uncertainty, with carbon', async () => {
    const environment = withCard();
    const { stderr } = await measure([...onCard, '--carbon', '360', '--', 'sleep', '1'], { environment });
    const report = reportOf(stderr);
    const { joules, uncertainty } = accelerator(report) as { joules: number; uncertainty: Record<string, number> };
    const random = Math.hypot(uncertainty['edgeJoules']!, uncertainty['samplingJoules']!, uncertainty['gapJoules']!);
    expect(Math.abs(joules - WATTS * report.runs[0]!.seconds)).toBeLessThan(4 * random);
    expect(random).toBeLessThan(0.02 * joules);
    expect(report.runs[0]!.sum).toMatchObject({ kind: 'usable' });
    expect(report.runs[0]!.sum.gramsCo2e).toBeCloseTo((report.runs[0]!.sum.joules! / 3.6e6) * 360, 9);
  });

  test('energy net of idle is next to nothing for a command that rests', async () => {
    const environment = withCard();
    const { stderr } = await measure([...onCard, '--idle', '1s', '--', 'sleep', '1'], { environment });
    const net = (accelerator(reportOf(stderr)) as { netOfIdle?: { joules: number; idleWatts: number } }).netOfIdle!;
    expect(Math.abs(net.idleWatts / WATTS - 1)).toBeLessThan(0.05);
    expect(Math.abs(net.joules)).toBeLessThan(0.1 * WATTS);
    expect(reportOf(stderr).idle).toBeDefined();
  });

  test('--repeat gives mean and interval; each run has no input', async () => {
    const program = "require('fs').readFileSync(0); setTimeout(() => console.log('done'), 300)";
    const environment = withCard();
    const { status, stdout, stderr } = await measure([...onCard, '--repeat', '3', '--', ...node(program)], {
      environment,
      input: 'for one only',
    });
    expect([status, stdout]).toEqual([0, 'done\ndone\ndone\n']);
    const report = reportOf(stderr);
    expect(report.runs).toHaveLength(3);
    expect(report.statistics?.sum).toMatchObject({ count: 3 });
    expect(report.statistics?.sum.halfWidth).toBeGreaterThan(0);
  });

  test('--until looks after 8 runs at the earliest, and stops when the mean is known well enough', async () => {
    const environment = withCard();
    const easy = await measure([...onCard, '--until', '99%', '--', 'sleep', '0.2'], { environment });
    expect(reportOf(easy.stderr)).toMatchObject({ target: { relativeHalfWidth: 0.99, isReached: true } });
    expect(reportOf(easy.stderr).runs).toHaveLength(8);
    const hard = await measure([...onCard, '--until', '0.0001%', '--at-most', '3', '--', 'sleep', '0.2'], {
      environment,
    });
    expect(reportOf(hard.stderr)).toMatchObject({ target: { isReached: false } });
    expect(reportOf(hard.stderr).runs).toHaveLength(3);
  });

  test('a run that fails ends the series with its status', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ecopt-measure-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const flag = JSON.stringify(join(folder, 'flag'));
    const program = `const fs = require('fs'); if (fs.existsSync(${flag})) process.exit(6); fs.writeFileSync(${flag}, '')`;
    const { status, stderr } = await measure([...onCard, '--repeat', '9', '--', ...node(program)], {
      environment: withCard(),
    });
    expect(status).toBe(6);
    expect(reportOf(stderr).runs).toHaveLength(2);
  });

  test('--output takes the report instead', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ecopt-measure-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, 'energy.json');
    const environment = withCard();
    const { stderr } = await measure([...onCard, '--output', file, '--', 'sleep', '0.5'], { environment });
    expect([stderr, existsSync(file)]).toEqual(['', true]);
    expect(accelerator(reportOf(readFileSync(file, 'utf8'))).joules).toBeGreaterThan(0);
  });

  test('a report that cannot be kept in its file is on standard error, and the status is the command’s', async () => {
    const { status, stderr } = await measure(['--json', '--output', '/dev/full', '--', 'sh', '-c', 'exit 3']);
    expect(status).toBe(3);
    expect(stderr).toMatch(/^\necopt: --output \/dev\/full: cannot be written: ENOSPC/);
    expect(reportOf(stderr).runs).toHaveLength(1);
  });

  test('a counter that starts again makes the figure unknown, never 0 or negative', async () => {
    const environment = withCard({ 'gpu0.energy.reset_ms': 2500 });
    const { stderr } = await measure([...onCard.slice(0, 2), '--carbon', 'FRA', '--', 'sleep', '4'], { environment });
    expect(stderr).toMatch(/accelerator unknown {2}NVIDIA L4/);
    expect(stderr).toMatch(/Carbon {6}unknown, as the energy is/);
  });
});
