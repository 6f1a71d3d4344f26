import { expect, test } from 'vitest';

import { activeSets, chooseMethod } from '../../../coordinator/proposer/choose-method.js';
import { propose } from '../../../coordinator/proposer/propose.js';
import { compileSpace } from '../../../coordinator/space/compiled-space.js';
import type { ProposalRequest } from '../../../shared/domain/proposal.js';
import type { Parameter, SearchSpace } from '../../../shared/domain/search-space.js';

const float = (name: string, when?: { parameter: string; in: (string | number | boolean)[] }): Parameter => ({
  kind: 'float',
  name,
  low: 0,
  high: 1,
  scale: 'linear',
  ...(when ? { when } : {}),
});
const choice = (name: string, values: string[]): Parameter => ({ kind: 'categorical', name, values });
const space = (...parameters: Parameter[]): SearchSpace => ({ parameters, constraints: [] });

const PLAIN = space(float('x'), float('y'));
/** One tree: three kinds of model with a parameter each. */
const TREE = space(
  choice('kind', ['tree', 'net', 'line']),
  float('a', { parameter: 'kind', in: ['tree'] }),
  float('b', { parameter: 'kind', in: ['net'] }),
  float('c', { parameter: 'kind', in: ['line'] }),
);
const SWITCH = space(
  choice('on', ['yes', 'no']),
  float('a', { parameter: 'on', in: ['yes'] }),
  float('b', { parameter: 'on', in: ['yes'] }),
);

const request = (searched: SearchSpace, more: Partial<ProposalRequest> = {}): ProposalRequest => ({
  space: searched,
  objectives: [{ name: 'f', goal: 'minimize', unit: '', scale: 'linear', from: 'metric', metric: 'f' }],
  constraints: [],
  settings: { kind: 'auto', start: 2, first: [] },
  seed: 1,
  index: 0,
  count: 1,
  history: [],
  pending: [],
  ...more,
});
const chosen = (asked: ProposalRequest): string => chooseMethod(asked, compileSpace(asked.space)).kind;

test('sets of parameters that can be active together are counted, up to a limit', () => {
  const count = (searched: SearchSpace, most = 100): number => activeSets(compileSpace(searched).places, most);
  expect(count(PLAIN)).toBe(1);
  expect(count(TREE)).toBe(3);
  expect(count(SWITCH)).toBe(2);
  expect(count(TREE, 2)).toBe(2);
  const chain = space(
    { kind: 'integer', name: 'layers', low: 1, high: 1e6, scale: 'linear' },
    float('a', { parameter: 'layers', in: [1, 2] }),
    choice('b', ['u', 'v']),
    float('c', { parameter: 'b', in: ['u', 'v'] }),
  );
  expect(count(chain)).toBe(2);
  const many = Array.from({ length: 40 }, (_, i) => [
    choice(`p${i}`, ['u', 'v']),
    float(`q${i}`, { parameter: `p${i}`, in: ['u'] }),
  ]).flat();
  expect(count(space(...many), 3)).toBe(3);
});

test('auto takes the model, and the Parzen estimator for many trials or strongly conditional spaces', () => {
  expect(chosen(request(PLAIN))).toBe('model');
  expect(chosen(request(PLAIN, { settings: { kind: 'auto', start: 2, first: [], expectedTrials: 500 } }))).toBe(
    'model',
  );
  expect(chosen(request(PLAIN, { settings: { kind: 'auto', start: 2, first: [], expectedTrials: 501 } }))).toBe('tpe');
  expect(chosen(request(TREE))).toBe('tpe');
  expect(chosen(request(SWITCH))).toBe('model');
  expect(chosen(request(TREE, { settings: { kind: 'nsga2', start: 2, first: [] } }))).toBe('nsga2');
  const past = { configuration: { x: 0, y: 0 }, task: 'A', values: [1], noise: [], feasible: true };
  expect(chosen(request(PLAIN, { history: Array.from({ length: 501 }, () => past) }))).toBe('tpe');
});

test('a proposal says what auto chose and why', () => {
  const history = [0.1, 0.4, 0.9].map((x, i) => ({
    configuration: { kind: 'tree', a: x },
    task: 'A',
    values: [i],
    noise: [],
    feasible: true,
  }));
  expect(propose(request(TREE, { history, index: 3 })).method).toBe(
    'auto chose tpe, because 3 of 4 parameters are conditional in more than 2 combinations: tree-structured Parzen estimator, 1 good of 3 finished',
  );
  expect(propose(request(TREE)).method).toBe('scrambled Sobol start of 2 before the Parzen estimator');
});
