import { expect, test } from 'vitest';

import {
  minimiseInBox,
  type BoundedProblem,
  type SmoothFunction,
} from '../../../coordinator/linalg/bounded-minimum.js';

const box = (start: readonly number[], low: number, high: number): BoundedProblem => ({
  start: Float64Array.from(start),
  lower: new Float64Array(start.length).fill(low),
  upper: new Float64Array(start.length).fill(high),
  maxIterations: 500,
  gradientTolerance: 1e-8,
  valueTolerance: 0,
});

/** Σ 100 (x_{i+1} - x_i²)² + (1 - x_i)². */
const rosenbrock: SmoothFunction = (x, gradient) => {
  let value = 0;
  gradient.fill(0);
  for (let i = 0; i + 1 < x.length; i++) {
    const a = x[i + 1]! - x[i]! ** 2;
    const b = 1 - x[i]!;
    value += 100 * a * a + b * b;
    gradient[i]! += -400 * a * x[i]! - 2 * b;
    gradient[i + 1]! += 200 * a;
  }
  return value;
};

/** Σ i (x_i - 1)², condition number n. */
const quadratic: SmoothFunction = (x, gradient) =>
  x.reduce((sum, value, i) => {
    gradient[i] = 2 * (i + 1) * (value - 1);
    return sum + (i + 1) * (value - 1) ** 2;
  }, 0);

for (const n of [2, 5, 10]) {
  test(`Rosenbrock's valley in ${n} dimensions is followed to its end`, () => {
    const { x } = minimiseInBox(rosenbrock, box(new Array<number>(n).fill(-1.2), -5, 5));
    for (const value of x) expect(value).toBeCloseTo(1, 5);
  });
}

test('a quadratic in 50 dimensions takes few iterations', () => {
  const { x, iterations } = minimiseInBox(quadratic, box(new Array<number>(50).fill(-3), -5, 5));
  for (const value of x) expect(value).toBeCloseTo(1, 6);
  expect(iterations).toBeLessThan(100);
});

test('a minimum outside the box is found on its edge', () => {
  const { x, value } = minimiseInBox(quadratic, box([0.2, 0.1, 0.4], -1, 0.5));
  expect([...x]).toEqual([0.5, 0.5, 0.5]);
  expect(value).toBeCloseTo(0.25 * 6, 12);
});

test('with Rosenbrock in a box below the minimum, the answer keeps the bound and is stationary along it', () => {
  const { x } = minimiseInBox(rosenbrock, box([-1, 1], -2, 0.8));
  expect(x[1]).toBeCloseTo(0.64, 5);
  expect(x[0]).toBeCloseTo(0.8, 5);
});

test('a start on the bound leaves it where the function falls inwards', () => {
  for (const value of minimiseInBox(quadratic, box([-4, 9, -4], -4, 9)).x) expect(value).toBeCloseTo(1, 6);
});

test('the function is never evaluated outside the box, also from a start outside', () => {
  const visit: SmoothFunction = (x, gradient) => {
    for (const value of x) expect(Math.abs(value)).toBeLessThanOrEqual(1);
    return rosenbrock(x, gradient);
  };
  minimiseInBox(visit, box([7, -9, 3], -1, 1));
});

test('values that are not finite are stepped back from', () => {
  const barrier: SmoothFunction = (x, gradient) => {
    gradient[0] = 1 - 1 / x[0]!;
    return x[0]! > 0 ? x[0]! - Math.log(x[0]!) : NaN;
  };
  expect(minimiseInBox(barrier, box([5], -100, 100)).x[0]).toBeCloseTo(1, 6);
});

test('a start where nothing is finite is returned as it is', () => {
  const { x, value } = minimiseInBox(() => NaN, box([0.5], 0, 1));
  expect([...x]).toEqual([0.5]);
  expect(value).toBe(Infinity);
});
