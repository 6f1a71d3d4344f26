import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';

import type { AgentContext } from '../../agent/agent-context.js';
import { relaySignals } from '../../agent/measure-process.js';
import { measureRun } from '../../agent/measure-run.js';
import type { Meter } from '../../agent/meter/meter.js';

test('the time of a command is from before its start to its end, its energy from when it can be told', async () => {
  let reads = 0;
  // A second at each look.
  const clock = { wallMilliseconds: () => 0, monotonicNanoseconds: () => BigInt(++reads) * 1_000_000_000n };
  const windows: (readonly bigint[])[] = [];
  const meter = {
    ...{ devices: [], sensors: [] },
    attach: () => ({
      window: async (...window: bigint[]) => {
        windows.push(window);
        return [];
      },
      total: async () => [],
      close: async () => undefined,
    }),
  } as unknown as Meter;
  const context = { clock, workingFolder: '/', environment: process.env } as unknown as AgentContext;
  using signals = relaySignals({ source: new EventEmitter(), isFromTerminal: () => false });
  const run = await measureRun({
    ...{ argv: ['/bin/true'], meter, context, signals, withoutInput: true },
    watch: () => ({ [Symbol.dispose]: () => undefined }),
  });
  expect(run).toMatchObject({ seconds: 2, meteredSeconds: 1, end: { kind: 'code', code: 0 } });
  expect(windows).toEqual([[2_000_000_000n, 3_000_000_000n]]);
});
