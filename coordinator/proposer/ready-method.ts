/** A way of proposing that is ready for one request: the model, the Parzen estimator, NSGA-II or the grid. */

import type { Candidate } from './candidate.js';

export interface ReadyMethod {
  /** For people. */
  readonly method: string;
  /** One more configuration given those pending, proposed in the same request among them; `undefined` when none is left. */
  readonly next: (index: number, pending: readonly Candidate[], known: ReadonlySet<string>) => Candidate | undefined;
}
