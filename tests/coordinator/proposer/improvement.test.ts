import { expect, test } from 'vitest';

import { BRANIN_CURRIN } from './benchmark-problems.js';
import { finalHypervolume } from './run-campaign.js';

/** Seeds were fixed before the first run. */
const SEEDS = [0, 1];

test(
  'on Branin-Currin the model finds most of the front in 10 + 20 evaluations, far more than Sobol and random points do',
  { timeout: 120_000 },
  () => {
    for (const seed of SEEDS) {
      const run = { problem: BRANIN_CURRIN, seed, start: 10, total: 30 };
      const model = finalHypervolume({ ...run, kind: 'model' });
      expect(model).toBeGreaterThan(0.94 * BRANIN_CURRIN.best);
      expect(model).toBeGreaterThan(finalHypervolume({ ...run, kind: 'sobol' }) + 5);
      expect(model).toBeGreaterThan(finalHypervolume({ ...run, kind: 'random' }) + 5);
    }
  },
);
