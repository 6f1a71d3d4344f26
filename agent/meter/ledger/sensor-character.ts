/** What was found about one sensor on the device itself: plain data, kept between starts of the agent by device. */

/** How a sensor was found to behave. A new ledger may start from it, and goes on finding. */
export interface SensorCharacter {
  readonly version: 1;
  /** Mean time between two updates; absent while too few were seen. */
  readonly updateNanoseconds?: number;
  /** True when the updates come at a fixed interval, so that their instants are known better than from single looks. */
  readonly regular: boolean;
  /** Steps of the load between two steady levels, and in how many the sensor gave a value between both levels. */
  readonly steps: { readonly seen: number; readonly between: number };
}

export const UNKNOWN_CHARACTER: SensorCharacter = { version: 1, regular: false, steps: { seen: 0, between: 0 } };

/** Reads a character that was kept as JSON; `undefined` when it is none, so that all is found anew. */
export function readCharacter(value: unknown): SensorCharacter | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { version, updateNanoseconds, regular, steps } = value as Partial<SensorCharacter>;
  if (version !== 1 || typeof regular !== 'boolean' || typeof steps !== 'object') return undefined;
  const { seen, between } = steps;
  if (!isCount(seen) || !isCount(between) || between > seen) return undefined;
  if (updateNanoseconds === undefined) return { version, regular, steps: { seen, between } };
  if (!Number.isFinite(updateNanoseconds) || updateNanoseconds <= 0) return undefined;
  return { version, updateNanoseconds, regular, steps: { seen, between } };
}

const isCount = (value: unknown): value is number => Number.isFinite(value) && (value as number) >= 0;
