/** Watches for what keeps slots of this machine from being used: processes of others on their devices, and sensors that are lost. */

import type { SensorReport, Slot } from '../../shared/domain/hardware.js';
import type { SlotId } from '../../shared/domain/identity.js';
import type { Clock } from '../../shared/runtime/clock.js';
import type { Log } from '../../shared/runtime/log.js';
import type { Meter } from '../meter/meter.js';
import { foreignUse } from './strangers.js';

export interface SlotWatchOptions {
  readonly meter: Meter;
  readonly slots: readonly Slot[];
  readonly clock: Clock;
  readonly log: Log;
  /** False: only sensors are watched. */
  readonly watchesStrangers: boolean;
  /** A slot can be used no more, or again. */
  onChange(slot: SlotId): void;
  /** Others were there at two looks, so that it is no trainer that is only just being metered. */
  onStay(slot: SlotId, use: string): void;
}

const LOOK_MILLISECONDS = 2000;

/** Why a slot cannot be used. */
interface Obstacle {
  readonly kind: 'strangers' | 'sensor-lost';
  readonly text: string;
}

const OBSTACLE_LOGS: Readonly<Record<Obstacle['kind'], { readonly come: string; readonly gone: string }>> = {
  strangers: { come: 'slot not offered: others use it', gone: 'slot offered again: others have left it' },
  'sensor-lost': { come: 'slot not offered: its energy cannot be read', gone: 'slot offered again: it is read again' },
};

/** Looks until disposed. */
export class SlotWatch implements Disposable {
  readonly #options: SlotWatchOptions;
  readonly #watched: readonly Slot[];
  readonly #obstacles = new Map<SlotId, Obstacle>();
  readonly #timer: Disposable | undefined;
  #looking = false;

  constructor(options: SlotWatchOptions) {
    this.#options = options;
    this.#watched = options.slots.filter(({ devices }) => devices.length > 0);
    if (this.#watched.length === 0) return;
    this.#timer = options.clock.every(LOOK_MILLISECONDS, () => void this.#look());
    void this.#look();
  }

  /** Why the slot cannot be used, as far as can be told; `undefined`: it can. */
  obstacleTo(slot: SlotId): string | undefined {
    return this.#obstacles.get(slot)?.text;
  }

  /** Others were seen between two looks: the slot cannot be used before the next look. */
  tell(slot: SlotId, use: string): void {
    this.#note(slot, { kind: 'strangers', text: use });
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
  }

  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    try {
      const { meter } = this.#options;
      const sensors = await meter.currentSensors();
      for (const slot of this.#watched)
        this.#note(slot.id, lostSensor(sensors, slot) ?? (await this.#strangersOn(slot)));
    } catch (error) {
      this.#options.log.debug({ error }, 'slots not looked at');
    } finally {
      this.#looking = false;
    }
  }

  async #strangersOn({ devices }: Slot): Promise<Obstacle | undefined> {
    if (!this.#options.watchesStrangers) return undefined;
    const text = await foreignUse(this.#options.meter, devices);
    return text === undefined ? undefined : { kind: 'strangers', text };
  }

  #note(slot: SlotId, now: Obstacle | undefined): void {
    const { log, onChange, onStay } = this.#options;
    const before = this.#obstacles.get(slot);
    if (now === undefined) this.#obstacles.delete(slot);
    else this.#obstacles.set(slot, now);
    if (now !== undefined && now.kind !== before?.kind) log.warn({ slot, why: now.text }, OBSTACLE_LOGS[now.kind].come);
    if (before !== undefined && now === undefined) log.info({ slot }, OBSTACLE_LOGS[before.kind].gone);
    if ((before === undefined) !== (now === undefined)) onChange(slot);
    if (before?.kind === 'strangers' && now?.kind === 'strangers') onStay(slot, now.text);
  }
}

/** A device that was read when the agent started and is gone since. */
function lostSensor(sensors: readonly SensorReport[], { devices }: Slot): Obstacle | undefined {
  const ofSlot = sensors.filter(({ device, part }) => part === 'accelerator' && devices.includes(device));
  const lost = devices.find((id) => {
    const reports = ofSlot.filter(({ device }) => device === id);
    return reports.length > 0 && !reports.some(({ available }) => available);
  });
  const report = ofSlot.find(({ device }) => device === lost);
  return report && { kind: 'sensor-lost', text: `${report.device}: ${report.detail}` };
}
