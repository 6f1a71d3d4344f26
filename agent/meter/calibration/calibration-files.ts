/** Calibrations on disk: one JSON file per device, replaced as a whole. */

import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { z } from 'zod';

import { EnvironmentError } from '../../../shared/domain/errors.js';
import { deviceId, type DeviceId } from '../../../shared/domain/identity.js';
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
 * Every calibration of a folder; none where there is no such folder.
 *
 * @throws {EnvironmentError} naming a file that cannot be read or holds something else: a figure that should be
 * corrected must not silently go without.
 */
export function loadCalibrations(folder: string): ReadonlyMap<DeviceId, Calibration> {
  const calibrations = fileNames(folder).map((name) => loadCalibration(join(folder, name)));
  return new Map(calibrations.map((calibration) => [calibration.device, calibration]));
}

/** Keeps a calibration in place of an earlier one of its device; returns the file's path. */
export function saveCalibration(folder: string, calibration: Calibration): string {
  const path = join(folder, `${encodeURIComponent(calibration.device)}${SUFFIX}`);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const text = JSON.stringify({ version: VERSION, ...calibration }, undefined, 2);
    writeFileSync(`${path}.new`, `${text}\n`, { mode: 0o600, flush: true });
    renameSync(`${path}.new`, path);
  } catch (cause) {
    throw new EnvironmentError(`${path}: cannot be written: ${(cause as Error).message}`, {}, { cause });
  }
  return path;
}

function fileNames(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith(SUFFIX))
      .sort();
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    throw new EnvironmentError(`${folder}: calibrations cannot be read: ${message}`, {}, { cause });
  }
}

function loadCalibration(path: string): Calibration {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
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

const unfit = (path: string, why: string, cause: unknown): EnvironmentError =>
  new EnvironmentError(
    `${path}: is no calibration (${why}); remove the file, or calibrate the device again with ecopt calibrate-meter`,
    {},
    { cause },
  );
