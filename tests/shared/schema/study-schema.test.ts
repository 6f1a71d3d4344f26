/** The file of a study: blocks of a campaign file mean what they mean there, and all faults come at once. */

import { describe, expect, test } from 'vitest';

import { checkConstraints } from '../../../coordinator/campaign/check-constraints.js';
import { renderFault } from '../../../shared/schema/fault.js';
import { parseCampaign } from '../../../shared/schema/parse-campaign.js';
import { checkStudy, parseStudy } from '../../../shared/schema/study-schema.js';

const BLOCKS = `
seed: 7
space:
  lr: { low: 0.0001, high: 0.1, scale: log }
  layers: { kind: integer, low: 1, high: 6 }
  optimizer: [adam, sgd]
  momentum: { low: 0.5, high: 0.99, when: { optimizer: sgd } }
constraints: ['layers * lr <= 0.3']
objectives:
  accuracy: { goal: maximize, threshold: 0.5, unit: '%' }
  energy: { energy: { window: infer, per: token } }
proposer: { kind: model, start: 6, first: [{ lr: 0.001, layers: 2, optimizer: adam }] }
`;

/** Faults as they are shown. */
function faultsOf(text: string): string[] {
  const parsed = parseStudy(text, checkConstraints);
  return parsed.ok ? [] : parsed.faults.map((fault) => renderFault('s.yaml', fault));
}

test('says what the same blocks of a campaign say', () => {
  const campaign = parseCampaign(
    `name: c\n${BLOCKS}workload: { kind: command, argv: [train, '{trial_dir}/trial.json'] }\nbudget: { hours: 1 }\n`,
  );
  if (!campaign.ok) throw new Error(campaign.faults.map((fault) => fault.problem).join());
  const { seed, space, objectives, constraints, proposer } = campaign.campaign;
  expect(parseStudy(BLOCKS, checkConstraints)).toEqual({
    ok: true,
    definition: { seed, space, objectives, constraints, proposer },
  });
});

test('reads outcome constraints, and needs no name', () => {
  const checked = checkStudy(
    { space: { x: [1, 2] }, objectives: { loss: 'minimize' }, 'outcome-constraints': ['latency <= 20'] },
    checkConstraints,
  );
  expect(checked).toMatchObject({
    ok: true,
    definition: { constraints: [{ metric: 'latency', relation: '<=', bound: 20 }], seed: 0 },
  });
});

describe('every fault is told with its line:', () => {
  test.each([
    ['', 's.yaml:1:1  the file is empty. Begin with "space:"; see docs/ask-tell.md.'],
    ['- 1', 'the file does not hold keys and values'],
    ['space: {x: [1, 2]}', 'objectives: is missing'],
    [`${BLOCKS}workload: { kind: command }`, 'workload: belongs to a campaign. Remove it: here your own program'],
    [`${BLOCKS}budget: 3`, 'budget: belongs to a campaign'],
    [`${BLOCKS}objectivs: 3`, 'objectivs: is not known here. Did you mean "objectives"?'],
    [BLOCKS.replace('threshold: 0.5', 'scale: log, threshold: 0'), 'threshold: is 0, but a log scale needs > 0'],
    [BLOCKS.replace('layers: 2', 'layers: 9'), 'proposer.first[0].layers: is 9'],
    [BLOCKS.replace('kind: model', 'kind: sobol, per-joule: true'), 'proposer.per-joule:'],
    [BLOCKS.replace('optimizer: sgd }', 'optimizer: sgd, layers: 2 }'), 'momentum.when: is not supported yet'],
    [BLOCKS.replace('layers * lr <= 0.3', 'layers * < 3'), 'constraints[0]: cannot be read'],
    [BLOCKS.replace('layers * lr <= 0.3', 'layer > 3'), 'constraints[0]: cannot be read'],
    ['space: {x: [1, 2]}\nconstraints: ["x > 2"]\nobjectives: {a: minimize}', 'allow no configuration at all'],
    ['a: [', 's.yaml:1:5  is not valid YAML'],
    [`${BLOCKS}seed: 8`, 'this key stands here twice'],
  ])('%j', (text, fault) => {
    expect(faultsOf(text)).toContainEqual(expect.stringContaining(fault));
  });

  test('and those between blocks beside those within them', () => {
    const text = BLOCKS.replace('low: 0.5', 'low: 1.5').replace('goal: maximize', 'goal: most');
    expect(faultsOf(text)).toHaveLength(2);
  });
});
