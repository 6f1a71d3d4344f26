import { CAMPAIGN_DEFAULTS } from '../../../shared/schema/campaign-defaults.js';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { markedProcesses } from '../../../agent/runner/process-table.js';
import { trialMark } from '../../../agent/runner/trial-plan.js';
import type { TrialHost } from '../../../agent/runner/trial-order.js';
import type { Provenance } from '../../../shared/domain/measurement.js';
import { systemClock } from '../../../shared/runtime/clock.js';
import { PROTOCOL_CLIENT, startTrial, steadyMeter, WATTS } from './trial-fixture.js';

const LOSS = { loss: { kind: 'pattern', pattern: 'loss=(\\S+)' } } as const;

test('a plain program is one train window with the metrics that it prints', async () => {
  const { observation } = startTrial({
    program: `console.log('loss=0.75'); console.log('loss=0.5')`,
    workload: { metrics: LOSS },
    grant: { requiredMetrics: ['loss'] },
  });
  const { end, metrics, windows, exitCode, durationSeconds } = await observation;
  expect(end).toEqual({ kind: 'completed' });
  expect(metrics).toEqual({ loss: 0.5 });
  expect(exitCode).toBe(0);
  expect(windows).toHaveLength(1);
  expect(windows[0]).toMatchObject({ kind: 'train', label: '', ordinal: 0 });
  const [device] = windows[0]!.devices;
  expect(Number(device!.kind === 'usable' && device!.microjoules) / 1e6).toBeCloseTo(WATTS * durationSeconds, 5);
});

test('windows that a program marks are read between its own instants', async () => {
  const { observation } = startTrial({
    program: `${PROTOCOL_CLIENT}
      const mark = now();
      count({ type: 'window', edge: 'open', kind: 'infer', label: 'decode', monotonic_ns: mark });
      count({ type: 'window', edge: 'close', kind: 'infer', label: 'decode', items: 64, unit: 'token',
        monotonic_ns: String(BigInt(mark) + 1000n) });
      count({ type: 'report', step: 3, metrics: { loss: 2 } });
      count({ type: 'done', facts: { backend: 'x' } });
      socket.end();`,
    grant: { requiredMetrics: ['loss'] },
  });
  const { end, windows, metrics, facts } = await observation;
  expect(end).toEqual({ kind: 'completed' });
  expect(windows).toHaveLength(1);
  expect(windows[0]).toMatchObject({ kind: 'infer', label: 'decode', items: 64, unit: 'token' });
  expect(windows[0]!.endNanoseconds - windows[0]!.startNanoseconds).toBe(1000n);
  expect(windows[0]!.devices[0]).toMatchObject({ microjoules: 10n });
  expect(metrics).toEqual({ loss: 2 });
  expect(facts).toMatchObject({ backend: 'x', node: process.version });
});

test('the program finds its trial, its place and nothing of the agent in its environment', async () => {
  process.env['ECOPT_TEST_SECRET'] = 'hidden';
  const { observation, folder } = startTrial({
    program: `
      const trial = JSON.parse(require('fs').readFileSync(process.env.ECOPT_TRIAL_DIR + '/trial.json', 'utf8'));
      console.log(JSON.stringify({ trial, names: Object.keys(process.env).sort(), argv: process.argv.slice(2) }));`,
    workload: {
      argv: [process.execPath, '{trial_dir}/../program.cjs', '--lr={lr}', '{seed}'],
      environment: { A: '1' },
    },
  });
  const { outputTail } = await observation;
  const seen = JSON.parse(outputTail) as { trial: object; names: string[]; argv: string[] };
  expect(seen.trial).toMatchObject({ trial: 'c-1', attempt: 1, seed: 7, configuration: { lr: 0.01 } });
  expect(seen.names).toEqual(['A', 'CUDA_VISIBLE_DEVICES', 'ECOPT_TRIAL_DIR', 'ECOPT_TRIAL_SOCKET', 'PATH']);
  expect(seen.argv).toEqual(['--lr=0.01', '7']);
  expect(readFileSync(join(folder, 'output.log'), 'utf8')).toContain('--lr=0.01');
});

test('a child that a program leaves behind is ended with the trial, also outside its process group', async () => {
  const { observation, folder } = startTrial({
    program: `
      const { spawn } = require('node:child_process');
      const hang = 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000);';
      spawn(process.execPath, ['-e', hang], { stdio: 'inherit' });
      spawn(process.execPath, ['-e', hang], { stdio: 'inherit', detached: true }).unref();
      setTimeout(() => process.exit(0), 100);`,
  });
  expect((await observation).end).toEqual({ kind: 'completed' });
  expect(markedProcesses(trialMark(folder))).toEqual([]);
});

test('a program that prints without end costs neither its metrics nor the disk', async () => {
  const { observation, folder } = startTrial({
    program: `
      const block = ('x'.repeat(99) + '\\n').repeat(10000);
      let left = 30;
      const go = () => left-- > 0 ? process.stdout.write(block, go) : process.stdout.write('loss=0.25\\n');
      go();`,
    workload: { metrics: LOSS },
    grant: { requiredMetrics: ['loss'] },
  });
  const { metrics, outputTail } = await observation;
  expect(metrics).toEqual({ loss: 0.25 });
  expect(outputTail.length).toBeLessThanOrEqual(8192);
  expect(readFileSync(join(folder, 'output.log')).length).toBeLessThan(10 * 2 ** 20);
});

