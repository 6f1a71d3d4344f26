import fc from 'fast-check';
import { expect, test } from 'vitest';

import { compileSpace } from '../../../coordinator/space/compiled-space.js';
import { canonicalConfiguration } from '../../../shared/domain/configuration.js';
import { DomainError, ShapeError } from '../../../shared/domain/errors.js';
import type { Parameter, SearchSpace } from '../../../shared/domain/search-space.js';
import { anyPoint, anySpace, MIXED_SPACE } from './spaces.js';

const only = (parameter: Parameter): SearchSpace => ({ parameters: [parameter], constraints: [] });

test('every point of every space decodes to a legal configuration, and encoding it gives it back', () => {
  fc.assert(
    fc.property(
      anySpace.chain((space) => fc.tuple(fc.constant(space), anyPoint(compileSpace(space).dimension))),
      ([description, point]) => {
        const space = compileSpace(description);
        const configuration = space.decode(point);
        expect(space.faults(configuration)).toEqual([]);
        const encoded = space.encode(configuration);
        expect(encoded.every((u) => Number.isNaN(u) || (u >= 0 && u <= 1))).toBe(true);
        const again = space.decode(encoded);
        for (const { name, kind } of description.parameters) {
          if (kind === 'float' && name in configuration)
            expect(again[name]).toBeCloseTo(Number(configuration[name]), 9);
          else expect(again[name]).toBe(configuration[name]);
        }
        expect(Object.keys(again)).toEqual(Object.keys(configuration));
      },
    ),
    { seed: 1, numRuns: 500 },
  );
});

test('inactive parameters are absent along a whole chain, and their coordinates are NaN', () => {
  const space = compileSpace(MIXED_SPACE);
  const names = space.axes.map(({ parameter }) => parameter.name);
  const point = new Float64Array(space.dimension).fill(0.2);
  const withOptimizer = (u: number, nesterov: number): Float64Array =>
    point.with(names.indexOf('optimizer'), u).with(names.indexOf('nesterov'), nesterov);
  const adam = space.decode(withOptimizer(0.1, 0.1));
  expect(adam).toMatchObject({ optimizer: 'adam', beta: 0.9, epochs: 3 });
  expect(Object.keys(adam)).not.toContain('nesterov');
  expect(Object.keys(adam)).not.toContain('momentum');
  const encoded = space.encode(adam);
  expect([encoded[names.indexOf('nesterov')], encoded[names.indexOf('momentum')]]).toEqual([NaN, NaN]);
  expect(Object.keys(space.decode(withOptimizer(0.5, 0.1)))).toEqual(expect.arrayContaining(['nesterov', 'momentum']));
  const plain = space.decode(withOptimizer(0.5, 0.9));
  expect(plain).toMatchObject({ optimizer: 'sgd', nesterov: false });
  expect(Object.keys(plain)).not.toContain('momentum');
  expect(Object.keys(plain)).not.toContain('beta');
});

test('each level of an integer, a step, an ordinal and a categorical has an equal share', () => {
  const parameters: Parameter[] = [
    { kind: 'integer', name: 'p', low: -2, high: 2, scale: 'linear' },
    { kind: 'float', name: 'p', low: 0, high: 0.4, scale: 'linear', step: 0.1 },
    { kind: 'ordinal', name: 'p', values: [1, 2, 4, 8, 16] },
    { kind: 'categorical', name: 'p', values: ['a', 'b', 'c', 'd', 'e'] },
  ];
  for (const parameter of parameters) {
    const space = compileSpace(only(parameter));
    const counts = new Map<unknown, number>();
    for (let i = 0; i < 1000; i++) {
      const { p } = space.decode(Float64Array.of((i + 0.5) / 1000));
      counts.set(p, (counts.get(p) ?? 0) + 1);
    }
    expect([...counts.values()]).toEqual([200, 200, 200, 200, 200]);
  }
});

test('scales put the middle of the coordinate where they should', () => {
  const middle = (parameter: Parameter): unknown => compileSpace(only(parameter)).decode(Float64Array.of(0.5))['p'];
  expect(middle({ kind: 'float', name: 'p', low: 1, high: 3, scale: 'linear' })).toBe(2);
  expect(middle({ kind: 'float', name: 'p', low: 1e-4, high: 1e-2, scale: 'log' })).toBeCloseTo(1e-3, 12);
  expect(middle({ kind: 'float', name: 'p', low: 0.1, high: 0.9, scale: 'logit' })).toBeCloseTo(0.5, 12);
  expect(middle({ kind: 'integer', name: 'p', low: 1, high: 64, scale: 'log' })).toBe(6);
});

