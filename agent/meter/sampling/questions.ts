/** Questions to the meter that wait for readings. */

import { MeterError } from '../../../shared/domain/errors.js';

export interface Question {
  readonly trial: number;
  /** Readings must reach this instant. */
  readonly end: bigint;
}

interface Waiting extends Question {
  answer(): void;
  refuse(error: Error): void;
}

export class Questions {
  #waiting: Waiting[] = [];

  /** Resolves once {@link Questions.settle} finds it answerable. */
  ask(question: Question): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ...question, answer: resolve, refuse: reject });
    });
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  waitsFor(trial: number): boolean {
    return this.#waiting.some((question) => question.trial === trial);
  }

  /** Answers all that `isAnswerable` lets through, in the order in which they were asked. */
  settle(isAnswerable: (question: Question) => boolean): void {
    const ready = this.#waiting.filter(isAnswerable);
    if (ready.length === 0) return;
    const answered = new Set(ready);
    this.#waiting = this.#waiting.filter((question) => !answered.has(question));
    for (const { answer } of ready) answer();
  }

  /** Nothing will be answered any more. */
  close(): void {
    for (const { refuse } of this.#waiting.splice(0)) refuse(new MeterError('the meter has been closed'));
  }
}
