import fc from 'fast-check';
import { expect, test } from 'vitest';

import { compileSpace, type CompiledSpace } from '../../../coordinator/space/compiled-space.js';
import { legalPoint, nearbyLegalPoint, someLegalConfiguration } from '../../../coordinator/space/legal-point.js';
import type { Parameter } from '../../../shared/domain/search-space.js';
import { seededRandom } from '../../../shared/runtime/random.js';

const float = (name: string, low = 0, high = 1): Parameter => ({ kind: 'float', name, low, high, scale: 'linear' });
const whole = (name: string, low: number, high: number): Parameter => ({
  kind: 'integer',
  name,
  low,
  high,
  scale: 'linear',
});
const ABC = ['a', 'b', 'c'].map((name) => float(name));

/** Feasible sets that drawing at random hardly ever meets; the share is of the box. */
const TINY: readonly (readonly [string, readonly Parameter[], readonly string[]])[] = [
  ['a corner, share 1e-6', ABC, ['a < 0.01', 'b > 0.99', 'c < 0.01']],
  ['a thin ball, share 4e-6', ABC, ['(a - 0.3) ** 2 + (b - 0.6) ** 2 + (c - 0.5) ** 2 < 0.0001']],
  ['a simplex, share 0', ABC, ['a + b + c == 1']],
  ['a product and a sum, share 0', ABC, ['a * b == 0.2', 'b + c == 1']],
  ['a band between curves', ABC, ['exp(a) * b < 0.1001', 'exp(a) * b > 0.1', 'c > a']],
  ['divisors', [whole('width', 1, 4096), whole('heads', 1, 64)], ['width % heads == 0', 'width / heads == 96']],
  ['one of 2^53', [{ kind: 'integer', name: 'n', low: 1, high: 2 ** 53 - 1, scale: 'log' }], ['n == 123456']],
  ['tiny numbers', [float('a', 0, 1e-300), float('b', 0, 1e-300)], ['a * 1e300 + b * 1e300 < 0.0001', 'a > b']],
];

for (const [name, parameters, constraints] of TINY) {
  test(`a legal point is found in ${name}`, () => {
    const space = compileSpace({ parameters, constraints });
    expect(someLegalConfiguration(space)).toBeDefined();
    let found = 0;
    for (let seed = 0; seed < 20; seed++) {
      const random = seededRandom(`${name}/${seed}`);
      const start = Float64Array.from({ length: space.dimension }, () => random.uniform());
      const point = legalPoint(space, start, random);
      if (!point) continue;
      found++;
      expect(space.faults(space.decode(point))).toEqual([]);
    }
    expect(found).toBeGreaterThanOrEqual(10);
  });
}

test('legal points spread over a small feasible set instead of its rim', () => {
  const space = compileSpace({ parameters: ABC, constraints: ['max(a, b, c) < 0.01'] });
  const all = Array.from({ length: 60 }, (_, seed) => {
    const random = seededRandom(seed);
    const start = Float64Array.from({ length: 3 }, () => random.uniform());
    return Number(space.decode(legalPoint(space, start, random)!)['a']);
  });
  const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
  expect(mean).toBeGreaterThan(0.003);
  expect(mean).toBeLessThan(0.007);
});

test('a nearby legal point changes no more than it needs', () => {
  const space = compileSpace({ parameters: [...ABC, whole('n', 1, 9)], constraints: ['a + b < 1'] });
  const start = Float64Array.of(0.7, 0.5, 0.123, 0.5);
  const point = nearbyLegalPoint(space, start, seededRandom(1))!;
  expect(space.keepsConstraints(space.decode(point))).toBe(true);
  expect([point[2], point[3]]).toEqual([0.123, 0.5]);
  const moved = [Math.abs(point[0]! - 0.7), Math.abs(point[1]! - 0.5)].sort((x, y) => x - y);
  expect(moved[0]).toBe(0);
  expect(moved[1]).toBeLessThan(0.3);
  expect(nearbyLegalPoint(space, point, seededRandom(2))).toBe(point);
});

test('where no value of a parameter is legal, it is made inactive through its parent', () => {
  const space = compileSpace({
    parameters: [
      { kind: 'categorical', name: 'kind', values: ['deep', 'flat'] },
      { ...float('depth'), when: { parameter: 'kind', in: ['deep'] } },
    ],
    constraints: ['depth > 2'],
  });
  const point = nearbyLegalPoint(space, Float64Array.of(0.25, 0.5), seededRandom(1));
  expect(space.decode(point!)).toEqual({ kind: 'flat' });
});

test('contradictions end without a result', () => {
  const none = (space: CompiledSpace): void => expect(someLegalConfiguration(space)).toBeUndefined();
  none(compileSpace({ parameters: ABC, constraints: ['a > b', 'b > c', 'c > a'] }));
  none(compileSpace({ parameters: ABC, constraints: ['a / 0 > b'] }));
  none(compileSpace({ parameters: [{ kind: 'constant', name: 'k', value: 3 }], constraints: ['k > 4'] }));
  none(
    compileSpace({ parameters: [whole('a', 1, 1e6), whole('b', 1, 1e6)], constraints: ['a * a == 2 * b * b + 1e13'] }),
  );
});

test('what has an answer is never altered', () => {
  const space = compileSpace({ parameters: ABC, constraints: ['a <= b'] });
  fc.assert(
    fc.property(fc.tuple(...ABC.map(() => fc.double({ min: 0, max: 1, noNaN: true }))), (values) => {
      const point = Float64Array.from(values);
      fc.pre(values[0]! <= values[1]!);
      expect(legalPoint(space, point, seededRandom(1))).toBe(point);
    }),
    { seed: 3, numRuns: 100 },
  );
});
