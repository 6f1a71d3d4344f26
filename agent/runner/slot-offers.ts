/** Which slots of this machine are free, and which of them the coordinator knows to be free. */

import type { AgentMessage } from '../../shared/domain/conversation.js';
import type { Slot } from '../../shared/domain/hardware.js';
import type { SlotId } from '../../shared/domain/identity.js';

export class SlotOffers {
  readonly #slots: readonly Slot[];
  readonly #send: (message: AgentMessage) => void;
  readonly #busy = new Set<SlotId>();
  readonly #offered = new Set<SlotId>();
  readonly #isUsable: (slot: SlotId) => boolean;
  #open = false;

  /** @param isUsable - False for a slot that must not be offered at the moment; tell of changes by {@link reconsider}. */
  constructor(
    slots: readonly Slot[],
    send: (message: AgentMessage) => void,
    isUsable: (slot: SlotId) => boolean = () => true,
  ) {
    this.#slots = slots;
    this.#send = send;
    this.#isUsable = isUsable;
  }

  /** Offers every free slot, or withdraws every offer. */
  setOpen(open: boolean): void {
    this.#open = open;
    this.reconsider();
  }

  /** Withdraws offers that do not hold any more, and makes those that do again. */
  reconsider(): void {
    for (const slot of [...this.#offered]) {
      if (this.#open && this.#isUsable(slot)) continue;
      this.#send({ kind: 'withdraw', slot });
      this.#offered.delete(slot);
    }
    if (this.#open) this.#offerFree();
  }

  /** The connection is gone, and with it all offers. */
  forget(): void {
    this.#open = false;
    this.#offered.clear();
  }

  /** Takes a slot for a grant; `undefined` if it is not free. */
  take(id: SlotId): Slot | undefined {
    const slot = this.#slots.find((candidate) => candidate.id === id);
    if (!slot || this.#busy.has(id)) return undefined;
    this.#busy.add(id);
    this.#offered.delete(id);
    return slot;
  }

  free(id: SlotId): void {
    this.#busy.delete(id);
    if (this.#open) this.#offerFree();
  }

  #offerFree(): void {
    for (const { id } of this.#slots) {
      if (this.#busy.has(id) || this.#offered.has(id) || !this.#isUsable(id)) continue;
      this.#offered.add(id);
      this.#send({ kind: 'offer', slot: id });
    }
  }
}