test('stepped values are written without rounding noise, and the last step may fall short of high', () => {
  const space = compileSpace(only({ kind: 'float', name: 'p', low: 0.1, high: 0.75, scale: 'linear', step: 0.2 }));
  expect([...space.enumerate()].map(({ p }) => p)).toEqual([0.1, 0.3, 0.5, 0.7]);
  expect(space.faults({ p: 0.3 })).toEqual([]);
  expect(space.faults({ p: 0.75 })).toEqual(['"p" must be 0.1 plus a multiple of 0.2, but is 0.75']);
});

test('enumeration lists every legal configuration of a finite space once, conditions and constraints kept', () => {
  const space = compileSpace({
    parameters: [
      { kind: 'categorical', name: 'kind', values: ['a', 'b'] },
      { kind: 'integer', name: 'n', low: 1, high: 4, scale: 'linear', when: { parameter: 'kind', in: ['a'] } },
      { kind: 'integer', name: 'm', low: 1, high: 3, scale: 'linear' },
      { kind: 'constant', name: 'c', value: 'x' },
    ],
    constraints: ['n % m == 0'],
  });
  // kind a: (n, m) with m | n: m=1: 4, m=2: 2, m=3: 1; kind b: 3.
  const all = [...space.enumerate()];
  expect(all).toHaveLength(10);
  expect(space.size).toBe(10);
  expect(new Set(all.map(canonicalConfiguration)).size).toBe(10);
  expect(all.every(space.isValid)).toBe(true);
  expect(all).toContainEqual({ kind: 'b', m: 3, c: 'x' });
});

test('a space is infinite with a continuous parameter, single with constants only, and counted without constraints when large', () => {
  expect(compileSpace(MIXED_SPACE).size).toBe(Infinity);
  expect(() => [...compileSpace(MIXED_SPACE).enumerate()]).toThrow(DomainError);
  const constant = compileSpace(only({ kind: 'constant', name: 'c', value: 1 }));
  expect(constant.size).toBe(1);
  expect(constant.dimension).toBe(0);
  expect(constant.decode(new Float64Array())).toEqual({ c: 1 });
  const large = compileSpace({
    parameters: [
      { kind: 'integer', name: 'a', low: 1, high: 1000, scale: 'linear' },
      { kind: 'integer', name: 'b', low: 1, high: 1000, scale: 'linear' },
    ],
    constraints: ['a == b'],
  });
  expect(large.size).toBe(1e6);
});

test('faults of a configuration name the parameter, what is wrong and what would be right', () => {
  const space = compileSpace(MIXED_SPACE);
  const good = {
    rate: 0.001,
    optimizer: 'sgd',
    nesterov: false,
    heads: 2,
    width: 32,
    batch: 16,
    dropout: 0.1,
    epochs: 3,
  };
  expect(space.faults(good)).toEqual([]);
  expect(space.isValid(good)).toBe(true);
  const faultsWith = (change: Record<string, number | string | boolean>): string[] =>
    space.faults({ ...good, ...change });
  expect(faultsWith({ raet: 1 })).toEqual(['unknown parameter "raet"; did you mean "rate"?']);
  expect(faultsWith({ rate: 1 })).toEqual(['"rate" must lie between 0.00001 and 0.1, but is 1']);
  expect(faultsWith({ rate: 'fast' })).toEqual(['"rate" must be a finite number, but is "fast"']);
  expect(faultsWith({ heads: 2.5 })).toEqual(['"heads" must be a whole number, but is 2.5']);
  expect(faultsWith({ optimizer: 'adagrad' })[0]).toContain('must be one of "adam", "sgd", "lion"');
  expect(faultsWith({ epochs: 4 })).toEqual(['"epochs" must be 3']);
  expect(faultsWith({ momentum: 0.9 })).toEqual(['"momentum" must be left out: it needs nesterov to be true']);
  expect(faultsWith({ nesterov: true })).toEqual(['"momentum" is missing']);
  expect(faultsWith({ heads: 3 })).toEqual(['breaks the constraint "width % heads == 0"']);
});

test('a space with a fault does not compile, and says which', () => {
  expect(() => compileSpace(only({ kind: 'float', name: 'p', low: 2, high: 1, scale: 'linear' }))).toThrow(
    'parameter "p": low (2) must not be above high (1)',
  );
  expect(() => compileSpace({ parameters: [], constraints: ['x > 1'] })).toThrow('constraint 1: unknown parameter "x"');
  expect(() => compileSpace(MIXED_SPACE).decode(new Float64Array(2))).toThrow(ShapeError);
});
