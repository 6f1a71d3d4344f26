/** The campaign behind the sample results: three objectives, one of them a metric, and a sealed test metric. */

import { CAMPAIGN_DEFAULTS } from '../../shared/schema/campaign-defaults.js';
import type { Campaign } from '../../shared/domain/campaign.js';

export const sampleCampaign: Campaign = {
  name: 'Moby Dick language model',
  owner: 'lab',
  description: 'Decoder-only Transformer on Moby Dick: validation loss against training and decoding energy.',
  seed: 7,
  space: {
    parameters: [
      { kind: 'float', name: 'learning_rate', low: 1e-4, high: 1e-2, scale: 'log' },
      { kind: 'integer', name: 'layers', low: 1, high: 4, scale: 'linear' },
      { kind: 'ordinal', name: 'heads', values: [1, 2, 4] },
      { kind: 'ordinal', name: 'head_width', values: [8, 16, 32] },
      { kind: 'ordinal', name: 'context', values: [32, 64, 128] },
      { kind: 'categorical', name: 'activation', values: ['gelu', 'relu'] },
    ],
    constraints: ['heads * head_width <= 96'],
  },
  objectives: [
    {
      name: 'validation loss',
      goal: 'minimize',
      unit: 'nats',
      scale: 'linear',
      from: 'metric',
      metric: 'validation_loss',
    },
    { name: 'training energy', goal: 'minimize', unit: 'J', scale: 'log', from: 'energy', energy: { window: 'train' } },
    {
      name: 'decode energy',
      goal: 'minimize',
      unit: 'J/token',
      scale: 'log',
      from: 'energy',
      energy: { window: 'infer', label: 'decode', per: 'token' },
    },
  ],
  constraints: [],
  metrics: [
    { name: 'test_loss', role: 'test', unit: 'nats' },
    { name: 'parameters', role: 'info', unit: '' },
  ],
  workload: { kind: 'builtin', trainer: 'language-model', options: { tokens: 400_000 } },
  budget: { trials: 18, counts: 'trials' },
  hardware: { policy: 'compare', classes: [], backfill: true, replicates: 1 },
  needs: { data: [], devices: 1, labels: {} },
  measurement: { ...CAMPAIGN_DEFAULTS.measurement, idleSeconds: 2, remeasure: 2 },
  carbon: { kind: 'region', region: 'DEU' },
  proposer: { kind: 'auto', start: 6, first: [] },
  limits: { attempts: 3 },
  secrets: [],
};

/** Its file, abridged. */
export const SAMPLE_CAMPAIGN_TEXT = `name: Moby Dick language model
seed: 7
objectives:
  validation loss: {metric: validation_loss, goal: minimize}
  training energy: {energy: {window: train}}
  decode energy: {energy: {window: infer, label: decode, per: token}}
metrics:
  test_loss: {role: test}
hardware: {policy: compare}
carbon: {region: DEU}
budget: {trials: 18}
`;
