/** Flags of `ecopt calibrate-meter` -> checked settings. */

import type { Command } from 'commander';

import { UsageError } from '../shared/domain/errors.js';
import type { FitConditions, PsuEfficiency } from './meter/calibration/calibration-fit.js';
import type { WallMeterSettings } from './meter/sources/wall-meter-settings.js';
import { addWallFlags, wallMeterSettings, type RawWallFlags } from './wall-meter-flags.js';

/** As commander gives them. */
export interface CalibrateFlags extends RawWallFlags {
  readonly wallMeter: string;
  readonly wallCovers?: string;
  readonly psuEfficiency?: string;
  readonly device?: string;
  readonly load?: string;
  readonly levels?: string;
  readonly seconds?: string;
  readonly rest?: string;
  readonly state?: string;
  readonly json?: boolean;
}

export interface CalibrateSettings {
  readonly wall: WallMeterSettings;
  readonly covers: FitConditions['covers'];
  readonly psuEfficiency?: PsuEfficiency;
  /** Beginning of the id of the only device to be calibrated. */
  readonly device?: string;
  /** Command line with `{level}`; absent: busy processes. */
  readonly load?: string;
  /** Loads in [0, 1], rising. */
  readonly levels: readonly number[];
  /** Length of each window, and the time before it in which the load settles. */
  readonly seconds: number;
  readonly restSeconds: number;
}

const DEFAULTS = { levels: '5', seconds: '30', rest: '5' } as const;
const PLACEHOLDER = '{level}';

export const addCalibrateFlags = (command: Command): Command =>
  addWallFlags(
    command
      .description(
        'Fit the gain of this machine’s sensors to a wall meter at stepped loads, up and down, and keep it: later figures are corrected by it, with the sensor’s own beside them. Processors are loaded by this command; for an accelerator give --load. Nothing else should run here meanwhile.',
      )
      .requiredOption(
        '--wall, --wall-meter <command or URL>',
        'the wall meter: a command (the first number of its last line is the figure), or the address of a JSON document',
      ),
  )
    .option(
      '--wall-covers <what>',
      'machine: it sees the whole machine; device: it sees the calibrated device alone',
      'machine',
    )
    .option(
      '--psu-efficiency <share>',
      'what the power supply lets through, such as 0.92±0.02; unset: the gain is kept but not applied',
    )
    .option('--device <id>', 'calibrate only this device, by its id or the beginning of it, as `ecopt doctor` shows it')
    .option(
      '--load <command>',
      'loads the devices at {level} of their power, 0 to 1, until it is ended (SIGKILL to its process group); not started at 0; such as: matmul --duty {level}',
    )
    .option('--levels <n>', 'loads per ramp, 3 to 21', DEFAULTS.levels)
    .option('--seconds <s>', 'length of each window', DEFAULTS.seconds)
    .option('--rest <s>', 'time before each window, for the load to settle', DEFAULTS.rest)
    .option('--state <dir>', 'state folder of the agent (default: ~/.local/state/ecopt)')
    .option('--json', 'one JSON object instead of text');

/** @throws {UsageError} naming the flag, what is wrong and what would be right. */
export function calibrateSettings(flags: CalibrateFlags): CalibrateSettings {
  const { device, load, psuEfficiency, levels = DEFAULTS.levels } = flags;
  const covers = coversOf(flags.wallCovers ?? 'machine');
  if (covers === 'device' && psuEfficiency !== undefined) {
    throw new UsageError(
      '--psu-efficiency: is for a wall meter before the power supply; --wall-covers device is behind it',
    );
  }
  if (load !== undefined && !load.includes(PLACEHOLDER)) {
    throw new UsageError(
      `--load ${load}: has no ${PLACEHOLDER}; write it where the command takes its load from 0 to 1`,
    );
  }
  if (device === '') throw new UsageError('--device: is empty; name a device as ecopt doctor shows it');
  const steps = wholeNumber('--levels', levels, { least: 3, most: 21 });
  return {
    wall: wallMeterSettings('--wall-meter', flags.wallMeter, flags),
    covers,
    ...(psuEfficiency !== undefined && { psuEfficiency: efficiencyOf(psuEfficiency) }),
    ...(device !== undefined && { device }),
    ...(load !== undefined && { load }),
    levels: Array.from({ length: steps }, (_, i) => i / (steps - 1)),
    seconds: secondsOf('--seconds', flags.seconds ?? DEFAULTS.seconds, { least: 1, most: 3600 }),
    restSeconds: secondsOf('--rest', flags.rest ?? DEFAULTS.rest, { least: 0, most: 3600 }),
  };
}

/** The command line at one load; two decimals are enough for any program. */
export const loadAt = (command: string, level: number): string =>
  command.replaceAll(PLACEHOLDER, String(Number(level.toFixed(3))));

function coversOf(text: string): FitConditions['covers'] {
  if (text === 'machine' || text === 'device') return text;
  throw new UsageError(`--wall-covers ${text}: must be machine or device`);
}

/** `0.92±0.02`, `0.92+-0.02`, `92%±2%`. */
function efficiencyOf(text: string): PsuEfficiency {
  const [, value, uncertainty] = /^\s*([\d.]+\s*%?)\s*(?:±|\+-|\+\/-)\s*([\d.]+\s*%?)\s*$/.exec(text) ?? [];
  const stated = { value: shareOf(value), standardUncertainty: shareOf(uncertainty) };
  if (stated.value > 0.3 && stated.value <= 1 && stated.standardUncertainty < 0.2) return stated;
  throw new UsageError(
    `--psu-efficiency ${text}: must be a share with its standard uncertainty, such as 0.92±0.02 or 92%±2%`,
  );
}

const shareOf = (text = ''): number =>
  text.endsWith('%') ? Number(text.slice(0, -1)) / 100 : Number(text === '' ? NaN : text);

interface Range {
  readonly least: number;
  readonly most: number;
}

function wholeNumber(flag: string, text: string, { least, most }: Range): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isInteger(value) && value >= least && value <= most) return value;
  throw new UsageError(`${flag} ${text}: must be a whole number from ${least} to ${most}`);
}

function secondsOf(flag: string, text: string, { least, most }: Range): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= least && value <= most) return value;
  throw new UsageError(`${flag} ${text}: must be seconds from ${least} to ${most}`);
}
