/** Flags that say how this machine's wall meter is read -> checked settings. */

import type { Command } from 'commander';

import { UsageError } from '../shared/domain/errors.js';
import { pathKeys } from './meter/sources/wall-meter-figure.js';
import {
  WALL_DEFAULTS,
  WALL_UNITS,
  type WallMeterSettings,
  type WallRead,
  type WallUnit,
} from './meter/sources/wall-meter-settings.js';

/** As commander gives them. */
export interface RawWallFlags {
  readonly wallPath?: string;
  readonly wallUnit?: string;
  readonly wallPeriod?: string;
  readonly wallAccuracy?: string;
}

export interface RawWallMeterFlags extends RawWallFlags {
  readonly wallMeter?: string;
}

const SHORTEST_PERIOD_MILLISECONDS = 100;
const LONGEST_PERIOD_MILLISECONDS = 60_000;

export const addWallMeterFlags = (command: Command): Command =>
  addWallFlags(
    command.option(
      '--wall, --wall-meter <command or URL>',
      'meter of the whole machine: a command (the first number of its last line is the figure), or the address of a JSON document',
    ),
  );

/** The flags that go with `--wall-meter`. */
export const addWallFlags = (command: Command): Command =>
  command
    .option('--wall-path <path>', 'where the figure is in the JSON document, such as meters[0].power')
    .option(
      '--wall-unit <unit>',
      `${Object.keys(WALL_UNITS).join(', ')}; joules and hours: a counter (default: ${WALL_DEFAULTS.unit})`,
    )
    .option('--wall-period <seconds>', 'from one reading of the wall meter to the next (default: 1)')
    .option(
      '--wall-accuracy <share>',
      'standard uncertainty of the wall meter’s gain, such as 1% (default: 2%, assumed)',
    );

/**
 * The wall meter of `--wall-meter`, if there is one.
 *
 * @throws {UsageError} naming the flag, what is wrong and what would be right.
 */
export function wallMeterFlags(raw: RawWallMeterFlags): WallMeterSettings | undefined {
  const { wallMeter, wallPath, wallUnit, wallPeriod, wallAccuracy } = raw;
  if (wallMeter !== undefined) return wallMeterSettings('--wall-meter', wallMeter, raw);
  if ([wallPath, wallUnit, wallPeriod, wallAccuracy].every((value) => value === undefined)) return undefined;
  throw new UsageError(
    '--wall-path, --wall-unit, --wall-period and --wall-accuracy describe a wall meter: name it with --wall-meter',
  );
}

/** @throws {UsageError} as {@link wallMeterFlags}. */
export function wallMeterSettings(flag: string, source: string, raw: RawWallFlags): WallMeterSettings {
  const { wallPath, wallUnit = WALL_DEFAULTS.unit, wallPeriod, wallAccuracy } = raw;
  return {
    ...wallRead(flag, source, wallPath),
    unit: unitOf(wallUnit),
    periodMilliseconds: wallPeriod === undefined ? WALL_DEFAULTS.periodMilliseconds : periodOf(wallPeriod),
    accuracy:
      wallAccuracy === undefined
        ? WALL_DEFAULTS.accuracy
        : { relative: accuracyOf(wallAccuracy), basis: 'stated with --wall-accuracy' },
  };
}

function wallRead(flag: string, source: string, path: string | undefined): WallRead {
  if (source.trim() === '')
    throw new UsageError(`${flag}: is empty; give a command or an address that begins with http`);
  if (!/^https?:\/\//i.test(source)) {
    if (path === undefined) return { reads: 'command', command: source };
    throw new UsageError(`--wall-path ${path}: goes with an address that begins with http, and ${flag} is a command`);
  }
  if (!URL.canParse(source))
    throw new UsageError(`${flag} ${source}: is no address; write it like http://plug.lan/status`);
  if (path === undefined) {
    throw new UsageError(`${flag} ${source}: say with --wall-path where the figure is, such as meters[0].power`);
  }
  if (pathKeys(path) === undefined)
    throw new UsageError(`--wall-path ${path}: is no path; write it like meters[0].power`);
  return { reads: 'http', url: source, path };
}

function unitOf(text: string): WallUnit {
  const unit = Object.keys(WALL_UNITS).find((name): name is WallUnit => name === text);
  if (unit !== undefined) return unit;
  throw new UsageError(`--wall-unit ${text}: must be one of ${Object.keys(WALL_UNITS).join(', ')}`);
}

function periodOf(text: string): number {
  const milliseconds = Number(text) * 1000;
  const fits = milliseconds >= SHORTEST_PERIOD_MILLISECONDS && milliseconds <= LONGEST_PERIOD_MILLISECONDS;
  if (text.trim() !== '' && fits) return Math.round(milliseconds);
  throw new UsageError(`--wall-period ${text}: must be seconds from 0.1 to 60`);
}

/** `1%` and `0.01` are the same. */
function accuracyOf(text: string): number {
  const [, digits, percent] = /^\s*(\d+(?:\.\d+)?)\s*(%?)\s*$/.exec(text) ?? [];
  const share = Number(digits) / (percent === '%' ? 100 : 1);
  if (share > 0 && share <= 0.5) return share;
  throw new UsageError(`--wall-accuracy ${text}: must be a share above 0, at most 50%, such as 1% or 0.01`);
}
