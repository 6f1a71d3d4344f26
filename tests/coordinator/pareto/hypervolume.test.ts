import fc from 'fast-check';
import { expect, test } from 'vitest';

import { dominatedBoxes, nonDominatedBoxes, type Boxes } from '../../../coordinator/pareto/box-decomposition.js';
import { hypervolume } from '../../../coordinator/pareto/hypervolume.js';
import { DomainError, ShapeError } from '../../../shared/domain/errors.js';
import { seededRandom } from '../../../shared/runtime/random.js';

/** The staircase (0, n-1), (1, n-2), ..., (n-1, 0), whose area under (n, n) is n(n+1)/2. */
const staircase = (n: number): Float64Array =>
  Float64Array.from(Array.from({ length: n }, (_, i) => [i, n - 1 - i]).flat());

/** Inclusion-exclusion over all subsets of at most some ten points. */
function byInclusionExclusion(points: Float64Array, m: number, reference: Float64Array): number {
  const n = points.length / m;
  let total = 0;
  for (let subset = 1; subset < 2 ** n; subset++) {
    let volume = 1;
    for (let j = 0; j < m; j++) {
      let worst = -Infinity;
      for (let i = 0; i < n; i++) if (subset & (1 << i)) worst = Math.max(worst, points[i * m + j]!);
      volume *= Math.max(0, reference[j]! - worst);
    }
    const size = subset.toString(2).replaceAll('0', '').length;
    total += size % 2 === 1 ? volume : -volume;
  }
  return total;
}

/** Volume of boxes clipped from below at `floor`. */
function volumeAbove({ count, lower, upper }: Boxes, m: number, floor: number): number {
  let total = 0;
  for (let k = 0; k < count; k++) {
    let volume = 1;
    for (let j = k * m; j < k * m + m; j++) volume *= Math.max(0, upper[j]! - Math.max(lower[j]!, floor));
    total += volume;
  }
  return total;
}

const pointsOf = (m: number, coordinate: fc.Arbitrary<number>): fc.Arbitrary<Float64Array> =>
  fc
    .array(fc.array(coordinate, { minLength: m, maxLength: m }), { maxLength: 8 })
    .map((rows) => Float64Array.from(rows.flat()));

for (const n of [1, 2, 3, 10, 1000]) {
  test(`a staircase of ${n} points dominates n(n+1)/2`, () => {
    expect(hypervolume(staircase(n), 2, Float64Array.of(n, n))).toBeCloseTo((n * (n + 1)) / 2, 9);
  });
}

for (const m of [1, 2, 3, 4, 5]) {
  test(`with ${m} objectives the volume equals inclusion-exclusion, also with ties and points on the reference`, () => {
    const reference = new Float64Array(m).fill(5);
    fc.assert(
      fc.property(
        pointsOf(m, fc.oneof(fc.integer({ min: 0, max: 6 }), fc.double({ min: 0, max: 6, noNaN: true }))),
        (points) => {
          expect(hypervolume(points, m, reference)).toBeCloseTo(byInclusionExclusion(points, m, reference), 6);
        },
      ),
      { seed: 7, numRuns: 150 },
    );
  });

  test(`with ${m} objectives dominated and undominated boxes fill the reference box exactly`, () => {
    const reference = new Float64Array(m).fill(5);
    fc.assert(
      fc.property(pointsOf(m, fc.integer({ min: 0, max: 6 })), (points) => {
        const dominated = dominatedBoxes(points, m, reference);
        const open = nonDominatedBoxes(points, m, reference);
        expect(volumeAbove(dominated, m, -1) + volumeAbove(open, m, -1)).toBeCloseTo(6 ** m, 6);
        expect(volumeAbove(dominated, m, -1)).toBeCloseTo(byInclusionExclusion(points, m, reference), 6);
      }),
      { seed: 8, numRuns: 100 },
    );
  });

  test(`with ${m} objectives no two undominated boxes overlap and none is dominated`, () => {
    const reference = new Float64Array(m).fill(5);
    fc.assert(
      fc.property(
        pointsOf(m, fc.integer({ min: 0, max: 6 })),
        pointsOf(m, fc.double({ min: -1, max: 5, maxExcluded: true, noNaN: true })),
        (points, probes) => {
          const { count, lower, upper } = nonDominatedBoxes(points, m, reference);
          for (let start = 0; start < probes.length; start += m) {
            const probe = probes.subarray(start, start + m);
            if (probe.some(Number.isInteger)) continue;
            const inside = Array.from({ length: count }, (_, k) =>
              probe.every((y, j) => y > lower[k * m + j]! && y < upper[k * m + j]!),
            ).filter(Boolean).length;
            const isDominated = Array.from({ length: points.length / m }, (_, i) =>
              probe.every((y, j) => y > points[i * m + j]!),
            ).some(Boolean);
            expect(inside).toBe(isDominated ? 0 : 1);
          }
        },
      ),
      { seed: 9, numRuns: 150 },
    );
  });
}

