/** Flags of `ecopt measure` -> checked settings. */

import type { CarbonIntensity } from '../shared/domain/campaign.js';
import { UsageError } from '../shared/domain/errors.js';
import {
  carbonIntensity,
  MOST_GRAMS_PER_KILOWATT_HOUR,
  type KnownIntensity,
} from '../shared/schema/carbon-intensity.js';
import { parseQuantity } from '../shared/schema/quantity-text.js';
import { decimal, type RawMachineFlags } from './machine-flags.js';

/** As commander gives them. */
export interface MeasureFlags extends Omit<RawMachineFlags, 'allowCommand' | 'label' | 'data'> {
  readonly json?: boolean;
  readonly state?: string;
  readonly repeat?: string;
  readonly until?: string;
  readonly atMost?: string;
  readonly idle?: string;
  readonly every?: string;
  readonly carbon?: string;
  readonly output?: string;
}

/** How often the command runs. */
export type Runs =
  | { readonly kind: 'once' }
  | { readonly kind: 'count'; readonly count: number }
  /** Until the relative half-width of the 95 % interval of the mean is at most this. */
  | { readonly kind: 'until'; readonly relativeHalfWidth: number; readonly atMost: number };

export interface MeasureSettings {
  readonly runs: Runs;
  /** Seconds at rest before the first run; 0: none. */
  readonly idleSeconds: number;
  /** Time between two states of the live line; 0: none. */
  readonly everyMilliseconds: number;
  readonly carbon?: KnownIntensity;
  /** File that the report goes to instead of standard error. */
  readonly output?: string;
  readonly json: boolean;
}

export const MEASURE_DEFAULTS = {
  /** Runs that `--until` may take. */
  atMost: 30,
  every: '1s',
} as const;

/** @throws {UsageError} naming the flag, what is wrong and what would be right. */
export function measureSettings(flags: MeasureFlags): MeasureSettings {
  const { repeat, until, atMost, idle, every = MEASURE_DEFAULTS.every, carbon, output, json = false } = flags;
  if (repeat !== undefined && until !== undefined) {
    throw new UsageError('--repeat and --until exclude each other: --until chooses the number of runs itself');
  }
  if (atMost !== undefined && until === undefined)
    throw new UsageError('--at-most limits --until; add it, or leave both');
  const everySeconds = seconds('--every', every);
  if (everySeconds !== 0 && everySeconds < SHORTEST_PACE) {
    throw new UsageError(`--every ${every}: must be ${SHORTEST_PACE}s or longer, or 0 for no live line`);
  }
  return {
    runs: runsOf(flags),
    idleSeconds: idle === undefined ? 0 : seconds('--idle', idle),
    everyMilliseconds: 1000 * everySeconds,
    ...(carbon !== undefined && { carbon: carbonIntensity(carbonChoice(carbon)) }),
    ...(output !== undefined && { output: named('--output', output) }),
    json,
  };
}

/** In seconds. */
const SHORTEST_PACE = 0.1;

function runsOf({ repeat, until, atMost }: MeasureFlags): Runs {
  if (repeat !== undefined) return { kind: 'count', count: count('--repeat', repeat) };
  if (until === undefined) return { kind: 'once' };
  return {
    kind: 'until',
    relativeHalfWidth: share(until),
    atMost: atMost === undefined ? MEASURE_DEFAULTS.atMost : count('--at-most', atMost),
  };
}

function count(flag: string, text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= MOST_RUNS) return value;
  throw new UsageError(`${flag} ${text}: must be a whole number of runs from 1 to ${MOST_RUNS}`);
}

const MOST_RUNS = 10_000;

function share(text: string): number {
  const [, digits, percent] = /^(\d+(?:\.\d+)?|\.\d+)\s*(%?)$/.exec(text.trim()) ?? [];
  const value = Number(digits) / (percent === '%' ? 100 : 1);
  if (digits !== undefined && value > 0 && value < 1) return value;
  throw new UsageError(`--until ${text}: must be a relative half-width between 0 and 100 %, such as 2% or 0.02`);
}

function seconds(flag: string, text: string): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : (milliseconds(text) ?? parseQuantity(text, 'duration'));
  if (value !== undefined && value <= LONGEST_SECONDS) return value;
  throw new UsageError(`${flag} ${text}: must be a duration such as 5s, 500ms or 2min`);
}

const LONGEST_SECONDS = 86_400;

function milliseconds(text: string): number | undefined {
  const [, digits] = /^(\d+(?:\.\d+)?) ?ms$/.exec(text) ?? [];
  return digits === undefined ? undefined : Number(digits) / 1000;
}

const CARBON_CHOICE = `grams of CO2e per kilowatt-hour above 0 and at most ${MOST_GRAMS_PER_KILOWATT_HOUR}, or a region such as DEU`;

/** A number is a figure, anything else the name of a place. */
function carbonChoice(text: string): CarbonIntensity {
  if (text.trim() === '') throw new UsageError(`--carbon: is empty; give ${CARBON_CHOICE}`);
  if (!/^[-+.\d]/.test(text.trim())) return { kind: 'region', region: text.trim() };
  const figure = decimal(text);
  const isKnown = figure !== undefined && figure > 0 && figure <= MOST_GRAMS_PER_KILOWATT_HOUR;
  if (isKnown) return { kind: 'stated', gramsPerKilowattHour: figure };
  throw new UsageError(`--carbon ${text}: must be ${CARBON_CHOICE}`);
}

function named(flag: string, text: string): string {
  if (text.trim() !== '') return text;
  throw new UsageError(`${flag}: is empty; name a file`);
}
