import { expect, test } from 'vitest';

import { candidateFrom } from '../../../coordinator/proposer/candidate.js';
import { childOf } from '../../../coordinator/proposer/nsga2-child.js';
import { compileSpace } from '../../../coordinator/space/compiled-space.js';
import type { Configuration } from '../../../shared/domain/configuration.js';
import { seededRandom } from '../../../shared/runtime/random.js';

const SPACE = compileSpace({
  parameters: [
    { kind: 'float', name: 'x', low: 0, high: 1, scale: 'linear' },
    { kind: 'integer', name: 'n', low: 1, high: 3, scale: 'linear' },
    { kind: 'categorical', name: 'c', values: ['a', 'b', 'c', 'd'] },
    { kind: 'float', name: 'y', low: 0, high: 1, scale: 'linear', when: { parameter: 'c', in: ['a'] } },
  ],
  constraints: [],
});

function children(parents: readonly [Configuration, Configuration], mutations: number): Configuration[] {
  const pair = [candidateFrom(SPACE, parents[0]), candidateFrom(SPACE, parents[1])] as const;
  return Array.from({ length: 3000 }, (_, i) => {
    const point = childOf(SPACE, pair, { random: seededRandom(`child/${i}`), mutations });
    expect(point.every((u) => u >= 0 && u <= 1)).toBe(true);
    return SPACE.decode(point);
  });
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const A = { x: 0.4, n: 1, c: 'a', y: 0.2 };
const B = { x: 0.6, n: 3, c: 'b' };

test('without mutation children lie around both parents, evenly, and take one of their choices', () => {
  const all = [...children([A, B], 0), ...children([B, A], 0)];
  expect(mean(all.map(({ x }) => Number(x)))).toBeCloseTo(0.5, 2);
  expect(new Set(all.map(({ c }) => c))).toEqual(new Set(['a', 'b']));
  expect(all.some(({ x }) => Number(x) < 0.38)).toBe(true);
  expect(all.some(({ x }) => Number(x) > 0.62)).toBe(true);
  const near = all.filter(({ x }) => Math.abs(Number(x) - 0.4) < 0.05 || Math.abs(Number(x) - 0.6) < 0.05);
  expect(near.length / all.length).toBeGreaterThan(0.8);
});

test('a coordinate that only one parent has comes from it, and one that neither has is drawn', () => {
  const inherited = children([B, A], 0).filter(({ c }) => c === 'a');
  expect(inherited.length).toBeGreaterThan(100);
  for (const { y } of inherited) expect(y).toBeCloseTo(0.2, 9);
  const drawn = children([B, { ...B, c: 'c' }], 1).filter(({ c }) => c === 'a');
  expect(new Set(drawn.map(({ y }) => y)).size).toBeGreaterThan(50);
});

test('mutation reaches the next level of a discrete parameter and any choice', () => {
  const all = children([A, A], 4);
  expect(all.filter(({ n }) => n !== 1).length).toBeGreaterThan(300);
  expect(new Set(all.map(({ c }) => c)).size).toBe(4);
  expect(children([A, A], 0).every(({ x, n, c }) => Math.abs(Number(x) - 0.4) < 1e-12 && n === 1 && c === 'a')).toBe(
    true,
  );
});
