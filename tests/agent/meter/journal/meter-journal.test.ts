import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';

import { deviceId } from '../../../../shared/domain/identity.js';
import { parseJournalLine } from '../../../../agent/meter/journal/journal-lines.js';
import { journalPath, MeterJournal } from '../../../../agent/meter/journal/meter-journal.js';
import { energySince } from '../../../../agent/meter/journal/read-journal.js';
import type { SensorCharacter } from '../../../../agent/meter/ledger/sensor-character.js';
import { temporaryFolder } from '../../temporary-folder.js';
import { ManualClock } from '../manual-clock.js';
import { energyReading, makeLedger, MODEL, MS, probed, SECOND } from '../sensors.js';

const GPU = deviceId('GPU-1');
const DEVICE = probed({ id: GPU, part: 'accelerator' });

/** A run of an agent that meters 100 W; `start` is an instant at which an attempt may have begun. */
function run(folder: string, options: { readonly clock?: ManualClock; readonly limitBytes?: number } = {}) {
  const clock = options.clock ?? new ManualClock();
  const journal = new MeterJournal({
    folder,
    clock,
    bootId: 'boot-1',
    ...(options.limitBytes !== undefined && { limitBytes: options.limitBytes }),
  });
  onTestFinished(() => journal.close());
  const ledger = makeLedger(MODEL);
  const first = clock.now;
  journal.begin(DEVICE, { driver: '1' });
  /** Energy up to now, kept every half second as the sampler does. */
  const measure = async (seconds: number): Promise<void> => {
    for (let i = 0; i < seconds * 50; i++) {
      ledger.add(energyReading(clock.now, ((clock.now - first) * 100n) / 1000n));
      clock.now += 20n * MS;
      if (i % 25 === 24) await journal.keep(GPU, ledger);
    }
  };
  return { clock, journal, ledger, measure };
}

const joules = (folder: string, unixMilliseconds: number): number | undefined => {
  const found = energySince(folder, GPU, unixMilliseconds);
  return found && Number(found.energy.microjoules) / 1e6;
};

test('a pipe in place of a file keeps nobody waiting: the journal stops, and nothing is read from it', async () => {
  const folder = temporaryFolder();
  const [path, older, character] = ['GPU-1.journal', 'GPU-1.older.journal', 'GPU-1.sensor.json'].map((name) =>
    join(folder, name),
  );
  execFileSync('mkfifo', [path, older, character].map(String));
  const { clock, journal, measure } = run(folder);
  expect(journal.characterOf(DEVICE)).toBeUndefined();
  await measure(1);
  expect(journal.fault(GPU)).toMatch(/ENXIO/);
  expect(joules(folder, clock.wallMilliseconds())).toBeUndefined();
});

describe('what was measured', () => {
  test('is on disk while it goes on: nothing but the last moments is lost with the process', async () => {
    const folder = temporaryFolder();
    const { clock, measure } = run(folder);
    await measure(2);
    const attempt = clock.wallMilliseconds();
    await measure(3);
    const found = energySince(folder, GPU, attempt);
    expect(found).toMatchObject({
      energy: { device: GPU, part: 'accelerator', provenance: 'counter' },
      header: { source: 'scripted', bootId: 'boot-1', versions: { driver: '1' } },
    });
    expect(found?.seconds).toBeGreaterThan(2.8);
    expect(joules(folder, attempt)).toBeCloseTo(100 * (found?.seconds ?? 0), 3);
  });

  test('is told from the run in which the attempt began, not from those after it', async () => {
    const folder = temporaryFolder();
    const clock = new ManualClock();
    await run(folder, { clock }).measure(2);
    const attempt = clock.wallMilliseconds();
    clock.now += SECOND;
    const died = run(folder, { clock });
    await died.measure(1);
    const second = clock.wallMilliseconds();
    await died.measure(2);
    clock.now += SECOND;
    await run(folder, { clock }).measure(5);
    expect(joules(folder, second)).toBeGreaterThan(180);
    expect(joules(folder, second)).toBeLessThanOrEqual(200);
    // The first run had ended: it knows nothing of what came after.
    expect(joules(folder, attempt)).toBeUndefined();
    expect(joules(folder, 0)).toBeUndefined();
  });

  test('is bounded: the oldest goes, and what is asked of it is unknown rather than too little', async () => {
    const folder = temporaryFolder();
    const { clock, measure } = run(folder, { limitBytes: 2000 });
    const attempt = clock.wallMilliseconds() + 500;
    await measure(60);
    const recent = clock.wallMilliseconds() - 2000;
    for (const age of ['current', 'older'] as const) {
      const path = journalPath(folder, GPU, age);
      expect(existsSync(path) ? statSync(path).size : 0).toBeLessThan(3000);
    }
    expect(joules(folder, attempt)).toBeUndefined();
    expect(joules(folder, recent)).toBeGreaterThan(150);
  });

  test.each([
    ['within its figure', (path: string) => truncateSync(path, statSync(path).size - 4)],
    ['by other bytes', (path: string) => appendFileSync(path, Buffer.from([0, 0, 255, 200, 10, 13]))],
    ['by a figure that goes back', (path: string) => appendFileSync(path, '9999999999999999 1;\n')],
  ])('is readable when its end is torn %s, and a later run writes on', async (_, tear) => {
    const folder = temporaryFolder();
    const { clock, measure } = run(folder);
    await measure(1);
    const attempt = clock.wallMilliseconds();
    await measure(2);
    tear(journalPath(folder, GPU, 'current'));
    expect(joules(folder, attempt)).toBeGreaterThan(150);
    expect(joules(folder, attempt)).toBeLessThanOrEqual(200);
    clock.now += SECOND;
    const next = run(folder, { clock });
    await next.measure(1);
    const later = clock.wallMilliseconds();
    await next.measure(1);
    expect(joules(folder, later)).toBeGreaterThan(80);
    expect(joules(folder, attempt)).toBeGreaterThan(150);
  });

  test('is the same wherever the file is cut: never more than was measured, never a throw', async () => {
    const folder = temporaryFolder();
    const { clock, measure } = run(folder);
    await measure(1);
    const attempt = clock.wallMilliseconds();
    await measure(2);
    const path = journalPath(folder, GPU, 'current');
    const whole = readFileSync(path);
    const full = joules(folder, attempt) ?? 0;
    fc.assert(
      fc.property(fc.nat(whole.length), fc.uint8Array({ maxLength: 40 }), (length, noise) => {
        writeFileSync(path, Buffer.concat([whole.subarray(0, length), noise]));
        const told = joules(folder, attempt);
        expect(told === undefined || (told >= 0 && told <= full)).toBe(true);
      }),
      { numRuns: 200, seed: 3 },
    );
  });
});

