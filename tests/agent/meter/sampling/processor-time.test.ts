import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import {
  parseBusyTicks,
  parseProcessStat,
  processFiles,
  type ProcessStat,
} from '../../../../agent/meter/sampling/process-stat.js';
import { ProcessorTime, ProcessTable } from '../../../../agent/meter/sampling/processor-time.js';

const TICK = 10_000_000n;

/** A list of processes that a test changes as it goes. */
class FakeProcesses {
  readonly all = new Map<number, ProcessStat>();
  opened = 0;

  pids = (): readonly number[] => [...this.all.keys()];
  stat = (pid: number): ProcessStat | undefined => {
    this.opened++;
    return this.all.get(pid);
  };

  name = (pid: number): string | undefined => (this.all.has(pid) ? `program-${pid}` : undefined);
  busyTicks = (): number | undefined => undefined;
  /** The mark in the environment of a process; absent: it cannot be seen. */
  readonly marks = new Map<number, string>();
  looks = 0;
  hasVariable = (pid: number, entry: string): boolean | undefined => {
    this.looks++;
    const mark = this.marks.get(pid);
    return mark === undefined ? undefined : mark === entry;
  };

  start(pid: number, parent: number, group: number): void {
    this.all.set(pid, { pid, parent, group, start: pid * 7 + this.all.size, own: 0, reaped: 0 });
  }

  work(pid: number, ticks: number): void {
    const stat = this.all.get(pid)!;
    this.all.set(pid, { ...stat, own: stat.own + ticks });
  }

  /** The process ends; its parent takes its time over if it waits for it. */
  end(pid: number, { waited }: { readonly waited: boolean }): void {
    const { parent, own, reaped } = this.all.get(pid)!;
    this.all.delete(pid);
    const heir = this.all.get(parent);
    if (waited && heir) this.all.set(parent, { ...heir, reaped: heir.reaped + own + reaped });
  }
}

function watched() {
  const processes = new FakeProcesses();
  processes.start(1, 0, 1);
  processes.start(50, 1, 50); // the agent
  processes.start(60, 1, 60); // a stranger
  processes.start(100, 50, 100); // the trainer
  const table = new ProcessTable(processes);
  table.refresh();
  const time = new ProcessorTime({ kind: 'group', group: 100, mark: 'ECOPT_TRIAL_DIR=/a' }, table);
  const sample = (): bigint => {
    table.refresh();
    return time.sample(table) / TICK;
  };
  return { processes, table, sample };
}

