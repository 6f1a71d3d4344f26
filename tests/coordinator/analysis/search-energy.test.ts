import { describe, expect, test } from 'vitest';
import { searchEnergy } from '../../../coordinator/analysis/search-energy.js';
import { agentId, slotId } from '../../../shared/domain/identity.js';
import { attemptOf, energyResult, reading } from '../../support/energy-results.js';
import { sampleReportInput } from '../../support/sample-results.js';

const result = energyResult({ index: 1, joules: 10 });

test('every attempt counts, whatever became of it', () => {
  const energy = searchEnergy([
    attemptOf(result, 10),
    attemptOf(result, 7, { accounted: false }),
    attemptOf(result, 5, { accounted: false, end: { kind: 'lost' } }),
    attemptOf(result, 3, {
      end: { kind: 'failed', failure: { kind: 'unknown', reason: 'x', message: 'x', signature: 'x' } },
    }),
  ]);
  expect(energy.totals).toEqual([{ provenance: 'counter', scope: 'parts', joules: 25, lowerBound: false }]);
  expect(energy.byFate.map(({ fate, joules }) => [fate, joules])).toEqual([
    ['accounted', 10],
    ['late', 7],
    ['failed', 3],
    ['lost', 5],
  ]);
});

test('provenances are never added up, best first', () => {
  const cpu = reading(4, { part: 'cpu', provenance: 'model' });
  const dram = reading(1, { part: 'dram', provenance: 'model' });
  const { totals, byPart } = searchEnergy([attemptOf(result, 10, { energy: [reading(10), cpu, dram] })]);
  expect(totals.map(({ provenance, joules }) => [provenance, joules])).toEqual([
    ['counter', 10],
    ['model', 5],
  ]);
  expect(byPart.map(({ part, provenance, joules }) => [part, provenance, joules])).toEqual([
    ['accelerator', 'counter', 10],
    ['cpu', 'model', 4],
    ['dram', 'model', 1],
  ]);
});

test('a whole machine is not added to its parts', () => {
  const machine = reading(30, { part: 'machine' });
  const { totals } = searchEnergy([attemptOf(result, 10, { energy: [reading(10), machine] })]);
  expect(totals.map(({ scope, joules }) => [scope, joules])).toEqual([
    ['parts', 10],
    ['machine', 30],
  ]);
});

test('a total is a lower bound when an attempt went on, still runs, or never gave a reading', () => {
  const whole = attemptOf(result, 10);
  const bound = (...more: Parameters<typeof searchEnergy>[0]) => searchEnergy([whole, ...more]).totals[0]!.lowerBound;
  expect(bound()).toBe(false);
  expect(bound(attemptOf(result, 5, { accounted: false, end: { kind: 'lost' }, lowerBound: true }))).toBe(true);
  expect(bound(attemptOf(result, 5, { accounted: false, end: { kind: 'running' } }))).toBe(true);
  expect(bound(attemptOf(result, undefined, { accounted: false, end: { kind: 'lost' } }))).toBe(true);
});

test('an attempt that took nothing is none of those without a reading', () => {
  const given = { accounted: false, end: { kind: 'handed-back' }, tookNothing: true } as const;
  const energy = searchEnergy([attemptOf(result, 10), attemptOf(result, undefined, given)]);
  expect(energy).toMatchObject({ attempts: 2, withoutReading: 0, attemptsByFate: { 'handed-back': 1 } });
  expect(energy.totals).toMatchObject([{ joules: 10, lowerBound: false }]);
});

test('a device that was not read throughout makes its own totals lower bounds', () => {
  const lost = reading(0, { isLowerBound: true });
  const cpu = reading(4, { part: 'cpu', provenance: 'model' });
  const { totals, byPart } = searchEnergy([attemptOf(result, 10, { energy: [lost, cpu] })]);
  expect(totals.map(({ provenance, lowerBound }) => [provenance, lowerBound])).toEqual([
    ['counter', true],
    ['model', false],
  ]);
  expect(byPart.map(({ part, lowerBound }) => [part, lowerBound])).toEqual([
    ['accelerator', true],
    ['cpu', false],
  ]);
});

