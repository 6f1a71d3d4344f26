import fc from 'fast-check';
import { expect, test } from 'vitest';

import { propose } from '../../../coordinator/proposer/propose.js';
import { compileSpace } from '../../../coordinator/space/compiled-space.js';
import type { Objective, ProposerKind } from '../../../shared/domain/campaign.js';
import { canonicalConfiguration, type Configuration } from '../../../shared/domain/configuration.js';
import type { ProposalRequest, ProposerObservation } from '../../../shared/domain/proposal.js';
import type { Parameter, SearchSpace } from '../../../shared/domain/search-space.js';
import { anySpace, MIXED_SPACE } from '../space/spaces.js';

/** The model is fitted anew each time, so it gets fewer spaces than the others. */
const QUICK: readonly ProposerKind[] = ['random', 'sobol', 'grid', 'tpe', 'nsga2'];
const ALL: readonly ProposerKind[] = [...QUICK, 'model'];

const metric = (name: string): Objective => ({
  name,
  goal: 'minimize',
  unit: '',
  scale: 'linear',
  from: 'metric',
  metric: name,
});

const request = (space: SearchSpace, kind: ProposerKind, more: Partial<ProposalRequest> = {}): ProposalRequest => ({
  space,
  objectives: [metric('a'), metric('b')],
  constraints: [],
  settings: { kind, start: 2, first: [] },
  seed: 1,
  index: (more.history?.length ?? 0) + (more.pending?.length ?? 0),
  count: 1,
  history: [],
  pending: [],
  ...more,
});

/** Results with failures and unknown values among them. */
const results = (configurations: readonly Configuration[]): ProposerObservation[] =>
  configurations.map((configuration, i) => ({
    configuration,
    task: i % 3 === 2 ? 'B' : 'A',
    values: i % 5 === 4 ? [i, undefined] : [i % 4, -i],
    noise: [undefined, undefined],
    feasible: i % 6 !== 3,
  }));

const sobol = (space: SearchSpace, count: number): readonly Configuration[] =>
  propose(request(space, 'sobol', { count })).configurations;

function expectSound(space: SearchSpace, known: readonly Configuration[], proposed: readonly Configuration[]): void {
  const compiled = compileSpace(space);
  for (const configuration of proposed) {
    expect(compiled.faults(configuration)).toEqual([]);
    expect(compiled.decode(compiled.encode(configuration))).toEqual(configuration);
  }
  const keys = [...known, ...proposed].map(canonicalConfiguration);
  expect(new Set(keys).size).toBe(keys.length);
}

function expectSoundFrom(
  space: SearchSpace,
  kind: ProposerKind,
  { seed, count }: { readonly seed: number; readonly count: number },
): readonly Configuration[] {
  const known = sobol(space, 10);
  const history = results(known.slice(0, 8));
  const pending = known.slice(8);
  const asked = request(space, kind, { seed, history, pending, count });
  const { configurations } = propose(asked);
  expectSound(space, known, configurations);
  return configurations;
}

/** Constraints that hold between any numeric parameters of a space, some of them hard to meet. */
const constrained = anySpace.chain((space) => {
  const numeric = space.parameters.filter(({ kind }) => kind === 'float' || kind === 'integer');
  const names = numeric.map(({ name }) => name);
  const [a, b] = [names[0], names[names.length - 1]];
  const middle = (parameter: Parameter | undefined): number =>
    parameter && 'low' in parameter ? (parameter.low + parameter.high) / 2 : 0;
  const texts = a && b && a !== b ? [`${a} <= ${middle(numeric[0])}`, `${b} % 2 < 1 or ${a} > 0`, `${a} != ${b}`] : [];
  return fc.subarray(texts).map((constraints) => ({ ...space, constraints }));
});

for (const kind of QUICK) {
  test(`every proposal of ${kind} is legal, new and decodes to itself, in any space`, () => {
    fc.assert(
      fc.property(constrained, fc.integer({ min: 0, max: 1e6 }), (space, seed) => {
        expectSoundFrom(space, kind, { seed, count: 3 });
      }),
      { seed: 8, numRuns: 30 },
    );
  });
}

type Range = readonly [number, number];
const float = (name: string, [low, high]: Range, scale: 'linear' | 'log' | 'logit' = 'linear'): Parameter => ({
  kind: 'float',
  name,
  low,
  high,
  scale,
});
const whole = (name: string, [low, high]: Range, scale: 'linear' | 'log' = 'linear'): Parameter => ({
  kind: 'integer',
  name,
  low,
  high,
  scale,
});

const HARD: readonly (readonly [string, SearchSpace])[] = [
  ['conditions and constraints', MIXED_SPACE],
  [
    'a feasible set of 1e-6 of the box',
    { parameters: ['a', 'b', 'c'].map((name) => float(name, [0, 1])), constraints: ['max(a, b) < 0.01', 'c > 0.99'] },
  ],
  [
    'heads that divide the width',
    {
      parameters: [whole('width', [1, 4096], 'log'), whole('heads', [1, 64]), whole('depth', [1, 48])],
      constraints: ['width % heads == 0', 'width / heads >= 32', 'width * width * depth <= 1e7'],
    },
  ],
  ['an equation', { parameters: ['a', 'b', 'c'].map((name) => float(name, [0, 1])), constraints: ['a + b + c == 1'] }],
  [
    'scales from 1e-300 to 1e300',
    {
      parameters: [float('a', [1e-300, 1e300], 'log'), float('b', [0, 1e-300]), float('c', [-1e308, 1e308])],
      constraints: [],
    },
  ],
  [
    'all whole numbers',
    { parameters: [whole('a', [1 - 2 ** 53, 2 ** 53 - 1]), whole('b', [1, 2 ** 53 - 1], 'log')], constraints: [] },
  ],
  [
    'ranges of one point',
    { parameters: [float('a', [3, 3]), whole('b', [5, 5]), float('c', [0.01, 0.99], 'logit')], constraints: [] },
  ],
];

for (const [name, space] of HARD) {
  for (const kind of ALL) {
    test(`${kind} proposes sound configurations in ${name}`, () => {
      const count = kind === 'model' ? 1 : 3;
      expect(expectSoundFrom(space, kind, { seed: 3, count })).toHaveLength(count);
    });
  }
}

test('asking again gives the same, bit by bit, and leaves the request as it was', () => {
  for (const kind of QUICK) {
    const history = results(sobol(MIXED_SPACE, 12));
    const asked = request(MIXED_SPACE, kind, { history, count: 2 });
    const before = structuredClone(asked);
    expect(propose(structuredClone(asked))).toStrictEqual(propose(asked));
    expect(asked).toStrictEqual(before);
  }
});

test('every method uses up a finite space without repeats, and then proposes nothing', () => {
  const space: SearchSpace = {
    parameters: [
      whole('a', [1, 4]),
      { kind: 'categorical', name: 'b', values: ['x', 'y', 'z'] },
      { ...whole('c', [1, 2]), when: { parameter: 'b', in: ['z'] } },
    ],
    constraints: ['a > 1 or b == "x"'],
  };
  const size = compileSpace(space).size;
  for (const kind of QUICK) {
    const history: ProposerObservation[] = [];
    for (;;) {
      const [next] = propose(request(space, kind, { history })).configurations;
      if (!next) break;
      history.push(...results([next]));
    }
    expectSound(
      space,
      [],
      history.map(({ configuration }) => configuration),
    );
    expect(history).toHaveLength(size);
  }
});