test('the octant of a sphere leaves the box minus an eighth of the ball', () => {
  const rows: number[] = [];
  for (let i = 0; i <= 40; i++) {
    for (let j = 0; j <= 40; j++) {
      const [a, b] = [(i / 40) * (Math.PI / 2), (j / 40) * (Math.PI / 2)];
      rows.push(Math.cos(a) * Math.cos(b), Math.cos(a) * Math.sin(b), Math.sin(a));
    }
  }
  const volume = hypervolume(Float64Array.from(rows), 3, Float64Array.of(1.1, 1.1, 1.1));
  const limit = 1.1 ** 3 - Math.PI / 6;
  expect(volume).toBeLessThan(limit);
  expect(volume).toBeGreaterThan(limit - 0.03);
});

test('with four objectives the volume of a large front is that of Monte Carlo', () => {
  const random = seededRandom('front of four');
  const onSphere = (): number[] => {
    const direction = Array.from({ length: 4 }, () => Math.abs(random.normal()));
    const length = Math.hypot(...direction);
    return direction.map((value) => value / length);
  };
  const front = Array.from({ length: 60 }, onSphere);
  const samples = 20_000;
  let hits = 0;
  for (let k = 0; k < samples; k++) {
    const probe = Array.from({ length: 4 }, () => 1.1 * random.uniform());
    if (front.some((point) => point.every((value, j) => value <= probe[j]!))) hits++;
  }
  const share = hits / samples;
  const error = 1.1 ** 4 * Math.sqrt((share * (1 - share)) / samples);
  const volume = hypervolume(Float64Array.from(front.flat()), 4, new Float64Array(4).fill(1.1));
  expect(Math.abs(volume - 1.1 ** 4 * share)).toBeLessThan(4 * error);
  expect(volume).toBeLessThan(1.1 ** 4 - Math.PI ** 2 / 32);
});

test('an empty front dominates nothing and leaves one open box', () => {
  expect(hypervolume(new Float64Array(), 3, Float64Array.of(1, 1, 1))).toBe(0);
  const boxes = nonDominatedBoxes(new Float64Array(), 2, Float64Array.of(1, 2));
  expect(boxes.count).toBe(1);
  expect([...boxes.lower]).toEqual([-Infinity, -Infinity]);
  expect([...boxes.upper]).toEqual([1, 2]);
});

test('wrong shapes and infinite outcomes are refused', () => {
  expect(() => hypervolume(Float64Array.of(1, 2, 3), 2, Float64Array.of(4, 4))).toThrow(ShapeError);
  expect(() => hypervolume(Float64Array.of(1, 2), 2, Float64Array.of(4))).toThrow(ShapeError);
  expect(() => hypervolume(Float64Array.of(1, NaN), 2, Float64Array.of(4, 4))).toThrow(DomainError);
  expect(() => dominatedBoxes(Float64Array.of(1, 2), 2, Float64Array.of(4))).toThrow(ShapeError);
  expect(() => nonDominatedBoxes(Float64Array.of(1, 2), 2, Float64Array.of(4))).toThrow(ShapeError);
});
