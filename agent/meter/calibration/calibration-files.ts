/** Calibrations on disk: one JSON file per device, replaced as a whole. */

import { existsSync, copyFileSync, mkdirSync, readdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { z } from 'zod';

import { EnvironmentError } from '../../../shared/domain/errors.js';
import { deviceId, type DeviceId } from '../../../shared/domain/identity.js';
import { NOT_REGULAR, readRegular } from '../../../shared/runtime/regular-file.js';
import type { Calibration } from './calibration.js';
import { PLAUSIBLE_GAIN } from './calibration-fit.js';

const SUFFIX = '.json';
const VERSION = 1;

const figure = z.number();
/** No device draws more. */
const MOST_WATTS = 1e6;
/** Share by which two deviations multiplied may fall below their covariance: rounding. */
const ROUNDING = 1e-9;
/** Of the latest date there is. */
const MOST_MILLISECONDS = 8.64e15;

const UNCERTAINTY = z
  .strictObject({
    gain: z.number().min(0).max(PLAUSIBLE_GAIN.most),
    offsetWatts: z.number().min(0).max(MOST_WATTS),
    covariance: figure,
  })
  .refine(({ gain, offsetWatts, covariance }) => Math.abs(covariance) <= gain * offsetWatts * (1 + ROUNDING), {
    message: 'is more than the two uncertainties allow',
    path: ['covariance'],
  });

const CALIBRATION_FILE = z.strictObject({
  version: z.literal(VERSION),
  device: z.string().min(1).transform(deviceId),
  source: z.string().min(1),
  gain: z.number().min(PLAUSIBLE_GAIN.least).max(PLAUSIBLE_GAIN.most),
  offsetWatts: z.number().min(-MOST_WATTS).max(MOST_WATTS),
  uncertainty: UNCERTAINTY,
  withheld: z.string().exactOptional(),
  unixMilliseconds: z.number().min(0).max(MOST_MILLISECONDS),
  method: z.string(),
  driver: z.string().exactOptional(),
  points: z.array(
    z.strictObject({
      level: z.number().min(0).max(1),
      ramp: z.enum(['up', 'down']),
      seconds: z.number().positive(),
      sensorWatts: figure,
      wallWatts: figure,
      otherWatts: figure,
    }),
  ),
});

/**
 * Every calibration of a folder by the device that its file is named for; none where there is no such folder.
 *
 * @throws {EnvironmentError} naming a file that cannot be read or holds something else: a figure that should be
 * corrected must not silently go without.
 */
export function loadCalibrations(folder: string): ReadonlyMap<DeviceId, Calibration> {
  return new Map(fileNames(folder).map((name) => [deviceOf(name), loadCalibration(join(folder, name))]));
}

const nameOf = (device: DeviceId): string => `${encodeURIComponent(device)}${SUFFIX}`;

/** Others than {@link nameOf} makes are of no device. */
function deviceOf(name: string): DeviceId {
  const text = name.slice(0, -SUFFIX.length);
  try {
    return deviceId(decodeURIComponent(text));
  } catch {
    return deviceId(text);
  }
}

/** Where a calibration is kept, and what became of an earlier one of its device. */
export interface KeptCalibration {
  readonly file: string;
  readonly earlier?: {
    readonly file: string;
    /** Absent: it was no calibration. */
    readonly calibration?: Calibration;
  };
}

/**
 * Keeps a calibration. An earlier one of its device is set aside under a name with the time at which it was kept, which
 * is not loaded: it may have been the better one.
 *
 * @throws {EnvironmentError} naming the file that cannot be written.
 */
export function saveCalibration(folder: string, calibration: Calibration): KeptCalibration {
  const path = join(folder, nameOf(calibration.device));
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const text = JSON.stringify({ version: VERSION, ...calibration }, undefined, 2);
    writeFileSync(`${path}.new`, `${text}\n`, { mode: 0o600, flush: true });
    const earlier = existsSync(path) ? { earlier: setAside(path) } : {};
    renameSync(`${path}.new`, path);
    return { file: path, ...earlier };
  } catch (cause) {
    throw new EnvironmentError(`${path}: cannot be written: ${(cause as Error).message}`, {}, { cause });
  }
}

/** By a copy, so that at no instant the device is without a calibration. */
function setAside(path: string): KeptCalibration['earlier'] & object {
  const file = `${path}.${new Date(statSync(path).mtimeMs).toISOString().replaceAll(':', '-')}`;
  if (!existsSync(file)) copyFileSync(path, file);
  try {
    return { file, calibration: loadCalibration(path) };
  } catch {
    return { file };
  }
}

function fileNames(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith(SUFFIX))
      .sort();
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    throw new EnvironmentError(
      `${folder}: calibrations cannot be read: ${REFUSALS[code ?? ''] ?? message}`,
      {},
      { cause },
    );
  }
}

/** What stands in the way, in words, with what would help. */
const REFUSALS: Readonly<Record<string, string>> = {
  EACCES: 'this user may not; use the account that calibrated, open the folder to this one, or choose another --state',
  ENOTDIR: 'it is no folder',
  EISDIR: 'it is a folder; remove it, or calibrate the device again under another --state',
  [NOT_REGULAR]: 'it is a pipe, socket or device; remove it, and calibrate the device again with ecopt calibrate-meter',
};

function loadCalibration(path: string): Calibration {
  const text = readText(path);
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (cause) {
    throw unfit(path, (cause as Error).message, cause);
  }
  const parsed = CALIBRATION_FILE.safeParse(content);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw unfit(path, `${issue?.path.join('.') || 'content'}: ${issue?.message ?? 'unknown fault'}`, parsed.error);
  }
  const { version: _version, ...calibration } = parsed.data;
  return calibration;
}

function readText(path: string): string {
  try {
    return readRegular(path).toString('utf8');
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new EnvironmentError(`${path}: cannot be read: ${REFUSALS[code ?? ''] ?? message}`, {}, { cause });
  }
}

const unfit = (path: string, why: string, cause: unknown): EnvironmentError =>
  new EnvironmentError(
    `${path}: is no calibration (${why}); remove the file, or calibrate the device again with ecopt calibrate-meter`,
    {},
    { cause },
  );
