import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';

import { clockFacts, clockFaults, watchDrift, type ClockFacts } from '../../agent/doctor-clock.js';
import type { Clock } from '../../shared/runtime/clock.js';
import { manualClock } from '../support/manual-clock.js';
import { temporaryFolder } from './temporary-folder.js';

/** A clock that counts in steps of so many nanoseconds, one more with every second reading. */
function steppingClock(step: bigint, start = 1_000_000_000_000n): Clock {
  let readings = 0n;
  return { ...manualClock(), monotonicNanoseconds: () => start + (readings++ / 2n) * step };
}

interface Machine {
  readonly source?: string;
  readonly uptime?: string;
  readonly run?: readonly string[];
}

function factsOf({ source, uptime, run = [] }: Machine, clock = steppingClock(100n)): ClockFacts {
  const root = temporaryFolder();
  const put = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  if (source) put('sys/devices/system/clocksource/clocksource0/current_clocksource', `${source}\n`);
  if (uptime) put('proc/uptime', uptime);
  for (const path of run) put(`run/${path}`, '');
  const [sysfsRoot, procRoot, runRoot] = ['sys', 'proc', 'run'].map((name) => join(root, name)) as [
    string,
    string,
    string,
  ];
  return clockFacts({ clock, sysfsRoot, procRoot, runRoot });
}

test.each([
  [1n, 1],
  [100n, 100],
  [4_000_000n, 4_000_000],
])('the step of a clock that counts by %i ns is found', (step, found) => {
  expect(factsOf({}, steppingClock(step)).resolutionNanoseconds).toBe(found);
});

test('a source that cannot be read is unknown, not guessed', () => {
  expect(factsOf({ source: 'tsc' }).source).toBe('tsc');
  expect(factsOf({})).not.toHaveProperty('source');
  expect(factsOf({})).not.toHaveProperty('suspendedSeconds');
});

test('uptime beyond the monotonic clock is time asleep', () => {
  expect(factsOf({ uptime: '1000.01 5' }).suspendedSeconds).toBe(0);
  expect(factsOf({ uptime: '4600.00 5' }).suspendedSeconds).toBeCloseTo(3600, 3);
  // A container that shows an uptime of its own says nothing of the machine's sleep.
  expect(factsOf({ uptime: '12.00 5' })).not.toHaveProperty('suspendedSeconds');
});

test.each([
  [['systemd/timesync/synchronized'], 'yes', 'systemd-timesyncd'],
  [['systemd/timesync/clock'], 'no', 'systemd-timesyncd'],
  [['chrony/chronyd.pid'], 'unknown', 'chronyd runs; ask it'],
  [['ntpd.pid'], 'unknown', 'ntpd runs; ask it'],
  [[], 'unknown', 'no time service is seen here'],
])('of services in %j the wall clock is synchronised: %s', (run, synchronised, synchronisedBy) => {
  expect(factsOf({ run })).toMatchObject({ synchronised, synchronisedBy });
});

test('the drift of the wall clock is told from time that passes', () => {
  const clock = manualClock();
  let moved = 0;
  const drift = watchDrift({ ...clock, wallMilliseconds: () => clock.wallMilliseconds() + moved });
  clock.advance(5000);
  expect(drift()).toEqual({ seconds: 5, driftMilliseconds: 0 });
  moved = -250;
  expect(drift().driftMilliseconds).toBeCloseTo(-250, 6);
});

describe('faults', () => {
  const sound = {
    source: 'tsc',
    resolutionNanoseconds: 1,
    readNanoseconds: 40,
    synchronised: 'yes',
    synchronisedBy: '',
  } as const;

  test('a sound clock has none', () => {
    expect(clockFaults(sound, { seconds: 5, driftMilliseconds: 0.9 })).toEqual([]);
    expect(clockFaults({ ...sound, synchronised: 'unknown' })).toEqual([]);
  });

  test.each([
    [{ source: 'hpet' }, 'reads time from hpet, which is slow'],
    [{ resolutionNanoseconds: 4e6 }, 'moves in steps of 4000 µs'],
    [{ synchronised: 'no' as const }, 'not synchronised: start chrony or systemd-timesyncd'],
  ])('%j is one', (change, text) => {
    expect(clockFaults({ ...sound, ...change }).join()).toContain(text);
  });

  test('so is a wall clock that was moved', () => {
    expect(clockFaults(sound, { seconds: 5, driftMilliseconds: -3600e3 }).join()).toContain('moved by -3600000 ms');
  });
});
