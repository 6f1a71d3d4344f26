import fc from 'fast-check';
import { expect, test } from 'vitest';

import { propose } from '../../../coordinator/proposer/propose.js';
import { compileSpace } from '../../../coordinator/space/compiled-space.js';
import type { Objective } from '../../../shared/domain/campaign.js';
import { canonicalConfiguration, type Configuration } from '../../../shared/domain/configuration.js';
import { DomainError } from '../../../shared/domain/errors.js';
import type { ProposalRequest, ProposerObservation } from '../../../shared/domain/proposal.js';
import type { SearchSpace } from '../../../shared/domain/search-space.js';
import { seededRandom } from '../../../shared/runtime/random.js';
import { anySpace, MIXED_SPACE } from '../space/spaces.js';
import { ENERGY } from './sample-objectives.js';

const metric = (name: string, more: Partial<Objective> = {}): Objective =>
  ({ name, goal: 'minimize', unit: '', scale: 'linear', from: 'metric', metric: name, ...more }) as Objective;
const LINE: SearchSpace = {
  parameters: [{ kind: 'float', name: 'x', low: 0, high: 1, scale: 'linear' }],
  constraints: [],
};
const GRID: SearchSpace = {
  parameters: [
    { kind: 'integer', name: 'a', low: 1, high: 4, scale: 'linear' },
    { kind: 'categorical', name: 'b', values: ['x', 'y', 'z'] },
  ],
  constraints: ['a > 1 or b == "x"'],
};

const request = (more: Partial<ProposalRequest>): ProposalRequest => ({
  space: LINE,
  objectives: [metric('loss')],
  constraints: [],
  settings: { kind: 'auto', start: 4, first: [] },
  seed: 1,
  index: more.history?.length ?? 0,
  count: 1,
  history: [],
  pending: [],
  ...more,
});

const observed = (configuration: Configuration, ...values: readonly (number | undefined)[]): ProposerObservation => ({
  configuration,
  task: 'A',
  values,
  noise: values.map(() => undefined),
  feasible: true,
});

/** Sobol configurations of a space with values from a function of their order. */
function history(
  space: SearchSpace,
  count: number,
  values: (configuration: Configuration, i: number) => readonly (number | undefined)[],
): ProposerObservation[] {
  const { configurations } = propose(request({ space, settings: { kind: 'sobol', start: 0, first: [] }, count }));
  return configurations.map((configuration, i) => observed(configuration, ...values(configuration, i)));
}

const keys = (configurations: readonly Configuration[]): string[] => configurations.map(canonicalConfiguration);
const bowl = ({ x }: Configuration): number[] => [(Number(x) - 0.3) ** 2];

test('equal requests give equal proposals, bit by bit, and a copy of the request is left as it was', () => {
  const two = request({
    objectives: [metric('loss'), ENERGY],
    history: history(LINE, 6, ({ x }) => [Number(x), 2 - Number(x)]),
    count: 2,
  });
  const before = structuredClone(two);
  const first = propose(two);
  expect(first.method).toContain('hypervolume');
  expect(propose(structuredClone(two))).toStrictEqual(first);
  expect(two).toStrictEqual(before);
  expect(propose({ ...two, seed: 2 })).not.toStrictEqual(first);
});

test('what the user wants first comes first, in order, then the start, then the model', () => {
  const settings = { kind: 'auto', start: 2, first: [{ x: 0.9 }, { x: 0.8 }] } as const;
  const { configurations, method } = propose(request({ settings, count: 4 }));
  expect(configurations.slice(0, 2)).toEqual([{ x: 0.9 }, { x: 0.8 }]);
  expect(method).toBe('given by the campaign; scrambled Sobol start of 2 before the model');
  const later = propose(request({ settings, history: configurations.map((each) => observed(each, ...bowl(each))) }));
  expect(later.method).toContain('expected improvement');
});

test('a first configuration that is known, repeated or illegal gives way to the start', () => {
  const settings = { kind: 'auto', start: 2, first: [{ x: 0.9 }, { x: 0.9 }, { x: 7 }] } as const;
  const { configurations } = propose(request({ settings, count: 3 }));
  expect(configurations[0]).toEqual({ x: 0.9 });
  expect(new Set(keys(configurations)).size).toBe(3);
  expect(configurations).not.toContainEqual({ x: 7 });
});

test('asking one by one or all at once gives the same start', () => {
  const atOnce = propose(
    request({ space: MIXED_SPACE, settings: { kind: 'sobol', start: 0, first: [] }, count: 12 }),
  ).configurations;
  const oneByOne: Configuration[] = [];
  for (let index = 0; index < 12; index++) {
    const next = propose(
      request({
        space: MIXED_SPACE,
        settings: { kind: 'sobol', start: 0, first: [] },
        index,
        pending: oneByOne.slice(),
      }),
    );
    oneByOne.push(...next.configurations);
  }
  expect(oneByOne).toEqual(atOnce);
});

