/** Search spaces that tests share, and draws from all kinds of them. */

import fc from 'fast-check';

import type { Parameter, SearchSpace } from '../../../shared/domain/search-space.js';

/** Conditions in a chain, every kind of parameter, and constraints over active and inactive ones. */
export const MIXED_SPACE: SearchSpace = {
  parameters: [
    {
      kind: 'float',
      name: 'momentum',
      low: 0.5,
      high: 0.99,
      scale: 'logit',
      when: { parameter: 'nesterov', in: [true] },
    },
    { kind: 'float', name: 'rate', low: 1e-5, high: 1e-1, scale: 'log' },
    { kind: 'categorical', name: 'optimizer', values: ['adam', 'sgd', 'lion'] },
    { kind: 'categorical', name: 'nesterov', values: [true, false], when: { parameter: 'optimizer', in: ['sgd'] } },
    { kind: 'integer', name: 'heads', low: 1, high: 8, scale: 'linear' },
    { kind: 'integer', name: 'width', low: 16, high: 256, scale: 'log', step: 8 },
    { kind: 'ordinal', name: 'batch', values: [8, 16, 64] },
    { kind: 'float', name: 'dropout', low: 0, high: 0.5, scale: 'linear', step: 0.1 },
    { kind: 'constant', name: 'epochs', value: 3 },
    { kind: 'constant', name: 'beta', value: 0.9, when: { parameter: 'optimizer', in: ['adam', 'lion'] } },
  ],
  constraints: ['width % heads == 0', 'dropout <= 0.3 or batch > 8', 'momentum < 0.95 or rate < 0.01'],
};

const bounds = fc.tuple(fc.integer({ min: -50, max: 50 }), fc.integer({ min: 0, max: 40 }));

/** Parameters of one kind after the other, without conditions. */
const parameterKind: fc.Arbitrary<(name: string) => Parameter> = fc.oneof(
  bounds.map(([low, width]) => (name: string): Parameter => ({
    kind: 'float',
    name,
    low,
    high: low + width / 7,
    scale: 'linear',
  })),
  fc
    .tuple(fc.double({ min: -8, max: 3, noNaN: true }), fc.double({ min: 0, max: 6, noNaN: true }))
    .map(([low, width]) => (name: string): Parameter => ({
      kind: 'float',
      name,
      low: 10 ** low,
      high: 10 ** (low + width),
      scale: 'log',
    })),
  fc.tuple(bounds, fc.integer({ min: 1, max: 9 })).map(([[low, width], step]) => (name: string): Parameter => ({
    kind: 'float',
    name,
    low: low / 10,
    high: (low + width) / 10,
    scale: 'linear',
    step: step / 10,
  })),
  fc.tuple(bounds, fc.integer({ min: 1, max: 9 })).map(([[low, width], step]) => (name: string): Parameter => ({
    kind: 'integer',
    name,
    low,
    high: low + width,
    scale: 'linear',
    step,
  })),
  bounds.map(([low, width]) => (name: string): Parameter => ({
    kind: 'integer',
    name,
    low: Math.abs(low) + 1,
    high: Math.abs(low) + 1 + 30 * width,
    scale: 'log',
  })),
  fc.integer({ min: 1, max: 5 }).map((count) => (name: string): Parameter => ({
    kind: 'ordinal',
    name,
    values: Array.from({ length: count }, (_, i) => i * i),
  })),
  fc.integer({ min: 1, max: 5 }).map((count) => (name: string): Parameter => ({
    kind: 'categorical',
    name,
    values: Array.from({ length: count }, (_, i) => `v${i}`),
  })),
  fc.constant((name: string): Parameter => ({ kind: 'constant', name, value: 'fixed' })),
);

/** Spaces of up to six parameters; each may depend on the first categorical before it. */
export const anySpace: fc.Arbitrary<SearchSpace> = fc
  .array(fc.tuple(parameterKind, fc.boolean()), { minLength: 1, maxLength: 6 })
  .map((kinds) => {
    const parameters: Parameter[] = [];
    kinds.forEach(([make, isConditional], i) => {
      const made = make(`p${i}`);
      const parent = parameters.find(({ kind }) => kind === 'categorical');
      const when = parent?.kind === 'categorical' ? { when: { parameter: parent.name, in: [parent.values[0]!] } } : {};
      parameters.push(isConditional ? { ...made, ...when } : made);
    });
    return { parameters, constraints: [] };
  });

/** Points of the unit cube in `dimension` coordinates, corners and middles among them. */
export const anyPoint = (dimension: number): fc.Arbitrary<Float64Array> =>
  fc
    .array(fc.oneof(fc.constantFrom(0, 0.5, 1), fc.double({ min: 0, max: 1, noNaN: true })), {
      minLength: dimension,
      maxLength: dimension,
    })
    .map((values) => Float64Array.from(values));
