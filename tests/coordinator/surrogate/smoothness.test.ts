import { expect, test } from 'vitest';

import { fitGaussianProcess, predict, type GaussianProcess } from '../../../coordinator/surrogate/gaussian-process.js';
import { shapeOf } from '../../../coordinator/surrogate/kernel.js';

test('a smooth function is told from a rough one, and each is predicted by a covariance of its kind', () => {
  const at = Array.from({ length: 30 }, (_, i) => i / 29);
  const fitted = (f: (x: number) => number): GaussianProcess =>
    fitGaussianProcess(
      {
        kinds: ['numeric'],
        X: Float64Array.from(at),
        y: Float64Array.from(at, f),
        noise: new Float64Array(at.length),
        task: new Int32Array(at.length),
      },
      0,
    );
  const smooth = fitted((x) => Math.sin(5 * x));
  expect(smooth.hyperparameters.smoothness).toBe('gaussian');
  expect(predict(smooth, Float64Array.of(1.1)).mean).toBeCloseTo(Math.sin(5.5), 1);
  expect(fitted((x) => Math.abs(x - 0.4) + Math.abs(x - 0.73)).hyperparameters.smoothness).toBe('matern');
});

for (const smoothness of ['matern', 'gaussian'] as const) {
  test(`the slope of the ${smoothness} shape is that of finite differences`, () => {
    const { value, slope } = shapeOf(smoothness);
    expect(value(0)).toBe(1);
    for (const r2 of [0.01, 0.5, 3, 20]) {
      const difference = (value(r2 + 1e-6) - value(r2 - 1e-6)) / 2e-6;
      expect(slope(r2)).toBeCloseTo(-2 * difference, 6);
    }
  });
}