test('without results the model waits and says for what', () => {
  const { configurations, method } = propose(request({ index: 9, history: [observed({ x: 0.5 }, 1)] }));
  expect(configurations).toHaveLength(1);
  expect(method).toBe('scrambled Sobol points, because "loss" is known for 1 configurations so far');
});

test('random and Sobol settings never use the model', () => {
  const many = history(LINE, 10, bowl);
  for (const [kind, method] of [
    ['random', 'random'],
    ['sobol', 'scrambled Sobol points'],
  ] as const) {
    expect(propose(request({ settings: { kind, start: 2, first: [] }, history: many })).method).toBe(method);
  }
});

test('no proposal of any space and setting breaks the space or repeats a known one', () => {
  fc.assert(
    fc.property(
      anySpace,
      fc.constantFrom('random', 'sobol', 'model'),
      fc.integer({ min: 0, max: 1e6 }),
      (space, kind, seed) => {
        const compiled = compileSpace(space);
        const past = history(space, 5, (_, i) => [i, -i]);
        const { configurations } = propose(
          request({
            space,
            seed,
            settings: { kind, start: 2, first: [] },
            objectives: [metric('a'), metric('b')],
            history: past,
            count: 2,
          }),
        );
        for (const configuration of configurations) expect(compiled.faults(configuration)).toEqual([]);
        expect(new Set([...keys(configurations), ...keys(past.map((each) => each.configuration))]).size).toBe(
          configurations.length + past.length,
        );
        expect(configurations.length).toBe(Math.min(2, compiled.size - past.length));
      },
    ),
    { seed: 2, numRuns: 60 },
  );
});

test('constraints hold in the start and in what the model proposes, with conditions, for many seeds', () => {
  const space = compileSpace(MIXED_SPACE);
  for (let seed = 0; seed < 12; seed++) {
    const past = history(MIXED_SPACE, 8, ({ width, rate }) => [Math.log10(Number(rate)) ** 2, Number(width)]);
    const { configurations } = propose(
      request({
        space: MIXED_SPACE,
        seed,
        objectives: [metric('loss'), ENERGY],
        history: past,
        settings: { kind: 'model', start: 4, first: [] },
        count: 2,
      }),
    );
    for (const each of [...configurations, ...past.map(({ configuration }) => configuration)])
      expect(space.faults(each)).toEqual([]);
  }
});

test('a tight constraint between integers is met by repair', () => {
  const space: SearchSpace = {
    parameters: ['a', 'b', 'c'].map((name) => ({ kind: 'integer', name, low: 1, high: 64, scale: 'linear' })),
    constraints: ['a == 2 * b', 'c % 8 == 0'],
  };
  const { configurations } = propose(request({ space, settings: { kind: 'sobol', start: 0, first: [] }, count: 40 }));
  expect(configurations).toHaveLength(40);
  for (const { a, b, c } of configurations) expect([Number(a) / 2, Number(c) % 8]).toEqual([b, 0]);
});

test('a finite space is used up without repeats, whatever chooses, and then nothing is proposed', () => {
  for (const kind of ['random', 'sobol', 'model'] as const) {
    const past: ProposerObservation[] = [];
    const ask = (): Configuration[] => [
      ...propose(request({ space: GRID, settings: { kind, start: 3, first: [] }, history: past, index: past.length }))
        .configurations,
    ];
    for (let [next] = ask(); next; [next] = ask())
      past.push(observed(next, Number(next['a']) + String(next['b']).length));
    expect(new Set(keys(past.map(({ configuration }) => configuration))).size).toBe(10);
    expect(past).toHaveLength(10);
    expect(propose(request({ space: GRID, history: past })).method).toContain('nothing left to propose');
  }
});

test('pending configurations are not proposed again, and several asked at once are spread', () => {
  const past = history(LINE, 6, bowl);
  const { configurations } = propose(request({ history: past, count: 4 }));
  const xs = configurations.map(({ x }) => Number(x)).sort((a, b) => a - b);
  for (let i = 1; i < xs.length; i++) expect(xs[i]! - xs[i - 1]!).toBeGreaterThan(1e-3);
  const [next] = propose(request({ history: past, index: 10, pending: configurations })).configurations;
  for (const x of xs) expect(Math.abs(Number(next!['x']) - x)).toBeGreaterThan(1e-4);
});

test('the minimum of a bowl is found in a few steps, and the maximum of its opposite', () => {
  for (const [goal, sign] of [
    ['minimize', 1],
    ['maximize', -1],
  ] as const) {
    const past = history(LINE, 4, (each) => [sign * bowl(each)[0]!]);
    for (let i = 0; i < 6; i++) {
      const [next] = propose(
        request({ objectives: [metric('loss', { goal })], history: past, index: past.length }),
      ).configurations;
      past.push(observed(next!, sign * bowl(next!)[0]!));
    }
    expect(Math.min(...past.map(({ configuration }) => Math.abs(Number(configuration['x']) - 0.3)))).toBeLessThan(0.01);
  }
});

