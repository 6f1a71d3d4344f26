/** Watches for processes of others on the devices of this machine's slots. */

import type { Slot } from '../../shared/domain/hardware.js';
import type { SlotId } from '../../shared/domain/identity.js';
import type { Clock } from '../../shared/runtime/clock.js';
import type { Log } from '../../shared/runtime/log.js';
import type { Meter } from '../meter/meter.js';
import { foreignUse } from './strangers.js';

export interface StrangerWatchOptions {
  readonly meter: Meter;
  readonly slots: readonly Slot[];
  readonly clock: Clock;
  readonly log: Log;
  /** Others have come to a slot's devices, or have left them. */
  onChange(slot: SlotId): void;
  /** They were there at two looks, so that it is no trainer that is only just being metered. */
  onStay(slot: SlotId, use: string): void;
}

const LOOK_MILLISECONDS = 2000;

/** Looks until disposed. */
export class StrangerWatch implements Disposable {
  readonly #options: StrangerWatchOptions;
  readonly #watched: readonly Slot[];
  readonly #uses = new Map<SlotId, string>();
  readonly #timer: Disposable | undefined;
  #looking = false;

  constructor(options: StrangerWatchOptions) {
    this.#options = options;
    this.#watched = options.slots.filter(({ devices }) => devices.length > 0);
    if (this.#watched.length === 0) return;
    this.#timer = options.clock.every(LOOK_MILLISECONDS, () => void this.#look());
    void this.#look();
  }

  /** Who uses the slot's devices beside its trial; `undefined`: nobody, as far as can be told. */
  useOf(slot: SlotId): string | undefined {
    return this.#uses.get(slot);
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
  }

  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    try {
      for (const { id, devices } of this.#watched) this.#note(id, await foreignUse(this.#options.meter, devices));
    } catch (error) {
      this.#options.log.debug({ error }, 'foreign processes not looked for');
    } finally {
      this.#looking = false;
    }
  }

  #note(slot: SlotId, use: string | undefined): void {
    const { log, onChange, onStay } = this.#options;
    const before = this.#uses.get(slot);
    if (use === undefined) this.#uses.delete(slot);
    else this.#uses.set(slot, use);
    if (before === undefined && use !== undefined) {
      log.warn({ slot, why: use }, 'slot not offered: others use it');
      onChange(slot);
    } else if (before !== undefined && use === undefined) {
      log.info({ slot }, 'slot offered again: others have left it');
      onChange(slot);
    }
    if (before !== undefined && use !== undefined) onStay(slot, use);
  }
}
