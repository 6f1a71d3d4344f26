/** Campaign files for tests: a small valid one, and ways to change it. */

import { stringify } from 'yaml';

import type { Campaign } from '../../../shared/domain/campaign.js';
import type { Fault } from '../../../shared/schema/fault.js';
import { parseCampaign } from '../../../shared/schema/parse-campaign.js';

type Blocks = Readonly<Record<string, unknown>>;

/** A valid campaign with a plain program. */
export const COMMAND_CAMPAIGN: Blocks = {
  name: 'small',
  space: { lr: { low: 0.001, high: 0.1, scale: 'log' }, heads: [1, 2, 4] },
  objectives: { loss: 'minimize', energy: { energy: { window: 'train' } } },
  workload: {
    kind: 'command',
    argv: ['python3', 'train.py', '{lr}', '{heads}'],
    metrics: { loss: { pattern: 'loss=(.*)' } },
  },
  budget: { trials: 16 },
};

/** A valid campaign with the built-in trainer. */
export const BUILTIN_CAMPAIGN: Blocks = {
  name: 'small',
  space: { learning_rate: { low: 0.001, high: 0.1, scale: 'log' }, heads: [1, 2, 4] },
  objectives: { validation_loss: 'minimize', energy: { energy: { window: 'train' } } },
  workload: { kind: 'builtin', trainer: 'language-model' },
  budget: { trials: 16 },
};

/** The campaign of a file made of blocks; fails the test on any fault. */
export function campaignOf(blocks: Blocks): Campaign {
  const parsed = parseCampaign(stringify(blocks));
  if (!parsed.ok) throw new Error(parsed.faults.map(({ path, problem }) => `${path}: ${problem}`).join('\n'));
  return parsed.campaign;
}

/** Faults of a file made of blocks. */
function faultsOf(blocks: Blocks): readonly Fault[] {
  const parsed = parseCampaign(stringify(blocks));
  return parsed.ok ? [] : parsed.faults;
}

/** Faults as `path: problem. remedy`. */
export const faultLines = (blocks: Blocks): readonly string[] =>
  faultsOf(blocks).map(({ path, problem, remedy }) => `${path}: ${problem}. ${remedy}`);
