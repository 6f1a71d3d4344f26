/** Looks at the state of held devices beside their energy, and at who uses them. */

import type { DeviceId } from '../../../shared/domain/identity.js';
import type { Clock } from '../../../shared/runtime/clock.js';
import { findStrangers } from './find-strangers.js';
import type { HeldDevice } from './held-device.js';
import type { ProcessTable } from './processor-time.js';
import type { ReadSources } from './read-sources.js';
import type { TrialAccount } from './trial-account.js';

export interface StateLooksOptions {
  readonly clock: Clock;
  readonly sources: ReadSources;
  readonly processes: ProcessTable;
  /** The process of this agent. */
  readonly ownPid: number;
  readonly held: ReadonlyMap<DeviceId, HeldDevice>;
  readonly accounts: ReadonlyMap<number, TrialAccount>;
}

/** An answer about the state of a device is no older than this, in nanoseconds. */
const FRESH_NANOSECONDS = 250_000_000n;

export class StateLooks {
  readonly #options: StateLooksOptions;

  constructor(options: StateLooksOptions) {
    this.#options = options;
  }

  /** Looks at the state of these devices and sets it against the processes of this agent and its trials. */
  look(devices: readonly DeviceId[]): void {
    const { sources, processes, ownPid, held } = this.#options;
    const conditions = sources.observe(new Set(devices));
    if (conditions.length === 0) return;
    processes.refresh();
    const accounts = [...this.#options.accounts.values()];
    for (const { time } of accounts) time.admit(processes);
    const own = { table: processes, agent: ownPid, trials: accounts.map(({ time }) => time) };
    for (const condition of conditions) {
      const holders = accounts.filter(({ attachment }) => attachment.devices.includes(condition.device));
      const areTolerated = holders.every(({ attachment }) => attachment.toleratesStrangers === true);
      held.get(condition.device)?.states.add(condition, findStrangers(condition, own), areTolerated);
    }
  }

  /** Looks again at devices whose state is not known of late. */
  refresh(devices: readonly DeviceId[]): void {
    this.lookSince(devices, this.#options.clock.monotonicNanoseconds() - FRESH_NANOSECONDS);
  }

  /** Looks again at devices whose state is not known up to an instant. */
  lookSince(devices: readonly DeviceId[], instant: bigint): void {
    const { held } = this.#options;
    const stale = devices.filter((id) => (held.get(id)?.states.knownUntil ?? 0n) < instant);
    if (stale.length > 0) this.look(stale);
  }
}
