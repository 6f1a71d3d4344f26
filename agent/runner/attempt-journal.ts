/** The ports through which attempts are kept beyond the life of this process. */

import type { AttemptEvent, AttemptEventBody, AttemptIds } from '../../shared/domain/event.js';
import type { DeviceId, HardwareClassId, SlotId } from '../../shared/domain/identity.js';
import type { ProcessIdentity } from './process-table.js';

/** Events on their way to the coordinator. */
export interface EventOutbox {
  /** Resolves when the event is on disk, or was left out as telemetry. */
  append(ids: AttemptIds, body: AttemptEventBody): Promise<void>;
  /** Events that were not delivered yet, oldest first. */
  pending(): Iterable<AttemptEvent>;
  /** Nobody waits for the attempt's outcome any more. */
  settle(ids: Pick<AttemptIds, 'trial' | 'attempt'>): Promise<void>;
  /** The outcome was delivered, but has not arrived. */
  publishAgain(ids: Pick<AttemptIds, 'trial' | 'attempt'>): void;
}

/** What is noted of an attempt while this agent holds it. */
export interface AttemptNote extends AttemptIds {
  readonly slot: SlotId;
  readonly hardwareClass: HardwareClassId;
  readonly devices: readonly DeviceId[];
  readonly startedUnixMilliseconds: number;
  readonly folder: string;
  readonly process?: ProcessIdentity;
  /** Its outcome is in the outbox, or was delivered out of it. */
  readonly finished: boolean;
}

export interface AttemptNotes {
  save(note: AttemptNote): void;
  remove(ids: Pick<AttemptIds, 'trial' | 'attempt'>): void;
  all(): readonly AttemptNote[];
}
