import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';

import { liveLine, stateText } from '../../agent/measure-live.js';
import type { TrialMeter } from '../../agent/meter/meter.js';
import { deviceId } from '../../shared/domain/identity.js';
import type { AttemptEnergy } from '../../shared/domain/measurement.js';
import { manualClock, type ManualClock } from '../support/manual-clock.js';

const spent = (joules: number, more: Partial<AttemptEnergy> = {}): AttemptEnergy => ({
  device: deviceId('GPU-1'),
  part: 'accelerator',
  provenance: 'counter',
  microjoules: BigInt(joules) * 1_000_000n,
  ...more,
});

class Screen extends EventEmitter {
  readonly isTTY: boolean;
  rows: number;
  columns = 60;
  written: string[] = [];
  constructor(isTTY: boolean, rows = 24) {
    super();
    this.isTTY = isTTY;
    this.rows = rows;
  }
  write(text: string): boolean {
    this.written.push(text);
    return true;
  }
}

const show = (
  screen: Screen,
  clock: ManualClock,
  ask: TrialMeter['total'] = () => Promise.resolve([spent(150)]),
): Disposable =>
  liveLine(
    { stream: screen as unknown as NodeJS.WriteStream, clock, everyMilliseconds: 1000 },
    { startNanoseconds: 0n, title: '', meter: { total: ask, tickSeconds: () => Promise.resolve(0) } },
  );

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('the state has time, energy, power and parts, with its label where it is modelled', () => {
  const state = (all: readonly AttemptEnergy[], title = ''): string =>
    stateText({ startNanoseconds: 0n, title }, all, 10_000_000_000n);
  expect(state([spent(1500), spent(500, { part: 'cpu' })])).toBe(
    'ecopt  10 s  2 kJ  mean 200 W  (accelerator 1.5 kJ, cpu 500 J)',
  );
  expect(state([spent(50, { part: 'cpu', provenance: 'model' })], 'run 2 of 5')).toBe(
    'ecopt  run 2 of 5  10 s  50 J model  mean 5 W',
  );
  expect(state([spent(90), spent(10, { part: 'cpu', provenance: 'model' })])).toBe(
    'ecopt  10 s  100 J  mean 10 W  (accelerator 90 J, cpu 10 J model)',
  );
  expect(state([])).toBe('ecopt  10 s  unknown  mean unknown');
});

test('a machine that is seen as a whole is not added to its parts', () => {
  const all = [spent(1500), spent(2000, { part: 'machine' })];
  const run = { startNanoseconds: 0n, title: '' };
  expect(stateText(run, all, 10_000_000_000n)).toContain('1.5 kJ  mean 150 W');
  expect(stateText(run, all.slice(1), 10_000_000_000n)).toContain('2 kJ  mean 200 W');
});

test('the last row is kept for it, and given back at the end', async () => {
  const [screen, clock] = [new Screen(true), manualClock()];
  const line = show(screen, clock);
  expect(screen.written).toEqual(['\n\u001b7\u001b[1;23r\u001b8\u001b[1A']);
  clock.advance(1000);
  await settle();
  expect(screen.written[1]).toMatch(/^\u001b7\u001b\[24;1H.*ecopt {2}0\.9 s {2}150 J.*\u001b8$/);
  line[Symbol.dispose]();
  expect(screen.written.at(-1)).toBe('\u001b7\u001b[r\u001b[24;1H\u001b[K\u001b8');
  clock.advance(5000);
  await settle();
  expect(screen.written).toHaveLength(3);
  expect(screen.listenerCount('resize')).toBe(0);
});

test('energy and time are of one stretch, up to where a slow sensor was read', async () => {
  const [screen, clock] = [new Screen(true), manualClock()];
  // A sensor that updates each 200 ms shows 300 W.
  const total: TrialMeter['total'] = (end = 0n) => Promise.resolve([spent((300 * Number(end)) / 1e9)]);
  using _ = liveLine(
    { stream: screen as unknown as NodeJS.WriteStream, clock, everyMilliseconds: 1000 },
    { startNanoseconds: 0n, title: '', meter: { total, tickSeconds: () => Promise.resolve(0.2) } },
  );
  clock.advance(1000);
  await settle();
  expect(screen.written.at(-1)).toMatch(/ecopt {2}0\.6 s {2}180 J {2}mean 300 W/);
});

test('it moves with the foot of a terminal that changes its size, and never exceeds its width', async () => {
  const [screen, clock] = [new Screen(true), manualClock()];
  using _ = show(screen, clock);
  screen.rows = 10;
  screen.columns = 12;
  screen.emit('resize');
  expect(screen.written.slice(1)).toEqual([
    '\u001b7\u001b[r\u001b[24;1H\u001b[K\u001b8',
    '\n\u001b7\u001b[1;9r\u001b8\u001b[1A',
  ]);
  clock.advance(1000);
  await settle();
  expect(screen.written.at(-1)).toBe('\u001b7\u001b[10;1H\u001b[2mecopt  0.9…\u001b[0m\u001b[K\u001b8');
});

test('an answer that takes long is asked for once, and one that comes too late is not shown', async () => {
  const [screen, clock] = [new Screen(true), manualClock()];
  let asked = 0;
  let answer: (energy: readonly AttemptEnergy[]) => void = () => undefined;
  const line = show(screen, clock, () => {
    asked++;
    return new Promise((resolve) => (answer = resolve));
  });
  clock.advance(1000);
  await settle();
  clock.advance(4000);
  await settle();
  expect(asked).toBe(1);
  line[Symbol.dispose]();
  const before = screen.written.length;
  answer([spent(1)]);
  await settle();
  expect(screen.written).toHaveLength(before);
});

test.each([
  ['no terminal', new Screen(false)],
  ['a terminal of three rows', new Screen(true, 3)],
])('on %s nothing is written', (_, screen) => {
  const clock = manualClock();
  using _line = show(screen, clock);
  clock.advance(5000);
  expect(screen.written).toEqual([]);
});
