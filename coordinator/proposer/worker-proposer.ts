/** The proposer in a thread of its own, so that thinking never holds up the event loop. */

import { Worker } from 'node:worker_threads';

import { EnvironmentError } from '../../shared/domain/errors.js';
import type { Proposal, ProposalRequest, Proposer } from '../../shared/domain/proposal.js';
import type { AnswerMessage, ProposeMessage } from './proposer-messages.js';

interface Waiting {
  readonly resolve: (proposal: Proposal) => void;
  readonly reject: (error: Error) => void;
}

/** The entry beside this file; exists where the program is built. */
const BUILT_ENTRY = new URL('./proposer-worker.js', import.meta.url);

/**
 * A proposer whose thread starts with the first request and, should it die, again with the next.
 *
 * Requests are answered one after the other. `close` ends the thread at once, in the middle of a thought too; what was
 * asked and not answered is rejected with {@link EnvironmentError}. An idle thread does not keep the process alive.
 *
 * @param entry - the thread's module; by default the built one beside this file.
 */
export function workerProposer(entry: URL = BUILT_ENTRY): Proposer {
  const waiting = new Map<number, Waiting>();
  let worker: Worker | undefined;
  let asked = 0;
  let isClosed = false;

  const rejectAll = (error: Error): void => {
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  const start = (): Worker => {
    const started = new Worker(entry);
    started.on('message', (answer: AnswerMessage) => {
      settle(waiting, answer);
      if (waiting.size === 0) started.unref();
    });
    started.on('error', (cause) => rejectAll(new EnvironmentError('the proposer broke down', {}, { cause })));
    started.on('exit', () => {
      if (worker === started) worker = undefined;
      rejectAll(new EnvironmentError('the proposer was closed before it answered'));
    });
    return started;
  };

  return {
    propose(request: ProposalRequest): Promise<Proposal> {
      if (isClosed) return Promise.reject(new EnvironmentError('the proposer is closed'));
      worker ??= start();
      worker.ref();
      const id = ++asked;
      const answered = new Promise<Proposal>((resolve, reject) => waiting.set(id, { resolve, reject }));
      worker.postMessage({ id, request } satisfies ProposeMessage);
      return answered;
    },
    async close() {
      isClosed = true;
      await worker?.terminate();
    },
  };
}

function settle(waiting: Map<number, Waiting>, answer: AnswerMessage): void {
  const asker = waiting.get(answer.id);
  waiting.delete(answer.id);
  if ('proposal' in answer) return asker?.resolve(answer.proposal);
  const { name, message, stack } = answer.error;
  asker?.reject(Object.assign(new Error(message), { name, stack }));
}
