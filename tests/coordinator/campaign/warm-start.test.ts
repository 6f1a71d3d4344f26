/** What a campaign takes of an earlier one, and what it says of the rest. */

import fc from 'fast-check';
import { expect, test } from 'vitest';

import { findEarlier } from '../../../coordinator/campaign/find-earlier.js';
import { warmStart } from '../../../coordinator/campaign/warm-start.js';
import type { EarlierCampaign } from '../../../coordinator/campaign/warm-start.js';
import { compileSpace } from '../../../coordinator/space/compiled-space.js';
import type { Campaign, Objective } from '../../../shared/domain/campaign.js';
import type { Configuration } from '../../../shared/domain/configuration.js';
import type { Parameter } from '../../../shared/domain/search-space.js';
import { labCampaign, lastGrant } from '../../support/lab-campaign.js';
import { ID, openLab, outcomeOf } from '../../support/lab.js';

const [LOSS, ENERGY] = labCampaign.objectives as [Objective, Objective];
const LR: Parameter = { name: 'lr', kind: 'float', low: 1e-4, high: 1e-1, scale: 'log' };

const campaignWith = (change: Partial<Campaign>, parameters: readonly Parameter[] = [LR]): Campaign => ({
  ...labCampaign,
  space: { parameters, constraints: [] },
  ...change,
});

const sourceOf = (
  configurations: readonly Configuration[],
  change: Partial<EarlierCampaign> = {},
): EarlierCampaign => ({
  id: 'old',
  campaign: campaignWith({}),
  trials: configurations.length,
  results: configurations.map((configuration, i) => ({
    index: i + 1,
    observation: {
      ...{ configuration, task: 'A / counter', values: [i, 10 + i], noise: [undefined, 0.5], feasible: true },
      ...{ device: 'GPU-1', costJoules: 40 },
    },
    metrics: { latency: 3 },
  })),
  ...change,
});

test('trials of an equal campaign are taken whole, as a task of another name', () => {
  const { earlier, notes } = warmStart(campaignWith({}), sourceOf([{ lr: 0.01 }]));
  expect(earlier).toEqual({
    from: 'old',
    observations: [
      {
        ...{ configuration: { lr: 0.01 }, task: 'old: A / counter', values: [0, 10], noise: [undefined, 0.5] },
        ...{ feasible: true, device: 'GPU-1', costJoules: 40, constraintValues: [] },
      },
    ],
  });
  expect(notes).toEqual(['1 of 1 trial of campaign old taken as a start']);
});

test('objectives are matched by name, unit and what they measure, whatever their order and goal', () => {
  const objectives: Objective[] = [ENERGY, { ...LOSS, goal: 'maximize' }, { ...LOSS, name: 'depth' }];
  const { earlier, notes } = warmStart(campaignWith({ objectives }), sourceOf([{ lr: 0.01 }]));
  expect(earlier.observations[0]).toMatchObject({ values: [10, 0, undefined], noise: [0.5, undefined, undefined] });
  expect(notes[1]).toBe('objective "depth" is not known there');
  const others: Objective[] = [{ ...LOSS, unit: 'nats' }, { ...ENERGY, energy: { window: 'infer' } } as Objective];
  expect(() => warmStart(campaignWith({ objectives: others }), sourceOf([{ lr: 0.01 }]))).toThrow(
    'campaign old has no objective of this one: objective "loss" is in no unit there, in nats here; objective "energy" measures something else there',
  );
});

test('a parameter that is new must be a constant, and one that is gone is told', () => {
  const width: Parameter = { name: 'width', kind: 'constant', value: 64 };
  const old = campaignWith({}, [LR, { name: 'heads', kind: 'ordinal', values: [1, 2] }]);
  const source = sourceOf([{ lr: 0.01, heads: 1 }], { campaign: old });
  const { earlier, notes } = warmStart(campaignWith({}, [LR, width]), source);
  expect(earlier.observations[0]!.configuration).toEqual({ lr: 0.01, width: 64 });
  expect(notes[1]).toBe('parameter "heads" is not in this campaign: its values there are passed over');
  expect(() => warmStart(campaignWith({}, [LR, { ...LR, name: 'decay' }]), source)).toThrow(
    'campaign old: no trial can be taken; 1 left out, without a value of "decay" (trial 1)',
  );
});

