/** The proposer within the calling thread. */

import { EnvironmentError } from '../../shared/domain/errors.js';
import type { Proposer } from '../../shared/domain/proposal.js';
import { propose } from './propose.js';

/** A proposer that blocks while it thinks: for tests, and for commands that do nothing else meanwhile. */
export const inlineProposer = (): Proposer => ({
  propose: (request, signal) =>
    signal?.aborted
      ? Promise.reject(new EnvironmentError('the proposal was called off'))
      : new Promise((resolve) => resolve(propose(request))),
  close: () => Promise.resolve(),
});
