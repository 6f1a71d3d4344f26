import { expect, test } from 'vitest';

import { cumulative } from '../../../coordinator/linalg/normal-distribution.js';
import { improvementChance } from '../../../coordinator/stopping/improvement-chance.js';
import type { UncertainValue } from '../../../coordinator/stopping/improvement-chance.js';
import { studentCdf } from '../../../shared/domain/student-t.js';

const value = (mean: number, scale: number, freedom = 1e6): UncertainValue => ({
  ...{ mean, scale, freedom, residuals: new Float64Array(0) },
});

test('one value: the distribution function, normal or of few degrees of freedom', () => {
  for (const bound of [-1.7, 0, 0.4]) {
    const normal = improvementChance({ values: [value(0.3, 2)], improves: ([x]) => x! < bound });
    expect(normal).toBeCloseTo(cumulative((bound - 0.3) / 2), 3);
    const student = improvementChance({ values: [value(0.3, 2, 5)], improves: ([x]) => x! < bound });
    expect(Math.abs(student - studentCdf((bound - 0.3) / 2, 5))).toBeLessThan(0.002);
  }
});

test('two values without likeness: the product', () => {
  const improves = ([x, y]: Float64Array): boolean => x! < -0.5 && y! < 0.2;
  const chance = improvementChance({ values: [value(0, 1), value(0, 1)], improves });
  expect(Math.abs(chance - cumulative(-0.5) * cumulative(0.2))).toBeLessThan(0.003);
});

test('residuals that go together or against each other change the chance of both', () => {
  const a = Float64Array.from({ length: 2000 }, (_, i) => Math.sin(i));
  const values = (b: Float64Array): UncertainValue[] => [
    { ...value(0, 1), residuals: a },
    { ...value(0, 1), residuals: b },
  ];
  const both = ([x, y]: Float64Array): boolean => x! < -1 && y! < -1;
  const chance = cumulative(-1);
  expect(improvementChance({ values: values(a), improves: both })).toBeGreaterThan(0.8 * chance);
  expect(improvementChance({ values: values(a.map((x) => -x)), improves: both })).toBe(0);
});

test('equal questions have equal answers', () => {
  const ask = (): number =>
    improvementChance({ values: [value(1, 1, 4), value(2, 0.1, 4)], improves: ([x, y]) => x! * y! < 1 });
  expect(ask()).toBe(ask());
});
