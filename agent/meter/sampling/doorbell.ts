/** Lets one thread stand still until a time is over or another thread rings. */

export class Doorbell {
  /** To be given to the other thread. */
  readonly memory: SharedArrayBuffer;
  readonly #rung: Int32Array;

  /** @param memory - Of the bell in the other thread; absent: a new one. */
  constructor(memory = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)) {
    this.memory = memory;
    this.#rung = new Int32Array(memory);
  }

  /** Wakes the other thread, or keeps it from standing still before it has heard. */
  ring(): void {
    Atomics.store(this.#rung, 0, 1);
    Atomics.notify(this.#rung, 0);
  }

  /** The ringing was heard: what it was for is being done. */
  hear(): void {
    Atomics.store(this.#rung, 0, 0);
  }

  /** Stops this thread for so long; `false` when the bell rang before that, or had not been heard yet. */
  standStill(milliseconds: number): boolean {
    return Atomics.wait(this.#rung, 0, 0, Math.max(0, milliseconds)) === 'timed-out';
  }
}