describe('processor time of a trial', () => {
  test('of a new group, what it computed before the first look is in it', () => {
    const processes = new FakeProcesses();
    processes.start(50, 1, 50);
    processes.start(100, 50, 100);
    processes.work(100, 2);
    const table = new ProcessTable(processes);
    table.refresh();
    const group = { kind: 'group', group: 100 } as const;
    const [old, young] = [new ProcessorTime(group, table), new ProcessorTime({ ...group, isNew: true }, table)];
    processes.work(100, 3);
    expect([old.sample(table) / TICK, young.sample(table) / TICK]).toEqual([3n, 5n]);
  });

  test('counts its own work and no stranger’s', () => {
    const { processes, sample } = watched();
    processes.work(100, 5);
    processes.work(60, 99);
    processes.work(50, 99);
    expect(sample()).toBe(5n);
  });

  test('counts from the attachment on', () => {
    const { processes, table } = watched();
    processes.work(100, 40);
    const later = new ProcessorTime({ kind: 'group', group: 100 }, table);
    processes.work(100, 2);
    table.refresh();
    expect(later.sample(table)).toBe(2n * TICK);
  });

  test('counts children, also those that moved to a group of their own', () => {
    const { processes, sample } = watched();
    processes.start(101, 100, 100);
    processes.start(102, 101, 102);
    processes.work(101, 3);
    processes.work(102, 4);
    expect(sample()).toBe(7n);
  });

  test('counts a process that has left group and tree by the mark in its environment, and none with another', () => {
    const { processes, sample } = watched();
    for (const pid of [200, 201, 202]) processes.start(pid, 1, pid);
    processes.marks.set(200, 'ECOPT_TRIAL_DIR=/a').set(201, 'ECOPT_TRIAL_DIR=/b').set(202, '');
    processes.marks.set(60, 'ECOPT_TRIAL_DIR=/a'); // From before the trial: none of its own.
    for (const pid of [60, 200, 201, 202]) processes.work(pid, 5);
    expect(sample()).toBe(5n);
    processes.start(203, 200, 203);
    processes.work(203, 2);
    expect(sample()).toBe(7n);
  });

  test('looks once at the environment of each process, and a few times at one that shows none', () => {
    const { processes, sample } = watched();
    processes.start(200, 1, 200);
    processes.marks.set(100, 'ECOPT_TRIAL_DIR=/a').set(200, '');
    sample();
    const looks = processes.looks;
    for (let i = 0; i < 20; i++) sample();
    expect(processes.looks).toBe(looks);
    processes.start(201, 1, 201);
    processes.work(201, 4);
    expect(sample()).toBe(0n);
    processes.marks.set(201, 'ECOPT_TRIAL_DIR=/a');
    expect(sample()).toBe(4n);
    processes.start(202, 1, 202);
    for (let i = 0; i < 20; i++) sample();
    expect(processes.looks).toBe(looks + 2 + 5);
  });

  test('is nothing before the program', () => {
    const { processes, table } = watched();
    const time = new ProcessorTime({ kind: 'nothing' }, table);
    for (const pid of [50, 60, 100]) processes.work(pid, 9);
    table.refresh();
    expect([time.sample(table), time.includes(50), time.includes(100)]).toEqual([0n, false, false]);
  });

  test('a child that is waited for between two looks moves into its parent: nothing lost, nothing double', () => {
    const { processes, sample } = watched();
    processes.start(101, 100, 100);
    processes.work(101, 3);
    expect(sample()).toBe(3n);
    processes.work(101, 2);
    processes.end(101, { waited: true });
    expect(sample()).toBe(5n);
    expect(sample()).toBe(5n);
  });

  test('a child that comes and goes between two looks is counted through its parent', () => {
    const { processes, sample } = watched();
    processes.start(101, 100, 100);
    processes.work(101, 6);
    processes.end(101, { waited: true });
    expect(sample()).toBe(6n);
  });

  test('a child that nobody waits for keeps its last known time', () => {
    const { processes, sample } = watched();
    processes.start(101, 100, 100);
    processes.work(101, 8);
    expect(sample()).toBe(8n);
    processes.end(101, { waited: false });
    expect(sample()).toBe(8n);
    processes.work(100, 1);
    expect(sample()).toBe(9n);
  });

  test('a whole family that ends at once is counted once', () => {
    const { processes, sample } = watched();
    processes.start(101, 100, 100);
    processes.start(102, 101, 100);
    for (const pid of [100, 101, 102]) processes.work(pid, 10);
    expect(sample()).toBe(30n);
    processes.end(102, { waited: true });
    processes.end(101, { waited: true });
    expect(sample()).toBe(30n);
  });

  test('the last moments of the trainer itself come from the agent that waits for it', () => {
    const { processes, sample } = watched();
    processes.work(100, 10);
    expect(sample()).toBe(10n);
    processes.work(100, 4);
    processes.end(100, { waited: true });
    expect(sample()).toBe(14n);
    expect(sample()).toBe(14n);
  });

  test('what else the agent waited for is not charged to the trial', () => {
    const { processes, sample } = watched();
    processes.start(70, 50, 70);
    processes.work(70, 5000);
    processes.work(100, 10);
    expect(sample()).toBe(10n);
    processes.end(70, { waited: true });
    processes.end(100, { waited: true });
    expect(sample()).toBe(10n);
  });

  test('a pid that names another process is another process', () => {
    const { processes, sample } = watched();
    processes.start(101, 100, 100);
    processes.work(101, 5);
    expect(sample()).toBe(5n);
    processes.end(101, { waited: true });
    processes.all.set(101, { pid: 101, parent: 1, group: 9, start: 99_999, own: 700, reaped: 0 });
    expect(sample()).toBe(5n);
    expect(sample()).toBe(5n);
  });

  test('the calling process is counted without its children', () => {
    const { processes, table } = watched();
    const time = new ProcessorTime({ kind: 'process', pid: 50 }, table);
    processes.work(50, 3);
    processes.work(100, 30);
    table.refresh();
    expect(time.sample(table)).toBe(3n * TICK);
  });

  test('known strangers are not opened again', () => {
    const { processes, sample } = watched();
    for (let pid = 200; pid < 700; pid++) processes.start(pid, 1, pid);
    sample();
    processes.opened = 0;
    sample();
    expect(processes.opened).toBeLessThan(5);
  });
});

