/** The proposer in a thread of its own, so that thinking never holds up the event loop. */

import { Worker } from 'node:worker_threads';

import { EnvironmentError } from '../../shared/domain/errors.js';
import type { Proposal, ProposalRequest, Proposer } from '../../shared/domain/proposal.js';
import type { AnswerMessage, ProposeMessage } from './proposer-messages.js';

/** The entry beside this file; exists where the program is built. */
const BUILT_ENTRY = new URL('./proposer-worker.js', import.meta.url);

/**
 * A proposer whose thread starts with the first request and, should it die, again with the next.
 *
 * Requests are answered one after the other. A signal ends the thought on its request, and `close` every thought, at once:
 * the thread is ended in the middle of it. What was asked and not answered is rejected with {@link EnvironmentError}. An
 * idle thread does not keep the process alive.
 *
 * @param entry - the thread's module; by default the built one beside this file.
 */
export function workerProposer(entry: URL = BUILT_ENTRY): Proposer {
  const thread = new ProposerThread(entry);
  return {
    propose: (request, signal) => thread.ask(request, signal),
    close: () => thread.close(),
  };
}

/** A request without an answer. */
interface Question {
  readonly id: number;
  readonly request: ProposalRequest;
  readonly resolve: (proposal: Proposal) => void;
  readonly reject: (error: Error) => void;
}

class ProposerThread {
  private readonly entry: URL;
  private worker: Worker | undefined;
  /** In the order in which they were asked; the thread has the first one only, so that any may be called off. */
  private questions: readonly Question[] = [];
  private asked = 0;
  private isClosed = false;

  constructor(entry: URL) {
    this.entry = entry;
  }

  ask(request: ProposalRequest, signal?: AbortSignal): Promise<Proposal> {
    if (this.isClosed) return Promise.reject(new EnvironmentError('the proposer is closed'));
    if (signal?.aborted) return Promise.reject(calledOff());
    const id = ++this.asked;
    const callOff = (): void => this.callOff(id);
    signal?.addEventListener('abort', callOff, { once: true });
    return new Promise<Proposal>((resolve, reject) => {
      this.questions = [...this.questions, { id, request, resolve, reject }];
      if (this.questions.length === 1) this.think();
    }).finally(() => signal?.removeEventListener('abort', callOff));
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await this.worker?.terminate();
  }

  /** Gives the thread the first question. */
  private think(): void {
    const [first] = this.questions;
    if (!first) return this.worker?.unref();
    this.worker ??= this.start();
    this.worker.ref();
    this.worker.postMessage({ id: first.id, request: first.request } satisfies ProposeMessage);
  }

  private start(): Worker {
    const started = new Worker(this.entry);
    started.on('message', (answer: AnswerMessage) => this.settle(answer));
    started.on('error', (cause) => this.fail(started, new EnvironmentError('the proposer broke down', {}, { cause })));
    started.on('exit', () => this.fail(started, new EnvironmentError('the proposer was closed before it answered')));
    return started;
  }

  private settle(answer: AnswerMessage): void {
    const [first, ...rest] = this.questions;
    // A thread that was ended may have answered already.
    if (first?.id !== answer.id) return;
    this.questions = rest;
    if ('proposal' in answer) first.resolve(answer.proposal);
    else {
      const { name, message, stack } = answer.error;
      first.reject(Object.assign(new Error(message), { name, stack }));
    }
    this.think();
  }

  private callOff(id: number): void {
    const isThought = this.questions[0]?.id === id;
    const question = this.questions.find((one) => one.id === id);
    this.questions = this.questions.filter((one) => one !== question);
    question?.reject(calledOff());
    if (!isThought) return;
    const ended = this.worker;
    this.worker = undefined;
    void ended?.terminate();
    if (!this.isClosed) this.think();
  }

  /** The thread has died: nothing that it was to answer will be answered. */
  private fail(dead: Worker, error: EnvironmentError): void {
    if (this.worker !== dead) return;
    this.worker = undefined;
    const unanswered = this.questions;
    this.questions = [];
    for (const { reject } of unanswered) reject(error);
  }
}

const calledOff = (): EnvironmentError => new EnvironmentError('the proposal was called off');
