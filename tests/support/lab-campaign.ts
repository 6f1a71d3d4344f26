/** A campaign of four trials for the lab, and what its agents may say of a trial. */

import { CAMPAIGN_DEFAULTS } from '../../shared/schema/campaign-defaults.js';
import type { Campaign } from '../../shared/domain/campaign.js';
import type { AttemptEvent } from '../../shared/domain/event.js';
import type { Failure } from '../../shared/domain/trial.js';
import type { Lab, LabAgent } from './lab.js';

export const labCampaign: Campaign = {
  name: 'test',
  owner: '',
  description: '',
  seed: 1,
  space: {
    parameters: [{ name: 'lr', kind: 'float', low: 1e-4, high: 1e-1, scale: 'log' }],
    constraints: [],
  },
  objectives: [
    { name: 'loss', goal: 'minimize', unit: '', scale: 'linear', from: 'metric', metric: 'loss' },
    { name: 'energy', goal: 'minimize', unit: 'J', scale: 'log', from: 'energy', energy: { window: 'train' } },
  ],
  constraints: [],
  metrics: [{ name: 'test_loss', role: 'test', unit: '' }],
  workload: { kind: 'builtin', trainer: 'language-model', options: {} },
  budget: { trials: 4, counts: 'trials' },
  hardware: { policy: 'pooled', classes: [], backfill: false, replicates: 1 },
  needs: { data: [], devices: 1, labels: {} },
  measurement: { ...CAMPAIGN_DEFAULTS.measurement, idleSeconds: 0, remeasure: 1 },
  proposer: { kind: 'sobol', start: 4, first: [] },
  limits: { attempts: 3 },
  secrets: [],
};

export const failed = (failure: Partial<Failure>): { end: { kind: 'failed'; failure: Failure } } => ({
  end: { kind: 'failed', failure: { kind: 'unknown', reason: 'r', message: 'm', signature: 's', ...failure } },
});

/** The outcome without a usable energy. */
export function spoil(event: AttemptEvent): AttemptEvent {
  if (event.body.kind !== 'observed') throw new Error('no outcome');
  const { observation } = event.body;
  const unusable = { kind: 'unusable', device: 'cpu', part: 'cpu', source: 'x', reason: 'gap' } as never;
  const windows = [{ ...observation.windows[0]!, devices: [unusable] }];
  return { ...event, body: { kind: 'observed', observation: { ...observation, windows } } };
}

export const lastGrant = (agent: LabAgent): ReturnType<LabAgent['grants']>[number] =>
  agent.grants()[agent.grants().length - 1]!;

export async function offered(lab: Lab, agent: LabAgent): Promise<ReturnType<LabAgent['grants']>[number]> {
  agent.offer();
  await lab.settle();
  return lastGrant(agent);
}
