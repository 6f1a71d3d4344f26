/** Brings the ledgers of the held devices to disk at a steady pace. */

import type { Clock } from '../../../shared/runtime/clock.js';
import type { MeterJournal } from '../journal/meter-journal.js';
import type { HeldDevice } from './held-device.js';

/** So much may be lost when this process dies, in milliseconds. */
const KEEPING_MILLISECONDS = 500;
/** What is found about a sensor changes slowly. */
const CHARACTER_MILLISECONDS = 60_000;

export interface KeptJournal {
  readonly journal: MeterJournal;
  readonly held: ReadonlyMap<string, HeldDevice>;
  readonly clock: Clock;
}

/** Runs until closed; the last readings are then on disk. */
export function keepJournal({ journal, held, clock }: KeptJournal): { close(): Promise<void> } {
  const each = async (keep: (device: HeldDevice) => Promise<void>): Promise<void> => {
    await Promise.all([...held.values()].map(keep));
  };
  const keepReadings = (): Promise<void> =>
    each(async ({ probed: { device }, ledger }) => ledger && journal.keep(device.id, ledger));
  const keepCharacters = (): Promise<void> =>
    each(async ({ probed: { device }, ledger }) => ledger && journal.keepCharacter(device.id, ledger));
  const timers = [
    clock.every(KEEPING_MILLISECONDS, () => void keepReadings()),
    clock.every(CHARACTER_MILLISECONDS, () => void keepCharacters()),
  ];
  return {
    async close() {
      for (const timer of timers) timer[Symbol.dispose]();
      await keepReadings();
      await keepCharacters();
      await journal.close();
    },
  };
}
