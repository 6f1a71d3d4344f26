import { expect, test } from 'vitest';

import { fitFinalValues } from '../../../coordinator/stopping/final-value-model.js';
import { DomainError } from '../../../shared/domain/errors.js';
import { studentQuantile } from '../../../shared/domain/student-t.js';
import { seededRandom } from '../../../shared/runtime/random.js';

const random = seededRandom('final-value-model');
const ROWS = Array.from({ length: 12 }, () => [random.normal(), 5 + 2 * random.normal()]);

test('an exact line is found but for the weak prior, with hardly any scale', () => {
  const model = fitFinalValues(
    ROWS,
    ROWS.map(([a, b]) => 1 + 2 * a! - 3 * b!),
  );
  expect(model.predict([1, 5]).mean).toBeCloseTo(1 + 2 - 15, 0);
  expect(model.freedom).toBe(9);
});

test('without features it is the mean, with the textbook scale of a further value', () => {
  const values = [1, 2, 3, 4, 5, 6, 7, 8];
  const model = fitFinalValues(
    values.map(() => []),
    values,
  );
  const { mean, scale } = model.predict([]);
  expect(mean).toBeCloseTo(4.5, 12);
  expect(model.inflation).toBe(1);
  expect(scale).toBeCloseTo(Math.sqrt(6 * (1 + 1 / 8)), 12);
});

test('residuals are those of models fitted without the curve', () => {
  const values = ROWS.map(([a], i) => 3 * a! + Math.sin(7 * i));
  const { residuals } = fitFinalValues(
    ROWS.map(() => []),
    values,
  );
  ROWS.forEach((_, out) => {
    const others = values.filter((_value, i) => i !== out);
    const model = fitFinalValues(
      others.map(() => []),
      others,
    );
    const { mean, scale } = model.predict([]);
    expect(residuals[out]!).toBeCloseTo((values[out]! - mean) / (scale / model.inflation), 9);
  });
});

test('a curve that all others are wrong about widens the intervals until they hold it', () => {
  const values = ROWS.map((_, i) => (i === 4 ? 50 : Math.sin(i)));
  const model = fitFinalValues(
    ROWS.map(() => []),
    values,
  );
  const farthest = Math.max(...model.residuals.map(Math.abs));
  expect(model.inflation).toBeCloseTo(farthest / studentQuantile(0.975, model.freedom - 1), 9);
  expect(model.inflation).toBeGreaterThan(5);
});

test('95 % intervals hold 95 % of what comes after', () => {
  let held = 0;
  const tries = 1500;
  for (let i = 0; i < tries; i++) {
    const rows = Array.from({ length: 11 }, () => [random.normal(), random.normal()]);
    const values = rows.map(([a, b]) => a! - b! + 0.3 * random.normal());
    const model = fitFinalValues(rows.slice(1), values.slice(1));
    const { mean, scale } = model.predict(rows[0]!);
    if (Math.abs(values[0]! - mean) <= scale * studentQuantile(0.975, model.freedom)) held += 1;
  }
  // The standard error of the share is 0.6 %.
  expect(held / tries).toBeGreaterThan(0.935);
  expect(held / tries).toBeLessThan(0.985);
});

test('equal values, tiny and huge ones give finite figures', () => {
  for (const size of [0, 1e-300, 1e150]) {
    const model = fitFinalValues(
      ROWS,
      ROWS.map(([a]) => size * (1 + (size === 0 ? 0 : a!))),
    );
    const { mean, scale } = model.predict([0.5, 4]);
    expect(Number.isFinite(mean) && scale > 0 && Number.isFinite(scale)).toBe(true);
  }
});

test('too few curves are refused', () => {
  expect(() => fitFinalValues(ROWS.slice(0, 4), [1, 2, 3, 4])).toThrow(DomainError);
});