test('a program that dies after a report is a crash of unknown cause, with a signature free of numbers', async () => {
  const program = (n: number): string => `${PROTOCOL_CLIENT}
    count({ type: 'report', step: 1, metrics: { loss: 1 } });
    socket.end(() => { console.error('bad value at 0x${n}f'); process.exitCode = 3; });`;
  const [first, second] = await Promise.all([1, 2].map((n) => startTrial({ program: program(n) }).observation));
  expect(first!.end).toMatchObject({ kind: 'failed', failure: { kind: 'unknown', reason: 'exit-code' } });
  expect(first!.end).toMatchObject({ failure: { message: 'the program ended with status 3: bad value at 0x1f' } });
  const signatures = [first!, second!].map(({ end }) => end.kind === 'failed' && end.failure.signature);
  expect(signatures[0]).toBe(signatures[1]);
});

test('a cancelled trial is gone within two seconds, whatever its program does', async () => {
  const trial = startTrial({
    program: `process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('up');`,
  });
  await trial.printed('up');
  const begin = process.hrtime.bigint();
  trial.stop('cancelled');
  const { end } = await trial.observation;
  expect(Number(process.hrtime.bigint() - begin) / 1e9).toBeLessThan(2);
  expect(end).toMatchObject({ kind: 'failed', failure: { kind: 'infrastructure', reason: 'cancelled' } });
  expect(markedProcesses(trialMark(trial.folder))).toEqual([]);
  expect(trial.openMeters()).toBe(0);
});

test('a stop is told to the program, and what it then leaves is a trial stopped early', async () => {
  const trial = startTrial({
    program: `${PROTOCOL_CLIENT}
      count({ type: 'report', step: 5, metrics: { loss: 3 } });
      let text = '';
      socket.on('data', (d) => { text += d; if (text.includes('"stop"')) socket.end(() => process.exit(0)); 
        if (text.includes('"ack"')) console.log('reported'); });`,
  });
  await trial.printed('reported');
  trial.stop('stopped-early');
  const { end, metrics } = await trial.observation;
  expect(end).toEqual({ kind: 'stopped-early' });
  expect(metrics).toEqual({ loss: 3 });
});

test('a program that was done before it was to stop has completed', async () => {
  const trial = startTrial({
    program: `${PROTOCOL_CLIENT}
      count({ type: 'done' });
      socket.on('data', (d) => String(d).includes('"ack"') && console.log('acknowledged'));`,
  });
  await trial.printed('acknowledged');
  trial.stop('cancelled');
  expect((await trial.observation).end).toEqual({ kind: 'completed' });
});

test('a trial over its time is infeasible on its class', async () => {
  const { observation } = startTrial({
    program: `setInterval(() => {}, 1000)`,
    grant: { limits: { attempts: 3, hours: 0.2 / 3600 } },
  });
  expect((await observation).end).toMatchObject({ failure: { kind: 'configuration', reason: 'over-time' } });
});

test('a program that cannot be started is a matter of this machine', async () => {
  const { observation } = startTrial({ program: '', workload: { argv: ['/no/such/program'] } });
  const { end } = await observation;
  expect(end).toMatchObject({ failure: { kind: 'infrastructure', reason: 'not-started' } });
  expect(end.kind === 'failed' && end.failure.message).toContain('/no/such/program');
});

test('a loss that is not finite at the end is a diverged configuration', async () => {
  const { observation } = startTrial({
    program: `console.log('loss=nan')`,
    workload: { metrics: LOSS },
    grant: { requiredMetrics: ['loss'] },
  });
  expect((await observation).end).toMatchObject({ failure: { kind: 'configuration', reason: 'diverged' } });
});

test('sealed metrics are in the sealed part and nowhere else', async () => {
  const trial = startTrial({
    program: `${PROTOCOL_CLIENT}
      console.log('final: 0.8731'); console.log('87.31 %'); console.log('test_loss is 1'); console.log('fine');
      count({ type: 'report', step: 1, metrics: { loss: 1, test_loss: 0.87312 } });
      setTimeout(() => { count({ type: 'done', facts: { note: 'got 0.87312' } }); socket.end(); }, 1200);`,
    grant: { requiredMetrics: ['loss'], sealedMetrics: ['test_loss'] },
  });
  const { sealed, metrics, outputTail, facts } = await trial.observation;
  expect(sealed).toEqual({ test_loss: 0.87312 });
  expect(metrics).toEqual({ loss: 1 });
  expect(outputTail).toBe('[sealed]\n[sealed]\n[sealed]\nfine\n');
  expect(facts['note']).toBe('[sealed]');
  expect(trial.events).toContainEqual({ kind: 'reported', step: 1, metrics: { loss: 1 } });
  expect(JSON.stringify(trial.events, (_, v: unknown) => (typeof v === 'bigint' ? String(v) : v))).not.toContain(
    '0.873',
  );
});

