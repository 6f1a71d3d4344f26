import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rankCorrelations } from '../../../coordinator/analysis/rank-correlation.js';
import { ShapeError } from '../../../shared/domain/errors.js';

const all = (n: number): Int32Array => Int32Array.from({ length: n }, (_, i) => i);

function both(x: readonly number[], y: readonly number[]): readonly [rho: number, tau: number] {
  const { spearman, kendall } = rankCorrelations(Float64Array.from(x), Float64Array.from(y));
  return [spearman(all(x.length)), kendall(all(x.length))];
}

test('equal order gives 1, opposite order gives -1', () => {
  const [rho, tau] = both([1, 2, 3, 4], [10, 100, 1000, 1e9]);
  expect([rho, tau]).toEqual([1, 1]);
  const [back, tauBack] = both([1, 2, 3, 4], [4, 3, 2, -1]);
  expect(back).toBeCloseTo(-1, 14);
  expect(tauBack).toBe(-1);
});

test('a known permutation: d² sums to 8, 3 of 10 pairs are discordant', () => {
  const [rho, tau] = both([1, 2, 3, 4, 5], [2, 1, 4, 5, 3]);
  expect(rho).toBeCloseTo(1 - (6 * 8) / (5 * 24), 14);
  expect(tau).toBeCloseTo((7 - 3) / 10, 14);
});

test('ties share the mean of their ranks', () => {
  const [rho, tau] = both([1, 2, 2, 3], [1, 3, 2, 4]);
  expect(rho).toBeCloseTo(4.5 / Math.sqrt(4.5 * 5), 14);
  expect(tau).toBeCloseTo(5 / Math.sqrt(5 * 6), 14);
});

test('no order, no correlation', () => {
  expect(both([1, 1, 1], [1, 2, 3])).toEqual([Number.NaN, Number.NaN]);
});

test('Kendall counts as the definition does, with ties and resamples', () => {
  const column = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 9, maxLength: 9 });
  const sample = fc.array(fc.integer({ min: 0, max: 8 }), { minLength: 9, maxLength: 9 });
  fc.assert(
    fc.property(column, column, sample, (x, y, indices) => {
      const { kendall } = rankCorrelations(Float64Array.from(x), Float64Array.from(y));
      const picked = { x: indices.map((i) => x[i]!), y: indices.map((i) => y[i]!) };
      const expected = tauByDefinition(picked.x, picked.y);
      const actual = kendall(Int32Array.from(indices));
      expect(Number.isNaN(expected) ? Number.isNaN(actual) : Math.abs(actual - expected) < 1e-12).toBe(true);
    }),
  );
});

test('Spearman is Pearson of mid-ranks, with ties and resamples', () => {
  const column = fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 8, maxLength: 8 });
  const sample = fc.array(fc.integer({ min: 0, max: 7 }), { minLength: 8, maxLength: 8 });
  fc.assert(
    fc.property(column, column, sample, (x, y, indices) => {
      const { spearman } = rankCorrelations(Float64Array.from(x), Float64Array.from(y));
      const expected = pearson(midRanks(indices.map((i) => x[i]!)), midRanks(indices.map((i) => y[i]!)));
      const actual = spearman(Int32Array.from(indices));
      expect(Number.isNaN(expected) ? Number.isNaN(actual) : Math.abs(actual - expected) < 1e-12).toBe(true);
    }),
  );
});

test('columns of different or too small length are refused', () => {
  expect(() => rankCorrelations(Float64Array.of(1, 2), Float64Array.of(1))).toThrow(ShapeError);
  expect(() => rankCorrelations(Float64Array.of(1), Float64Array.of(1))).toThrow(ShapeError);
});

function tauByDefinition(x: readonly number[], y: readonly number[]): number {
  let [score, tiedX, tiedY, pairs] = [0, 0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    for (let j = 0; j < i; j++) {
      pairs++;
      score += Math.sign(x[i]! - x[j]!) * Math.sign(y[i]! - y[j]!);
      tiedX += x[i] === x[j] ? 1 : 0;
      tiedY += y[i] === y[j] ? 1 : 0;
    }
  }
  return score / Math.sqrt((pairs - tiedX) * (pairs - tiedY));
}

const midRanks = (values: readonly number[]): number[] =>
  values.map(
    (value) => values.filter((other) => other < value).length + values.filter((other) => other === value).length / 2,
  );

function pearson(x: readonly number[], y: readonly number[]): number {
  const mean = (of: readonly number[]): number => of.reduce((sum, value) => sum + value, 0) / of.length;
  const [mx, my] = [mean(x), mean(y)];
  const sum = (pick: (i: number) => number): number => x.reduce((total, _, i) => total + pick(i), 0);
  return (
    sum((i) => (x[i]! - mx) * (y[i]! - my)) / Math.sqrt(sum((i) => (x[i]! - mx) ** 2) * sum((i) => (y[i]! - my) ** 2))
  );
}
