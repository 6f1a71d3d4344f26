import { describe, expect, test } from 'vitest';

import { seededRandom } from '../../../../shared/runtime/random.js';
import { CoverageFinder } from '../../../../agent/meter/ledger/coverage-finder.js';
import { readCharacter } from '../../../../agent/meter/ledger/sensor-character.js';
import { feed, LOADS, sampledLoad, updatesOf } from '../../../support/synthetic-power.js';
import { COUNTER, makeLedger } from '../sensors.js';

const PAPER = 'assumed for GH100 (arXiv 2312.02741)';

/** A sensor that truly sees `share` of the time, of which `assumed` is thought, under steps of the load. */
function found(share: number, assumed: number, seconds: number) {
  const random = seededRandom(`coverage/${share}/${assumed}`);
  const ledger = makeLedger({ ...COUNTER, coverage: { share: assumed, basis: PAPER } });
  const watts = Array.from(
    { length: Math.floor(seconds / 1.237) },
    (_, i) => (i % 2 ? 300 : 100) + 10 * random.uniform(),
  );
  const sensor = { period: 0.1002, phase: 0.01, share, place: 1, gain: 1, jitter: 0 };
  const updates = updatesOf(sampledLoad(watts, 1.237), sensor, random);
  feed(ledger, updates, { every: 0.02, jitter: 0.001, burst: 0, offset: 0, random });
  return ledger;
}

describe('the share of the time at which a sensor looks', () => {
  test.each([
    [0.25, 1],
    [0.25, 0.25],
    [0.5, 0.25],
    [0.5, 1],
    [1, 0.25],
  ])('%d is found where %d is assumed', (share, assumed) => {
    const { coverage } = found(share, assumed, 200);
    expect(coverage.steps.seen).toBeGreaterThan(100);
    expect(Math.abs(coverage.share - share)).toBeLessThan(0.12);
    expect(coverage.basis).toMatch(/^found from 1\d\d load steps, \d+ of them with a value between both levels$/);
  });

  test('full coverage that is assumed stays exactly so while the steps agree', () => {
    const { coverage } = found(1, 1, 200);
    expect(coverage.share).toBe(1);
    expect(coverage.basis).toMatch(/^assumed for GH100 .*; 1\d\d load steps agree$/);
  });

  test('without steps it is what was assumed, and says that nothing has checked it', () => {
    const none = new CoverageFinder({ share: 0.25, basis: PAPER });
    expect(none.share).toBe(0.25);
    expect(none.basis).toBe(`${PAPER}; no step of the load was seen yet to check it`);
    const few = new CoverageFinder({ share: 0.25, basis: PAPER }, { seen: 4, between: 4 });
    expect(few.share).toBe(0.25);
    expect(few.basis).toBe(`${PAPER}; 4 load steps seen so far are too few to check it`);
  });

  test.each(['steady', 'ramp'])('a %s load shows no steps', (kind) => {
    const random = seededRandom(kind);
    const ledger = makeLedger(COUNTER);
    const sensor = { period: 0.1, phase: 0.01, share: 0.25, place: 1, gain: 1, jitter: 0 };
    const updates = updatesOf(LOADS[kind]!(random, 60), sensor, random);
    feed(ledger, updates, { every: 0.02, jitter: 0.001, burst: 0, offset: 0, random });
    expect(ledger.coverage.steps.seen).toBe(0);
  });
});

describe('what was found', () => {
  test('is kept as JSON and taken up again', () => {
    const first = found(0.25, 1, 100);
    const character = readCharacter(JSON.parse(JSON.stringify(first.character)))!;
    expect(character.regular).toBe(true);
    expect(character.updateNanoseconds! / 1e6).toBeCloseTo(100.2, 2);
    const second = new CoverageFinder({ share: 1, basis: PAPER }, character.steps);
    expect(second.share).toBe(first.coverage.share);
  });

  test.each([
    undefined,
    null,
    'text',
    {},
    { version: 2, regular: true, steps: { seen: 1, between: 0 } },
    { version: 1, regular: true, steps: null },
    { version: 1, regular: true, steps: { seen: 1, between: 2 } },
    { version: 1, regular: true, updateNanoseconds: -1, steps: { seen: 1, between: 0 } },
    { version: 1, regular: 'yes', steps: { seen: 1, between: 0 } },
  ])('is not taken from %j', (value) => {
    expect(readCharacter(value)).toBeUndefined();
  });
});