describe('/proc/PID/stat', () => {
  test('names with spaces and parentheses are no trap', () => {
    const line = '4242 (a) b (c) S 17 4000 3 0 -1 4194304 99 0 0 0 120 30 5 6 20 0 1 0 145356 3133440 413';
    expect(parseProcessStat(line)).toEqual({
      pid: 4242,
      parent: 17,
      group: 4000,
      start: 145_356,
      own: 150,
      reaped: 11,
    });
  });

  test.each(['', 'nonsense', '1 (x) S', '(x) S 1 2'])('%j is nothing', (line) => {
    expect(parseProcessStat(line)).toBeUndefined();
  });

  test('a folder that stands for /proc is read; what is gone is undefined', () => {
    const root = mkdtempSync(join(tmpdir(), 'ecopt-proc-'));
    mkdirSync(join(root, '12'));
    mkdirSync(join(root, 'sys'));
    writeFileSync(join(root, '12', 'stat'), '12 (x) S 1 12 3 0 -1 0 0 0 0 0 1 2 3 4 20 0 1 0 9 0 0');
    const files = processFiles(root);
    expect(files.pids()).toEqual([12]);
    expect(files.stat(12)).toMatchObject({ own: 3, reaped: 7 });
    expect(files.stat(13)).toBeUndefined();
    rmSync(root, { recursive: true });
    expect(files.pids()).toEqual([]);
  });

  test('this machine’s own figures can be read', () => {
    const own = processFiles('/proc').stat(process.pid);
    expect(own).toMatchObject({ pid: process.pid, parent: process.ppid });
    expect(own?.own).toBeGreaterThan(0);
  });
});

describe('busy time of the machine', () => {
  test('is work of all kinds and what was stolen, without idling, waiting for disks, or guests twice', () => {
    expect(parseBusyTicks('cpu  1 20 300 4000 50000 600000 7000000 80000000 9 9\ncpu0 1 1 1 1 1 1 1 1 1 1\n')).toBe(
      87_600_321,
    );
    expect(parseBusyTicks('cpu  5 6 7 8\n')).toBe(18);
  });

  test.each(['', 'cpu\n', 'cpu0 1 2 3 4\n', 'cpu  1 2\n', 'intr 5\n'])('is unknown from %j', (text) => {
    expect(parseBusyTicks(text)).toBeUndefined();
  });

  test('of this machine never goes back', () => {
    const files = processFiles('/proc');
    const first = files.busyTicks();
    expect(first).toBeGreaterThan(0);
    expect(files.busyTicks()).toBeGreaterThanOrEqual(first ?? Infinity);
    expect(files.name(process.pid)).toBeTruthy();
  });

  test('of a process of this machine its environment tells whose it is', () => {
    const files = processFiles('/proc');
    expect(files.hasVariable(process.pid, `PATH=${process.env['PATH']}`)).toBe(true);
    expect(files.hasVariable(process.pid, 'PATH=')).toBe(false);
    expect(files.hasVariable(2 ** 30, 'PATH=')).toBeUndefined();
  });
});

describe('whose process it is', () => {
  test('a descendant is known by its parents, as far as they are there', () => {
    const { processes, table } = watched();
    processes.start(101, 100, 101);
    table.refresh();
    expect([50, 100, 101, 60, 1, 999].map((pid) => table.descends(pid, 50))).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
    expect([101, 999].map((pid) => table.has(pid))).toEqual([true, false]);
  });

  test('members stay members when the parent has ended and another took them over', () => {
    const { processes, table } = watched();
    const time = new ProcessorTime({ kind: 'group', group: 100 }, table);
    processes.start(101, 100, 777);
    table.refresh();
    time.admit(table);
    processes.end(100, { waited: false });
    table.refresh();
    time.sample(table);
    expect(time.includes(101)).toBe(true);
    expect(time.includes(60)).toBe(false);
  });
});
