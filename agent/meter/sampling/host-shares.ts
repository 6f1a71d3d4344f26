/** Divides the energy of a device that all trials share, by their processor time. */

import type { Ledger } from '../ledger/ledger.js';

/** One trial's claim on the energy of an interval. */
export interface Claim {
  readonly processorNanoseconds: bigint;
  /** The trial's own ledger for this device. */
  readonly ledger: Ledger;
}

/** Follows one host device; each call divides what was spent since the one before. */
export class HostShares {
  readonly #host: Ledger;
  #divided: bigint;

  constructor(host: Ledger) {
    this.#host = host;
    this.#divided = host.totalMicrojoules;
  }

  /**
   * Charges the claims with everything that the device has spent since the last call: a single claim with all of it,
   * several by processor time (equally when none used any). With no claim the energy stays unattributed.
   */
  divide(claims: readonly Claim[]): void {
    const at = this.#host.lastKnotNanoseconds;
    const spent = this.#host.totalMicrojoules - this.#divided;
    this.#divided = this.#host.totalMicrojoules;
    if (at === undefined) return;
    const parts = divideByWeight(
      spent,
      claims.map(({ processorNanoseconds }) => processorNanoseconds),
    );
    for (const [i, { ledger }] of claims.entries()) {
      const microjoules = ledger.totalMicrojoules + (parts[i] ?? 0n);
      ledger.add({ kind: 'energy', device: this.#host.options.device, atNanoseconds: at, microjoules });
    }
  }
}

/** Integer parts in proportion to `weights` that add up to `whole` exactly; equal parts when all weights are 0. */
export function divideByWeight(whole: bigint, weights: readonly bigint[]): readonly bigint[] {
  const sum = weights.reduce((total, weight) => total + weight, 0n);
  const effective = sum === 0n ? weights.map(() => 1n) : weights;
  const all = sum === 0n ? BigInt(weights.length) : sum;
  let before = 0n;
  let given = 0n;
  return effective.map((weight) => {
    before += weight;
    const upTo = (whole * before) / all;
    const part = upTo - given;
    given = upTo;
    return part;
  });
}
