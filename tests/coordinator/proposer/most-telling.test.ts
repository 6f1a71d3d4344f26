import { expect, test } from 'vitest';

import { mostTelling } from '../../../coordinator/proposer/most-telling.js';
import type { Objective } from '../../../shared/domain/campaign.js';

const OBJECTIVES: readonly Objective[] = ['a', 'b'].map((name) => ({
  name,
  goal: 'minimize',
  unit: '',
  scale: 'linear',
  from: 'metric',
  metric: name,
}));
const pointAt = (i: number, values: readonly (number | undefined)[], feasible = true) => ({
  observation: { configuration: { i }, task: 'A', values, noise: [], feasible },
  features: Float64Array.of(i),
  task: 0,
});

test('few points are all kept', () => {
  const points = Array.from({ length: 500 }, (_, i) => pointAt(i, [i, -i]));
  expect(mostTelling(points, OBJECTIVES)).toBe(points);
});

test('of many, the front is kept whole, the order stays, and the rest is spread over all that came', () => {
  const points = Array.from({ length: 1000 }, (_, i) =>
    i % 10 === 3 ? pointAt(i, [i / 1000, -i / 1000]) : pointAt(i, [5 + i, 5 + i]),
  );
  const kept = mostTelling(points, OBJECTIVES);
  const indices = kept.map(({ features }) => features[0]!);
  expect(kept).toHaveLength(500);
  for (let i = 3; i < 1000; i += 10) expect(indices).toContain(i);
  expect(indices).toEqual(indices.toSorted((a, b) => a - b));
  expect(indices.filter((i) => i % 10 !== 3 && i > 500).length).toBeGreaterThan(80);
});

test('failed and unknown points are part of the rest', () => {
  const points = Array.from({ length: 700 }, (_, i) =>
    i < 350 ? pointAt(i, [1, 1]) : pointAt(i, i % 2 ? [NaN, undefined] : [0, 0], false),
  );
  const kept = mostTelling(points, OBJECTIVES);
  expect(kept.filter(({ features }) => features[0]! < 350).length).toBeGreaterThanOrEqual(250);
  expect(kept.filter(({ features }) => features[0]! >= 350).length).toBeGreaterThan(150);
});
