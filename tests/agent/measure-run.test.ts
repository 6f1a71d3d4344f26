import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import type { AgentContext } from '../../agent/agent-context.js';
import { relaySignals } from '../../agent/measure-process.js';
import { measureRun, type MeasuredRun } from '../../agent/measure-run.js';
import type { Meter, MeteredTrial } from '../../agent/meter/meter.js';
import { systemClock } from '../../shared/runtime/clock.js';
import { temporaryFolder } from './temporary-folder.js';

test('time and energy of a command are both from just before its start until its end was seen', async () => {
  let reads = 0;
  // Two seconds at each look.
  const clock = {
    wallMilliseconds: () => 0,
    monotonicNanoseconds: () => BigInt(++reads) * 2_000_000_000n,
    every: () => ({ [Symbol.dispose]: () => undefined }),
  };
  let since: bigint | undefined;
  const windows: (readonly bigint[])[] = [];
  const meter = {
    ...{ devices: [], sensors: [] },
    attach: (trial: MeteredTrial) => {
      since = trial.sinceNanoseconds;
      return {
        window: async (...window: bigint[]) => {
          windows.push(window);
          return [];
        },
        total: async () => [],
        close: async () => undefined,
      };
    },
  } as unknown as Meter;
  const context = { clock, workingFolder: '/', environment: process.env } as unknown as AgentContext;
  using signals = relaySignals({ source: new EventEmitter(), isFromTerminal: () => false });
  const run = await measureRun({
    ...{ argv: ['/bin/true'], meter, context, signals, withoutInput: true },
    watch: () => ({ [Symbol.dispose]: () => undefined }),
  });
  // Nothing looked in between.
  expect(run.stoodSeconds).toBe(1.75);
  expect(since).toBe(2_000_000_000n);
  expect(run).toMatchObject({ seconds: 2, end: { kind: 'code', code: 0 } });
  expect(windows).toEqual([[2_000_000_000n, 4_000_000_000n]]);
});

test('the command carries a mark of this measurement, by which the meter finds what leaves its group', async () => {
  let mark: string | undefined;
  const meter = {
    ...{ devices: [], sensors: [] },
    attach: (trial: MeteredTrial) => {
      ({ mark } = trial);
      return { window: async () => [], close: async () => undefined };
    },
  } as unknown as Meter;
  const folder = temporaryFolder();
  const environment = { ...process.env, ECOPT_MEASURE_41: 'of an outer measurement' };
  const context = { clock: systemClock, workingFolder: folder, environment, processId: 42 } as unknown as AgentContext;
  using signals = relaySignals({ source: new EventEmitter(), isFromTerminal: () => false });
  await measureRun({
    ...{ argv: ['/bin/sh', '-c', 'env > seen'], meter, context, signals, withoutInput: true },
    watch: () => ({ [Symbol.dispose]: () => undefined }),
  });
  const seen = readFileSync(join(folder, 'seen'), 'utf8').split('\n');
  expect(mark).toMatch(/^ECOPT_MEASURE_42=\d+$/);
  expect(seen).toContain(mark);
  expect(seen).toContain('ECOPT_MEASURE_41=of an outer measurement');
});

test('what the command leaves running is named', async () => {
  const meter = {
    ...{ devices: [], sensors: [] },
    attach: () => ({ window: async () => [], close: async () => undefined }),
  } as unknown as Meter;
  const context = { clock: systemClock, workingFolder: '/', environment: process.env, processId: 43 };
  using signals = relaySignals({ source: new EventEmitter(), isFromTerminal: () => false });
  const run = (script: string): Promise<MeasuredRun> =>
    measureRun({
      ...{ argv: ['/bin/sh', '-c', script], meter, signals, withoutInput: true },
      context: context as unknown as AgentContext,
      watch: () => ({ [Symbol.dispose]: () => undefined }),
    });
  const { leftBehind = [] } = await run('setsid sleep 61 >/dev/null 2>&1 & sleep 0.1');
  for (const { pid } of leftBehind) process.kill(pid, 'SIGKILL');
  expect(leftBehind).toMatchObject([{ name: 'sleep' }]);
  expect((await run('true')).leftBehind).toEqual([]);
});
