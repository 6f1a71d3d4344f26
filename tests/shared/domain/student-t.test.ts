import { expect, test } from 'vitest';
import { studentCdf, studentQuantile } from '../../../shared/domain/student-t.js';
import { DomainError } from '../../../shared/domain/errors.js';

/** Two-sided 95 % points; Abramowitz & Stegun (1964), table 26.10, to the digits of NIST's e-Handbook. */
const TABLE = [
  [1, 12.7062047],
  [2, 4.30265273],
  [3, 3.18244631],
  [4, 2.77644511],
  [5, 2.57058184],
  [10, 2.22813885],
  [30, 2.04227246],
  [120, 1.97993041],
] as const;

test.each(TABLE)('with %i degrees of freedom the 97.5 %% quantile is %f', (freedom, expected) => {
  expect(studentQuantile(0.975, freedom)).toBeCloseTo(expected, 6);
  expect(studentQuantile(0.025, freedom)).toBeCloseTo(-expected, 6);
});

test('one degree of freedom is the Cauchy distribution, two have a closed form', () => {
  expect(studentCdf(1, 1)).toBeCloseTo(0.75, 14);
  expect(studentCdf(Math.SQRT2, 2)).toBeCloseTo(0.5 + 0.5 / Math.SQRT2, 14);
});

test('very many degrees of freedom are the normal distribution', () => {
  expect(studentQuantile(0.975, 1001) / 1.959964 - 1).toBeLessThan(0.002);
});

test('degrees of freedom and probabilities outside their sets are refused', () => {
  expect(() => studentCdf(0, 0)).toThrow(DomainError);
  expect(() => studentCdf(0, 1.5)).toThrow(DomainError);
  expect(() => studentQuantile(1, 3)).toThrow(DomainError);
});
