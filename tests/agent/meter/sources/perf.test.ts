import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  REFUSED_ERRNOS,
  systemPerfEvents,
  type PerfEvent,
  type PerfEvents,
} from '../../../../agent/meter/sources/perf-events.js';
import {
  countToMicrojoules,
  parseCpuList,
  parseEvent,
  parseScale,
  readEnergyPmu,
} from '../../../../agent/meter/sources/perf-pmu.js';
import { perfPsysSource, perfSource } from '../../../../agent/meter/sources/perf-source.js';
import { ManualClock } from '../manual-clock.js';
import { foundIds, look, useSysfsTree } from './sysfs-tree.js';

const tree = useSysfsTree();
const PMU = 'bus/event_source/devices/power';
const JOULE = 2n ** 32n;
const TWO_TO_MINUS_32 = '2.3283064365386962890625e-10';

function plant(cpumask: string, events: Readonly<Record<string, string>>): void {
  tree.write({ [`${PMU}/type`]: '23', [`${PMU}/cpumask`]: cpumask });
  for (const [name, event] of Object.entries(events)) {
    tree.write({ [`${PMU}/events/${name}`]: event, [`${PMU}/events/${name}.scale`]: TWO_TO_MINUS_32 });
  }
}

const topology = (cpu: number, packageId: number, dieId = 0): void =>
  tree.write({
    [`devices/system/cpu/cpu${cpu}/topology/physical_package_id`]: String(packageId),
    [`devices/system/cpu/cpu${cpu}/topology/die_id`]: String(dieId),
  });

/** Counts by event and CPU; `undefined` cannot be read, an absent one cannot be opened. */
class FakeEvents implements PerfEvents {
  readonly counts = new Map<string, bigint | undefined>();
  errno = 13;
  isOpen = 0;

  open({ type, config, cpu }: PerfEvent): ReturnType<PerfEvents['open']> {
    const key = `${type}/${config}/${cpu}`;
    if (!this.counts.has(key)) return { errno: this.errno };
    this.isOpen++;
    return { read: () => this.counts.get(key), close: () => void this.isOpen-- };
  }
}

const open = (events: FakeEvents, cpuProduct = 'Intel(R) Xeon(R)') => ({
  clock: new ManualClock(),
  sysfsRoot: tree.root,
  procRoot: tree.root,
  cpuProduct,
  openEvents: () => events,
});

describe('the energy events of two sockets', () => {
  const twoSockets = (): FakeEvents => {
    plant('0,18', { 'energy-pkg': 'event=0x02', 'energy-ram': 'event=0x03', 'energy-cores': 'event=0x01' });
    topology(0, 0);
    topology(18, 1);
    const events = new FakeEvents();
    for (const key of ['23/2/0', '23/2/18', '23/3/0', '23/3/18']) events.counts.set(key, 0n);
    return events;
  };

  test('are packages and DRAM, and a fallback for powercap', () => {
    const source = perfSource(open(twoSockets()));
    expect([...foundIds(source)]).toEqual([
      'perf-cpu-package-0',
      'perf-cpu-package-1',
      'perf-dram-package-0',
      'perf-dram-package-1',
    ]);
    expect(source.isFallback).toBe(true);
    expect(source.probe().found[0]).toMatchObject({ part: 'cpu', provenance: 'counter', source: 'perf' });
  });

  test('count in 2^-32 J, to the microjoule after years', () => {
    const events = twoSockets();
    const source = perfSource(open(events));
    const held = foundIds(source);
    events.counts.set('23/2/0', 7n * JOULE + JOULE / 2n);
    events.counts.set('23/2/18', 2n ** 63n);
    expect(look(source, held)).toEqual([7_500_000n, 2n ** 31n * 1_000_000n, 0n, 0n]);
  });

  test('an unreadable counter fails and goes on afterwards', () => {
    const events = twoSockets();
    const source = perfSource(open(events));
    const held = foundIds(source);
    events.counts.set('23/3/18', undefined);
    expect(look(source, held)[3]).toMatch(/energy-ram cannot be read now/);
    events.counts.set('23/3/18', JOULE);
    expect(look(source, held)[3]).toBe(1_000_000n);
  });

  test('one package that cannot be opened withdraws them all, and leaves nothing open', () => {
    const events = twoSockets();
    events.counts.delete('23/2/18');
    tree.write({ 'sys/kernel/perf_event_paranoid': '2' });
    const source = perfSource(open(events));
    const { found, missing } = source.probe();
    expect(found.map(({ part }) => part)).toEqual(['dram', 'dram']);
    expect(missing).toMatchObject([
      { device: 'perf-cpu-package', detail: expect.stringMatching(/\(now 2\).*perf_event_paranoid=0.*CAP_PERFMON/) },
    ]);
    source.close();
    expect(events.isOpen).toBe(0);
  });

  test('an error that is no refusal is told by its number', () => {
    const events = new FakeEvents();
    twoSockets();
    events.errno = 22;
    expect(perfSource(open(events)).probe().missing[0]?.detail).toMatch(/error 22/);
  });
});

