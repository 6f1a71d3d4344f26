import { expect, test } from 'vitest';
import fc from 'fast-check';
import { tiedRuns, tieText } from '../../../coordinator/analysis/ties.js';

const figure = (index: number, value: number, random: number) => ({ index, value, random });

test('neighbours within two standard uncertainties of their difference are tied, others are not', () => {
  expect(tiedRuns([figure(1, 2.57, 0.17), figure(2, 2.58, 0.29)])).toEqual([[1, 2]]);
  // √(3² + 4²) = 5, so that 10 is the limit.
  expect(tiedRuns([figure(1, 110, 4), figure(2, 100, 3)])).toEqual([[2, 1]]);
  expect(tiedRuns([figure(1, 110.1, 4), figure(2, 100, 3)])).toEqual([]);
});

test('runs go on from neighbour to neighbour, least first', () => {
  const figures = [figure(3, 3, 1), figure(9, 50, 1), figure(1, 1, 1), figure(5, 5, 1), figure(8, 52, 1)];
  expect(tiedRuns(figures)).toEqual([
    [1, 3, 5],
    [9, 8],
  ]);
  expect(tieText('energy', figures)).toBe('energy: 1 ≈ 3 ≈ 5, 9 ≈ 8');
  expect(tieText('energy', [figure(1, 1, 0), figure(2, 2, 0)])).toBeUndefined();
});

test('runs hold each figure at most once, and two runs never meet', () => {
  const figures = fc.array(
    fc.tuple(fc.double({ min: 1, max: 100, noNaN: true }), fc.double({ min: 0, max: 5, noNaN: true })),
  );
  fc.assert(
    fc.property(figures, (drawn) => {
      const all = drawn.map(([value, random], index) => figure(index, value, random));
      const runs = tiedRuns(all);
      const members = runs.flat();
      expect(new Set(members).size).toBe(members.length);
      for (const [a, b] of runs.slice(1).map((run, i) => [runs[i]!.at(-1)!, run[0]!] as const)) {
        expect(all[b]!.value - all[a]!.value).toBeGreaterThanOrEqual(0);
      }
    }),
  );
});