test('lines of any text are parsed or left out', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 200 }), (text) => {
      const parsed = parseJournalLine(text);
      expect(parsed === undefined || parsed.kind === 'knot' || parsed.kind === 'header').toBe(true);
    }),
    { numRuns: 300, seed: 5 },
  );
  expect(parseJournalLine('12 34;')).toEqual({ kind: 'knot', knot: { atNanoseconds: 12n, microjoules: 34n } });
  for (const torn of ['12 34', '12 ', '12 34;5', '-1 2;', '{"version":1}', '{']) {
    expect(parseJournalLine(torn)).toBeUndefined();
  }
});

test.skipIf(!existsSync('/dev/full'))(
  'a full disk stops the journal, which says so, and goes on once there is room',
  async () => {
    const folder = temporaryFolder();
    const path = journalPath(folder, GPU, 'current');
    symlinkSync('/dev/full', path);
    const { clock, journal, measure } = run(folder);
    await measure(1);
    expect(journal.fault(GPU)).toMatch(/ENOSPC/);
    unlinkSync(path);
    await measure(12);
    expect(journal.fault(GPU)).toBeUndefined();
    const attempt = clock.wallMilliseconds();
    await measure(2);
    expect(joules(folder, attempt)).toBeGreaterThan(150);
  },
);

test('a folder that cannot be made stops it too', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'file'), '');
  const { journal, measure } = run(join(folder, 'file', 'meter'));
  await measure(1);
  expect(journal.fault(GPU)).toMatch(/ENOTDIR/);
  await journal.close();
});

describe('what is known of a sensor', () => {
  const character: SensorCharacter = {
    version: 1,
    updateNanoseconds: 1e8,
    regular: true,
    steps: { seen: 4, between: 1 },
  };

  test('is given back to the next run that reads it through the same source', async () => {
    const folder = temporaryFolder();
    const { journal, ledger } = run(folder);
    expect(journal.characterOf(DEVICE)).toBeUndefined();
    await journal.keepCharacter(GPU, { knots: ledger.knots, character });
    const next = run(folder).journal;
    expect(next.characterOf(DEVICE)).toEqual(character);
    expect(next.characterOf({ ...DEVICE, source: 'another' })).toBeUndefined();
  });

  test('is found anew when the file is damaged', async () => {
    const folder = temporaryFolder();
    const { journal, ledger } = run(folder);
    await journal.keepCharacter(GPU, { knots: ledger.knots, character });
    truncateSync(join(folder, 'GPU-1.sensor.json'), 20);
    expect(journal.characterOf(DEVICE)).toBeUndefined();
    chmodSync(join(folder, 'GPU-1.sensor.json'), 0);
    expect(journal.characterOf(DEVICE)).toBeUndefined();
  });
});
