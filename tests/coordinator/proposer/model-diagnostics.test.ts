/** What the models say of themselves, on functions of which it is known. */

import { expect, test } from 'vitest';

import { diagnoseModels } from '../../../coordinator/proposer/model-diagnostics.js';
import { scrambledSobol } from '../../../coordinator/proposer/sobol.js';
import type { ProposalRequest } from '../../../shared/domain/proposal.js';
import { labCampaign } from '../../support/lab-campaign.js';

const PLACES = scrambledSobol(2, 'places');

/** Loss is a curve of x alone, energy grows with both and doubles from class to class. */
function requestWith(
  results: Readonly<Record<string, number>>,
  change: Partial<ProposalRequest> = {},
): ProposalRequest {
  const history = Object.entries(results).flatMap(([task, count], k) =>
    Array.from({ length: count }, (_, i) => {
      const [x, y] = PLACES.point(20 * k + i) as unknown as [number, number];
      return {
        ...{ configuration: { x, y }, task, feasible: true, noise: [undefined, undefined] },
        values: [(x - 0.4) ** 2, 2 ** k * Math.exp(x + y)],
      };
    }),
  );
  return {
    space: {
      parameters: ['x', 'y'].map((name) => ({ name, kind: 'float', low: 0, high: 1, scale: 'linear' })),
      constraints: [],
    },
    ...{ objectives: labCampaign.objectives, constraints: [], settings: { kind: 'model', start: 4, first: [] } },
    ...{ seed: 3, index: history.length, count: 1, history, pending: [], ...change },
  };
}

test('a parameter without effect has no importance, equal ones share it, and smooth functions are predicted', () => {
  const [loss, energy] = diagnoseModels(requestWith({ A: 18 }));
  expect(loss).toMatchObject({ objective: 'loss', results: 18, parameters: [{ name: 'x' }, { name: 'y' }] });
  expect(loss!.parameters[0]!.together).toBeGreaterThan(0.95);
  expect(loss!.parameters[1]!.together).toBeLessThan(0.05);
  expect(loss!.error).toBeLessThan(0.3);
  expect(loss!.withinTwo).toBeGreaterThan(0.8);
  expect(energy!.parameters.map(({ together }) => together)).toEqual([expect.closeTo(0.5, 0), expect.closeTo(0.5, 0)]);
});

test('energy has a model for each class with enough results, the loss one for all', () => {
  const subjects = diagnoseModels(requestWith({ A: 6, B: 9, C: 2 })).map(({ objective, task }) => [objective, task]);
  expect(subjects).toEqual([
    ['loss', undefined],
    ['energy', 'B'],
    ['energy', 'A'],
  ]);
});

test('nothing is said where no model chooses, too little is known, or there is nothing to choose', () => {
  expect(diagnoseModels(requestWith({ A: 9 }, { settings: { kind: 'sobol', start: 4, first: [] } }))).toEqual([]);
  expect(diagnoseModels(requestWith({ A: 4 }))).toEqual([]);
  expect(diagnoseModels(requestWith({}))).toEqual([]);
  const space = { parameters: [{ name: 'x', kind: 'constant', value: 1 } as const], constraints: [] };
  expect(diagnoseModels(requestWith({ A: 9 }, { space }))).toEqual([]);
});

test('a space of few configurations is described by these', () => {
  const parameters = [{ name: 'x', kind: 'ordinal', values: [0, 1] } as const];
  const one = { task: 'A', feasible: true, noise: [undefined, undefined] };
  const history = [0, 1, 0, 1, 0, 1].map((x, i) => ({ ...one, configuration: { x }, values: [x, 1 + x + i / 100] }));
  const [loss] = diagnoseModels(requestWith({}, { space: { parameters, constraints: [] }, history }));
  expect(loss!.parameters).toEqual([
    { name: 'x', lengthscale: expect.any(Number), alone: expect.closeTo(1, 0), together: expect.closeTo(1, 0) },
  ]);
});
