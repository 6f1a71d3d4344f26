/** Entry of the proposer's thread: answers each request with its proposal. */

import { parentPort } from 'node:worker_threads';

import { propose } from './propose.js';
import type { AnswerMessage, ProposeMessage } from './proposer-messages.js';

parentPort?.on('message', (message: ProposeMessage) => parentPort?.postMessage(answer(message)));

function answer({ id, request }: ProposeMessage): AnswerMessage {
  try {
    return { id, proposal: propose(request) };
  } catch (thrown) {
    const { name, message, stack = '' } = thrown instanceof Error ? thrown : new Error(String(thrown));
    return { id, error: { name, message, stack } };
  }
}