test('what lies outside the space is left out with an example, a constant of another value too', () => {
  const other: Parameter = { name: 'width', kind: 'constant', value: 64 };
  const source = sourceOf([
    { lr: 0.01, width: 64 },
    { lr: 0.5, width: 64 },
    { lr: 0.01, width: 32 },
  ]);
  const { earlier, notes } = warmStart(campaignWith({}, [LR, other]), source);
  expect(earlier.observations.map(({ configuration }) => configuration)).toEqual([{ lr: 0.01, width: 64 }]);
  expect(notes).toEqual([
    '1 of 3 trials of campaign old taken as a start',
    expect.stringMatching(/^2 left out, outside the space of this campaign \(trial 2: "lr" .*0\.5\)$/),
  ]);
});

test('failures are taken without values; a trial that tells nothing of a shared objective is not', () => {
  const source = sourceOf([{ lr: 0.01 }, { lr: 0.02 }, { lr: 0.03 }], { trials: 5 });
  const [first, second, third] = source.results.map(({ observation }) => observation);
  const unknown = { values: [undefined, undefined], noise: [undefined, undefined] };
  const observations = [
    first!,
    { ...second!, ...unknown },
    { ...third!, ...unknown, feasible: false, failure: 'diverged' },
  ];
  const results = observations.map((observation, i) => ({ index: i + 1, observation, metrics: {} }));
  const { earlier, notes } = warmStart(campaignWith({}), { ...source, results });
  expect(earlier.observations.map(({ failure }) => failure)).toEqual([undefined, 'diverged']);
  expect(notes).toEqual([
    '2 of 5 trials of campaign old taken as a start',
    '1 left out, without a value of a shared objective (trial 2)',
    '2 left out, without a result that says something of the configuration',
  ]);
});

test('values for outcome constraints are found among the metrics', () => {
  const constraints: Campaign['constraints'] = [
    { metric: 'latency', relation: '<=', bound: 5 },
    { metric: 'memory', relation: '<=', bound: 5 },
  ];
  const { earlier } = warmStart(campaignWith({ constraints }), sourceOf([{ lr: 0.01 }]));
  expect(earlier.observations[0]!.constraintValues).toEqual([3, undefined]);
});

const VALUE = fc.oneof(fc.double({ noNaN: true }), fc.constantFrom('a', 'b', true, 64));

test('whatever is taken is legal in the new space', () => {
  const parameters: Parameter[] = [
    LR,
    { name: 'mode', kind: 'categorical', values: ['a', 'b'] },
    { name: 'depth', kind: 'integer', low: 1, high: 4, scale: 'linear', when: { parameter: 'mode', in: ['b'] } },
  ];
  const space = compileSpace({ parameters, constraints: [] });
  const sound = { lr: 0.01, mode: 'a' };
  fc.assert(
    fc.property(fc.array(fc.record({ lr: VALUE, mode: VALUE, depth: VALUE }, { requiredKeys: [] })), (others) => {
      const { earlier } = warmStart(campaignWith({}, parameters), sourceOf([sound, ...others]));
      expect(earlier.observations.every(({ configuration }) => space.isValid(configuration))).toBe(true);
    }),
    { seed: 7 },
  );
});

test('a campaign of the store is found by id or name, with the trials that its proposer knew', async () => {
  using lab = openLab(labCampaign);
  const agent = lab.connect('a');
  for (let i = 0; i < 2; i++) {
    agent.offer();
    await lab.settle();
    lab.engine.ingest([outcomeOf(lastGrant(agent), 'a')]);
    await lab.settle();
  }
  agent.offer();
  const found = findEarlier(lab.store, ID);
  expect(findEarlier(lab.store, labCampaign.name)).toEqual(found);
  expect(found).toMatchObject({ id: ID, trials: 3, results: [{ index: 1, metrics: { loss: 2 } }, { index: 2 }] });
  expect(found.results.map(({ observation }) => observation)).toEqual(lab.engine.book(ID).history());
  expect(JSON.stringify(found)).not.toContain('1.234567');
  expect(() => findEarlier(lab.store, 'nothing')).toThrow(
    '--from nothing: no campaign has this id or name here; known: c1',
  );
});