test('no reading at all gives no total, rather than 0', () => {
  const energy = searchEnergy([attemptOf(result, undefined)]);
  expect(energy.totals).toEqual([]);
  expect(energy).toMatchObject({ attempts: 1, withoutReading: 1, attemptsByFate: { accounted: 1 } });
});

test('microjoules add up exactly', () => {
  const huge = 2n ** 53n;
  const [total] = searchEnergy([
    attemptOf(result, 0, { energy: [reading(0, { microjoules: huge })] }),
    attemptOf(result, 0, { energy: [reading(0, { microjoules: 1n })] }),
    attemptOf(result, 0, { energy: [reading(0, { microjoules: 1n })] }),
  ]).totals;
  expect(total!.joules).toBe(Number(huge + 2n) / 1e6);
});

test('fates of the sample add up to its totals', () => {
  const { totals, byFate } = searchEnergy(sampleReportInput().attempts);
  for (const { provenance, joules } of totals) {
    const parts = byFate.filter((row) => row.provenance === provenance).reduce((sum, row) => sum + row.joules, 0);
    expect(parts).toBeCloseTo(joules, 6);
  }
});

describe('what no trial is charged for', () => {
  const cpu = (unattributedMicrojoules: bigint) =>
    reading(4, { part: 'cpu', provenance: 'shared-estimate', unattributedMicrojoules });
  const on = (slot: string, [from, to]: readonly [number, number | undefined], left: bigint) =>
    attemptOf(result, 0, {
      ...{ agent: agentId('a'), slot: slotId(slot), grantedUnixMilliseconds: from, energy: [cpu(left)] },
      ...(to === undefined ? {} : { endedUnixMilliseconds: to }),
    });

  test('is told by part, and is in no total', () => {
    const energy = searchEnergy([on('s', [0, 10], 3_000_000n), on('s', [10, 20], 4_000_000n)]);
    expect(energy.unattributed).toEqual([
      {
        ...{ part: 'cpu', provenance: 'shared-estimate', scope: 'parts', joules: 7 },
        lowerBound: false,
        upperBound: false,
      },
    ]);
    expect(energy.totals.map(({ joules }) => joules)).toEqual([8]);
    expect(searchEnergy([attemptOf(result, 10)]).unattributed).toEqual([]);
  });

  test('is an upper bound where two slots of a machine were at work at a time', () => {
    const upperBound = (...attempts: Parameters<typeof searchEnergy>[0]) =>
      searchEnergy(attempts).unattributed[0]!.upperBound;
    expect(upperBound(on('s', [0, 10], 1n), on('t', [9, 20], 1n))).toBe(true);
    expect(upperBound(on('t', [9, 20], 1n), on('s', [0, undefined], 1n))).toBe(true);
    expect(upperBound(on('s', [0, 10], 1n), on('t', [10, 20], 1n))).toBe(false);
    expect(upperBound(on('s', [0, 10], 1n), { ...on('t', [5, 20], 1n), agent: agentId('b') })).toBe(false);
    expect(upperBound(on('s', [0, 12], 1n), on('s', [10, 20], 1n))).toBe(false);
    expect(upperBound(on('s', [0, 50], 1n), on('s', [50, 60], 1n), on('t', [40, 45], 1n))).toBe(true);
  });
});

test('an attempt that ran to its end for nothing is neither late nor lost', () => {
  const again = attemptOf(result, 7, { accounted: false, end: { kind: 'measured-again', reason: 'contaminated' } });
  expect(searchEnergy([again, attemptOf(result, 5)]).attemptsByFate).toEqual({ 'measured-again': 1, accounted: 1 });
});