const atRest = (provenance: Provenance): Pick<TrialHost, 'meter' | 'processorTimes'> => {
  let look = 0;
  return {
    meter: steadyMeter(systemClock, { provenance }),
    processorTimes: () => ({ busyTicks: 0, totalTicks: 100 * look++, processors: 2 }),
  };
};
const idling = { measurement: { ...CAMPAIGN_DEFAULTS.measurement, idleSeconds: 0.1, remeasure: 0 } };

test('idle time before the trial is a window of its own and part of the attempt', async () => {
  const { observation } = startTrial({ program: '', grant: idling, host: atRest('counter') });
  const { windows, energy, durationSeconds, facts } = await observation;
  expect(windows.map(({ kind }) => kind)).toEqual(['idle', 'train']);
  expect(Number(energy[0]!.microjoules) / 1e6).toBeGreaterThan(WATTS * (0.1 + durationSeconds));
  expect(facts['idle']).toBeUndefined();
});

test('libraries of the built-in trainer are no facts of another program', async () => {
  const { observation } = startTrial({ program: '', host: { trainerFacts: { tfjs: '4.22.0' } } });
  expect((await observation).facts).toEqual({ node: process.version });
});

test('where energy is modelled nothing is waited for, and the observation says so', async () => {
  const { observation } = startTrial({ program: '', grant: idling, host: atRest('model') });
  const { windows, facts } = await observation;
  expect(windows.map(({ kind }) => kind)).toEqual(['train']);
  expect(facts['idle']).toBe('skipped: modelled energy has no idle power');
});

/** Runs a window of 20 ms for as long as it is told to, breaking the connection once in between. */
const REPEATING = `
const net = require('node:net');
const now = () => String(process.hrtime.bigint());
let seq = 0, ordinal = 0, id = 0, pending = [], socket;
const connect = () => {
  socket = net.connect(process.env.ECOPT_TRIAL_SOCKET);
  let text = '';
  socket.on('data', (chunk) => {
    const lines = (text + chunk).split('\\n');
    text = lines.pop();
    for (const line of lines) hear(JSON.parse(line));
  });
  socket.write(JSON.stringify({ type: 'hello', protocol: 1, client: 'test' }) + '\\n');
  for (const line of pending) socket.write(line);
};
const say = (line) => { line = JSON.stringify(line) + '\\n'; pending.push(line); socket.write(line); };
const window = () => {
  const mark = { type: 'window', kind: 'infer', label: 'decode', ordinal: ordinal++ };
  say({ ...mark, seq: ++seq, edge: 'open', monotonic_ns: now() });
  setTimeout(() => {
    say({ ...mark, seq: ++seq, edge: 'close', items: 5, unit: 'token', monotonic_ns: now() });
    say({ type: 'repeat', id: ++id, kind: 'infer', label: 'decode' });
    if (id === 3) { socket.destroy(); connect(); }
  }, 20);
};
const hear = (line) => {
  if (line.type === 'refused') { console.log(line.message); process.exit(4); }
  if (line.type !== 'repeat' || line.id !== id) return;
  if (line.again) return setTimeout(window, 1000 * line.delay_seconds);
  say({ type: 'done', seq: ++seq });
  socket.end();
};
connect();
window();
`;

test('a program repeats its window until the agent has enough, also over a broken connection', async () => {
  let attached = 0;
  // Windows of a few milliseconds differ in length; equal power makes the energy per item follow it.
  const meter = steadyMeter(systemClock, {
    ...{ provenance: 'counter', tickSeconds: () => 0.01, onAttach: () => (attached += 1) },
  });
  const { observation } = startTrial({
    program: REPEATING,
    grant: { measurement: { ...CAMPAIGN_DEFAULTS.measurement, idleSeconds: 0, repeatTarget: 1 } },
    host: { meter },
  });
  const { end, windows, facts } = await observation;
  expect(end).toEqual({ kind: 'completed' });
  expect(windows.map(({ ordinal }) => ordinal)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect(facts['repeats infer/decode']).toMatch(/^8 windows, ±[\d.]+ %: below 100 %$/);
  expect(attached).toBe(1);
});

test('the program is told how long to warm up, and how long a window should be for these sensors', async () => {
  const told = async (provenance: Provenance): Promise<unknown> => {
    const { observation } = startTrial({
      program: `console.log(require('fs').readFileSync(process.env.ECOPT_TRIAL_DIR + '/trial.json', 'utf8'))`,
      grant: { measurement: { ...CAMPAIGN_DEFAULTS.measurement, idleSeconds: 0, warmUpSeconds: 7 } },
      host: { meter: steadyMeter(systemClock, { provenance }) },
    });
    return JSON.parse((await observation).outputTail) as unknown;
  };
  expect(await told('counter')).toMatchObject({ warmUpSeconds: 7, windowSeconds: 1 });
  expect(await told('model')).toMatchObject({ warmUpSeconds: 7, windowSeconds: 0.25 });
});
