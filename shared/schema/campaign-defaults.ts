/** What a campaign file need not say: every default, in one place, with its unit. */

import type { Campaign } from '../domain/campaign.js';

/** Defaults of every optional block of a campaign. */
export const CAMPAIGN_DEFAULTS = {
  description: '',
  owner: '',
  /** Names the streams of chance of the whole campaign. */
  seed: 0,
  budget: { counts: 'trials' },
  hardware: { policy: 'pooled', classes: [], backfill: false, replicates: 1 },
  needs: { data: [], devices: 1, labels: {} },
  measurement: {
    require: 'any',
    /** Seconds; skipped where energy is modelled, since a model has no idle power. */
    idleSeconds: 5,
    /** Repeats of a trial whose window was unusable. */
    remeasure: 2,
    /** Seconds; a cold chip draws less (ML.ENERGY, 2026). */
    warmUpSeconds: 2,
    /** Relative half-width of the 95 % interval. */
    repeatTarget: 0.02,
    /** Seconds. */
    repeatSeconds: 60,
    /** Seconds. */
    coolDownSeconds: 120,
  },
  proposer: {
    kind: 'auto',
    /** Quasi-random configurations. */
    start: 8,
    first: [],
  },
  /** Attempts lost to machines. */
  limits: { attempts: 3 },
  secrets: [],
} as const satisfies Partial<Campaign>;
