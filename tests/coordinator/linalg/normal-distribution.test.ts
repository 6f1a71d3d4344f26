import { expect, test } from 'vitest';

import {
  cumulative,
  density,
  hazard,
  logCumulative,
  logImprovement,
  quantile,
  scaledErrorComplement,
  type LogImprovement,
} from '../../../coordinator/linalg/normal-distribution.js';

/** exp(x²) erfc(x) from 60-digit decimal arithmetic: the series of erf below 3, the continued fraction above. */
const SCALED_ERROR_COMPLEMENT: readonly (readonly [number, number])[] = [
  [0.1, 0.8964569799691267],
  [0.46875, 0.6320696892495561],
  [0.5, 0.6156903441929259],
  [1, 0.427583576155807],
  [2, 0.25539567631050575],
  [3.9, 0.14031418160068973],
  [4.1, 0.133834116418652],
  [10, 0.05614099274382259],
  [20, 0.02817434874105132],
];

const relative = (actual: number, expected: number): number => Math.abs(actual / expected - 1);

function improvement(z: number): LogImprovement {
  const out = { log: 0, slope: 0, densityRatio: 0 };
  logImprovement(z, out);
  return out;
}

test('the scaled complementary error function has 15 digits', () => {
  for (const [x, expected] of SCALED_ERROR_COMPLEMENT)
    expect(relative(scaledErrorComplement(x), expected)).toBeLessThan(1e-15);
  expect(scaledErrorComplement(0)).toBe(1);
  expect(relative(scaledErrorComplement(1e10), 1 / (1e10 * Math.sqrt(Math.PI)))).toBeLessThan(1e-15);
});

test('quantiles agree with the AS 241 routine of Python 3.12, statistics.NormalDist', () => {
  const golden: readonly (readonly [number, number])[] = [
    [1e-300, -37.0470962993612],
    [1e-20, -9.262340089798405],
    [1e-5, -4.2648907939228256],
    [0.03, -1.8807936081512509],
    [0.3, -0.5244005127080407],
    [0.8, 0.8416212335729144],
    [0.999999999, 5.997807019601638],
  ];
  for (const [p, z] of golden) expect(relative(quantile(p), z)).toBeLessThan(1e-14);
  expect(quantile(0.5)).toBe(0);
});

test('the distribution function undoes the quantile, in both tails', () => {
  for (let z = -8; z <= 5; z += 0.37) expect(quantile(cumulative(z))).toBeCloseTo(z, 8);
});

test('the logarithm of the distribution function is finite where the function is not', () => {
  for (const z of [-5, -1, -0.01, 0.01, 1, 5]) expect(logCumulative(z)).toBeCloseTo(Math.log(cumulative(z)), 12);
  const z = -1000;
  expect(relative(logCumulative(z), -0.5 * z * z - Math.log(-z * Math.sqrt(2 * Math.PI)))).toBeLessThan(1e-10);
});

test('the hazard is the slope of the logarithm', () => {
  for (const z of [-30, -3, -0.5, 0.5, 3]) {
    const slope = (logCumulative(z + 1e-6) - logCumulative(z - 1e-6)) / 2e-6;
    expect(relative(hazard(z), slope)).toBeLessThan(1e-6);
  }
});

test('the improvement function is density + z x distribution, and its ratios belong to it', () => {
  for (const z of [-4, -1, -0.1, 0, 0.1, 1, 4, 20]) {
    const { log, slope, densityRatio } = improvement(z);
    const h = density(z) + z * cumulative(z);
    expect(relative(Math.exp(log), h)).toBeLessThan(1e-10);
    expect(relative(slope, cumulative(z) / h)).toBeLessThan(1e-10);
    expect(relative(densityRatio, density(z) / h)).toBeLessThan(1e-10);
  }
});

test('its logarithm joins its asymptotic series without a step and stays finite far out', () => {
  expect(relative(improvement(-30 - 1e-9).log, improvement(-30 + 1e-9).log)).toBeLessThan(1e-9);
  expect(relative(improvement(-30 - 1e-9).slope, improvement(-30 + 1e-9).slope)).toBeLessThan(1e-8);
  for (const z of [-1e3, -1e6, -1e100]) {
    const { log, slope } = improvement(z);
    expect(log).toBeLessThan(-1e5);
    expect(relative(slope, -z)).toBeLessThan(1e-5);
  }
});
