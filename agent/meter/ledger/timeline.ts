/** Stretches of time, in order, that can be asked whether they touch a window in logarithmic time. */

export interface Stretch {
  readonly fromNanoseconds: bigint;
  readonly toNanoseconds: bigint;
}

/** Disjoint stretches sorted by time; what overlaps or touches is joined as it comes, in whatever order. */
export class Timeline {
  #stretches: Stretch[] = [];
  readonly #joinsTouching: boolean;

  /** With `joinsTouching` false, stretches that only share an end stay apart. */
  constructor({ joinsTouching = true } = {}) {
    this.#joinsTouching = joinsTouching;
  }

  get stretches(): readonly Stretch[] {
    return this.#stretches;
  }

  add(fromNanoseconds: bigint, toNanoseconds: bigint): void {
    const first = this.#firstEndingAfter(fromNanoseconds, this.#joinsTouching);
    let [from, to, last] = [fromNanoseconds, toNanoseconds, first];
    for (let one = this.#stretches[last]; one !== undefined && this.#meets(one, to); one = this.#stretches[++last]) {
      if (one.fromNanoseconds < from) from = one.fromNanoseconds;
      if (one.toNanoseconds > to) to = one.toNanoseconds;
    }
    this.#stretches.splice(first, last - first, { fromNanoseconds: from, toNanoseconds: to });
  }

  /** The first stretch that shares more than an end with the window. */
  within(start: bigint, end: bigint): Stretch | undefined {
    const found = this.#stretches[this.#firstEndingAfter(start, false)];
    return found !== undefined && found.fromNanoseconds < end ? found : undefined;
  }

  /** All stretches that share more than an end with the window. */
  allWithin(start: bigint, end: bigint): readonly Stretch[] {
    const first = this.#firstEndingAfter(start, false);
    let last = first;
    for (let one = this.#stretches[last]; one !== undefined && one.fromNanoseconds < end;)
      one = this.#stretches[++last];
    return this.#stretches.slice(first, last);
  }

  forgetBefore(instant: bigint): void {
    const first = this.#firstEndingAfter(instant, true);
    if (first > 0) this.#stretches = this.#stretches.slice(first);
  }

  #meets({ fromNanoseconds }: Stretch, to: bigint): boolean {
    return this.#joinsTouching ? fromNanoseconds <= to : fromNanoseconds < to;
  }

  #firstEndingAfter(instant: bigint, orAt: boolean): number {
    let low = 0;
    let high = this.#stretches.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const end = this.#stretches[middle]?.toNanoseconds ?? instant;
      if (end > instant || (orAt && end === instant)) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
