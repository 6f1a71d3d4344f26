/** What was found about one sensor on the device itself: plain data, kept between starts of the agent by device. */

/** How a sensor was found to behave. A new ledger may start from it, and goes on finding. */
export interface SensorCharacter {
  readonly version: 1;
  /** Mean time between two updates; absent while too few were seen, or when they come faster than the looks. */
  readonly updateNanoseconds?: number;
  /** True when the updates come at a fixed interval, so that their instants are known better than from single looks. */
  readonly regular: boolean;
  /** Steps of the load between two steady levels, and in how many the sensor gave a value between both levels. */
  readonly steps: { readonly seen: number; readonly between: number };
}

/** Reads a character that was kept as JSON; `undefined` when it is none, so that all is found anew. */
export function readCharacter(value: unknown): SensorCharacter | undefined {
  if (!isObject(value) || !isObject(value['steps'])) return undefined;
  const { version, updateNanoseconds, regular } = value;
  const { seen, between } = value['steps'];
  if (version !== 1 || typeof regular !== 'boolean') return undefined;
  if (!isCount(seen) || !isCount(between) || between > seen) return undefined;
  if (updateNanoseconds === undefined) return { version, regular, steps: { seen, between } };
  if (!isCount(updateNanoseconds) || updateNanoseconds === 0) return undefined;
  return { version, updateNanoseconds, regular, steps: { seen, between } };
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;
const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value) && value >= 0;
