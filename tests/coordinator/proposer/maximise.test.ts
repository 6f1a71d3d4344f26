import { expect, test } from 'vitest';

import { candidateFrom } from '../../../coordinator/proposer/candidate.js';
import { maximiseAcquisition, type Acquisition } from '../../../coordinator/proposer/maximise.js';
import { compileSpace, type CompiledSpace } from '../../../coordinator/space/compiled-space.js';
import { canonicalConfiguration, type Configuration } from '../../../shared/domain/configuration.js';
import type { Parameter } from '../../../shared/domain/search-space.js';

const X: Parameter = { kind: 'float', name: 'x', low: 0, high: 1, scale: 'linear' };
const Y: Parameter = { kind: 'float', name: 'y', low: 0, high: 1, scale: 'linear' };
const LEVELS: Parameter = { kind: 'integer', name: 'n', low: 0, high: 99, scale: 'linear' };

/** The sum of all coordinates. */
const uphill: Acquisition = (features, gradient) => {
  if (gradient) for (let c = 0; c < features.length; c++) gradient[c]! += 1;
  return features.reduce((sum, value) => sum + (Number.isNaN(value) ? 0 : value), 0);
};

interface Search {
  readonly space: CompiledSpace;
  readonly from: readonly Configuration[];
  readonly known?: readonly Configuration[];
  readonly acquisition?: Acquisition;
}

const search = ({ space, from, known = [], acquisition = uphill }: Search): Configuration | undefined =>
  maximiseAcquisition({
    space,
    acquisition,
    candidates: from.map((configuration) => candidateFrom(space, configuration)),
    known: new Set(known.map(canonicalConfiguration)),
    steps: new Float64Array(space.dimension).fill(0.3),
  })?.configuration;

test('the climb goes on along continuous and discrete coordinates until the top', () => {
  const space = compileSpace({ parameters: [X, LEVELS], constraints: [] });
  expect(search({ space, from: [{ x: 0.2, n: 17 }] })).toEqual({ x: 1, n: 99 });
});

test('a smooth top inside the box is found', () => {
  const space = compileSpace({ parameters: [X, Y], constraints: [] });
  const hill: Acquisition = (features, gradient) => {
    const [a, b] = [features[0]! - 0.37, features[1]! - 0.81];
    if (gradient) gradient.set([gradient[0]! - 2 * a - b, gradient[1]! - 2 * b - a]);
    return -(a * a + b * b + a * b);
  };
  const top = search({ space, from: [{ x: 0.9, y: 0.1 }], acquisition: hill })!;
  expect(top['x']).toBeCloseTo(0.37, 3);
  expect(top['y']).toBeCloseTo(0.81, 3);
});

test('a top that is known is not proposed: the best start is', () => {
  const space = compileSpace({ parameters: [X], constraints: [] });
  expect(search({ space, from: [{ x: 0.2 }, { x: 0.6 }], known: [{ x: 1 }] })).toEqual({ x: 0.6 });
  const levels = compileSpace({ parameters: [LEVELS], constraints: [] });
  expect(search({ space: levels, from: [{ n: 95 }], known: [{ n: 99 }] })).toEqual({ n: 98 });
});

test('a climb into a forbidden region ends before it, as near as halving comes', () => {
  const space = compileSpace({ parameters: [X, Y], constraints: ['x + y <= 1'] });
  const { x, y } = search({ space, from: [{ x: 0.1, y: 0.2 }] })!;
  expect(Number(x) + Number(y)).toBeLessThanOrEqual(1);
  expect(Number(x) + Number(y)).toBeGreaterThan(0.9);
  const even = compileSpace({ parameters: [LEVELS], constraints: ['n % 2 == 0 and n < 60'] });
  expect(search({ space: even, from: [{ n: 10 }] })).toEqual({ n: 58 });
});

test('changing a parent brings its children in and out', () => {
  const space = compileSpace({
    parameters: [
      { kind: 'categorical', name: 'kind', values: ['plain', 'rich'] },
      { ...X, when: { parameter: 'kind', in: ['rich'] } },
    ],
    constraints: [],
  });
  expect(search({ space, from: [{ kind: 'plain' }] })).toEqual({ kind: 'rich', x: 1 });
});

test('an acquisition that is nowhere a number still gives a candidate, and no candidates give none', () => {
  const space = compileSpace({ parameters: [X], constraints: [] });
  expect(search({ space, from: [{ x: 0.5 }], acquisition: () => NaN })).toEqual({ x: 0.5 });
  expect(search({ space, from: [] })).toBeUndefined();
});
