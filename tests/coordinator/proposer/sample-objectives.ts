/** A metric and an energy to propose for. */

import type { Objective } from '../../../shared/domain/campaign.js';

export const LOSS = {
  name: 'loss',
  goal: 'minimize',
  unit: '',
  scale: 'linear',
  from: 'metric',
  metric: 'loss',
} as const satisfies Objective;

export const ENERGY: Objective = {
  name: 'energy',
  goal: 'minimize',
  unit: 'J',
  scale: 'log',
  from: 'energy',
  energy: { window: 'train' },
};
