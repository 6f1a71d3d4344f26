/** Keeps the energy of each device on disk while it is measured, and what was found about its sensor. */

import { mkdirSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { DeviceId } from '../../../shared/domain/identity.js';
import type { Clock } from '../../../shared/runtime/clock.js';
import { readRegular } from '../../../shared/runtime/regular-file.js';
import type { ProbedDevice } from '../energy-source.js';
import type { KnotStore } from '../ledger/knot-store.js';
import { readCharacter, type SensorCharacter } from '../ledger/sensor-character.js';
import { JournalFile } from './journal-file.js';
import { headerLine, knotLine } from './journal-lines.js';

export interface MeterJournalOptions {
  readonly folder: string;
  readonly clock: Clock;
  /** The instants of the clock count from this boot. */
  readonly bootId: string;
  /** Half of what each device may take on disk. */
  readonly limitBytes?: number;
}

/** What of a ledger is kept. */
export interface JournalledLedger {
  readonly knots: Pick<KnotStore, 'length' | 'at' | 'energy' | 'lastAtOrBefore'>;
  readonly character: SensorCharacter;
}

/** Some seven hours at ten lines a second; the older half takes as much. */
const LIMIT_BYTES = 8 * 2 ** 20;
/** Cumulative energy stays exact however many instants are left out; ten a second are enough, in nanoseconds. */
const SHORTEST_NANOSECONDS = 90_000_000n;

export const journalPath = (folder: string, device: DeviceId, age: 'current' | 'older'): string =>
  join(folder, `${encodeURIComponent(device)}.${age === 'current' ? '' : 'older.'}journal`);

const characterPath = (folder: string, device: DeviceId): string =>
  join(folder, `${encodeURIComponent(device)}.sensor.json`);

interface Journalled {
  readonly file: JournalFile;
  readonly source: string;
  last: bigint;
  kept: string;
}

/** Nothing in here throws: measuring goes on when the disk does not. */
export class MeterJournal {
  readonly #options: MeterJournalOptions;
  readonly #devices = new Map<DeviceId, Journalled>();

  constructor(options: MeterJournalOptions) {
    this.#options = options;
  }

  /** What was found about the device's sensor by an earlier run that read it through the same source. */
  characterOf({ device, source }: ProbedDevice): SensorCharacter | undefined {
    try {
      const kept: unknown = JSON.parse(readRegular(characterPath(this.#options.folder, device.id)).toString('utf8'));
      const { source: known, character } = kept as { readonly source?: unknown; readonly character?: unknown };
      return known === source ? readCharacter(character) : undefined;
    } catch {
      return undefined;
    }
  }

  /** Takes up a device, whose ledger begins now. */
  begin({ device, part, source, provenance }: ProbedDevice, versions: Readonly<Record<string, string>>): void {
    const { folder, clock, bootId, limitBytes = LIMIT_BYTES } = this.#options;
    const header = headerLine({
      device: device.id,
      part,
      source,
      provenance,
      bootId,
      versions,
      unixMilliseconds: clock.wallMilliseconds(),
      monotonicNanoseconds: clock.monotonicNanoseconds(),
    });
    const path = journalPath(folder, device.id, 'current');
    const olderPath = journalPath(folder, device.id, 'older');
    const file = new JournalFile({ path, olderPath, header, limitBytes });
    this.#devices.set(device.id, { file, source, last: -1n, kept: '' });
  }

  /** Brings to disk what a ledger has gained since the last call. */
  async keep(device: DeviceId, { knots }: JournalledLedger): Promise<void> {
    const journalled = this.#devices.get(device);
    if (journalled === undefined) return;
    let lines = '';
    for (let i = knots.lastAtOrBefore(journalled.last) + 1; i < knots.length; i++) {
      const atNanoseconds = knots.at(i);
      if (journalled.last >= 0n && atNanoseconds - journalled.last < SHORTEST_NANOSECONDS) continue;
      journalled.last = atNanoseconds;
      lines += knotLine({ atNanoseconds, microjoules: knots.energy(i) });
    }
    journalled.file.append(lines);
    await journalled.file.flush();
  }

  /** Keeps what is known about a sensor by now, for the next run. */
  async keepCharacter(device: DeviceId, { character }: JournalledLedger): Promise<void> {
    const journalled = this.#devices.get(device);
    if (journalled === undefined) return;
    const text = `${JSON.stringify({ source: journalled.source, character })}\n`;
    if (text === journalled.kept) return;
    journalled.kept = text;
    const path = characterPath(this.#options.folder, device);
    try {
      mkdirSync(this.#options.folder, { recursive: true, mode: 0o700 });
      await writeFile(`${path}.new`, text, { mode: 0o600 });
      await rename(`${path}.new`, path);
    } catch {
      journalled.kept = ''; // It is tried again; the journal's own fault says what is wrong with the disk.
    }
  }

  /** Why a device's journal has stopped; `undefined` while it is written. */
  fault(device: DeviceId): string | undefined {
    return this.#devices.get(device)?.file.fault;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#devices.values()].map(({ file }) => file.close()));
  }
}
