import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { CounterTrack } from '../../../../agent/meter/sources/counter-track.js';
import {
  SysfsFile,
  listFolder,
  openIfThere,
  parseCount,
  parseInteger,
  readText,
} from '../../../../agent/meter/sources/sysfs.js';
import { useSysfsTree } from './sysfs-tree.js';

const tree = useSysfsTree();

describe('numbers', () => {
  test.each([
    ['0', 0n],
    ['  42\n', 42n],
    ['18446744073709551615', 2n ** 64n - 1n],
    ['18446744073709551616', undefined],
    ['', undefined],
    ['-1', undefined],
    ['+1', undefined],
    ['1.5', undefined],
    ['1e3', undefined],
    ['0x10', undefined],
    ['1 2', undefined],
    ['١٢', undefined],
    [undefined, undefined],
  ])('%j is %s', (text, value) => expect(parseCount(text)).toBe(value));

  test.each([
    ['-8', -8n],
    ['8', 8n],
    ['- 8', undefined],
    ['--8', undefined],
    ['-', undefined],
  ])('with a sign, %j is %s', (text, value) => expect(parseInteger(text)).toBe(value));

  test('any text: a whole number that prints as it was read, or nothing', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.bigInt().map(String)), (text) => {
        const count = parseCount(text);
        const integer = parseInteger(text);
        if (count !== undefined) expect(text.trim().replace(/^0+(?=\d)/, '')).toBe(String(count));
        if (integer !== undefined) expect(BigInt(text.trim())).toBe(integer);
      }),
    );
  });
});

test('folders are listed by number, and a missing one is empty', () => {
  tree.write({ 'drm/card10/x': '', 'drm/card2/x': '' });
  expect(listFolder(join(tree.root, 'drm'))).toEqual(['card2', 'card10']);
  expect(listFolder(join(tree.root, 'none'))).toEqual([]);
  expect(readText(join(tree.root, 'none'))).toBeUndefined();
});

test('a pipe that nobody writes to is refused at once, not waited for', () => {
  const pipe = join(tree.root, 'pipe');
  execFileSync('mkfifo', [pipe]);
  expect(readText(pipe)).toBeUndefined();
  expect(() => new SysfsFile(pipe)).toThrow(/not a regular file/);
  expect(readText(tree.root)).toBeUndefined();
});

describe('a file that stays open', () => {
  test('is read anew at each look, and garbage is a failure of that look alone', () => {
    tree.write({ energy: '1' });
    const file = new SysfsFile(join(tree.root, 'energy'));
    expect(file.readCount()).toBe(1n);
    tree.write({ energy: 'x' });
    expect([file.readCount(), file.fault]).toEqual([undefined, 'it holds no number']);
    tree.write({ energy: '3' });
    expect([file.readCount(), file.takeReopened()]).toEqual([3n, false]);
    file.close();
    expect(openIfThere(join(tree.root, 'none'))).toBeUndefined();
  });

  test('is opened anew when its device went and came back, and says so once', async () => {
    const child = spawn('sleep', ['60']);
    await once(child, 'spawn');
    const path = join(tree.root, 'energy');
    symlinkSync(`/proc/${child.pid}/oom_score`, path);
    const file = new SysfsFile(path);
    expect(file.readCount()).toBeDefined();
    child.kill();
    await once(child, 'exit');
    expect([file.readCount(), file.fault]).toEqual([undefined, 'ESRCH']);
    expect([file.readCount(), file.fault]).toEqual([undefined, 'ENOENT']);
    rmSync(path);
    tree.write({ energy: '42' });
    expect([file.readCount(), file.takeReopened(), file.takeReopened()]).toEqual([42n, true, false]);
    file.close();
  });
});

describe('a counter', () => {
  const PERIOD = 65_536_000_000n;
  const LOOK_NANOSECONDS = 20_000_000n;

  test('of any start and any steps is followed exactly through its wraps', () => {
    const start = fc.bigInt({ min: 0n, max: PERIOD - 1n });
    const steps = fc.array(fc.bigInt({ min: 0n, max: 40_000_000n }), { maxLength: 60 });
    fc.assert(
      fc.property(start, steps, fc.boolean(), (first, spent, isSmall) => {
        const period = isSmall ? 100_000_000n : PERIOD;
        const track = new CounterTrack({ periodMicrojoules: period, mostWatts: 2000 });
        let truth = first % period;
        let at = 5n;
        track.add(truth, at);
        let total = 0n;
        for (const step of spent) {
          const wraps = (truth % period) + step >= period;
          truth += step;
          total += step;
          at += LOOK_NANOSECONDS;
          const seen = track.add(truth % period, at);
          expect(seen).toEqual({ microjoules: total, ...(wraps && { flag: 'wrap' }) });
        }
      }),
    );
  });

  test('of any values never goes back and never counts what no device can draw', () => {
    const look = fc.tuple(
      fc.bigInt({ min: 0n, max: 2n ** 64n }),
      fc.bigInt({ min: 0n, max: 10n ** 11n }),
      fc.boolean(),
    );
    fc.assert(
      fc.property(fc.array(look, { maxLength: 30 }), fc.boolean(), (looks, goesRound) => {
        const track = new CounterTrack({ mostWatts: 2000, ...(goesRound && { periodMicrojoules: PERIOD }) });
        let at = 0n;
        let last = 0n;
        for (const [value, elapsed, restarted] of looks) {
          at += elapsed;
          const { microjoules, flag } = track.add(value, at, restarted);
          expect(microjoules >= last).toBe(true);
          if (flag === 'discontinuity') expect(microjoules).toBe(last);
          if (flag === 'wrap') expect(microjoules - last <= elapsed * 2n).toBe(true);
          last = microjoules;
        }
      }),
    );
  });

  test('that was opened anew leaves the time between unknown', () => {
    const track = new CounterTrack({ mostWatts: 2000 });
    expect(track.add(100n, 0n, true)).toEqual({ microjoules: 0n });
    expect(track.add(900n, 1n, true)).toEqual({ microjoules: 0n, flag: 'discontinuity' });
    expect(track.add(950n, 2n)).toEqual({ microjoules: 50n });
  });

  test('that may have gone round more than once is unknown; one past its period is of 64 bits', () => {
    const track = () => new CounterTrack({ periodMicrojoules: PERIOD, mostWatts: 2000 });
    const slow = track();
    slow.add(5n, 0n);
    expect(slow.add(6n, 33_000_000_000n).flag).toBe('discontinuity');
    const wide = track();
    wide.add(PERIOD + 5n, 0n);
    expect(wide.add(PERIOD + 6n, 33_000_000_000n)).toEqual({ microjoules: 1n });
    expect(wide.add(3n, 34_000_000_000n).flag).toBe('discontinuity');
  });
});
