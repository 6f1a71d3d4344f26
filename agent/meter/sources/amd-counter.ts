/** Whether the energy counter of an AMD GPU can be trusted: it is known to freeze, to go back and to be in another unit. */

/** One look at counter and power together. */
export interface CounterLook {
  readonly atNanoseconds: bigint;
  /** `undefined`: the table has no counter, or says that it is not available. */
  readonly microjoules: bigint | undefined;
  /** `undefined`: no power can be read. */
  readonly microwatts: bigint | undefined;
}

/** Counter over power may differ by this factor when the load changes between the looks; a wrong unit differs by far more. */
const MOST_RATIO = 3;
/** No card draws more, in watts. */
const MOST_WATTS = 3000;

/** Why the counter is not used after two looks some time apart; `undefined`: it is. */
export function counterFault(first: CounterLook | undefined, second: CounterLook): string | undefined {
  if (second.microjoules === undefined) return 'the driver gives no energy counter';
  if (first?.microjoules === undefined) return 'its energy counter has not been watched long enough to be trusted';
  const microjoules = second.microjoules - first.microjoules;
  const elapsed = Number(second.atNanoseconds - first.atNanoseconds);
  if (microjoules < 0n) return 'its energy counter went back';
  if (microjoules === 0n) return 'its energy counter stands still';
  // Microjoules per nanosecond are kilowatts.
  const watts = (Number(microjoules) / elapsed) * 1e3;
  if (watts > MOST_WATTS) return `its energy counter shows ${watts.toFixed(0)} W, more than any card draws`;
  const powers = [first.microwatts, second.microwatts].filter((power) => power !== undefined);
  if (powers.length === 0) return undefined;
  const mean = powers.reduce((sum, power) => sum + Number(power), 0) / powers.length / 1e6;
  const ratio = watts / mean;
  return ratio > MOST_RATIO || ratio < 1 / MOST_RATIO
    ? `its energy counter shows ${watts.toFixed(1)} W where its power is ${mean.toFixed(1)} W`
    : undefined;
}

/** A counter that has not moved for this long while the card draws power is frozen. */
const FROZEN_NANOSECONDS = 1_000_000_000n;
/** A card that is switched off draws less, in microwatts. */
const LEAST_MICROWATTS = 1_000_000n;

/** Watches a counter in use. */
export class FreezeWatch {
  #value: bigint | undefined;
  #since = 0n;

  /** True when the counter has stood still for longer than a card with this power lets it. */
  isFrozen({ atNanoseconds, microjoules, microwatts }: CounterLook): boolean {
    if (microjoules !== this.#value) {
      this.#value = microjoules;
      this.#since = atNanoseconds;
    }
    return atNanoseconds - this.#since > FROZEN_NANOSECONDS && (microwatts ?? 0n) >= LEAST_MICROWATTS;
  }
}
