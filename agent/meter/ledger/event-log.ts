/** What happened to a device and when, and which stretches of its history must not become a figure. */

import type { WindowEvent } from '../../../shared/domain/measurement.js';
import { Timeline, type Stretch } from './timeline.js';

/** Something that happened to the device between two instants. */
export interface LedgerEvent extends Stretch {
  readonly kind: WindowEvent;
}

export class EventLog {
  readonly #kinds = new Map<WindowEvent, Timeline>();
  readonly #reasons = new Map<string, Timeline>();

  /** Notes an event; one that overlaps or follows another of its kind is one with it. */
  note(kind: WindowEvent, from: bigint, to: bigint): void {
    // Two gaps that share an end have a look between them, at which the energy is known.
    timelineOf(this.#kinds, kind, { joinsTouching: kind !== 'gap' }).add(from, to);
  }

  contaminate(from: bigint, to: bigint, reason: string): void {
    timelineOf(this.#reasons, reason).add(from, to);
  }

  /** Why no window over this stretch may have a figure. */
  contamination(start: bigint, end: bigint): string | undefined {
    for (const [reason, timeline] of this.#reasons) if (timeline.within(start, end)) return reason;
    return undefined;
  }

  first(kind: WindowEvent, start: bigint, end: bigint): Stretch | undefined {
    return this.#kinds.get(kind)?.within(start, end);
  }

  every(kind: WindowEvent, start: bigint, end: bigint): readonly Stretch[] {
    return this.#kinds.get(kind)?.allWithin(start, end) ?? [];
  }

  kindsWithin(start: bigint, end: bigint): readonly WindowEvent[] {
    return [...this.#kinds].filter(([, timeline]) => timeline.within(start, end)).map(([kind]) => kind);
  }

  /** All events in the order in which they began. */
  all(): readonly LedgerEvent[] {
    const events = [...this.#kinds].flatMap(([kind, { stretches }]) => stretches.map((one) => ({ kind, ...one })));
    return events.sort((a, b) => (a.fromNanoseconds < b.fromNanoseconds ? -1 : 1));
  }

  forgetBefore(instant: bigint): void {
    for (const timeline of this.#kinds.values()) timeline.forgetBefore(instant);
    for (const [reason, timeline] of this.#reasons) {
      timeline.forgetBefore(instant);
      if (timeline.stretches.length === 0) this.#reasons.delete(reason);
    }
  }
}

function timelineOf<Key>(all: Map<Key, Timeline>, key: Key, options?: { readonly joinsTouching: boolean }): Timeline {
  const found = all.get(key) ?? new Timeline(options);
  all.set(key, found);
  return found;
}