describe('packages of several dies', () => {
  const dies = (): FakeEvents => {
    plant('0,8', { 'energy-pkg': 'event=0x02' });
    topology(0, 0, 0);
    topology(8, 0, 1);
    const events = new FakeEvents();
    for (const key of ['23/2/0', '23/2/8']) events.counts.set(key, 0n);
    return events;
  };

  test('are counted by die on Intel and once on AMD, whose dies show one counter', () => {
    expect([...foundIds(perfSource(open(dies())))]).toEqual(['perf-cpu-package-0-die-0', 'perf-cpu-package-0-die-1']);
    expect([...foundIds(perfSource(open(dies(), 'AMD EPYC 7551 32-Core Processor')))]).toEqual(['perf-cpu-package-0']);
  });
});

test('the platform is a source of its own', () => {
  plant('0,1', { 'energy-pkg': 'event=0x02', 'energy-psys': 'event=0x05' });
  const events = new FakeEvents();
  events.counts.set('23/5/0', 0n);
  expect(perfPsysSource(open(events)).probe()).toMatchObject({
    found: [{ part: 'machine', device: { id: 'perf-psys' } }],
  });
});

test('a machine without the PMU is passed over in silence', () => {
  expect(perfSource(open(new FakeEvents())).probe()).toEqual({ found: [], missing: [], versions: {} });
  plant('', { 'energy-pkg': 'event=0x02' });
  expect(readEnergyPmu(tree.root, ['energy-pkg'])).toBeUndefined();
});

describe('what the kernel says', () => {
  test.each([
    ['0', [0]],
    ['0,18', [0, 18]],
    ['0-3,8', [0, 1, 2, 3, 8]],
    ['', []],
    ['0-99999', []],
    ['a', []],
    ['0,', []],
  ])('CPUs %j', (text, cpus) => expect(parseCpuList(text)).toEqual(cpus));

  test('events and scales', () => {
    expect(parseEvent('event=0x02')).toBe(2n);
    expect(parseEvent('event=0x02,umask=0x1')).toBeUndefined();
    expect(countToMicrojoules(JOULE, parseScale(TWO_TO_MINUS_32) ?? 0n)).toBe(1_000_000n);
    expect(parseScale('0')).toBeUndefined();
    expect(parseScale('1e300')).toBeUndefined();
  });

  test('any text: nothing throws, and nothing but a positive scale and whole CPUs comes out', () => {
    const text = fc.oneof(fc.string(), fc.stringMatching(/^[\d.,e+-]{0,30}$/));
    fc.assert(
      fc.property(text, (any) => {
        expect(parseScale(any) ?? 1n).toBeGreaterThan(0n);
        expect(parseEvent(any) ?? 0n).toBeGreaterThanOrEqual(0n);
        expect(parseCpuList(any).every((cpu) => Number.isInteger(cpu) && cpu >= 0)).toBe(true);
      }),
    );
  });
});

/** Software events, which every kernel has: nanoseconds of one CPU, and how often it changed its task. */
const SOFTWARE = 1;
const CPU_CLOCK: PerfEvent = { type: SOFTWARE, config: 0n, cpu: 0 };
const CONTEXT_SWITCHES: PerfEvent = { type: SOFTWARE, config: 3n, cpu: 0 };
const NO_SUCH_CALL = 38;

test('the system call itself counts what it is asked for, and refuses what there is not', ({ skip }) => {
  const events = systemPerfEvents();
  const opened = [CPU_CLOCK, CONTEXT_SWITCHES].map((event) => events.open(event));
  for (const one of opened) {
    if ('errno' in one && [...REFUSED_ERRNOS, NO_SUCH_CALL].includes(one.errno)) {
      return skip(`perf events are not permitted here (error ${one.errno})`);
    }
  }
  const counters = opened.filter((one) => 'read' in one);
  expect(counters).toHaveLength(2);
  const before = counters.map((counter) => counter.read() ?? -1n);
  const start = process.hrtime.bigint();
  while (process.hrtime.bigint() - start < 5_000_000n);
  const [clock = -1n, switches = -1n] = counters.map((counter, i) => (counter.read() ?? -1n) - (before[i] ?? 0n));
  for (const counter of counters) counter.close();
  expect(clock).toBeGreaterThan(1_000_000n);
  expect(switches).toBeLessThan(1_000_000n);
  expect(switches).toBeGreaterThanOrEqual(0n);
  expect(events.open({ ...CPU_CLOCK, type: 0xffff_0000 })).toEqual({ errno: 2 });
});

test('an unknown architecture is named', () => {
  expect(() => systemPerfEvents('s390x')).toThrow('perf_event_open is not known on s390x');
});
