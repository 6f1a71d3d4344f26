import { expect, test } from 'vitest';
import { bootstrap, expandedTail, quantile, type Statistic } from '../../../coordinator/analysis/bootstrap.js';
import { studentQuantile } from '../../../shared/domain/student-t.js';
import { DomainError } from '../../../shared/domain/errors.js';
import { seededRandom } from '../../../shared/runtime/random.js';

const meanOf =
  (data: Float64Array): Statistic =>
  (sample) =>
    sample.reduce((sum, i) => sum + data[i]!, 0) / sample.length;

test('equal data leave no doubt', () => {
  const [mean] = bootstrap(6, [meanOf(new Float64Array(6).fill(4.5))], seededRandom('a'));
  expect(mean).toEqual({ value: 4.5, interval: { low: 4.5, high: 4.5 } });
});

test('the interval of a mean comes near to that of Student', () => {
  const random = seededRandom('data');
  const data = Float64Array.from({ length: 12 }, () => random.normal());
  const mean = data.reduce((sum, value) => sum + value, 0) / 12;
  const deviation = Math.sqrt(data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 11);
  const half = (studentQuantile(0.975, 11) * deviation) / Math.sqrt(12);
  const [estimate] = bootstrap(12, [meanOf(data)], seededRandom('resamples'));
  expect(estimate!.value).toBeCloseTo(mean, 14);
  expect((estimate!.interval.high - estimate!.interval.low) / (2 * half)).toBeCloseTo(1, 1);
});

test('intervals cover the truth about as often as they say, also for eight data', () => {
  let covered = 0;
  const repeats = 120;
  for (let r = 0; r < repeats; r++) {
    const random = seededRandom(`coverage/${r}`);
    const data = Float64Array.from({ length: 8 }, () => random.normal());
    const { interval } = bootstrap(8, [meanOf(data)], random)[0]!;
    if (interval.low <= 0 && interval.high >= 0) covered++;
  }
  expect(covered / repeats).toBeGreaterThan(0.9);
  expect(covered / repeats).toBeLessThan(0.99);
});

test('one seed gives one interval, another seed a slightly different one', () => {
  const data = Float64Array.of(1, 2, 4, 8, 16, 32, 33);
  const run = (seed: string) => bootstrap(7, [meanOf(data)], seededRandom(seed))[0]!.interval;
  expect(run('s')).toEqual(run('s'));
  expect(run('t')).not.toEqual(run('s'));
});

test('resamples without a value do not count', () => {
  const data = Float64Array.of(1, 2, 3, 4, 5);
  const mean = meanOf(data);
  const onlyBelowFour: Statistic = (sample) => (mean(sample) < 4 ? mean(sample) : Number.NaN);
  const [estimate] = bootstrap(5, [onlyBelowFour], seededRandom('nan'));
  expect(estimate!.interval.high).toBeLessThan(4);
  expect(estimate!.interval.low).toBeGreaterThanOrEqual(1);
});

test('tails are cut deeper for few data and at 2.5 % for many', () => {
  expect(expandedTail(5)).toBeCloseTo(0.00095, 4);
  expect(expandedTail(1000)).toBeCloseTo(0.025, 3);
});

test('quantiles run linearly between order statistics', () => {
  expect(quantile(Float64Array.of(0, 10, 20), 0.25)).toBe(5);
  expect(quantile(Float64Array.of(3), 0.9)).toBe(3);
  expect(quantile(new Float64Array(0), 0.5)).toBeNaN();
});

test('one datum has no interval', () => {
  expect(() => bootstrap(1, [], seededRandom('x'))).toThrow(DomainError);
});