test('regions where configurations fail are avoided', () => {
  const failing = history(LINE, 16, bowl).map((each) => ({
    ...each,
    feasible: Number(each.configuration['x']) > 0.45,
  }));
  for (let seed = 0; seed < 5; seed++) {
    const [next] = propose(request({ history: failing, seed })).configurations;
    expect(Number(next!['x'])).toBeGreaterThan(0.4);
  }
});

test('outcome constraints are learnt from the values of their metric', () => {
  const constraints = [{ metric: 'latency', relation: '<=', bound: 5 }] as const;
  const past = history(LINE, 14, bowl).map((each) => ({
    ...each,
    constraintValues: [10 * (1 - Number(each.configuration['x']))],
  }));
  const [next] = propose(request({ constraints, history: past })).configurations;
  expect(Number(next!['x'])).toBeGreaterThan(0.47);
  expect(Number(next!['x'])).toBeLessThan(0.7);
});

test('a class that uses ten times the energy does not mislead about which configurations are frugal', () => {
  const space: SearchSpace = {
    parameters: [...LINE.parameters, { kind: 'float', name: 'y', low: 0, high: 1, scale: 'linear' }],
    constraints: [],
  };
  const energy = ({ x, y }: Configuration): number =>
    10 * Math.exp(3 * (Number(x) - 0.7) ** 2 + 2 * (Number(y) - 0.4) ** 2);
  const past = history(space, 24, (each, i) => [energy(each) * (i % 2 ? 10 : 1)]).map((each, i) => ({
    ...each,
    task: i % 2 ? 'big' : 'small',
  }));
  const [next] = propose(request({ space, objectives: [ENERGY], history: past })).configurations;
  expect(Math.hypot(Number(next!['x']) - 0.7, Number(next!['y']) - 0.4)).toBeLessThan(0.15);
});

test('five objectives are scalarised, with other weights each time', () => {
  const five = Array.from({ length: 5 }, (_, j) => metric(`f${j}`));
  const past = history(LINE, 8, ({ x }) => five.map((_, j) => (Number(x) - j / 4) ** 2));
  const at = (index: number): number =>
    Number(propose(request({ objectives: five, history: past, index })).configurations[0]!['x']);
  const xs = [10, 11, 12, 13, 14].map(at);
  expect(Math.max(...xs) - Math.min(...xs)).toBeGreaterThan(0.1);
  expect(propose(request({ objectives: five, history: past })).method).toContain('Chebyshev');
});

test('values that cannot be used are passed over: NaN, infinite, missing, zero on a log scale, illegal configurations', () => {
  const good = history(LINE, 6, ({ x }) => [Number(x), 1 + Number(x)]);
  const bad = [
    observed({ x: 0.11 }, NaN, 1),
    observed({ x: 0.12 }, 1, Infinity),
    observed({ x: 0.13 }, undefined, undefined),
    observed({ x: 0.14 }, 1, 0),
    observed({ x: 0.15 }, 1, -3),
    observed({ x: 0.16 }, 1e300, 1e-300),
    observed({ elsewhere: 3 }, 1, 1),
    { ...observed({ x: 0.17 }, 1, 1), noise: [NaN, Infinity] },
    { ...observed({ x: 0.18 }, 1, 1), feasible: false },
  ];
  const { configurations, method } = propose(
    request({ objectives: [metric('loss'), ENERGY], history: [...good, ...bad], count: 2 }),
  );
  expect(method).toContain('hypervolume');
  for (const { x } of configurations) expect(Number(x)).toBeGreaterThanOrEqual(0);
  expect(configurations.every(({ x }) => Number.isFinite(x))).toBe(true);
});

test('known noise is taken into account', () => {
  const random = seededRandom(4);
  const past = history(LINE, 12, (each) => [bowl(each)[0]! + 0.2 * random.normal()]).map((each) => ({
    ...each,
    noise: [0.2],
  }));
  const { configurations } = propose(request({ history: past }));
  expect(configurations).toHaveLength(1);
  expect(propose(request({ history: past.map((each) => ({ ...each, noise: [1e-6] })) })).configurations).not.toEqual(
    configurations,
  );
});

test('a space of one configuration, or of none, ends at once', () => {
  const one: SearchSpace = { parameters: [{ kind: 'constant', name: 'c', value: 3 }], constraints: [] };
  expect(propose(request({ space: one, count: 5 })).configurations).toEqual([{ c: 3 }]);
  expect(propose(request({ space: one, history: [observed({ c: 3 }, 1)] })).configurations).toEqual([]);
  const impossible = { ...LINE, constraints: ['x > 2'] };
  expect(propose(request({ space: impossible })).configurations).toEqual([]);
  expect(propose(request({ space: impossible })).method).toContain(
    'no configuration was found that keeps all constraints',
  );
  expect(() => propose(request({ space: { ...LINE, constraints: ['z > 2'] } }))).toThrow(DomainError);
});
